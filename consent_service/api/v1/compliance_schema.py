"""Shapes of the compliance report."""

from marshmallow import Schema, fields

from consent_service.api.fields import Flag, OneOf, Text
from consent_service.api.v1.schemas import WordsOut
from consent_service.compliance.states import Confirmation, Severity
from consent_service.policies.states import TextKind, VersionState


class ReportQuery(Schema):
    """Which version; without it the one in force, else the next, else the last draft."""

    version = Text(max_length=64)


class FindingOut(WordsOut):
    """What was found in one place: its words in three languages, its clauses, its article, its weight."""

    check = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)
    article = fields.Nested(WordsOut, required=True)
    settled = Flag(required=True)
    severity = OneOf(Severity, required=True)
    confirmed = OneOf(Confirmation, required=True)
    advice = fields.Nested(WordsOut, required=True)
    notes = fields.List(fields.Nested(WordsOut), required=True)


class PassedOut(WordsOut):
    """What was looked for and not found, by its name in three languages."""

    check = fields.String(required=True)
    article = fields.Nested(WordsOut, required=True)


class ReportOut(Schema):
    """What a version lacks against the law."""

    document = fields.String(required=True)
    version = fields.String(required=True, allow_none=True)
    state = OneOf(VersionState, required=True)
    text_kind = OneOf(TextKind, required=True, allow_none=True)
    law = fields.Nested(WordsOut, required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)
    passed = fields.List(fields.Nested(PassedOut), required=True)

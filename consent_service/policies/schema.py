"""What ``operator.yaml`` and ``terms.yaml`` may hold: keys, types and words; ``consistency`` has the rest."""

import re
from datetime import date
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate

from consent_service.policies import vocabulary as words
from consent_service.policies.checked_yaml import dotted, problems_of, read_checked, refuse
from consent_service.policies.consistency import Check, Data, operator_problems, terms_problems
from consent_service.policies.restatements import TOKEN
from consent_service.policies.yaml_fields import Keys, Shape, flag, language, local, mapping, matching, text, word

_SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_CODE = r"[a-z][a-z0-9_]{0,63}"
_PERIOD = r"[1-9][0-9]{0,3}(?:d|wd|h|m|y)"
_ORIGIN = r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CITED = re.compile(rf"(?:{_SLUG}/)?{TOKEN.pattern}")


def _cited(value: Any) -> None:  # Any: whatever the file has
    tokens = [value] if isinstance(value, str) else value
    if not isinstance(tokens, list) or not tokens:
        raise ValidationError('Write a clause number in quotes, such as "2.2", or a list of them.')
    for token in tokens:
        if not isinstance(token, str):
            raise ValidationError(f'Put the clause number in quotes: "{token}".')
        if not _CITED.fullmatch(token):
            raise ValidationError(f"{token!r} is no clause number; write such as 2.10[3] or 4(a).")
    if len(set(tokens)) < len(tokens):
        raise ValidationError("Name each clause once.")


def _day(value: str) -> None:
    says = "Write a day of the calendar as YYYY-MM-DD."
    if not _DAY.fullmatch(value):
        raise ValidationError(says)
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError(says) from error


def _clause(*, required: bool = False) -> fields.Raw:
    return fields.Raw(required=required, validate=_cited)


def _date(*, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, validate=_day)


def _period(*, required: bool = True, null: bool = True) -> fields.String:
    return matching(_PERIOD, "10d, 30wd, 24h, 1m or 3y", required=required, null=null)


def _code() -> fields.String:
    return matching(_CODE, "targeted_advertising")


def _codes(*, required: bool = True) -> fields.List[Any]:
    return fields.List(_code(), required=required)


def _words(allowed: type[StrEnum], *, required: bool = True) -> fields.List[Any]:
    return fields.List(word(allowed), required=required)


def _rule(shape: Shape, *, required: bool = True, cited: bool = True) -> fields.Nested:
    number = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10**12))
    said = mapping({"number": number, "unit": _code()})
    every = {"clause": _clause(required=cited), "note": local(required=False), "says": fields.List(said)}
    return mapping(every | shape, required=required)


def _rules(shape: Shape, *, cited: bool = True) -> fields.List[Any]:
    return fields.List(_rule(shape, cited=cited), required=True)


_NO_CONTRADICTION = frozenset({"contradictory"})

_Purpose: Shape = {
    "code": _code(),
    "name": local(),
    "needs_consent": flag(),
    "marketing": flag(),
    "required": flag(),
    "bundled": flag(required=False),
    "data": _codes(),
    "recipients": _codes(),
    "cross_border": word(words.Stated, without=_NO_CONTRADICTION),
    "basis": word(words.Basis),
    "term": _period(),
}
_Change: Shape = {
    "applies_to": word(words.AppliesTo),
    "notice": _period(),
    "channel": _words(words.NoticeChannel),
    "binds": word(words.Binds),
    "within": _period(required=False),
    "objection": word(words.Objection),
}
_Withdrawal: Shape = {
    "channels": _rules({"channel": word(words.WithdrawalBy)}),
    "effects": _rules(
        {
            "when": word(words.EffectWhen),
            "period": _period(required=False),
            "purposes": _codes(required=False),
        },
        cited=False,
    ),
    "sent_before": _rule({"period": _period(null=False)}, required=False),
    "take_back": _rule({"until": word(words.TakeBackUntil), "by": _words(words.TakeBackBy)}, required=False),
    "agreement": word(words.AgreementEffect),
    "agreement_clause": _clause(),
    "bars": _rules({"bar": word(words.PrintedBar)}),
    "covers": _words(words.Covered, required=False),
    "covers_clause": _clause(),
}
_Answer: Shape = {
    "code": _code(),
    "trigger": word(words.AnswerTrigger),
    "action": _code(),
    "period": _period(),
    "at_once": flag(required=False),
}
_Retention: Shape = {
    "code": _code(),
    "start": word(words.RetentionStart),
    "period": _period(),
    "is": word(words.RetentionIs),
}
_Erasing: Shape = {
    "trigger": word(words.ErasingTrigger),
    "action": word(words.ErasingAction),
    "period": _period(),
}
_Termination: Shape = {
    "by": word(words.TerminatedBy),
    "ground": word(words.TerminationGround),
    "notice": _period(),
    "channel": _words(words.NoticeChannel, required=False),
}
_Acceptance: Shape = {
    "act": word(words.AcceptanceAct),
    "counts": word(words.Counts),
    "counts_at": word(words.CountsAt),
    "excluded": _rules({"who": word(words.Who)}),
    "one_account": _rule({}, required=False),
    "approval": _rule({"within": _period()}, required=False),
}
_Recipient: Shape = {
    "code": _code(),
    "country": matching("[A-Z]{2}|abroad|unsaid", "KZ, abroad or unsaid"),
    "name": local(),
    "why": local(required=False),
}
_Dates: Shape = {
    "printed_on": _date(null=True),
    "in_force_on": _date(),
    "date_source": word(words.DateSource),
}

_Terms = Keys.from_dict(
    {
        "operator": matching(_SLUG, "acme"),
        "document": matching(_SLUG, "privacy-policy"),
        "version": matching(_VERSION, '"2026-01-01", in quotes'),
        "title": local(),
        "kind": word(words.DocumentKind),
        "source": mapping({"language": language(), "heading": text(), "read_on": _date()}),
        "dates": mapping(_Dates),
        "acceptance": _rule(_Acceptance, cited=False),
        "validity": _rule({"period": _period(), "until": word(words.Until)}, cited=False),
        "data_list": _rule({"is": word(words.ListKind)}, cited=False),
        "data": _rules({"code": _code(), "kind": word(words.DataKind), "name": local()}),
        "recipients": _rules(_Recipient),
        "third_parties": _rule({"stated": word(words.Stated, without=_NO_CONTRADICTION)}, required=False),
        "cross_border": _rule({"stated": word(words.Stated, without=_NO_CONTRADICTION)}, cited=False),
        "publication": _rule({"stated": word(words.Stated)}, cited=False),
        "purposes": _rules(_Purpose),
        "change": _rules(_Change),
        "withdrawal": mapping(_Withdrawal),
        "retention": _rules(_Retention),
        "erasing": _rules(_Erasing),
        "answers": _rules(_Answer),
        "termination": _rules(_Termination),
        "confidentiality": _rule({"period": _period()}, required=False),
        "rights": _rules({"code": word(words.Right)}),
        "responsible_person": _rule({}, required=False),
        "facts": _rules({"code": word(words.FactCode), "with": _clause()}),
    },
    name="TermsSchema",
)()

_Announced: Shape = {
    "slug": matching(_SLUG, "cookie-policy"),
    "heading": text(),
    "title": local(),
    "note": local(required=False),
}

_Operator = Keys.from_dict(
    {
        "slug": matching(_SLUG, "acme"),
        "name": local(),
        "identifier": _rule({"kind": word(words.IdentifierKind), "value": text(null=True)}, cited=False),
        "country": matching("[A-Z]{2}", "KZ"),
        "place": local(),
        "sites": fields.List(matching(_ORIGIN, "https://www.example.kz"), required=True),
        "contacts": mapping({"email": text(null=True), "post": fields.List(local(), required=True)}),
        "announced": fields.List(mapping(_Announced), required=True),
    },
    name="OperatorSchema",
)()


def read_terms(data: bytes, name: str, also: Check | None = None) -> dict[str, Any]:  # Any: JSON values
    """Read and check a ``terms.yaml``; what it returns can be kept as JSON and made ``Terms`` of.

    Args:
        data: The file.
        name: Stands in errors.
        also: What must agree with other files.

    Raises:
        PolicyDataError: With file, line and what to write, a line for each problem.
    """
    return dict(read_checked(data, name, _Terms, [terms_problems, *([also] if also else [])]).data)


def read_operator(data: bytes, name: str, also: Check | None = None) -> dict[str, Any]:  # Any: JSON values
    """Read and check an ``operator.yaml``; as above."""
    return dict(read_checked(data, name, _Operator, [operator_problems, *([also] if also else [])]).data)


def check_terms_data(data: Data, *, complete: bool) -> None:
    """Check terms that no file holds: their form, and what a published version needs if ``complete``.

    Raises:
        PolicyDataError: With the place of each value and what to write.
    """
    problems = problems_of(data, _Terms, [terms_problems] if complete else [])
    refuse([f"{dotted(path)}: {problem}" for path, problem in problems])

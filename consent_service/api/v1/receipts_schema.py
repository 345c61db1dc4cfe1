"""Shapes of receipts and proofs."""

from marshmallow import Schema, fields

from consent_service.api.fields import Instant, OneOf
from consent_service.api.v1.schemas import LANGUAGES


class PrintedIn(Schema):
    """In which language it is printed; that of the consent where none is named."""

    lang = OneOf(LANGUAGES)


class ReceiptOut(Schema):
    """The receipt: what Law 94-V art. 8(4) wants a consent to contain, in the sections of ISO/IEC TS 27560."""

    schema_version = fields.String(required=True)
    record_id = fields.UUID(required=True)
    pii_principal_id = fields.UUID(required=True)
    pii_processing = fields.Dict(required=True)
    party_identification = fields.List(fields.Dict(), required=True)
    event = fields.Dict(required=True)
    ledger = fields.Dict(required=True, allow_none=True)
    check_url = fields.String(required=True)


class KantaraOut(Schema):
    """The receipt in the form of the Kantara consent receipt 1.1; names are those of that form."""

    version = fields.String(required=True)
    jurisdiction = fields.String(required=True)
    consentTimestamp = fields.Integer(required=True)  # noqa: N815
    collectionMethod = fields.String(required=True)  # noqa: N815
    consentReceiptID = fields.UUID(required=True)  # noqa: N815
    publicKey = fields.String(required=True)  # noqa: N815
    language = fields.String(required=True)
    piiPrincipalId = fields.UUID(required=True)  # noqa: N815
    piiControllers = fields.List(fields.Dict(), required=True)  # noqa: N815
    policyUrl = fields.String(required=True)  # noqa: N815
    services = fields.List(fields.Dict(), required=True)
    sensitive = fields.Boolean(required=True)
    spiCat = fields.List(fields.String(), required=True)  # noqa: N815


class InclusionOut(Schema):
    """Where an event stands in a log, and the hashes from its leaf up to the root of a signed head."""

    origin = fields.String(required=True)
    leaf_index = fields.Integer(required=True)
    tree_size = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)
    head = fields.String(required=True)


class EventProofOut(Schema):
    """One event in its canonical bytes, the salt that opens its leaf, and its place in the log."""

    body = fields.String(required=True)
    salt = fields.String(required=True)
    leaf_input = fields.String(required=True)
    promised_by = Instant(required=True)
    inclusion = fields.Nested(InclusionOut, required=True, allow_none=True)
    tlog_proof = fields.String(required=True, allow_none=True)


class ProofOut(Schema):
    """What happened to the person of a consent, in order."""

    consent = fields.UUID(required=True)
    verifier_keys = fields.List(fields.String(), required=True)
    events = fields.List(fields.Nested(EventProofOut), required=True)

"""Consents: recording, reading, approving; and the permission check."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.consents_schema import (
    ConsentIn,
    ConsentOut,
    ConsentPage,
    ConsentsQuery,
    PermissionsOut,
    PermissionsQuery,
    ProofOut,
    ReasonIn,
    ReceiptOut,
)
from consent_service.consents.queries import (
    ConsentFilter,
    ConsentView,
    check_permissions,
    consent_view,
    list_consents,
    prove_consent,
)
from consent_service.consents.receipt import build_receipt, sign_receipt
from consent_service.consents.rules import Answer, Declarations
from consent_service.consents.service import GiveConsent, approve, give_consent, reject
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.heads import verifier_key
from consent_service.ledger.proofs import proof_text
from consent_service.operators.access import Scope
from consent_service.operators.queries import operator_named
from consent_service.policies.queries import version_by_id
from consent_service.services import services
from consent_service.subjects.service import SubjectData, parse_identifiers

bp = Blueprint("consents", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "POST",
    "/consents",
    scope=Scope.CONSENTS_WRITE,
    summary="Record what a person accepted or refused, purpose by purpose.",
    status=HTTPStatus.CREATED,
    body=ConsentIn(),
    answer=ConsentOut(),
    problems=(404, 409),
)
def create_consent(uow: UnitOfWork, body: Fields) -> Fields:
    """Record an answer."""
    subject = body["subject"]
    command = GiveConsent(
        document=body["document"],
        version=body.get("version"),
        subject=SubjectData(subject["ref"], parse_identifiers(subject.get("identifiers", {}))),
        language=body["language"],
        answers=[Answer(choice["purpose"], choice["granted"]) for choice in body["choices"]],
        channel=body["channel"],
        given_at=body.get("given_at"),
        act=body.get("act"),
        declarations=Declarations(**body.get("declarations", {})),
        representative=body.get("representative"),
        evidence=body.get("evidence"),
    )
    return _shown(uow, give_consent(uow, command, services().law.calendar))


@endpoint(
    bp,
    "GET",
    "/consents",
    scope=Scope.CONSENTS_READ,
    summary="List consents, the latest first.",
    query=ConsentsQuery(),
    answer=ConsentPage(),
    problems=(404,),
)
def get_consents(uow: UnitOfWork, query: Fields) -> Fields:
    """List consents."""
    wanted = ConsentFilter(
        subject=query.get("subject"),
        purpose=query.get("purpose"),
        document=query.get("document"),
        state=query.get("state"),
        from_at=query.get("from_"),
        to_at=query.get("to"),
    )
    views, after = list_consents(uow, wanted, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": [_listed(view) for view in views], "next_cursor": after}


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>",
    scope=Scope.CONSENTS_READ,
    summary="Read one consent.",
    answer=ConsentOut(),
    problems=(404,),
)
def get_consent(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read one consent."""
    return _shown(uow, consent_view(uow, consent_id))


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt",
    scope=Scope.CONSENTS_READ,
    summary="Read the receipt that the person keeps.",
    answer=ReceiptOut(),
    problems=(404,),
)
def get_receipt(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read the receipt."""
    return _receipt(uow, consent_view(uow, consent_id))


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.json",
    scope=Scope.CONSENTS_READ,
    summary="Read the receipt that the person keeps.",
    answer=ReceiptOut(),
    problems=(404,),
)
def get_receipt_json(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read the receipt as a file."""
    return _receipt(uow, consent_view(uow, consent_id))


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.jwt",
    scope=Scope.CONSENTS_READ,
    summary="Read the signed receipt (JWS, alg Ed25519).",
    media_type="application/jose",
    problems=(404,),
)
def get_receipt_jwt(uow: UnitOfWork, consent_id: UUID) -> Reply:
    """Read the signed receipt."""
    receipt = _receipt(uow, consent_view(uow, consent_id))
    return Reply(sign_receipt(receipt, uow.keys.signing_key).encode(), "application/jose")


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/proof",
    scope=Scope.CONSENTS_READ,
    summary="Read the proof of a consent: the events of its person, and the path from each to a signed head.",
    answer=ProofOut(),
    problems=(404,),
)
def get_proof(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read what happened to a consent and its person, so that it can be checked without the service."""
    proofs = prove_consent(uow, consent_id)
    public = uow.keys.ledger_key.public_key()
    origins = sorted({proof.inclusion.origin for proof in proofs if proof.inclusion})
    events = [
        {
            **{name: getattr(proof, name) for name in ("body", "salt", "leaf_input", "promised_by", "inclusion")},
            "tlog_proof": proof_text(proof.inclusion, proof.salt) if proof.inclusion else None,
        }
        for proof in proofs
    ]
    return {
        "consent": consent_id,
        "verifier_keys": [verifier_key(origin, public) for origin in origins],
        "events": events,
    }


@endpoint(
    bp,
    "POST",
    "/consents/<uuid:consent_id>/approve",
    scope=Scope.CONSENTS_WRITE,
    summary="Approve an application: the approval is the acceptance.",
    body=ReasonIn(),
    answer=ConsentOut(),
    problems=(404, 409),
)
def approve_consent(uow: UnitOfWork, consent_id: UUID, body: Fields) -> Fields:  # noqa: ARG001 - a reason is taken, not needed
    """Approve an application."""
    return _shown(uow, approve(uow, consent_id, services().law.calendar))


@endpoint(
    bp,
    "POST",
    "/consents/<uuid:consent_id>/reject",
    scope=Scope.CONSENTS_WRITE,
    summary="Reject an application.",
    body=ReasonIn(),
    answer=ConsentOut(),
    problems=(404, 409),
)
def reject_consent(uow: UnitOfWork, consent_id: UUID, body: Fields) -> Fields:
    """Reject an application."""
    return _shown(uow, reject(uow, consent_id, body.get("reason")))


@endpoint(
    bp,
    "GET",
    "/permissions",
    scope=Scope.PERMISSIONS_READ,
    summary="Ask whether data of a person may be processed for a purpose, now.",
    query=PermissionsQuery(),
    answer=PermissionsOut(),
    problems=(404,),
)
def get_permissions(uow: UnitOfWork, query: Fields) -> Fields:
    """Check permissions."""
    return {"items": check_permissions(uow, query["subject"], query["purpose"])}


def _shown(uow: UnitOfWork, view: ConsentView) -> Fields:
    fields = _listed(view)
    fields["receipt"]["jwt"] = sign_receipt(_receipt(uow, view), uow.keys.signing_key)
    return fields


def _listed(view: ConsentView) -> Fields:
    fields: Fields = {name: getattr(view, name) for name in ConsentView.__dataclass_fields__}
    url = f"{services().settings.base_url}/api/v1/consents/{view.id}/receipt.json"
    return fields | {"receipt": {"url": url, "jwt": None}}


def _receipt(uow: UnitOfWork, view: ConsentView) -> Fields:
    return build_receipt(view, version_by_id(uow, view.version_id).terms, operator_named(uow))

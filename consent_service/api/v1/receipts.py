"""Receipts and proofs of a consent: what its person keeps, and what shows it to outsiders."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.receipts_schema import KantaraOut, PrintedIn, ProofOut, ReceiptOut
from consent_service.consents.queries import consent_view, prove_consent
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import proof_text
from consent_service.ledger.tree import log_keys
from consent_service.operators.queries import operator_view
from consent_service.receipts.issuing import Issued, issue, print_receipt
from consent_service.receipts.kantara import to_kantara
from consent_service.receipts.pack import proof_pack
from consent_service.services import services

bp = Blueprint("receipts", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt",
    summary="Read the receipt that the person keeps.",
    answer=ReceiptOut(),
    problems=(404,),
)
def get_receipt(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read the receipt."""
    return _issue(uow, consent_id).receipt


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.json",
    summary="Read the receipt that the person keeps.",
    answer=ReceiptOut(),
    problems=(404,),
)
def get_receipt_json(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read the receipt as a file."""
    return _issue(uow, consent_id).receipt


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.jwt",
    summary="Read the signed receipt (JWS, alg Ed25519).",
    media_type="application/jose",
    problems=(404,),
)
def get_receipt_jwt(uow: UnitOfWork, consent_id: UUID) -> Reply:
    """Read the signed receipt."""
    return Reply(_issue(uow, consent_id).token.encode(), "application/jose")


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.pdf",
    summary="Read the receipt as PDF/A-3, with the signed receipt and the proof inside.",
    query=PrintedIn(),
    media_type="application/pdf",
    problems=(404,),
)
def get_receipt_pdf(uow: UnitOfWork, consent_id: UUID, query: Fields) -> Reply:
    """Read the receipt as paper."""
    return Reply(
        print_receipt(uow, consent_id, services().law.catalogue, services().settings.base_url, query.get("lang")),
        "application/pdf",
    )


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/receipt.kantara.json",
    summary="Read the receipt in the form of the Kantara consent receipt 1.1.",
    answer=KantaraOut(),
    problems=(404,),
)
def get_receipt_kantara(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read the receipt in an older form that other tools take."""
    return to_kantara(_issue(uow, consent_id).receipt, operator_view(uow), uow.keys.signer.public.receipts)


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/proof",
    summary="Read the proof of a consent: the events of its person, and the path from each to a signed head.",
    answer=ProofOut(),
    problems=(404,),
)
def get_proof(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read what happened to a consent and its person, so that it can be checked without the service."""
    proofs = prove_consent(uow, consent_id)
    origins = {proof.inclusion.origin for proof in proofs if proof.inclusion}
    events = [
        {
            **{name: getattr(proof, name) for name in ("body", "salt", "leaf_input", "promised_by", "inclusion")},
            "tlog_proof": proof_text(proof.inclusion, proof.salt) if proof.inclusion else None,
        }
        for proof in proofs
    ]
    return {
        "consent": consent_id,
        "verifier_keys": log_keys(uow.session, uow.keys, origins),
        "events": events,
    }


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>/proof.zip",
    summary="Read the proof pack of a consent: text, answers, history, proofs, as one signed ZIP.",
    media_type="application/zip",
    problems=(404,),
)
def get_proof_pack(uow: UnitOfWork, consent_id: UUID) -> Reply:
    """Read the proof pack."""
    packed = proof_pack(uow, consent_id, services().law.catalogue, services().settings.base_url)
    return Reply(packed, "application/zip")


def _issue(uow: UnitOfWork, consent_id: UUID) -> Issued:
    return issue(uow, consent_view(uow, consent_id), services().law.catalogue, services().settings.base_url)

"""Withdrawals: receiving, reading, taking back, refusing; and what a person does at the operator."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.withdrawals_schema import (
    ActivityIn,
    ActivityOut,
    CancelIn,
    ReceiptCorrectionIn,
    RefusalIn,
    ResumeIn,
    TerminationIn,
    WithdrawalIn,
    WithdrawalOut,
    WithdrawalsOut,
    WithdrawalsQuery,
)
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.terms import TerminatedBy
from consent_service.retention.telling import note_activity
from consent_service.services import services
from consent_service.standings.service import accept_by_use
from consent_service.subjects.service import lock_by_ref
from consent_service.withdrawals.decisions import cancel_withdrawal, sign_in_cancels
from consent_service.withdrawals.queries import WithdrawalView, list_withdrawals, withdrawal_view
from consent_service.withdrawals.redating import correct_receipt
from consent_service.withdrawals.refusals import RefuseWithdrawal, refuse_withdrawal, resume_withdrawal
from consent_service.withdrawals.service import EndAgreement, WithdrawConsent, end_agreement, withdraw_consent

bp = Blueprint("withdrawals", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "POST",
    "/withdrawals",
    summary="Take a consent back, whole or by purpose; the answer has every date with its clause.",
    status=HTTPStatus.CREATED,
    body=WithdrawalIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def create_withdrawal(uow: UnitOfWork, body: Fields) -> WithdrawalView:
    """Receive a withdrawal."""
    fields = dict(body)
    command = WithdrawConsent(subject_ref=fields.pop("subject"), **fields)
    return withdrawal_view(uow, withdraw_consent(uow, command, services().law))


@endpoint(
    bp,
    "GET",
    "/withdrawals/<uuid:withdrawal_id>",
    summary="Read one withdrawal with its duties.",
    answer=WithdrawalOut(),
    problems=(404,),
)
def get_withdrawal(uow: UnitOfWork, withdrawal_id: UUID) -> WithdrawalView:
    """Read one withdrawal."""
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "POST",
    "/withdrawals/<uuid:withdrawal_id>/cancel",
    summary="Take a withdrawal back, where the document gives that right.",
    body=CancelIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def cancel(uow: UnitOfWork, withdrawal_id: UUID, body: Fields) -> WithdrawalView:
    """Take a withdrawal back."""
    cancel_withdrawal(uow, withdrawal_id, by=body["by"])
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "POST",
    "/withdrawals/<uuid:withdrawal_id>/refuse",
    summary="Refuse a withdrawal on one of the three bars, with its reference.",
    body=RefusalIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def refuse(uow: UnitOfWork, withdrawal_id: UUID, body: Fields) -> WithdrawalView:
    """Refuse a withdrawal."""
    refuse_withdrawal(uow, RefuseWithdrawal(withdrawal_id, **body), services().law)
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "POST",
    "/withdrawals/<uuid:withdrawal_id>/resume",
    summary="Go on with a refused withdrawal whose bar has fallen away.",
    body=ResumeIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def resume(uow: UnitOfWork, withdrawal_id: UUID, body: Fields) -> WithdrawalView:
    """Resume a withdrawal."""
    resume_withdrawal(uow, withdrawal_id, at=body.get("at") or uow.now, why=body["reason"], law=services().law)
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "POST",
    "/withdrawals/<uuid:withdrawal_id>/correct-receipt",
    summary="Put the receipt right; every date that rests on it follows, and the clock log says why.",
    body=ReceiptCorrectionIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def put_receipt_right(uow: UnitOfWork, withdrawal_id: UUID, body: Fields) -> WithdrawalView:
    """Correct a receipt."""
    correct_receipt(uow, withdrawal_id, body["received_at"], reason=body["reason"], law=services().law)
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "GET",
    "/withdrawals",
    summary="List withdrawals, the latest first; with refused=true the register of refusals.",
    query=WithdrawalsQuery(),
    answer=WithdrawalsOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List withdrawals."""
    states = [query["state"]] if "state" in query else []
    items, after = list_withdrawals(
        uow, states=states, refused=query["refused"], limit=query["limit"], cursor=query.get("cursor")
    )
    return {"items": items, "next_cursor": after}


@endpoint(
    bp,
    "POST",
    "/terminations",
    summary="Give the notice that ends an agreement; the answer has every date with its clause.",
    status=HTTPStatus.CREATED,
    body=TerminationIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def create_termination(uow: UnitOfWork, body: Fields) -> WithdrawalView:
    """End an agreement."""
    fields = dict(body)
    command = EndAgreement(subject_ref=fields.pop("subject"), by=TerminatedBy(fields.pop("by")), **fields)
    return withdrawal_view(uow, end_agreement(uow, command, services().law))


@endpoint(
    bp,
    "POST",
    "/subjects/<string:ref>/activity",
    summary="Tell that a person signed in or went on using the service; the answer says what that changed.",
    body=ActivityIn(),
    answer=ActivityOut(),
    problems=(404,),
)
def record_activity(uow: UnitOfWork, ref: str, body: Fields) -> Fields:
    """Record what a person did; a sign-in takes back withdrawals where the document says so, use does not."""
    at = body.get("at") or uow.now
    if at > uow.now:
        raise InvalidInputError.of("at", "This instant is in the future; send when it happened.")
    person = lock_by_ref(uow, ref)
    taken_back = sign_in_cancels(uow, ref, at) if body["kind"] == "sign_in" else []
    accepted = accept_by_use(uow, person.id, body["kind"], at)
    note_activity(uow, person.id, at)
    deemed = [{"document": version.name, "version": version.version, "accepted_at": at} for version in accepted]
    return {"cancelled_withdrawals": taken_back, "deemed_acceptances": deemed}

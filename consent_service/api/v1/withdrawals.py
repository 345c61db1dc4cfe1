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
    RefusalIn,
    WithdrawalIn,
    WithdrawalOut,
)
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Scope
from consent_service.services import services
from consent_service.subjects.service import lock_by_ref
from consent_service.withdrawals.decisions import cancel_withdrawal, refuse_withdrawal, sign_in_cancels
from consent_service.withdrawals.queries import WithdrawalView, withdrawal_view
from consent_service.withdrawals.service import WithdrawConsent, withdraw_consent

bp = Blueprint("withdrawals", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "POST",
    "/withdrawals",
    scope=Scope.WITHDRAWALS_WRITE,
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
    scope=Scope.WITHDRAWALS_READ,
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
    scope=Scope.WITHDRAWALS_WRITE,
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
    scope=Scope.WITHDRAWALS_WRITE,
    summary="Refuse a withdrawal on one of the three bars, with its reference.",
    body=RefusalIn(),
    answer=WithdrawalOut(),
    problems=(404, 409),
)
def refuse(uow: UnitOfWork, withdrawal_id: UUID, body: Fields) -> WithdrawalView:
    """Refuse a withdrawal."""
    refuse_withdrawal(uow, withdrawal_id, bar=body["bar"], reference=body["reference"], reason=body["reason"])
    return withdrawal_view(uow, withdrawal_id)


@endpoint(
    bp,
    "POST",
    "/subjects/<string:ref>/activity",
    scope=Scope.WITHDRAWALS_WRITE,
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
    lock_by_ref(uow, ref)
    taken_back = sign_in_cancels(uow, ref, at) if body["kind"] == "sign_in" else []
    return {"cancelled_withdrawals": taken_back, "deemed_acceptances": []}

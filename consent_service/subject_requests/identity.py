"""Making sure who asks: codes by e-mail and text message, the operator's own sign-in, the person in charge."""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from consent_service.deadlines.service import Law
from consent_service.duties.states import ClockKind
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, WrongCodeError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Message, Owed, enqueue
from consent_service.subject_requests.acts import act_at_once
from consent_service.subject_requests.course import lock_with_person, move, note
from consent_service.subject_requests.states import IdentityMethod, RequestState
from consent_service.subject_requests.tables import IdentityCode, SubjectRequest
from consent_service.subject_requests.words import CODE_BODY, CODE_SUBJECT
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import reveal_identifier

IDENTITY_CODE = "identity_code"  # the template of the message that carries a code
GOOD_FOR = timedelta(minutes=10)
TRIES = 5
CODES_AN_HOUR = 5
CODES_KEPT = timedelta(days=1)
_CODES = table_of(IdentityCode)
_KEY = "identity-code|v1"
_SENT_TO = {
    IdentityMethod.EMAIL_CODE: IdentifierKind.EMAIL,
    IdentityMethod.SMS_CODE: IdentifierKind.PHONE,
}


def verify(uow: UnitOfWork, request_id: UUID, method: IdentityMethod, code: str | None, law: Law) -> None:
    """Make sure who asks: send a code where none is given, compare the one that is, or take another's word.

    A code goes to the address on file, never to one that came with the request of somebody who is known.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: It is known who asks, no address is on file, or too many codes were sent.
        WrongCodeError: The code is wrong or no longer good.
    """
    request, _ = lock_with_person(uow, request_id)
    if request.state not in {RequestState.RECEIVED, RequestState.IDENTIFYING}:
        raise ConflictError("It is known who asks; nothing needs to be confirmed.")
    if method in _SENT_TO and code is None:
        _send(uow, request, method)
        move(request, RequestState.IDENTIFYING)
        note(uow, request, ClockKind.IDENTITY_ASKED, {"method": str(method)})
    else:
        if method in _SENT_TO:
            _compare(uow, request, method, code or "")
        identified(uow, request, method, law)
    uow.session.flush()


def code_mail(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the message that carries a code."""
    name = operator_view(uow).name[owed.language]
    return Mail(CODE_SUBJECT[owed.language], CODE_BODY[owed.language].format(operator=name, code=owed.secret))


def forget_codes(uow: UnitOfWork, limit: int) -> int:
    """Forget codes that were sent more than a day ago; returns how many."""
    here, old = _CODES.c.operator_id == uow.operator_id, _CODES.c.sent_at < uow.now - CODES_KEPT
    codes = select(_CODES.c.id).where(here, old).limit(limit)
    return changed_rows(uow.session.execute(delete(_CODES).where(here, _CODES.c.id.in_(codes))))


def _send(uow: UnitOfWork, request: SubjectRequest, method: IdentityMethod) -> None:
    if reveal_identifier(uow, request.subject_id, _SENT_TO[method]) is None:
        raise ConflictError(f"No address for {method} is on file; make sure in another way.")
    lately = uow.session.scalar(
        select(func.count())
        .select_from(_CODES)
        .where(
            _CODES.c.operator_id == uow.operator_id,
            _CODES.c.subject_id == request.subject_id,
            _CODES.c.sent_at > uow.now - timedelta(hours=1),
        )
    )
    if (lately or 0) >= CODES_AN_HOUR:
        raise ConflictError("Five codes were sent within the hour; wait, or make sure in another way.")
    code = f"{secrets.randbelow(10**6):06}"
    code_id = new_id(uow.now)
    uow.session.execute(
        insert(_CODES).values(
            operator_id=uow.operator_id,
            id=code_id,
            request_id=request.id,
            subject_id=request.subject_id,
            method=method,
            code_hash=_hash(uow, code_id, code),
            tries=0,
            sent_at=uow.now,
            expires_at=uow.now + GOOD_FOR,
            used_at=None,
        )
    )
    facts = {"request": str(request.id), "method": str(method)}
    append(uow, EventType.IDENTITY_CODE_SENT, request.id, facts)
    by = "sms" if method is IdentityMethod.SMS_CODE else "email"
    enqueue(
        uow,
        Message(IDENTITY_CODE, request.id, request.language, {"by": by}, subject_id=request.subject_id, secret=code),
    )


def _compare(uow: UnitOfWork, request: SubjectRequest, method: IdentityMethod, code: str) -> None:
    code_id = _latest(uow, request.id, method)
    known = None
    if code_id is not None:
        known = uow.session.execute(
            select(_CODES.c.code_hash).where(
                _CODES.c.operator_id == uow.operator_id,
                _CODES.c.id == code_id,
                _CODES.c.tries < TRIES,
                _CODES.c.expires_at > uow.now,
                _CODES.c.used_at.is_(None),
            )
        ).first()
    if known is None or code_id is None or not hmac.compare_digest(known.code_hash, _hash(uow, code_id, code.strip())):
        uow.session.execute(
            update(_CODES)
            .where(_CODES.c.operator_id == uow.operator_id, _CODES.c.id == code_id)
            .values(tries=_CODES.c.tries + 1)
        )
        raise WrongCodeError.of("code", "This code is wrong or no longer good. Ask for a new one.")
    uow.session.execute(
        update(_CODES).where(_CODES.c.operator_id == uow.operator_id, _CODES.c.id == code_id).values(used_at=uow.now)
    )


def identified(uow: UnitOfWork, request: SubjectRequest, method: IdentityMethod, law: Law) -> None:
    """Record that it is known who asks, and do at once what is on the person's side."""
    move(request, RequestState.IN_PROGRESS)
    request.identity, request.identified_at = method, uow.now
    note(uow, request, ClockKind.IDENTITY_CONFIRMED, {"method": str(method)})
    append(uow, EventType.REQUEST_IDENTIFIED, request.subject_id, {"request": str(request.id), "method": str(method)})
    act_at_once(uow, request, law)


def _latest(uow: UnitOfWork, request_id: UUID, method: IdentityMethod) -> UUID | None:
    found: UUID | None = uow.session.scalar(
        select(_CODES.c.id)
        .where(_CODES.c.operator_id == uow.operator_id, _CODES.c.request_id == request_id, _CODES.c.method == method)
        .order_by(_CODES.c.sent_at.desc(), _CODES.c.id.desc())
        .limit(1)
    )
    return found


def _hash(uow: UnitOfWork, code_id: UUID, code: str) -> bytes:
    return blind_index(uow.keys.derived(_KEY), f"{code_id}|{code}")

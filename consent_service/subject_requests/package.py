"""Everything that is held about a person, as data: for access (art. 25(2)(6)) and to take elsewhere."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from consent_service.connectors.collecting import NO_ORDER, Section, collect_all
from consent_service.connectors.states import Collected
from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.queries import ConsentView
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.queries import orders_of
from consent_service.erasure.targets import Targets, Whom
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.policies.queries import version_by_id
from consent_service.recipients.queries import TransferView, transfers_of
from consent_service.standings.queries import DocumentStanding, standings_of
from consent_service.subject_requests.queries import request_view, requests_of
from consent_service.subjects.files import FileView, files_of
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.service import record_reveal, reveal_identifiers, reveal_ref
from consent_service.withdrawals.queries import withdrawals_of

FORMAT = "kelisim-access/1"
MOST = 100


def hand_out(
    uow: UnitOfWork, request_id: UUID, targets: Targets, because: RevealReason
) -> dict[str, Any]:  # Any: JSON values
    """Collect what is held about who asks, for whoever answers; that it was seen is recorded.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: It is not known yet who asks.
    """
    view = request_view(uow, request_id)
    if view.identity is None:
        raise ConflictError("It is not known yet who asks: make sure first, or refuse with that reason.")
    record_reveal(uow, view.subject_id, request_id, ["package"], because)
    return package(uow, view.subject_id, targets)


def package(uow: UnitOfWork, subject_id: UUID, targets: Targets) -> dict[str, Any]:  # Any: JSON values
    """Collect what is held about a person, here and in the operator's own systems, with the texts that were seen.

    A system that cannot be read is a section that says so.
    """
    ref = reveal_ref(uow, subject_id)
    identifiers = reveal_identifiers(uow, subject_id)
    whom = Whom.known(NO_ORDER, ref, identifiers)
    consents: list[ConsentView] = []
    cursor = None
    while True:
        page, cursor = list_consents(uow, ConsentFilter(subject=ref), limit=MOST, cursor=cursor)
        consents += page
        if cursor is None:
            break
    return {
        "format": FORMAT,
        "operator": operator_view(uow).slug,
        "made_at": uow.now.isoformat(),
        "identifiers": [{"kind": "ref", "value": ref}, *identifiers],
        "consents": [_consent(uow, view) for view in consents],
        "standings": [_standing(one) for one in standings_of(uow, subject_id)],
        "withdrawals": withdrawals_of(uow, subject_id),
        "requests": requests_of(uow, subject_id),
        "files": [_file(one) for one in files_of(uow, subject_id)],
        "recipients": _recipients(uow, consents),
        "transfers": [_transfer(one) for one in transfers_of(uow, subject_id)],
        "erasures": orders_of(uow, subject_id),
        "systems": [_system(section) for section in collect_all(targets(uow), whom)],
    }


def unread(held: Mapping[str, Any]) -> list[str]:  # Any: JSON values
    """Return the systems that could not be read: a package that lacks one is not complete."""
    return [system["target"] for system in held["systems"] if system["state"] == Collected.FAILED]


def _system(section: Section) -> dict[str, Any]:  # Any: JSON values
    return asdict(section) | {"state": str(section.state)}


def _consent(uow: UnitOfWork, view: ConsentView) -> dict[str, Any]:  # Any: JSON values
    names = {purpose.code: purpose.name for purpose in version_by_id(uow, view.version_id).terms.purposes}
    return {
        "document": view.document,
        "version": view.version,
        "language": view.language,
        "text_sha256": view.text_sha256,
        "given_at": view.given_at.isoformat(),
        "state": str(view.state),
        "purposes": [
            {language: f"{names[choice.purpose][language]}: {choice.state}" for language in ("kk", "ru", "en")}
            for choice in view.choices
        ],
        "expires_on": view.expires_on.isoformat() if view.expires_on else None,
    }


def _standing(view: DocumentStanding) -> dict[str, Any]:  # Any: JSON values
    return {
        "document": view.document,
        "version": view.version,
        "how": view.how and str(view.how),
        "accepted_at": view.accepted_at and view.accepted_at.isoformat(),
        "changes": [f"{change.version}: {change.state}" for change in view.changes],
    }


def _file(view: FileView) -> dict[str, Any]:  # Any: JSON values
    received_on = almaty_day(view.created_at).isoformat()
    return {"name": view.name, "media_type": view.media_type, "size": view.size, "received_on": received_on}


def _transfer(view: TransferView) -> dict[str, Any]:  # Any: JSON values
    return {
        "recipient": view.recipient,
        "transferred_on": view.transferred_on.isoformat(),
        "purpose": view.purpose,
        "data": list(view.data),
    }


def _recipients(uow: UnitOfWork, consents: list[ConsentView]) -> list[dict[str, Any]]:  # Any: JSON values
    found = {}
    for version_id in dict.fromkeys(view.version_id for view in consents):
        version = version_by_id(uow, version_id)
        for recipient in version.terms.recipients:
            found[version.name, recipient.code] = {
                "document": version.name,
                "name": dict(recipient.name),
                "country": recipient.country,
                "clause": ", ".join(recipient.clause),
            }
    return list(found.values())

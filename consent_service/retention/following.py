"""Following what has happened, so that each person is looked at in time: ended answers, reached purposes, new rules."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.courses import end_answers
from consent_service.consents.holders import recorded_after
from consent_service.consents.loose_ends import take_loose_ends
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.ids import first_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import published_versions, version_by_id
from consent_service.retention.clocks import look_at
from consent_service.retention.facts import Deciding
from consent_service.retention.tables import OPEN_WALKS, RetentionRules, RetentionWalk
from consent_service.storage.queries import storage_of
from consent_service.storage.schedule import edition_on
from consent_service.storage.states import STANDING_STARTS, StorageStart
from consent_service.subjects.many import lock_all

_WALKS, _RULES = table_of(RetentionWalk), table_of(RetentionRules)
_TO_THE_END = UUID(int=2**128 - 1)  # everybody was looked at, and nobody needs to be when they answer
SETTLED_AFTER = timedelta(minutes=5)  # by then the transaction of a consent with an earlier id has ended


def follow_endings(uow: UnitOfWork, law: Law, limit: int) -> int:
    """Look at people something of whom has ended; returns how many."""
    people = take_loose_ends(uow, limit)
    if people:
        look_at(Deciding(uow, law), people, almaty_day(uow.now))
    return len(people)


def follow_purposes(uow: UnitOfWork, law: Law, limit: int) -> int:
    """End answers for a purpose that is reached, of the next people who have answered its document; returns how many.

    What was answered later stands.  The permission has ended already, on the instant that was told.
    """
    walk = uow.session.execute(
        select(_WALKS)
        .where(_WALKS.c.operator_id == uow.operator_id, OPEN_WALKS)
        .order_by(_WALKS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if walk is None:
        return 0
    here = (_WALKS.c.operator_id == uow.operator_id, _WALKS.c.id == walk.id)
    recorded = recorded_after(uow, walk.document_id, walk.read_until, first_id(uow.now - SETTLED_AFTER), limit)
    if not recorded:
        if uow.now >= walk.opened_at + SETTLED_AFTER:
            uow.session.execute(update(_WALKS).where(*here).values(over_at=uow.now))
        return 0
    people = sorted({subject_id for _, subject_id in recorded})
    lock_all(uow, people)
    ended = end_answers(
        uow,
        people,
        ended_by=StorageStart.PURPOSE_REACHED,
        ended_at=walk.reached_at,
        purpose_ids=[walk.purpose_id],
    )
    look_at(Deciding(uow, law), ended, almaty_day(uow.now))
    uow.session.execute(update(_WALKS).where(*here).values(read_until=recorded[-1][0]))
    return len(recorded)


def follow_rules(uow: UnitOfWork, law: Law, limit: int) -> int:
    """Look at the next people of a document whose rules are others now, or whose terms run from the answer itself.

    Returns how many consents were looked at; zero when there are no further ones of any document.
    """
    today = almaty_day(uow.now)
    for document_id, said in _editions(uow, law, today).items():
        row = _locked(uow, document_id, said)
        if row is None or row.read_until == _TO_THE_END:
            continue
        recorded = recorded_after(uow, document_id, row.read_until, first_id(uow.now - SETTLED_AFTER), limit)
        if recorded:
            look_at(Deciding(uow, law), sorted({subject_id for _, subject_id in recorded}), today)
            _remember(uow, document_id, recorded[-1][0])
            return len(recorded)
        if uow.now >= row.begun_at + SETTLED_AFTER and not _runs_from_answers(uow, law, document_id, today):
            _remember(uow, document_id, _TO_THE_END)
    return 0


def _editions(uow: UnitOfWork, law: Law, today: date) -> dict[UUID, str]:
    """Return for each document by which editions its people are looked at now."""
    versions = Counter(version.document_id for version in published_versions(uow))
    said = f"{law.calendar.edition} {law.catalogue.edition} {edition_on(uow, today)}"
    return {document_id: f"{said} {count}" for document_id, count in sorted(versions.items())}


def _locked(uow: UnitOfWork, document_id: UUID, said: str) -> Any:  # Any: a result row
    """Lock how far a document was followed; begin anew where other editions hold.  None where another worker has it."""
    here = (_RULES.c.operator_id == uow.operator_id, _RULES.c.document_id == document_id)
    fresh = {"editions": said, "read_until": None, "begun_at": uow.now}
    row = uow.session.execute(select(_RULES).where(*here).with_for_update(skip_locked=True)).first()
    if row is not None and row.editions == said:
        return row
    key = {"operator_id": uow.operator_id, "document_id": document_id}
    if row is not None:
        uow.session.execute(update(_RULES).where(*here).values(fresh))
    elif uow.session.execute(insert_or_skip(uow.session, _RULES).values(key | fresh).returning(_RULES)).first() is None:
        return None
    return uow.session.execute(select(_RULES).where(*here)).one()


def _runs_from_answers(uow: UnitOfWork, law: Law, document_id: UUID, today: date) -> bool:
    """Say whether a term of a document runs while an answer stands: then everybody who answers must be looked at."""
    return any(
        rule.start in STANDING_STARTS
        for version in published_versions(uow)
        if version.document_id == document_id
        for rule in storage_of(uow, version_by_id(uow, version.id), law.catalogue, today).rules
    )


def _remember(uow: UnitOfWork, document_id: UUID, read_until: UUID) -> None:
    uow.session.execute(
        update(_RULES)
        .where(_RULES.c.operator_id == uow.operator_id, _RULES.c.document_id == document_id)
        .values(read_until=read_until)
    )

"""Answers that are on record already, so that what is told twice is kept once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.considering import Considered
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)
# What a person said of which version and when: the same again is the same consent.
Said = tuple[UUID, datetime, frozenset[tuple[UUID, bool]]]


def said_before(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, set[Said]]:
    """Return what is on record of some people, by person."""
    if not subject_ids:
        return {}
    answers: defaultdict[tuple[UUID, UUID, UUID, datetime], set[tuple[UUID, bool]]] = defaultdict(set)
    for row in uow.session.execute(
        select(
            _CONSENTS.c.subject_id,
            _CONSENTS.c.id,
            _CONSENTS.c.version_id,
            _CONSENTS.c.given_at,
            _CHOICES.c.purpose_id,
            _CHOICES.c.granted,
        )
        .join(_CHOICES, (_CHOICES.c.operator_id == _CONSENTS.c.operator_id) & (_CHOICES.c.consent_id == _CONSENTS.c.id))
        .where(_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.subject_id.in_(subject_ids))
    ):
        answers[row.subject_id, row.id, row.version_id, row.given_at].add((row.purpose_id, row.granted))
    found: defaultdict[UUID, set[Said]] = defaultdict(set)
    for (subject_id, _, version_id, given_at), said in answers.items():
        found[subject_id].add((version_id, given_at, frozenset(said)))
    return found


def said_in(one: Considered) -> Said:
    """Return what answers say that are to be recorded."""
    purposes = one.version.purposes
    return (
        one.version.id,
        one.given_at,
        frozenset((purposes[answer.purpose], answer.granted) for answer in one.command.answers),
    )

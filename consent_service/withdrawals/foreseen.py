"""What a withdrawal or an ending does: for the page before the last click, and for the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent_service.consents.endings import standing_choices
from consent_service.deadlines.service import Law
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import VersionView, list_documents, version_at, version_in_force
from consent_service.policies.terms import Counts, TerminationRule
from consent_service.storage.queries import storage_by
from consent_service.withdrawals.rules import Plan, plan, plan_ending


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The version by whose rules a consent would be withdrawn, and all that follows."""

    version: VersionView
    plan: Plan


def withdrawable(uow: UnitOfWork) -> list[VersionView]:
    """Return the versions in force of the documents that people consent to: what can be withdrawn from at all."""
    slugs = [one.slug for one in list_documents(uow, uow.now) if one.version is not None]
    versions = [version_in_force(uow, slug, uow.now) for slug in slugs]
    return [one for one in versions if one.terms.acceptance.counts is not Counts.INFORMATION and one.terms.purposes]


def foresee_withdrawal(
    uow: UnitOfWork,
    version: VersionView,
    purposes: Sequence[str] | None,
    received_at: datetime,
    law: Law,
    *,
    erases: bool = True,
) -> Foreseen:
    """Work out what follows, by the rules of a version, for some of its purposes or for all.

    ``erases``: False where only a part of what is done is taken back, and the consent stands.
    """
    own = [purpose.code for purpose in version.terms.purposes]
    worked_out = plan(
        version.terms,
        own if purposes is None else purposes,
        operator=operator_slug(uow),
        received_at=received_at,
        wanted_on=None,
        storage=storage_by(uow, version, law.catalogue),
        calendar=law.calendar,
        catalogue=law.catalogue,
        erases=erases,
    )
    return Foreseen(version, worked_out)


def foresee_own(
    uow: UnitOfWork,
    subject_id: UUID,
    document_id: UUID,
    purposes: Sequence[str] | None,
    law: Law,
    *,
    erases: bool = True,
) -> Foreseen:
    """Work out what follows if a person withdraws now, some purposes or whatever stands, by the rules they agreed to.

    Raises:
        ConflictError: Nothing of it stands.
    """
    version, codes = _standing(uow, subject_id, document_id)
    chosen = codes if purposes is None else [code for code in codes if code in purposes]
    if not chosen:
        raise ConflictError("The person has no consent to this document that could be withdrawn.")
    return foresee_withdrawal(uow, version, chosen, uow.now, law, erases=erases)


def foresee_ending(uow: UnitOfWork, subject_id: UUID, document_id: UUID, rule: TerminationRule, law: Law) -> Foreseen:
    """Work out what follows if a person ends an agreement now.

    Raises:
        ConflictError: Nothing of it stands.
    """
    version, codes = _standing(uow, subject_id, document_id)
    worked_out = plan_ending(
        version.terms,
        rule,
        codes,
        operator=operator_slug(uow),
        noticed_at=uow.now,
        wanted_on=None,
        storage=storage_by(uow, version, law.catalogue),
        calendar=law.calendar,
    )
    return Foreseen(version, worked_out)


def _standing(uow: UnitOfWork, subject_id: UUID, document_id: UUID) -> tuple[VersionView, list[str]]:
    """Return the version of the latest answer, whose rules count, and the purposes that stand."""
    standing = standing_choices(uow, subject_id, document_id, until=uow.now)
    if not standing:
        raise ConflictError("The person has no consent to this document that could be withdrawn.")
    codes: dict[UUID, str] = {}
    for version_id in {choice.version_id for choice in standing}:
        codes |= version_at(uow, version_id, uow.now).codes
    return version_at(uow, standing[0].version_id, uow.now), [codes[choice.purpose_id] for choice in standing]

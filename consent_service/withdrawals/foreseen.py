"""What a withdrawal does, whoever it is from: for the page before the last click, and for the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent_service.deadlines.service import Law
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import VersionView, list_documents, version_in_force
from consent_service.policies.terms import Counts
from consent_service.withdrawals.rules import Plan, plan


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
    uow: UnitOfWork, version: VersionView, purposes: Sequence[str] | None, received_at: datetime, law: Law
) -> Foreseen:
    """Work out what follows, by the rules of a version, for some of its purposes or for all."""
    own = [purpose.code for purpose in version.terms.purposes]
    worked_out = plan(
        version.terms,
        own if purposes is None else [code for code in own if code in purposes],
        operator=operator_slug(uow),
        received_at=received_at,
        wanted_on=None,
        calendar=law.calendar,
        catalogue=law.catalogue,
    )
    return Foreseen(version, worked_out)

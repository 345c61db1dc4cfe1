"""How far an operator is: each step is read from what is stored, never ticked by hand."""

from dataclasses import dataclass

from consent_service.accounts.second_factor import with_second_factor
from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.first_steps.states import Step
from consent_service.forms.queries import list_forms
from consent_service.governance.queries import list_entries
from consent_service.governance.states import EntryKind
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.colleagues import colleagues
from consent_service.operators.details import lacking_details
from consent_service.operators.queries import list_credentials, operator_view
from consent_service.policies.queries import lacking_a_language, list_documents


@dataclass(frozen=True, slots=True)
class StepView:
    """A step, and how much of it is done, where it is done by halves."""

    step: Step
    done: int
    of: int

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return 0 < self.of <= self.done


def steps_of(uow: UnitOfWork, *, mail_goes_out: bool) -> list[StepView]:
    """Return every step in its order; ``mail_goes_out``: whether the installation can send mail at all."""
    staff = colleagues(uow)
    in_charge = any(one.role is Role.DPO for one in staff)
    ordered = bool(list_entries(uow, kinds=(EntryKind.DPO_ORDER,)))
    in_force = [one for one in list_documents(uow, uow.now) if one.version is not None]
    keys = [one for one in list_credentials(uow) if one.revoked_at is None]
    consents, _ = list_consents(uow, ConsentFilter(), limit=1, cursor=None)
    return [
        _of(Step.DETAILS, not lacking_details(operator_view(uow))),
        StepView(Step.IN_CHARGE, in_charge + ordered, 2),
        StepView(Step.SECOND_FACTOR, len(with_second_factor(uow, [one.staff_id for one in staff])), len(staff)),
        StepView(Step.NOTICES, in_charge + mail_goes_out, 2),
        _of(Step.DOCUMENTS, bool(in_force)),
        StepView(Step.LANGUAGES, len(in_force) - len(lacking_a_language(uow, uow.now)), len(in_force)),
        _of(Step.FORM, bool(list_forms(uow))),
        _of(Step.KEY, bool(keys)),
        _of(Step.CONSENT, bool(consents)),
    ]


def _of(step: Step, is_done: bool) -> StepView:
    return StepView(step, int(is_done), 1)

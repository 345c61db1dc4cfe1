"""The job that records at accounts how many sign-ins failed."""

from consent_service.accounts.sign_in import tell_failures
from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.uow import Actor
from consent_service.services import Services


def sign_ins_tell(app: Services, actor: Actor, count: Count) -> None:
    """Record failed sign-ins by their number, in batches, until every account is told."""
    told = 1
    while told:
        with app.write(actor) as uow:
            told = tell_failures(uow, BATCH)
        count.done += told

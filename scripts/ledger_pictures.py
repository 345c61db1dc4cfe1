"""What the picture of the ledger shows: a signed head, and checks that were made and that wait."""

from flask import Flask

from consent_service.evidence.checks import order_check
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.services import services


def prepare_ledger(app: Flask) -> None:
    """Seal and sign what happened, check it, and order another check."""
    with app.app_context():
        for name in ("ledger.seal", "ledger.publish", "ledger.check"):
            run_now(services(), find_job(name))
        with services().write(Actor("command", "pictures")) as uow:
            order_check(uow)

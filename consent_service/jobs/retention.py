"""The worker of retention: follows what has ended, opens the run of the night, and goes on with runs."""

from consent_service.jobs.sweeper import Sweeper
from consent_service.jobs.tasks import Count
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services


def retention_follow(app: Services, actor: Actor, count: Count) -> None:
    """Work out when people are to be decided about, from what has ended, what was told and which rules hold."""
    for sweeper in _sweepers(app, actor):
        count.done += sweeper.follow()


def retention_sweep(app: Services, actor: Actor, count: Count) -> None:
    """Open the run of the night where somebody is due, and go on with the runs that are open (Law 94-V art. 18)."""
    for sweeper in _sweepers(app, actor):
        if sweeper.is_night_due():
            sweeper.catch_up()
            sweeper.begin()
        for run in sweeper.open_runs():
            done, failed = sweeper.carry_on(run)
            count.done += done
            count.failed += failed


def _sweepers(app: Services, actor: Actor) -> list[Sweeper]:
    with app.read(actor) as uow:
        return [Sweeper(app, actor, number) for number, _ in operator_numbers(uow.session)]

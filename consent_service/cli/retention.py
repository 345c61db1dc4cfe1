"""``retention``: what is due, the run that orders and carries it out, and the operator's own schedule."""

from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.cli.retention_words import preview_data, preview_words, run_data, run_words
from consent_service.deadlines.rules import almaty_day
from consent_service.jobs.sweeper import Sweeper
from consent_service.operators.queries import operator_number
from consent_service.retention.preview import LONGEST_AHEAD, preview
from consent_service.retention.runs import list_runs, run_view
from consent_service.services import Services
from consent_service.storage.reading import read_schedule
from consent_service.storage.schedule import edition_on, editions, set_schedule, write_rule

TOLD_EVERY = 2  # seconds
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def retention() -> None:
    """How long data are kept, and what goes when its time has come."""


@retention.command("preview")
@click.argument("operator")
@click.option("--days", type=click.IntRange(0, LONGEST_AHEAD), default=0, help="How many days ahead to look.")
@as_json
def preview_(operator: str, days: int, json_: bool) -> None:
    """Show whose data of OPERATOR would go, why, when, and what holds keep back; nothing is changed."""
    with opened() as app, app.read(ACTOR) as unbound:
        found = preview(unbound.for_operator(operator_number(unbound.session, operator)), app.law, days=days)
    show(json_, preview_data(found), preview_words(found))


@retention.command()
@click.argument("operator")
@as_json
def run(operator: str, json_: bool) -> None:
    """Order and carry out what is due at OPERATOR; other workers may share the same run."""
    with opened() as app:
        number = _number(app, operator)
        sweeper = Sweeper(app, ACTOR, number, _Teller(app, number))
        sweeper.catch_up()
        sweeper.begin()
        going = sweeper.open_runs()
        failed = sum(sweeper.carry_on(one)[1] for one in going)
        with app.read(ACTOR, number) as uow:
            views = [run_view(uow, one.id) for one in going]
    words = "\n".join(map(run_words, views)) or "Nobody is due."
    show(json_, {"runs": [run_data(view) for view in views]}, words)
    if failed:
        fail("A batch could not be carried out; the log says why. Its orders are tried one by one.")


@retention.command("list")
@click.argument("operator")
@as_json
def list_(operator: str, json_: bool) -> None:
    """List the latest runs at OPERATOR with their progress."""
    with opened() as app, app.read(ACTOR) as unbound:
        views = list_runs(unbound.for_operator(operator_number(unbound.session, operator)))
    show(json_, {"runs": [run_data(view) for view in views]}, "\n".join(map(run_words, views)) or "No run yet.")


@retention.command()
@click.argument("operator")
@click.option("--set", "file", type=READABLE, help="A YAML file with the whole schedule anew.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="From which day; today when left out.")
@as_json
def schedule(operator: str, file: Path | None, valid_from: Any, json_: bool) -> None:  # Any: a date without a zone
    """Show the storage schedule of OPERATOR, or set it anew."""
    with opened() as app:
        number = _number(app, operator)
        if file is not None:
            begins: date | None = None if valid_from is None else valid_from.date()
            with app.write(ACTOR, number) as uow:
                set_schedule(uow, read_schedule(file), valid_from=begins, law=app.law)
        with app.read(ACTOR, number) as uow:
            known, valid = editions(uow), edition_on(uow, almaty_day(uow.now))
    rows = [
        {"edition": one.number, "valid_from": one.valid_from, "rules": [write_rule(rule) for rule in one.rules]}
        for one in known
    ]
    lines = [
        f"edition {one.number} from {one.valid_from}{' (valid today)' if one.number == valid else ''}: "
        + ("; ".join(f"{rule.code}: {rule.start} + {rule.period} {rule.action}" for rule in one.rules) or "no rules")
        for one in known
    ]
    show(json_, {"valid": valid, "editions": rows}, "\n".join(lines) or "No schedule: documents and law alone apply.")


class _Teller:
    """Says every other second how far a run has come."""

    def __init__(self, app: Services, number: int) -> None:
        self._app, self._number, self._told_at = app, number, 0.0

    def __call__(self, run_id: UUID) -> None:
        if monotonic() - self._told_at < TOLD_EVERY:
            return
        self._told_at = monotonic()
        with self._app.read(ACTOR, self._number) as uow:
            progress(run_words(run_view(uow, run_id)))


def _number(app: Services, operator: str) -> int:
    with app.read(ACTOR) as unbound:
        return operator_number(unbound.session, operator)


COMMANDS = (retention,)

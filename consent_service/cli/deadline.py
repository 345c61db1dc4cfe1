"""``deadline``: count a period from the command line."""

import os

import click

from consent_service.api.v1.deadlines import parse_from
from consent_service.cli.output import as_json, show
from consent_service.config import Settings
from consent_service.deadlines.periods import Period
from consent_service.deadlines.service import deadline_for, explain, load_law


@click.command()
@click.argument("from_", metavar="FROM")
@click.argument("period")
@click.option("--lang", type=click.Choice(["kk", "ru", "en"]), default="en", show_default=True)
@as_json
def deadline(from_: str, period: str, lang: str, json_: bool) -> None:
    """Count PERIOD (10d, 15wd, 24h, 1m, 3y) from FROM, a day or an instant, and say how the date came about."""
    law = load_law(Settings.from_env(os.environ).calendar_overrides)
    end = deadline_for(Period.parse(period), parse_from(from_), law.calendar)
    data = {
        "from_on": end.from_on,
        "starts_on": end.starts_on,
        "due_on": end.due_on,
        "safe_on": end.safe_on,
        "calendar_edition": end.calendar_edition,
        "provisional": end.provisional,
        "skipped": [{"on": day.on, "why": dict(day.why)} for day in end.skipped],
    }
    show(json_, data, f"{end.due_on}\n{explain(end, lang)}\nCalendar edition: {end.calendar_edition}")


COMMANDS = (deadline,)

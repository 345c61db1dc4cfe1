"""``deadline``: count a period from the command line."""

import os

import click

from consent_service.api.fields import write_instant
from consent_service.cli.output import as_json, show
from consent_service.config import Settings
from consent_service.deadlines.periods import Period, parse_from
from consent_service.deadlines.service import deadline_for, explain
from consent_service.deadlines.working_days import load_calendar

LANGUAGES = ("kk", "ru", "en")
_EDITION = {"kk": "Күнтізбе редакциясы", "ru": "Редакция календаря", "en": "Calendar edition"}


@click.command()
@click.argument("from_", metavar="FROM")
@click.argument("period")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True)
@as_json
def deadline(from_: str, period: str, lang: str, json_: bool) -> None:
    """Count PERIOD (10d, 15wd, 24h, 1m, 3y) from FROM, a day or an instant, and say how the date came about."""
    calendar = load_calendar(Settings.from_env(os.environ).calendar_overrides)
    end = deadline_for(Period.parse(period), parse_from(from_), calendar)
    data = {
        "period": str(end.period),
        "from_on": end.from_on,
        "starts_on": end.starts_on,
        "due_on": end.due_on,
        "safe_on": end.safe_on,
        "due_at": write_instant(end.due_at),
        "calendar_edition": end.calendar_edition,
        "provisional": end.provisional,
        "skipped": [{"on": day.on, "why": dict(day.why)} for day in end.skipped],
        "explanation": {language: explain(end, language) for language in LANGUAGES},
    }
    show(json_, data, f"{end.due_on}\n{explain(end, lang)}\n{_EDITION[lang]}: {end.calendar_edition}")


COMMANDS = (deadline,)

"""``consents``: bringing in answers that were given before."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from consent_service.api.v1.imported_lines import reader
from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, paced, show
from consent_service.imports.journal import Refusal, refusals
from consent_service.imports.service import Tried, import_file, try_file
from consent_service.imports.set_aside import set_aside
from consent_service.imports.source import Form, Source
from consent_service.imports.source import opened as opened_source
from consent_service.operators.queries import operator_number
from consent_service.services import Services

SHOWN = 20  # refused lines; the file of reasons has them all
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def consents() -> None:
    """Answers of people."""


@consents.command("import")
@click.argument("operator")
@click.argument("file", type=READABLE)
@click.option("--format", "form", type=click.Choice([str(form) for form in Form]), help="Where the name does not say.")
@click.option("--dry-run", is_flag=True, help="Hold every line against the documents, and change nothing.")
@as_json
def import_(operator: str, file: Path, form: str | None, dry_run: bool, json_: bool) -> None:
    """Import former answers of OPERATOR's people from FILE, NDJSON or CSV; run again, it goes on where it stopped."""
    with opened_source(file, Form(form) if form else None) as source, opened() as app:
        with app.read(ACTOR) as unbound:
            number = operator_number(unbound.session, operator)
        if dry_run:
            _show_tried(
                json_, try_file(partial(app.read, ACTOR, number), source, reader(), app.law.calendar, _teller(source))
            )
        else:
            _import(app, number, source, json_)


def _import(app: Services, number: int, source: Source, json_: bool) -> None:
    journal = import_file(partial(app.write, ACTOR, number), source, reader(), app.law.calendar, _teller(source))
    data = {"import": journal.id, "recorded": journal.recorded, "known": journal.known, "refused": journal.refused}
    words = f"{journal.recorded} recorded, {journal.known} on record before, {journal.refused} refused."
    if not journal.refused:
        show(json_, data, words)
        return
    with app.read(ACTOR, number) as uow:
        aside = set_aside(source, refusals(uow, journal.id))
        first = [one for one, _ in zip(refusals(uow, journal.id), range(SHOWN), strict=False)]
    files = {"set_aside": aside.lines.name, "reasons": aside.reasons.name, "first_refused": _told(first)}
    show(json_, data | files, "\n".join([words, *_lines(first)]))
    fail(
        f"{journal.refused} lines are not imported. They stand in {aside.lines.name}, and why in {aside.reasons.name}: "
        "correct them there and import that file."
    )


def _show_tried(json_: bool, tried: Tried) -> None:
    data = {"would_be_recorded": tried.fitting, "refused": tried.refused, "first_refused": _told(tried.first)}
    words = f"{tried.fitting} fit, {tried.refused} would be refused. Nothing was changed."
    show(json_, data, "\n".join([words, *_lines(tried.first[:SHOWN])]))
    if tried.refused:
        fail(f"{tried.refused} lines would be refused.")


def _told(refused: list[Refusal]) -> list[dict[str, object]]:
    return [{"line": one.line, "reasons": list(one.reasons)} for one in refused]


def _lines(refused: list[Refusal]) -> list[str]:
    return [f"line {one.line}: {' '.join(one.reasons)}" for one in refused]


def _teller(source: Source) -> Callable[[int, int], None]:
    """Return what tells at most once a second how far a file was read, and about how long the rest takes."""
    tell = paced()
    began: tuple[float, int] | None = None

    def told(line: int, offset: int) -> None:
        nonlocal began
        if began is None:  # what a run before had done took no time of this one
            began = (time.monotonic(), offset)
        took, done = time.monotonic() - began[0], offset - began[1]
        left = f", about {_in_words(took * (source.size - offset) / done)} left" if done else ""
        tell(f"line {line:,}, {offset * 100 // source.size} %{left}")

    return told


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes > 1 else f"{seconds:.0f} s"


COMMANDS = (consents,)

"""``deadlines recompute``: every open date again, from its clock log and the calendar at hand."""

from dataclasses import dataclass, field
from typing import Any

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.duties.redating import Difference
from consent_service.operators.queries import operator_numbers
from consent_service.recalculation.service import decide, pages
from consent_service.services import Services

SHOWN = 1000  # differences in the answer; all are counted


@click.group()
def deadlines() -> None:
    """Open dates, all at once."""


@deadlines.command()
@click.argument("operator", required=False)
@click.option("--apply", "apply_", is_flag=True, help="Decide that the dates move; the worker carries it out.")
@click.option("--reason", help="Why they move; needed with --apply.")
@as_json
def recompute(operator: str | None, apply_: bool, reason: str | None, json_: bool) -> None:
    """Compute the open dates of OPERATOR (of all when left out) again, and list what differs."""
    if apply_ and not reason:
        fail("--apply needs --reason: nothing moves without one.")
    with opened() as app:
        with app.read(ACTOR) as uow:
            numbers = [(number, slug) for number, slug in operator_numbers(uow.session) if operator in (None, slug)]
        if not numbers:
            fail(f"There is no operator {operator!r}.")
        found = _Found()
        for number, slug in numbers:
            differ = _look(app, number, slug, found)
            if apply_ and differ and reason:
                with app.write(ACTOR, number) as uow:
                    decide(uow, app.law.calendar, reason=reason)
        edition = app.law.calendar.edition
    words = "\n".join(
        f"{row['operator']} {row['case']} {row['duty']}: {row['before']} -> {row['after']} ({row['edition_before']})"
        for row in found.rows
    )
    decided = " The worker moves them now." if apply_ and found.differ else ""
    summary = f"{found.seen} open duties, {found.differ} would be dated otherwise by {edition}.{decided}"
    data = {"seen": found.seen, "differ": found.differ, "edition": edition, "differences": found.rows}
    show(json_, data, f"{words}\n{summary}".strip())


@dataclass(slots=True)
class _Found:
    """What was found; the first differences alone are kept, however many there are."""

    seen: int = 0
    differ: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)  # Any: JSON values


def _look(app: Services, number: int, slug: str, found: _Found) -> int:
    """Look through one operator and return how many of its duties differ."""
    before = found.differ
    with app.read(ACTOR, number) as uow:
        for page in pages(uow, app.law.calendar):
            found.seen += page.seen
            found.differ += len(page.differences)
            found.rows += [_row(slug, one) for one in page.differences[: SHOWN - len(found.rows)]]
            if page.last is not None:
                progress(f"{slug}: {found.seen} looked at, {found.differ} differ")
    return found.differ - before


def _row(slug: str, one: Difference) -> dict[str, Any]:  # Any: JSON values
    return {
        "operator": slug,
        "case": f"{one.case_kind}:{one.case_id}",
        "duty": one.code,
        "before": one.before,
        "after": one.after,
        "edition_before": one.edition_before,
        "edition_after": one.edition_after,
    }


COMMANDS = (deadlines,)

"""``erasure replay``, ``override`` and ``settle``: what is done when a database was put back to an earlier day."""

from dataclasses import asdict
from uuid import UUID

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.names_nobody import names_a_document, names_nobody
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.erasure.outside import settle_by_hand
from consent_service.erasure.replaying import Replayed
from consent_service.erasure.restored import answer_for_restore
from consent_service.erasure.restores import override
from consent_service.jobs.replay import Outcome, replay
from consent_service.operators.queries import operator_number


@click.command("replay")
@as_json
def replay_(json_: bool) -> None:
    """Erase again, here and in all connected systems, whoever came back with a database that was put back."""
    with opened(keys_may_be_gone=True) as app:
        outcome = replay(app, ACTOR, progress)
    data = {
        "erasures": outcome.erasures,
        "came_back": [asdict(one) for one in outcome.back],
        "not_done": [asdict(one) for one in outcome.not_done],
        "of_unknown_operators": [{"operator": one.operator, "order": one.order} for one in outcome.nobody],
        "places_asked_again": outcome.asked_again,
        "operators_ended_again": sorted(outcome.ended_again),
    }
    show(json_, data, "\n".join(_lines(outcome)))
    open_, lost = len(outcome.not_done), len(outcome.nobody)
    if open_ or lost:
        fail(
            f"{open_} erasures are not done again, {lost} are of operators that this database does not know. The "
            "replay is on record and the service may start; the orders stay open and late until they are done, or "
            "until somebody has looked there and says so: erasure settle."
        )


@click.command("override")
@click.option("--reason", required=True, callback=names_nobody, help="Why the service starts all the same.")
@as_json
def override_(reason: str, json_: bool) -> None:
    """Let the service start on a database that was put back, without a replay; it is recorded with its reason."""
    with opened(keys_may_be_gone=True) as app, app.write(ACTOR) as uow:
        anew = override(uow, app.erasure_log, app.settings.ledger_dir, reason)
    answer_for_restore(app.settings.ledger_dir)
    words = "It is on record: the service starts. Whoever came back is still there until erasure replay is run."
    if anew:
        words = "It is on record: the log of erasures was lost, and begins anew. Who came back cannot be known from it."
    show(json_, {"overridden": True, "log_begins_anew": anew}, words)


@click.command()
@click.argument("operator")
@click.argument("order", type=click.UUID)
@click.argument("target")
@click.option(
    "--reference", required=True, callback=names_a_document, help="The document that shows what was done there."
)
@as_json
def settle(operator: str, order: UUID, target: str, reference: str, json_: bool) -> None:
    """Answer for a TARGET of ORDER of OPERATOR that has failed: somebody has erased there, or looked."""
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        settle_by_hand(uow, order, target, reference=reference)
    show(json_, {"order": order, "settled": target}, f"{target} is answered for in {order}.")


def _lines(outcome: Outcome) -> list[str]:
    lines = [f"{outcome.erasures} erasures in the log since the backup, {len(outcome.back)} people had come back."]
    lines += [_line(one) for one in outcome.people]
    lines += [
        f"order {one.order}: operator {one.operator} is not in this database; nothing can be done here"
        for one in outcome.nobody
    ]
    lines += [
        f"operator {number} had been ended: it is closed again, and the worker destroys everything of it once more"
        for number in sorted(outcome.ended_again)
    ]
    if outcome.asked_again:
        lines.append(f"{outcome.asked_again} places that had confirmed in other open orders are asked again.")
    return lines


def _line(one: Replayed) -> str:
    came = "had come back" if one.has_come_back else "was not here"
    places = "".join(f"; {name}: {_why(what)}" for name, what in sorted(one.not_done.items()))
    return f"person {one.person} {came}: order {one.order_id} is {one.state}{places}"


def _why(code: str) -> str:
    return "NOT REACHABLE, do it by hand" if code == "identifiers-gone" else code

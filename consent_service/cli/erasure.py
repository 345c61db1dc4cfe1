"""``erasure``: the register of orders, holds, and decisions by a second person."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.names_nobody import names_a_document, names_nobody
from consent_service.cli.output import as_json, fail, show
from consent_service.cli.replay import override_, replay_, settle
from consent_service.cli.signed_in import as_whoever_signs_in
from consent_service.erasure.approvals import approve, reject
from consent_service.erasure.holds import PlaceHold, lift_hold, place_hold
from consent_service.erasure.register import (
    OrderFilter,
    OrderRecord,
    hold_view,
    list_holds,
    list_orders,
    order_record,
    waiting_approvals,
)
from consent_service.erasure.service import cancel_by_hand
from consent_service.erasure.states import OrderState
from consent_service.operators.queries import operator_number
from consent_service.operators.service import set_rules

MOST = 100
ALWAYS = 0


@click.group()
def erasure() -> None:
    """Orders to erase, what holds them, and who approves them."""


@erasure.command("list")
@click.argument("operator")
@click.option("--state", type=click.Choice([str(state) for state in OrderState]), help="Only those in a state.")
@click.option("--late", is_flag=True, help="Only those whose day is over.")
@as_json
def list_(operator: str, state: str | None, late: bool, json_: bool) -> None:
    """List the latest orders of OPERATOR, and what waits for a second person."""
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        wanted = OrderFilter(states=(OrderState(state),) if state else (), late=late)
        orders, _ = list_orders(uow, wanted, limit=MOST, cursor=None)
        waiting = waiting_approvals(uow, MOST)
    lines = [
        f"{one.id}  {one.state:<17} due {one.due_on}{' LATE' if one.is_late else ''}  94-V {one.ground}"
        + (f"  held: {one.held.basis}, {one.held.reference}" if one.held else "")
        for one in orders
    ]
    lines += [
        f"waits for a second person: {one.id}, {one.people} people, asked by {one.requested_by}" for one in waiting
    ]
    show(
        json_,
        {"orders": [asdict(one) for one in orders], "waiting": [asdict(one) for one in waiting]},
        "\n".join(lines) or "There is no such order.",
    )


@erasure.command("show")
@click.argument("operator")
@click.argument("order", type=click.UUID)
@as_json
def show_(operator: str, order: UUID, json_: bool) -> None:
    """Show one ORDER of OPERATOR with its targets."""
    with opened() as app, app.read(ACTOR) as unbound:
        record = order_record(unbound.for_operator(operator_number(unbound.session, operator)), order)
    show(json_, asdict(record), "\n".join(_lines(record)))


@erasure.command()
@click.argument("operator")
@click.option(
    "--reference", required=True, callback=names_a_document, help="What it is for, such as the number of a court case."
)
@click.option("--basis", required=True, callback=names_nobody, help="The law with its article.")
@click.option("--subject", help="On one person: the operator's own reference.")
@click.option("--document", help="On all who ever answered a document.")
@click.option("--purpose", help="On all who ever said yes to a purpose: document#code.")
@click.option("--order", type=click.UUID, help="On the person of an order.")
@as_json
def hold(
    operator: str,
    reference: str,
    basis: str,
    subject: str | None,
    document: str | None,
    purpose: str | None,
    order: UUID | None,
    json_: bool,
) -> None:
    """Place a legal hold at OPERATOR: nothing that it covers is erased until it is lifted."""
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        subject_id = None if order is None else order_record(uow, order).line.subject_id
        placed = hold_view(uow, place_hold(uow, PlaceHold(reference, basis, subject, subject_id, document, purpose)))
    show(json_, asdict(placed), f"Hold {placed.id} is in force.")


@erasure.command()
@click.argument("operator")
@click.argument("hold_id", type=click.UUID)
@click.option("--reference", required=True, callback=names_a_document, help="What lifts it.")
@as_json
def lift(operator: str, hold_id: UUID, reference: str, json_: bool) -> None:
    """Lift the hold HOLD_ID of OPERATOR: what it alone has stopped goes on."""
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        lift_hold(uow, hold_id, reference=reference)
        lifted = hold_view(uow, hold_id)
    show(json_, asdict(lifted), f"Hold {hold_id} is lifted.")


@erasure.command()
@click.argument("operator")
@as_json
def holds(operator: str, json_: bool) -> None:
    """List the holds of OPERATOR that are in force."""
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        found, _ = list_holds(uow, in_force=True, limit=MOST, cursor=None)
    lines = [f"{one.id}  on {one.covers or 'one person'}: {one.basis}, {one.reference}" for one in found]
    show(json_, [asdict(one) for one in found], "\n".join(lines) or "No hold is in force.")


@erasure.command("approve")
@click.argument("operator")
@click.argument("approval", type=click.UUID)
@click.option("--by", "email", required=True, help="The address with which whoever approves signs in.")
@click.option("--password", prompt=True, hide_input=True, help="Asked for when left out.")
@as_json
def approve_(operator: str, approval: UUID, email: str, password: str, json_: bool) -> None:
    """Approve the run or order APPROVAL of OPERATOR, as another person than who asked for it."""
    with as_whoever_signs_in(operator, email, password) as (uow, who):
        approve(uow, approval, by=who)
    show(json_, {"approved": approval, "by": who}, f"{approval} is approved.")


@erasure.command("reject")
@click.argument("operator")
@click.argument("approval", type=click.UUID)
@click.option("--by", "email", required=True, help="The address with which whoever rejects signs in.")
@click.option("--reason", required=True, help="Kept sealed.")
@click.option("--password", prompt=True, hide_input=True, help="Asked for when left out.")
@as_json
def reject_(operator: str, approval: UUID, email: str, reason: str, password: str, json_: bool) -> None:
    """Reject the run or order APPROVAL of OPERATOR: its orders are cancelled."""
    with as_whoever_signs_in(operator, email, password) as (uow, who):
        reject(uow, approval, by=who, reason=reason)
    show(json_, {"rejected": approval, "by": who}, f"{approval} is rejected.")


@erasure.command()
@click.argument("operator")
@click.argument("order", type=click.UUID)
@click.option("--reference", required=True, callback=names_a_document, help="The document that it rests on.")
@as_json
def cancel(operator: str, order: UUID, reference: str, json_: bool) -> None:
    """Cancel ORDER of OPERATOR, which has not started; what was owed for it stays owed."""
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        cancel_by_hand(uow, order, reference=reference)
    show(json_, {"cancelled": order}, f"{order} is cancelled.")


@erasure.command()
@click.argument("operator")
@click.option("--over", type=click.IntRange(min=1), help="Runs of more people than this need a second person.")
@click.option("--always", is_flag=True, help="Every erasure needs one.")
@as_json
def rule(operator: str, over: int | None, always: bool, json_: bool) -> None:
    """Set from how many people on an erasure at OPERATOR needs the approval of a second person."""
    if always == (over is not None):
        fail("Give one of --over and --always.")
    people = ALWAYS if over is None else over
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        set_rules(uow, {"approve_erasures_over": people})
    words = "Every erasure needs a second person." if always else f"More than {people} people need a second person."
    show(json_, {"approve_erasures_over": people}, words)


def _lines(record: OrderRecord) -> Sequence[str]:
    line = record.line
    held = f"held by {line.held.id}: {line.held.basis}, {line.held.reference}" if line.held else None
    targets = [
        f"  {one.name} ({one.kind}): {one.state}, {one.attempts} tries, erased {dict(one.erased)}"
        + "".join(f", kept {stays['rows']} in {table} ({stays['basis'] or '-'})" for table, stays in one.kept.items())
        + (f", {one.last_error}" if one.last_error else "")
        for one in record.targets
    ]
    return [
        f"{line.id}: {line.state}, due {line.due_on}{' LATE' if line.is_late else ''}, 94-V {line.ground}",
        *([held] if held else []),
        *([f"act {record.act}"] if record.act else []),
        *([f"last error: {record.last_error}"] if record.last_error else []),
        *targets,
    ]


erasure.add_command(replay_)
erasure.add_command(override_)
erasure.add_command(settle)
COMMANDS = (erasure,)

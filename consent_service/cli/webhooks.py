"""``webhooks``: addresses of an operator that are told of events."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import click

from consent_service.cli.app import ACTOR, opened, writing
from consent_service.cli.output import as_json, fail, show
from consent_service.jobs.webhooks import deliver
from consent_service.operators.queries import operator_number
from consent_service.services import services
from consent_service.webhooks.queries import DeliveryView, WebhookView, delivery_view, list_webhooks
from consent_service.webhooks.replaying import replay, replay_dead
from consent_service.webhooks.service import disable, enable, rotate_secret, send_test, subscribe
from consent_service.webhooks.states import KINDS, DeliveryState, Kind

_ONCE = "Keep the secret now: it cannot be shown again."
Command = Callable[..., Any]  # Any: each command has its own arguments


def _of_webhook(command: Command) -> Command:
    """Give a command its OPERATOR and WEBHOOK."""
    return click.argument("operator")(click.argument("webhook", type=click.UUID)(command))


@click.group()
def webhooks() -> None:
    """Webhooks: addresses of an operator that are told of events."""


@webhooks.command("list")
@click.argument("operator")
@as_json
def list_(operator: str, json_: bool) -> None:
    """List the webhooks of OPERATOR with their health."""
    with writing(operator) as uow:
        found = list_webhooks(uow)
    show(json_, [asdict(one) for one in found], "\n".join(map(_line, found)) or "There are no webhooks.")


@webhooks.command()
@click.argument("operator")
@click.argument("address")
@click.option("--event", "events", multiple=True, type=click.Choice([str(k) for k in KINDS]), help="Default: all.")
@as_json
def add(operator: str, address: str, events: tuple[str, ...], json_: bool) -> None:
    """Tell ADDRESS of what happens at OPERATOR; its secret is shown this once."""
    with writing(operator) as uow:
        kinds = [Kind(event) for event in events] or list(KINDS)
        webhook_id, secret = subscribe(uow, services().outbound, address, kinds)
    show(json_, {"id": webhook_id, "secret": secret}, f"{secret}\nid {webhook_id}. {_ONCE}")


@webhooks.command()
@_of_webhook
@as_json
def test(operator: str, webhook: UUID, json_: bool) -> None:
    """Send a test event to WEBHOOK now, with whatever else is due, and say what came back."""
    with opened() as app:
        with app.write(ACTOR) as uow:
            number = operator_number(uow.session, operator)
            delivery_id = send_test(uow.for_operator(number), webhook)
        view = None
        while view is None or not view.attempts:
            outcome = deliver(app, ACTOR, number)
            with app.read(ACTOR, number) as uow:
                view = delivery_view(uow, webhook, delivery_id)
            if outcome is None:
                break
    show(json_, asdict(view), _came_back(view))
    if view.state is not DeliveryState.DELIVERED:
        fail("The test event was not taken; 'webhooks list' says how the address stands.")


@webhooks.command()
@_of_webhook
@click.option("--overlap-hours", type=click.IntRange(0, 720), default=24, show_default=True)
@as_json
def rotate(operator: str, webhook: UUID, overlap_hours: int, json_: bool) -> None:
    """Make a new secret of WEBHOOK; for some hours the one before signs too."""
    with writing(operator) as uow:
        secret = rotate_secret(uow, webhook, timedelta(hours=overlap_hours))
    show(json_, {"id": webhook, "secret": secret}, f"{secret}\n{_ONCE}")


@webhooks.command("replay")
@_of_webhook
@click.argument("delivery", type=click.UUID, required=False)
@as_json
def replay_(operator: str, webhook: UUID, delivery: UUID | None, json_: bool) -> None:
    """Send DELIVERY of WEBHOOK again, or everything that was given up."""
    with writing(operator) as uow:
        if delivery is None:
            count = replay_dead(uow, webhook)
        else:
            replay(uow, webhook, delivery)
            count = 1
    show(json_, {"replayed": count}, f"{count} to be sent again.")


@webhooks.command("disable")
@_of_webhook
@as_json
def disable_(operator: str, webhook: UUID, json_: bool) -> None:
    """Tell WEBHOOK of nothing more; what is owed to it is kept for a replay."""
    with writing(operator) as uow:
        disable(uow, webhook)
    show(json_, {"disabled": webhook}, f"{webhook} is disabled.")


@webhooks.command("enable")
@_of_webhook
@as_json
def enable_(operator: str, webhook: UUID, json_: bool) -> None:
    """Tell WEBHOOK again of what happens from now on."""
    with writing(operator) as uow:
        enable(uow, services().outbound, webhook)
    show(json_, {"enabled": webhook}, f"{webhook} is enabled.")


def _line(one: WebhookView) -> str:
    why = f" ({one.because})" if one.because else ""
    failing = f", failing since {one.failing_since:%Y-%m-%d %H:%M}Z" if one.failing_since else ""
    return f"{one.id}  {one.state}{why}{failing}  {one.owed} owed, {one.dead} given up  {one.address}"


def _came_back(view: DeliveryView) -> str:
    if not view.attempts:
        return "Nothing was sent yet: the address failed a moment ago and is left alone for a while."
    last = view.attempts[-1]
    return f"{view.state}: {last.status or last.error or 'no answer yet'}"


COMMANDS = (webhooks,)

"""Delivering what is owed to operators' own systems."""

from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.outbound import Outbound, OutboundRefusedError
from consent_service.kernel.uow import Actor
from consent_service.kernel.webhooks import signed_headers
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services
from consent_service.webhooks.delivering import Claimed, Tried, claim_due, settle

JSON = "application/json"


def webhooks_deliver(app: Services, actor: Actor, count: Count) -> None:
    """Send what is owed; an address that fails is left alone for a while, the others go on."""
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session)]
    for operator_id in operators:
        for _ in range(BATCH):
            outcome = deliver(app, actor, operator_id)
            if outcome is None:
                break
            count.done += outcome
            count.failed += not outcome


def deliver(app: Services, actor: Actor, operator_id: int) -> bool | None:
    """Send one event to one address; None when none is due, False when it was not taken.

    Between the two transactions nothing is held: a worker that is killed here has sent it or not, and it is sent again.
    """
    with app.write(actor, operator_id) as uow:
        claimed = claim_due(uow)
    if claimed is None:
        return None
    tried = _send(app.outbound, claimed)
    with app.write(actor, operator_id) as uow:
        return settle(uow, claimed, tried)


def _send(way: Outbound, claimed: Claimed) -> Tried:
    headers = signed_headers(claimed.secrets, str(claimed.id), claimed.at, claimed.body)
    try:
        answer = way.post(claimed.address, claimed.body, {"Content-Type": JSON, **headers})
    except OutboundRefusedError as refused:
        return Tried(error=refused.code)
    except OSError as trouble:
        return Tried(error=type(trouble).__name__)
    return Tried(status=answer.status)

"""Webhooks: addresses that are told of events, their health, their deliveries, sending again."""

from collections.abc import Callable
from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.outbound import OutboundRefusedError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.services import services
from consent_service.webhooks.queries import list_deliveries, list_webhooks, webhook_view
from consent_service.webhooks.replaying import replay, replay_dead
from consent_service.webhooks.service import DEFAULT_OVERLAP, disable, enable, rotate_secret, send_test, subscribe
from consent_service.webhooks.states import KINDS, Because, DeliveryState, Kind

PAGE = 25
LONGEST_ADDRESS = 2000


@dashboard.get("/<slug>/webhooks")
@at_operator
def webhooks(place: Place) -> Response:
    """Show every webhook with its health, and the form for another."""
    return _list(place)


@dashboard.post("/<slug>/webhooks")
@at_operator
def add_webhook(place: Place) -> Response:
    """Name an address; its secret is shown this once."""
    values = FormValues()
    address = values.needed("address", most=LONGEST_ADDRESS)
    kinds = [Kind(code) for code in values.several("events") if code in set(KINDS)]
    if not kinds:
        values.refuse("events", gettext("Choose at least one event."))
    if not values.wrong:
        try:
            with writing(place) as uow:
                webhook_id, secret = subscribe(uow, services().outbound, address, kinds)
            return _one(place, webhook_id, secret=secret)
        except OutboundRefusedError:
            values.refuse("address", _refused())
        except ConflictError:
            values.refuse("form", gettext("There are too many active webhooks. Disable one first."))
    return _list(place, values)


@dashboard.get("/<slug>/webhooks/<uuid:webhook_id>")
@at_operator
def webhook(place: Place, webhook_id: UUID) -> Response:
    """Show one webhook with its deliveries, the latest first."""
    return _one(place, webhook_id)


@dashboard.post("/<slug>/webhooks/<uuid:webhook_id>")
@at_operator
def act_on_webhook(place: Place, webhook_id: UUID) -> Response:
    """Try it out, turn its secret, stop or start it, send again."""
    act = request.form.get("act", "")
    if act == "rotate":
        with writing(place) as uow:
            secret = rotate_secret(uow, webhook_id, DEFAULT_OVERLAP)
        return _one(place, webhook_id, secret=secret)
    do = _ACTS.get(act)
    if do is None:
        abort(422)
    try:
        with writing(place) as uow:
            do(uow, webhook_id)
    except OutboundRefusedError:
        return _one(place, webhook_id, problems={"form": [_refused()]})
    return redirect(url_for("dashboard.webhook", slug=place.slug, webhook_id=webhook_id, done=act))


@dashboard.post("/<slug>/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
@at_operator
def replay_delivery(place: Place, webhook_id: UUID, delivery_id: UUID) -> Response:
    """Send one delivery again."""
    with writing(place) as uow:
        replay(uow, webhook_id, delivery_id)
    return redirect(url_for("dashboard.webhook", slug=place.slug, webhook_id=webhook_id, done="replay"))


_ACTS: dict[str, Callable[[UnitOfWork, UUID], object]] = {
    "test": send_test,
    "disable": disable,
    "enable": lambda uow, webhook_id: enable(uow, services().outbound, webhook_id),
    "replay": replay_dead,
}


def _list(place: Place, values: FormValues | None = None) -> Response:
    with reading(place) as uow:
        rows = list_webhooks(uow)
    page = render_template(
        "webhooks.html",
        rows=rows,
        kinds=_kinds(),
        event_options=[(kind, words) for kind, words in _kinds().items() if kind in KINDS],
        reasons=_reasons(),
        address=request.form.get("address", ""),
        chosen=request.form.getlist("events"),
        problems=values.wrong if values else {},
    )
    return make_response(page, 422 if values else 200)


def _one(
    place: Place, webhook_id: UUID, *, secret: str | None = None, problems: dict[str, list[str]] | None = None
) -> Response:
    with reading(place) as uow:
        row = webhook_view(uow, webhook_id)
        deliveries, after = list_deliveries(
            uow, webhook_id, state=None, limit=PAGE, cursor=request.args.get("after") or None
        )
    page = render_template(
        "webhook.html",
        row=row,
        deliveries=deliveries,
        after=after,
        kinds=_kinds(),
        reasons=_reasons(),
        states=_states(),
        secret=secret,
        overlap_hours=int(DEFAULT_OVERLAP.total_seconds() // 3600),
        done=_done().get(request.args.get("done", "")),
        problems=problems or {},
    )
    answer = make_response(page, 422 if problems else 200)
    if secret is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused() -> str:
    return str(
        gettext(
            "Nothing is sent to this address. It must begin with https://, use port 443 and be on the public internet."
        )
    )


def _kinds() -> dict[Kind, str]:
    return {
        Kind.CONSENT_GIVEN: gettext("A consent was given"),
        Kind.CONSENT_WITHDRAWN: gettext("A consent was withdrawn"),
        Kind.WITHDRAWAL_EFFECTIVE: gettext("A withdrawal took effect"),
        Kind.PERMISSION_CHANGED: gettext("A permission may have changed"),
        Kind.ERASURE_ORDERED: gettext("An erasure was ordered"),
        Kind.ERASURE_CANCELLED: gettext("An erasure was cancelled"),
        Kind.ERASURE_DONE: gettext("An erasure was carried out"),
        Kind.TEST: gettext("Test"),
    }


def _reasons() -> dict[Because, str]:
    return {
        Because.BY_HAND: gettext("disabled by hand"),
        Because.GONE: gettext("the address answered that it is gone"),
        Because.FAILING: gettext("the address took nothing for five days"),
    }


def _states() -> dict[DeliveryState, tuple[str, str]]:
    """Return the words of a state, and how it is marked."""
    return {
        DeliveryState.OWED: (gettext("on its way"), "soon"),
        DeliveryState.DELIVERED: (gettext("delivered"), "calm"),
        DeliveryState.DEAD: (gettext("given up"), "bad"),
        DeliveryState.DROPPED: (gettext("dropped: the person has been erased"), "calm"),
    }


def _done() -> dict[str, str]:
    return {
        "test": gettext("A test is on its way. Open this page again in a moment to see what came back."),
        "replay": gettext("It is sent again."),
        "disable": gettext("The webhook is disabled."),
        "enable": gettext("The webhook is enabled."),
    }

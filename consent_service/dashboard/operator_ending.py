"""The end of the operator: an owner orders it, somebody else approves it, and whoever decides sees how far it is."""

from collections.abc import Callable
from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.timeline import author_words
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.sessions import Place
from consent_service.termination.obstacles import ObstaclesError, obstacles
from consent_service.termination.queries import EndingView, is_to_end, last_ending
from consent_service.termination.service import approve_end, cancel_end, order_end
from consent_service.termination.states import TO_CANCEL, EndingReason, EndingState, Obstacle, WithoutExport

MARKS = {
    EndingState.AWAITED: "soon",
    EndingState.APPROVED: "soon",
    EndingState.RUNNING: "bad",
    EndingState.DONE: "good",
    EndingState.CANCELLED: "calm",
    EndingState.STOPPED: "bad",
}


@dashboard.get("/<slug>/operator/end")
@at_operator
def operator_ending(place: Place) -> Response:
    """Show where the end stands, what is in its way, and the form that orders it."""
    return _page(place, {})


@dashboard.post("/<slug>/operator/end")
@at_operator
def order_operator_ending(place: Place) -> Response:
    """Order the end; the slug confirms it."""
    because, without = request.form.get("because", ""), request.form.get("without_export", "")
    if because not in reasons():
        return _page(place, {"because": [gettext("Say why the operator is ended.")]})
    if without and without not in without_export():
        return _page(place, {"without_export": [gettext("Choose one of the list.")]})
    return _act(
        place,
        lambda uow: order_end(
            uow,
            slug=request.form.get("confirmed", "").strip(),
            because=EndingReason(because),
            without_export=WithoutExport(without) if without else None,
            by=g.session.staff_id,
        ),
    )


@dashboard.post("/<slug>/operator/end/<uuid:ending_id>/approve")
@at_operator
def approve_operator_ending(place: Place, ending_id: UUID) -> Response:
    """Approve the end, as another person than who ordered it."""
    return _act(place, lambda uow: approve_end(uow, ending_id, by=g.session.staff_id))


@dashboard.post("/<slug>/operator/end/<uuid:ending_id>/cancel")
@at_operator
def cancel_operator_ending(place: Place, ending_id: UUID) -> Response:
    """Cancel the end, which has not begun."""
    return _act(place, lambda uow: cancel_end(uow, ending_id, by=g.session.staff_id))


def _act(place: Place, act: Callable[[UnitOfWork], object]) -> Response:
    try:
        with writing(place) as uow:
            act(uow)
    except InvalidInputError:
        return _page(place, {"confirmed": [gettext("Write the short name of this operator, letter for letter.")]})
    except ObstaclesError as error:
        return _page(place, {"form": [_in_the_way()[one] for one in error.obstacles]})
    except NotAllowedError:
        return _page(place, {"form": [gettext("Whoever ordered the end cannot approve it: somebody else must.")]})
    except (ConflictError, NotFoundError):
        return _page(place, {"form": [gettext("Somebody was faster: see below where it stands now.")]})
    return redirect(url_for("dashboard.operator_ending", slug=place.slug))


def _page(place: Place, found: Problems) -> Response:
    with reading(place) as uow:
        ending = _last(uow)
        page = render_template(
            "operator_ending.html",
            ending=ending,
            is_open=is_to_end(ending),
            may_order=place.role is Role.OWNER,
            may_cancel=ending is not None and ending.state in TO_CANCEL,
            may_approve=ending is not None
            and ending.state is EndingState.AWAITED
            and ending.ordered_by != f"staff:{g.session.staff_id}",
            authors={one: author_words(uow, one) for one in _authors(ending)},
            in_the_way=[_in_the_way()[one] for one in ([] if place.is_closed else obstacles(uow, None))],
            words_of_error=_words_of_error(ending),
            reasons=reasons(),
            without_export=without_export(),
            states=_states(),
            marks=MARKS,
            found=found,
            EndingState=EndingState,
        )
    answer = make_response(page, 422 if found else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _last(uow: UnitOfWork) -> EndingView | None:
    try:
        return last_ending(uow)
    except NotFoundError:
        return None


def _authors(ending: EndingView | None) -> list[str]:
    return [] if ending is None else [one for one in (ending.ordered_by, ending.decided_by) if one]


def _words_of_error(ending: EndingView | None) -> list[str]:
    """Return why an end stopped in words; what the last try of the worker said stays as it is."""
    if ending is None or not ending.last_error:
        return []
    words = _in_the_way()
    return [words[Obstacle(one)] if one in words else one for one in ending.last_error.split(",")]


def reasons() -> dict[str, str]:
    """Return why an operator is ended, as an owner chooses it."""
    return {
        EndingReason.CONTRACT_END: gettext("the contract for this service ends"),
        EndingReason.OTHER_SERVICE: gettext("the data go on in another service"),
        EndingReason.OPERATOR_CLOSED: gettext("the operator itself is wound up"),
        EndingReason.AUTHORITY: gettext("the authorised body or a court demands it"),
    }


def without_export() -> dict[str, str]:
    """Return why nothing is taken along, as an owner chooses it."""
    return {
        WithoutExport.HELD_ELSEWHERE: gettext("we have all of it in systems of our own"),
        WithoutExport.ONLY_TRIED_OUT: gettext("the service was only tried out"),
        WithoutExport.MUST_NOT_BE_KEPT: gettext("the authorised body or a court forbids keeping it"),
    }


def _in_the_way() -> dict[Obstacle, str]:
    return {
        Obstacle.NO_EXPORT: gettext("No full export of the last day was taken: make one and take it."),
        Obstacle.EXPORT_OUTDATED: gettext(
            "Something was recorded after the full export, or within four minutes before it: make it anew and take it."
        ),
        Obstacle.HOLDS: gettext("A legal hold stands: lift it first."),
        Obstacle.ORDERS_UNDER_WAY: gettext("Erasures are under way, or wait in connected systems: let them end first."),
    }


def _states() -> dict[EndingState, str]:
    return {
        EndingState.AWAITED: gettext("waits for a second person"),
        EndingState.APPROVED: gettext("the worker begins within seconds"),
        EndingState.RUNNING: gettext("is being destroyed"),
        EndingState.DONE: gettext("ended"),
        EndingState.CANCELLED: gettext("cancelled"),
        EndingState.STOPPED: gettext("stopped before it began"),
    }

"""The ledger: which log is written, its key and its signed heads, and the checks of everything that it covers."""

from collections.abc import Mapping
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.listing import PAGE
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.timeline import author_words
from consent_service.evidence.checks import order_check
from consent_service.evidence.queries import OPEN, CheckState, CheckView, last_checks, last_ended
from consent_service.kernel.counting import MOST
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.latest_heads import latest_heads
from consent_service.ledger.tree import current_epoch, last_head, log_key, waiting_count, waiting_since
from consent_service.operators.colleagues import colleague
from consent_service.operators.sessions import Place

SHOWN = 5
MARKS = {
    CheckState.WAITING: "soon",
    CheckState.RUNNING: "soon",
    CheckState.FITS: "good",
    CheckState.DOES_NOT_FIT: "bad",
    CheckState.FAILED: "bad",
}
HOLDER_MARKS = {AnchorKind.REFUSAL: "bad"}


@dashboard.get("/<slug>/ledger")
@at_operator
def ledger(place: Place) -> Response:
    """Show the log that is written now, the last checks, and a page of heads."""
    cursor = request.args.get("after") or None
    with reading(place) as uow:
        epoch = current_epoch(uow.session)
        signed = last_head(uow.session, epoch.epoch) if epoch else None
        heads, after = latest_heads(uow.session, limit=PAGE, cursor=cursor)
        checks, ended = last_checks(uow.session, SHOWN), last_ended(uow.session)
        page = render_template(
            "ledger.html",
            epoch=epoch,
            signed=signed,
            key=log_key(uow.keys, epoch) if epoch else "",
            waiting=waiting_count(uow.session, MOST),
            most=MOST,
            waiting_since=waiting_since(uow.session),
            heads=heads,
            after=after,
            is_first=cursor is None,
            checks=checks,
            ended=ended,
            goes_on=any(one.state in OPEN for one in checks),
            authors={one.ordered_by: _author(uow, one) for one in checks},
            said=_said().get(request.args.get("said", "")),
            states=_states(),
            marks=MARKS,
            steps=_steps(),
            holders=_holders(),
            holder_marks=HOLDER_MARKS,
            CheckState=CheckState,
        )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dashboard.post("/<slug>/ledger")
@at_operator
def order_ledger_check(place: Place) -> Response:
    """Order a check; the worker carries it out.  While one is open, that is the one."""
    with writing(place) as uow:
        said = "ordered" if order_check(uow) else "open"
    return redirect(url_for("dashboard.ledger", slug=place.slug, said=said, _anchor="checks"))


def _author(uow: UnitOfWork, check: CheckView) -> str:
    """Return who ordered a check: of other operators' staff nobody sees an address."""
    if check.ordered_by is None:
        return str(gettext("the night, by itself"))
    kind, _, ref = check.ordered_by.partition(":")
    if kind == "staff" and colleague(uow, UUID(ref)) is None:
        return str(gettext("somebody who has no place at this operator"))
    return author_words(uow, check.ordered_by)


def _said() -> Mapping[str, str]:
    return {
        "ordered": gettext("The check is ordered. The worker begins within half a minute; you may leave this page."),
        "open": gettext("A check waits or is under way already: it is the one below."),
    }


def _states() -> Mapping[CheckState, str]:
    return {
        CheckState.WAITING: gettext("waits for the worker"),
        CheckState.RUNNING: gettext("under way"),
        CheckState.FITS: gettext("everything fits"),
        CheckState.DOES_NOT_FIT: gettext("something does not fit"),
        CheckState.FAILED: gettext("it could not be carried out"),
    }


def _steps() -> Mapping[str, str]:
    return {
        "events": gettext("events"),
        "leaves": gettext("leaves"),
        "heads": gettext("heads"),
        "anchors": gettext("what others said of heads"),
        "records": gettext("records"),
    }


def _holders() -> Mapping[AnchorKind, str]:
    return {
        AnchorKind.TIMESTAMP: gettext("time-stamped"),
        AnchorKind.COSIGNATURE: gettext("cosigned"),
        AnchorKind.WEBHOOK: gettext("handed over"),
        AnchorKind.REFUSAL: gettext("refused"),
    }

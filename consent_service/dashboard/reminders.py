"""Reminders of a member of staff: which messages come, in which language, how early; and the calendar feed."""

from collections.abc import Callable

from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.colleagues import colleague, set_language
from consent_service.operators.queries import operator_rules
from consent_service.operators.service import set_rules
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES
from consent_service.reminders.choices import choice_of, choose
from consent_service.reminders.feed import feed_of, make_feed, revoke_feed
from consent_service.reminders.rules import MOST_WORKING_DAYS, TOLD, Choice
from consent_service.services import services


@dashboard.get("/<slug>/reminders")
@at_operator
def reminders(place: Place) -> Response:
    """Show what comes, how early, and whether there is a feed."""
    return _page(place)


@dashboard.post("/<slug>/reminders")
@at_operator
def change_reminders(place: Place) -> Response:
    """Take what was chosen, make a new address of the feed, or end it."""
    values = FormValues()
    act, session = request.form.get("act", ""), g.session
    if act == "feed":
        with writing(place) as uow:
            token = make_feed(uow, session.staff_id)
        return _page(place, address=f"{services().settings.base_url}/calendar/{token}.ics")
    change = _ACTS.get(act)
    if change is None:
        values.refuse("form", gettext("This cannot be taken. Check it."))
    else:
        do = change(values, session)
        if not values.wrong:
            with writing(place) as uow:
                do(uow)
    if values.wrong:
        return _page(place, problems=values.wrong, status=422)
    return redirect(url_for("dashboard.reminders", slug=place.slug, saved=1))


def _messages(values: FormValues, session: SignedIn) -> Callable[[UnitOfWork], None]:
    wanted = Choice(reminders=values.ticked("reminders"), digest=values.ticked("digest"))
    language = values.needed("language")
    if language not in LANGUAGES:
        values.refuse("language", gettext("Choose a language."))

    def do(uow: UnitOfWork) -> None:
        choose(uow, session.staff_id, wanted)
        set_language(uow, session.staff_id, language)

    return do


def _days(values: FormValues, _session: SignedIn) -> Callable[[UnitOfWork], None]:
    days = values.number("days") or 0
    if not 1 <= days <= MOST_WORKING_DAYS and "days" not in values.wrong:
        values.refuse("days", gettext("Write a number from 1 to %(most)s.", most=MOST_WORKING_DAYS))
    return lambda uow: set_rules(uow, {"remind_working_days": days})


def _revoke(_values: FormValues, session: SignedIn) -> Callable[[UnitOfWork], None]:
    return lambda uow: revoke_feed(uow, session.staff_id)


_ACTS = {"messages": _messages, "days": _days, "revoke": _revoke}


def _page(
    place: Place, *, address: str | None = None, problems: dict[str, list[str]] | None = None, status: int = 200
) -> Response:
    session: SignedIn = g.session
    with reading(place) as uow:
        me = colleague(uow, session.staff_id)
        choice = choice_of(uow, session.staff_id, place.role)
        days = operator_rules(uow).remind_working_days
        feed = feed_of(uow, session.staff_id)
    page = render_template(
        "reminders.html",
        choice=choice,
        mail_language=me.language if me else "",
        days=request.form.get("days", "") if problems else days,
        most_days=MOST_WORKING_DAYS,
        feed=feed,
        address=address,
        problems=problems or {},
        is_saved=request.args.get("saved") is not None,
        is_told=place.role in TOLD,
        has_mail=bool(services().settings.smtp_url),
    )
    answer = make_response(page, status)
    if address is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer

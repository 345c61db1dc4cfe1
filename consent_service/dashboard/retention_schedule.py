"""The operator's own storage schedule: its editions, and a rule added or left out, each as an edition of its own."""

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.policies.queries import list_documents, version_in_force
from consent_service.policies.states import VersionState
from consent_service.services import services
from consent_service.storage.queries import shown_storage
from consent_service.storage.rules import LANGUAGES, ScheduleRule
from consent_service.storage.schedule import editions, refusals, schedule_on, set_schedule
from consent_service.storage.states import SCHEDULED_STARTS, StorageAction, StorageStart
from consent_service.storage.words import ACTION_NAMES, START_NAMES

LONGEST_BASIS = 300


@dashboard.get("/<slug>/retention/schedule")
@at_operator
def retention_schedule(place: Place) -> str:
    """Show the schedule beside what the documents and the law give."""
    return _page(place, {}, {})


@dashboard.post("/<slug>/retention/schedule")
@at_operator
def add_schedule_rule(place: Place) -> Response | tuple[str, int]:
    """Add a rule, or put another in place of the one with the same code."""
    values = FormValues()
    rule = _rule(values)
    if rule is not None and not values.wrong:
        with writing(place) as uow:
            rules = [one for one in schedule_on(uow, almaty_day(uow.now)) if one.code != rule.code] + [rule]
            barred = refusals(uow, rules, services().law)
            if not barred:
                set_schedule(uow, rules, valid_from=None, law=services().law)
                return redirect(url_for("dashboard.retention_schedule", slug=place.slug))
        values.refuse("period", " ".join(words[language()] for _, words in barred))
    return _page(place, values.wrong, {name: values.text(name, most=400) for name in _FIELDS}), 422


@dashboard.post("/<slug>/retention/schedule/<code>/out")
@at_operator
def leave_schedule_rule_out(place: Place, code: str) -> Response:
    """Leave a rule out from today on; what has started before keeps it."""
    with writing(place) as uow:
        rules = [one for one in schedule_on(uow, almaty_day(uow.now)) if one.code != code]
        set_schedule(uow, rules, valid_from=None, law=services().law)
    return redirect(url_for("dashboard.retention_schedule", slug=place.slug))


_FIELDS = ("code", "document", "start", "period", "action", *(f"basis_{lang}" for lang in LANGUAGES))


def _rule(values: FormValues) -> ScheduleRule | None:
    code, period = values.needed("code", most=40), values.needed("period", most=7)
    if code and not (code.isascii() and code.replace("_", "").isalnum() and code[0].isalpha() and code.islower()):
        values.refuse("code", gettext("Write small letters, digits and underscores."))
    try:
        parsed = Period.parse(period) if period else None
    except InvalidInputError:
        parsed = None
        values.refuse("period", gettext("Write an amount and d, wd, m or y, such as 10d or 3y."))
    start, action = values.needed("start"), values.needed("action")
    basis = {lang: values.needed(f"basis_{lang}", most=LONGEST_BASIS) for lang in LANGUAGES}
    document = values.needed("document")
    if parsed is None or start not in set(SCHEDULED_STARTS) or action not in set(StorageAction):
        return None
    return ScheduleRule(
        code=code,
        document=document,
        start=StorageStart(start),
        period=parsed,
        action=StorageAction(action),
        basis=basis,
        required_by_law=values.ticked("required_by_law"),
    )


def _page(place: Place, problems: Mapping[str, Sequence[str]], sent: Mapping[str, str | None]) -> str:
    lang = language()
    with reading(place) as uow:
        today, documents = almaty_day(uow.now), _documents(uow)
        return render_template(
            "retention_schedule.html",
            rules=schedule_on(uow, today),
            editions=editions(uow)[::-1],
            documents=documents,
            choices=[(slug, slug) for slug, _ in documents],
            problems=problems,
            sent=sent,
            starts=[(one, START_NAMES[one][lang]) for one in StorageStart if one in SCHEDULED_STARTS],
            actions=[(one, words[lang]) for one, words in ACTION_NAMES.items()],
            names={
                **{str(one): words[lang] for one, words in START_NAMES.items()},
                **{str(one): words[lang] for one, words in ACTION_NAMES.items()},
            },
        )


def _documents(uow: UnitOfWork) -> list[tuple[str, Mapping[str, object]]]:
    """Return the documents in force with the storage terms that hold today."""
    found: list[tuple[str, Mapping[str, object]]] = []
    for document in list_documents(uow, uow.now):
        if document.state is VersionState.IN_FORCE:
            version = version_in_force(uow, document.slug, uow.now)
            found.append((document.slug, shown_storage(uow, version, services().law.catalogue, almaty_day(uow.now))))
    return found

"""Connected systems: what is done there, whether the description still fits, what an erasure would do, last results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.connectors.checking import check_targets
from consent_service.connectors.description import TESTED
from consent_service.connectors.foreseeing import Outlook, foresee, whom_of
from consent_service.connectors.queries import ConnectorView, list_connectors, stored_targets
from consent_service.connectors.refusals import DescriptionError, TargetFailedError
from consent_service.connectors.service import hidden_of
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading
from consent_service.erasure.results import latest_results
from consent_service.kernel.errors import InvalidInputError
from consent_service.operators.sessions import Place
from consent_service.pages.erasure_words import target_states
from consent_service.pages.form_values import FormValues
from consent_service.services import services

UNTESTED, FITS, CHANGED, DRIFTED = "untested", "fits", "changed", "drifted"


@dataclass(frozen=True, slots=True)
class Held:
    """What holding a description against what is there now has come to; ``says``: what to write, a line each."""

    state: str
    says: Sequence[str] = ()


@dashboard.get("/<slug>/connectors")
@at_operator
def connectors(place: Place) -> Response:
    """List the connected systems; nothing of them is asked."""
    return _page(place)


@dashboard.post("/<slug>/connectors")
@at_operator
def act_on_connectors(place: Place) -> Response:
    """Hold every description against what is there now, or try an erasure that is undone."""
    if request.form.get("act") != "try":
        return _page(place, held=_check(place))
    values = FormValues()
    ref = values.needed("subject", most=128)
    if values.wrong:
        return _page(place, problems=values.wrong)
    try:
        with reading(place) as uow:
            whom, targets = whom_of(uow, ref), services().targets(uow)
    except InvalidInputError:
        return _page(place, problems={"subject": [gettext("Write the operator's own reference of the person.")]})
    return _page(place, outlooks=[foresee(target, whom) for target in targets])


def _page(
    place: Place,
    *,
    held: Mapping[str, Held] | None = None,
    outlooks: Sequence[Outlook] = (),
    problems: Mapping[str, list[str]] | None = None,
) -> Response:
    with reading(place) as uow:
        views, results = list_connectors(uow), latest_results(uow)
    shown = render_template(
        "connectors.html",
        rows=[(view, _untested(view), results.get(view.name)) for view in views],
        held=held or {},
        outlooks=outlooks,
        problems=problems or {},
        states=target_states(),
        kinds=_kinds(),
        does=_does(),
    )
    return make_response(shown, 422 if problems else 200)


def _check(place: Place) -> dict[str, Held]:
    with reading(place) as uow:
        stored = stored_targets(uow)
        credentials = {name: hidden.credential for name, hidden in hidden_of(uow).items()}
        before = {view.name: view.fingerprint for view in list_connectors(uow)}
    return {data["name"]: _held(data, credentials, before[data["name"]]) for data in stored}


def _held(data: Mapping[str, Any], credentials: Mapping[str, str], before: str | None) -> Held:  # Any: JSON values
    try:
        (target,) = check_targets([data], credentials, services().outbound)
    except (DescriptionError, TargetFailedError) as error:
        return Held(DRIFTED, error.detail.splitlines())
    return Held(FITS if target.fingerprint == before else CHANGED)


def _untested(view: ConnectorView) -> bool:
    return view.dialect is not None and view.dialect not in TESTED


def _kinds() -> dict[str, str]:
    return {"sql": gettext("database"), "webhook": gettext("receiver of requests"), "mail_task": gettext("by hand")}


def _does() -> dict[str, str]:
    return {
        "delete": gettext("rows are deleted"),
        "depersonalise": gettext("rows are depersonalised"),
        "pseudonymise": gettext("rows are pseudonymised: the key is kept"),
        "keep": gettext("rows stay, on a ground"),
        "destroyed there": gettext("destroyed there"),
    }

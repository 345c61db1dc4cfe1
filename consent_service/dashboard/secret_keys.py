"""Secret keys of an operator's systems: which there are, a new one that is shown once, the end of one."""

from uuid import UUID

from flask import make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.operators.access import ALL_SCOPES, INTEGRATOR_SCOPES, Role, Scope
from consent_service.operators.queries import list_credentials
from consent_service.operators.service import create_credential, revoke_credential
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues


@dashboard.get("/<slug>/keys")
@at_operator
def secret_keys(place: Place) -> Response:
    """Show the keys, never what they say."""
    return _page(place)


@dashboard.post("/<slug>/keys")
@at_operator
def make_secret_key(place: Place) -> Response:
    """Make a key and show it this once."""
    values = FormValues()
    name, wanted = values.needed("name", most=60), values.several("scopes")
    scopes = [scope for scope in _may_give(place) if scope in wanted]
    if not scopes or len(scopes) < len(set(wanted)):
        values.refuse("scopes", gettext("Tick at least one."))
    if values.wrong:
        return _page(place, wrong=values.wrong, given={"name": name, "scopes": wanted})
    with writing(place) as uow:
        _, secret = create_credential(uow, name, scopes)
    return _page(place, secret=secret)


@dashboard.post("/<slug>/keys/<uuid:key_id>/revoke")
@at_operator
def revoke_secret_key(place: Place, key_id: UUID) -> Response:
    """End a key at once."""
    with writing(place) as uow:
        revoke_credential(uow, key_id)
    return redirect(url_for("dashboard.secret_keys", slug=place.slug))


def _may_give(place: Place) -> tuple[Scope, ...]:
    """Return what a key may be given: an integrator, who meets no personal data, makes none that reads them."""
    return INTEGRATOR_SCOPES if place.role is Role.INTEGRATOR else ALL_SCOPES


def _page(
    place: Place,
    *,
    secret: str = "",
    wrong: dict[str, list[str]] | None = None,
    given: dict[str, object] | None = None,
) -> Response:
    with reading(place) as uow:
        rows = list_credentials(uow)
    page = render_template(
        "secret_keys.html",
        rows=rows,
        secret=secret,
        scopes=[(scope, scope) for scope in _may_give(place)],
        found=wrong or {},
        given=given or {"name": "", "scopes": INTEGRATOR_SCOPES},
    )
    answer = make_response(page, 422 if wrong else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Sites and forms: what each asks, how many saw and sent it, how many without a token, and how a page embeds it."""

from datetime import timedelta

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt
from consent_service.dashboard.places import at_operator, reading
from consent_service.deadlines.rules import almaty_day
from consent_service.forms.counts import USUAL_SPAN, FormCount, count_forms
from consent_service.forms.rules import BoxKind
from consent_service.operators.sessions import Place
from consent_service.operators.sites import add_site, list_sites
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import list_documents, version_in_force
from consent_service.services import services
from consent_service.widget.embedding import embed

_MANY_UNSIGNED = 10  # percent from which somebody should look why


@dashboard.get("/<slug>/forms")
@at_operator
def forms(place: Place) -> Response:
    """Show the operator's sites with their forms."""
    return _page(place, {})


@dashboard.post("/<slug>/forms")
@at_operator
def enter_site(place: Place) -> Response:
    """Add a site, or change the further origins of one that is known."""
    values = FormValues()
    origin, further = values.needed("origin", most=300), values.lines("further_origins", most=6000)
    found = values.wrong or attempt(place, lambda uow: add_site(uow, origin, further))
    if found:
        return _page(place, {name: [_how_to_write()] for name in found})
    return redirect(url_for("dashboard.forms", slug=place.slug))


def _page(place: Place, found: Problems) -> Response:
    services().write_counts(at_once=True)
    with reading(place) as uow:
        since = almaty_day(uow.now) - USUAL_SPAN
        counts = count_forms(uow, since)
        sites = list_sites(uow)
        versions = [
            version_in_force(uow, one.slug, uow.now) for one in list_documents(uow, uow.now) if one.version is not None
        ]
    base_url = services().settings.base_url
    page = render_template(
        "forms.html",
        found=found,
        given=request.form,
        sites=[(site, [one for one in counts if one.form.site.id == site.id]) for site in sites],
        embeddings={one.form.id: embed(base_url, one.form.site_key, one.form.form) for one in counts},
        titles={version.document: version.terms.title for version in versions},
        purposes={
            f"{version.document}#{purpose.code}": purpose.name
            for version in versions
            for purpose in version.terms.purposes
        },
        kinds={BoxKind.CONSENT: gettext("consent"), BoxKind.INFORMATION: gettext("information")},
        mark_of=_mark,
        since=since,
        days=USUAL_SPAN // timedelta(days=1) + 1,
    )
    return make_response(page, 422 if found else 200)


def _how_to_write() -> str:
    return str(gettext("Write origins such as https://shop.example.kz: scheme, host in small letters, port if any."))


def _mark(count: FormCount) -> str:
    if count.unsigned_percent is None:
        return "calm"
    return "soon" if count.unsigned_percent >= _MANY_UNSIGNED else "good"

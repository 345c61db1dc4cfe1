"""Signing in, and saying once more who one is, by the identity provider of the installation.

A browser is sent there by a link, since no form may lead out of the house, and comes back with a code.
"""

import logging
from datetime import timedelta
from uuid import UUID

from flask import abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.abuse.rules import Rate, network_of
from consent_service.abuse.service import take
from consent_service.accounts.authenticators import has_authenticator
from consent_service.accounts.identity_provider import (
    Endpoints,
    IdentityProvider,
    ProviderRefusedError,
    ProviderSilentError,
)
from consent_service.accounts.provider_identity import (
    Identity,
    Question,
    address_to_ask,
    address_to_leave,
    identify,
    question,
)
from consent_service.accounts.provider_links import unlink, who_is
from consent_service.accounts.tickets import Purpose, begun_at, issue, redeem
from consent_service.dashboard.blueprint import account, dashboard
from consent_service.dashboard.passkey_site import passkey_site
from consent_service.dashboard.session import (
    VISITOR,
    actor_of,
    begin_session,
    forget_way,
    keep_secret_of_forms,
    keep_way,
    secret_at_hand,
    secret_of_forms,
    session_at_hand,
    way_at_hand,
)
from consent_service.dashboard.signing_in import sign_in_page
from consent_service.kernel.uow import Actor
from consent_service.operators.sessions import PROVEN, SignedIn, note_proof
from consent_service.pages.addresses import safe_next
from consent_service.services import services

ASKED = Rate("identity-provider", 60, timedelta(minutes=10))  # by one network
log = logging.getLogger(__name__)


@dashboard.get("/sign-in/provider")
def begin_by_provider() -> Response:
    """Send a browser to the identity provider."""
    return _send(Purpose.PROVIDER_SIGN_IN)


@account.get("/confirm/provider")
def confirm_by_provider() -> Response:
    """Send somebody who is signed in to the identity provider, which has to ask them anew."""
    session: SignedIn = g.session
    return _send(Purpose.PROVIDER_ANEW, session.staff_id)


@dashboard.get("/sign-in/provider/answer")
def come_from_provider() -> Response:
    """Take what a browser came back with: open a session, ask for the code, or note that it is them."""
    provider, session, onward = _provider(), session_at_hand(), way_at_hand()
    asked, anew = _asked(session)
    try:
        if asked is None:
            raise ProviderRefusedError("Nobody was sent to the identity provider with this state, or too long ago.")
        app = services()
        found = identify(provider, _endpoints(provider), app.outbound, asked, request.args, app.clock())
        answer = _note(session, found, onward) if session is not None and anew else _let_in(found, onward)
    except (ProviderRefusedError, ProviderSilentError) as error:
        answer = _refuse(error, onward)
    forget_way(answer)
    return answer


@dashboard.get("/signed-out")
def signed_out() -> Response:
    """Say that the session here is over, and lead to where the one at the identity provider ends."""
    provider = _provider()
    try:
        leave = address_to_leave(provider, _endpoints(provider), passkey_site().origin + url_for("dashboard.sign_in"))
    except ProviderSilentError:
        leave = None
    return make_response(render_template("signed_out.html", provider=provider.name, leave=leave))


@account.post("/provider/unlink")
def unlink_provider() -> Response:
    """Untie the account from whoever it is at the identity provider."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        unlink(uow, session.staff_id)
    return redirect(url_for("account.own", _anchor="provider"))


def _send(purpose: Purpose, staff_id: UUID | None = None) -> Response:
    provider, app, onward = _provider(), services(), request.args.get("next", "")
    secret, anew = secret_of_forms(), purpose is Purpose.PROVIDER_ANEW
    try:
        endpoints = _endpoints(provider)
        with app.write(VISITOR) as uow:
            if not take(uow, ASKED, network_of(request.remote_addr)):
                raise ProviderRefusedError("One network asks the identity provider too often.")
            state = issue(uow, purpose, staff_id)
            asked = question(uow.keys, _redirect_uri(), state, secret, uow.now if anew else None)
    except (ProviderRefusedError, ProviderSilentError) as error:
        return _refuse(error, onward)
    answer = redirect(address_to_ask(provider, endpoints, app.outbound, asked))
    keep_secret_of_forms(answer, secret)
    if onward:
        keep_way(answer, safe_next(onward))
    else:
        forget_way(answer)
    return answer


def _asked(session: SignedIn | None) -> tuple[Question | None, bool]:
    """Return what this browser was sent with, which is used up whatever comes of it, and whether to ask anew."""
    state, secret = request.args.get("state", "")[:100], secret_at_hand()
    with services().write(VISITOR) as uow:
        since = begun_at(uow, Purpose.PROVIDER_ANEW, state)
        anew = session is not None and redeem(uow, Purpose.PROVIDER_ANEW, state, session.staff_id)
        good = anew or redeem(uow, Purpose.PROVIDER_SIGN_IN, state)
        asked = question(uow.keys, _redirect_uri(), state, secret, since if anew else None)
    return asked if good and secret else None, anew


def _let_in(found: Identity, onward: str) -> Response:
    """Open a session; where the account has an app for codes, its code is asked for first, or the provider has."""
    app, ticket = services(), ""
    with app.write(VISITOR) as uow:
        staff_id = who_is(uow, found)
        if has_authenticator(uow, staff_id) and not found.has_second_factor:
            ticket = issue(uow, Purpose.SECOND_STEP, staff_id)
    if ticket:
        return sign_in_page("sign_in_code.html", 200, failed=False, ticket=ticket, next=safe_next(onward))
    proved_at = found.proved_at or app.clock() - PROVEN  # a session there may be hours old
    return begin_session(make_response(redirect(safe_next(onward))), staff_id, proved_at)


def _note(session: SignedIn, found: Identity, onward: str) -> Response:
    """Note that somebody has said again who they are, and go on; or say that they go on where they came from."""
    with services().write(Actor("staff", str(session.staff_id))) as uow:
        if who_is(uow, found) != session.staff_id:
            raise ProviderRefusedError("The identity provider confirms somebody else than who is signed in.")
        if has_authenticator(uow, session.staff_id) and not found.has_second_factor:
            raise ProviderRefusedError("The account has an app for codes, and the provider asked for no second factor.")
        note_proof(uow, session.id)
    if onward:
        return redirect(safe_next(onward))
    return make_response(render_template("confirmed.html"))


def _refuse(error: ProviderRefusedError | ProviderSilentError, onward: str) -> Response:
    """Say that nobody came in, without saying why; the log has it for whoever runs the service."""
    log.warning("identity provider: %s", error.detail)
    silent = isinstance(error, ProviderSilentError)
    back = safe_next(onward) if session_at_hand() else url_for("dashboard.sign_in", next=safe_next(onward))
    page = render_template("provider_refused.html", silent=silent, back=back, stays_at=back)
    answer = make_response(page, 503 if silent else 403)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _provider() -> IdentityProvider:
    found = services().settings.identity_provider
    if found is None:
        abort(404)
    return found


def _endpoints(provider: IdentityProvider) -> Endpoints:
    app = services()
    return app.provider_memory.endpoints(provider, app.outbound, app.clock())


def _redirect_uri() -> str:
    return passkey_site().origin + url_for("dashboard.come_from_provider")

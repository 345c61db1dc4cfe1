"""Somebody's own account: where it is signed in, and what signing in takes."""

import segno
from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.accounts.authenticators import (
    address_for_app,
    begin_authenticator,
    begun_secret,
    confirm_authenticator,
    has_authenticator,
    remove_authenticator,
)
from consent_service.accounts.coming_and_going import end_one, end_others
from consent_service.accounts.passkeys import add_passkey, list_passkeys, options_for_new, remove_passkey
from consent_service.accounts.provider_links import linked_since
from consent_service.accounts.recovery import count_codes, renew_codes
from consent_service.dashboard.blueprint import account
from consent_service.dashboard.passkey_site import passkey_site
from consent_service.dashboard.session import actor_of
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.operators.sessions import SignedIn, list_sessions
from consent_service.pages.form_values import FormValues
from consent_service.services import services


@account.get("/")
def own() -> Response:
    """Show sessions, the app for codes and passkeys."""
    return _page()


@account.post("/sessions")
def end_sessions() -> Response:
    """End one session of this account, or all others."""
    session: SignedIn = g.session
    wanted = request.form.get("session", "")
    with services().write(actor_of(session)) as uow:
        if wanted == "others":
            end_others(uow, session)
        else:
            end_one(uow, session, wanted)
    return redirect(url_for("account.own"))


@account.post("/app")
def begin_app() -> Response:
    """Begin an app for codes: show what it reads, and ask for its first code."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        begin_authenticator(uow, session.staff_id)
    return redirect(url_for("account.own", _anchor="app"))


@account.post("/app/code")
def confirm_app() -> Response:
    """Take the first code of the app, and show the recovery codes this once."""
    session: SignedIn = g.session
    try:
        with services().write(actor_of(session)) as uow:
            codes = confirm_authenticator(uow, session.staff_id, request.form.get("code", "")[:50])
    except InvalidInputError:
        return _page(wrong={"code": [gettext("The code does not fit. Check the clock of the telephone.")]}, status=422)
    return _page(codes=codes)


@account.post("/app/remove")
def remove_app() -> Response:
    """Ask for no codes any more."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        remove_authenticator(uow, session.staff_id)
    return redirect(url_for("account.own", _anchor="app"))


@account.post("/recovery-codes")
def make_recovery_codes() -> Response:
    """Make fresh recovery codes and show them this once; those before count no more."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        if not has_authenticator(uow, session.staff_id):
            raise ConflictError("The account has no app for codes.")
        codes = renew_codes(uow, session.staff_id)
    return _page(codes=codes)


@account.post("/passkeys/options")
def new_passkey_options() -> Response:
    """Tell a browser what it needs to make a passkey."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        options = options_for_new(uow, passkey_site(), session.staff_id, session.email)
    return Response(options, content_type="application/json")


@account.post("/passkeys")
def keep_passkey() -> Response:
    """Keep a passkey that the browser has made."""
    session: SignedIn = g.session
    values = FormValues()
    name = values.needed("name", most=60)
    if values.wrong:
        return _page(wrong=values.wrong, status=422)
    if not request.form.get("answer"):  # who it is was asked first, and the browser has made nothing yet
        return redirect(url_for("account.own", _anchor="passkeys"))
    try:
        with services().write(actor_of(session)) as uow:
            add_passkey(uow, passkey_site(), session.staff_id, request.form.get("answer", ""), name)
    except InvalidInputError:
        return _page(wrong={"form": [gettext("The passkey could not be taken. Try again.")]}, status=422)
    return redirect(url_for("account.own", _anchor="passkeys"))


@account.post("/passkeys/remove")
def drop_passkey() -> Response:
    """Take a passkey away."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        remove_passkey(uow, session.staff_id, request.form.get("passkey", "")[:500])
    return redirect(url_for("account.own", _anchor="passkeys"))


def _page(*, codes: list[str] | None = None, wrong: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    session: SignedIn = g.session
    provider = services().settings.identity_provider
    with services().read(actor_of(session)) as uow:
        secret = begun_secret(uow, session.staff_id)
        page = render_template(
            "account.html",
            sessions=list_sessions(uow, session.staff_id),
            has_app=has_authenticator(uow, session.staff_id),
            secret=secret,
            picture=segno.make(address_for_app(secret, session.email)).svg_data_uri(scale=5) if secret else "",
            codes_left=count_codes(uow, session.staff_id),
            codes=codes,
            passkeys=list_passkeys(uow, session.staff_id),
            passkeys_work=passkey_site().has_name,
            provider=provider.name if provider else "",
            linked_since=linked_since(uow, session.staff_id),
            found=wrong or {},
        )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer

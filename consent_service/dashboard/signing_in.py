"""Signing in, by password and code or by passkey, and signing out."""

from contextlib import suppress
from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.accounts.authenticators import has_authenticator, is_right_code
from consent_service.accounts.coming_and_going import go_out
from consent_service.accounts.passkeys import options_to_sign_in, who_signs
from consent_service.accounts.provider_links import linked_since
from consent_service.accounts.recovery import use_code
from consent_service.accounts.sign_in import begin_sign_in, finish_sign_in, is_right
from consent_service.accounts.tickets import Purpose, holder_of, issue, redeem
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.passkey_site import passkey_site
from consent_service.dashboard.session import (
    VISITOR,
    actor_of,
    begin_session,
    end_session,
    form_token,
    is_own_form,
    keep_secret_of_forms,
    secret_of_forms,
    tried_from,
)
from consent_service.kernel.errors import CredentialError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.sessions import SignedIn
from consent_service.operators.staff import staff_address
from consent_service.pages.addresses import safe_next
from consent_service.services import services

JSON = "application/json"
_APP_CODE = 6  # digits; a recovery code is longer


@dashboard.get("/sign-in")
def sign_in() -> Response:
    """Show the sign-in form."""
    return sign_in_page("sign_in.html", 200, failed=False)


@dashboard.post("/sign-in")
def try_sign_in() -> Response:
    """Open a session for the right address and password; the answer to a wrong one does not say which.

    Where the account has an app for codes, its code is asked for first.
    """
    if not is_own_form():
        return sign_in_page("sign_in.html", 403, failed=True)
    email, password = request.form.get("email", "")[:300], request.form.get("password", "")[:300]
    app = services()
    with app.read(VISITOR) as uow:
        attempt = begin_sign_in(uow, email, tried_from())
    right = is_right(attempt, password)
    ticket, staff_id = "", None
    with app.write(VISITOR) as uow, suppress(CredentialError):
        if right and not attempt.must_wait and attempt.staff_id and has_authenticator(uow, attempt.staff_id):
            ticket = issue(uow, Purpose.SECOND_STEP, attempt.staff_id)  # failures count until the code is right
        else:
            staff_id = finish_sign_in(uow, attempt, right=right)
    if ticket:
        return sign_in_page("sign_in_code.html", 200, failed=False, ticket=ticket)
    return _signed_in(staff_id) or sign_in_page("sign_in.html", 403, failed=True, email=email)


@dashboard.post("/sign-in/code")
def try_code() -> Response:
    """Open a session for the right code of the app, or for a recovery code; a wrong one may be followed by another."""
    ticket, code = request.form.get("ticket", "")[:100], request.form.get("code", "")[:50]
    app = services()
    with app.read(VISITOR) as uow:
        waiting = holder_of(uow, Purpose.SECOND_STEP, ticket) if is_own_form() else None
        email = None if waiting is None else staff_address(uow, waiting)
        attempt = None if email is None else begin_sign_in(uow, email, tried_from())
    if waiting is None or attempt is None:
        return sign_in_page("sign_in.html", 403, failed=True)
    staff_id = None
    with app.write(Actor("staff", str(waiting))) as uow:
        right = not attempt.must_wait and _takes(uow, waiting, code)
        with suppress(CredentialError):
            staff_id = finish_sign_in(uow, attempt, right=right and redeem(uow, Purpose.SECOND_STEP, ticket, waiting))
    return _signed_in(staff_id) or sign_in_page("sign_in_code.html", 403, failed=True, ticket=ticket)


@dashboard.post("/sign-in/passkey-options")
def passkey_options() -> Response:
    """Tell a browser what a passkey has to answer."""
    if not is_own_form():
        return Response("{}", 403, content_type=JSON)
    with services().write(VISITOR) as uow:
        return Response(options_to_sign_in(uow, passkey_site()), content_type=JSON)


@dashboard.post("/sign-in/passkey")
def try_passkey() -> Response:
    """Open a session for an answer of a passkey, which stands for both steps: it is held and was unlocked."""
    staff_id = None
    if is_own_form():
        with services().write(VISITOR) as uow, suppress(CredentialError):
            found = who_signs(uow, passkey_site(), request.form.get("answer", ""))
            staff_id = found if staff_address(uow, found) is not None else None
    return _signed_in(staff_id) or sign_in_page("sign_in.html", 403, failed=True)


@dashboard.post("/sign-out")
def sign_out() -> Response:
    """End this session, or every one of this account."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        by_provider = services().settings.identity_provider is not None and linked_since(uow, session.staff_id)
        go_out(uow, session, everywhere=bool(request.form.get("everywhere")))
    onward = "dashboard.signed_out" if by_provider else "dashboard.sign_in"
    return end_session(make_response(redirect(url_for(onward))))


def _takes(uow: UnitOfWork, staff_id: UUID, code: str) -> bool:
    digits = code.replace(" ", "")
    if digits.isdigit() and len(digits) == _APP_CODE:
        return is_right_code(uow, staff_id, digits)
    return use_code(uow, staff_id, code)


def _signed_in(staff_id: UUID | None) -> Response | None:
    if staff_id is None:
        return None
    return begin_session(make_response(redirect(safe_next(request.form.get("next")))), staff_id)


def sign_in_page(template: str, status: int, **values: object) -> Response:
    """Show a page on the way in, with the token of its form."""
    secret, provider = secret_of_forms(), services().settings.identity_provider
    values = {
        "email": "",
        "csrf_token": form_token(secret),
        "next": safe_next(request.values.get("next")),
        "provider": provider.name if provider else "",
        "passkeys_work": passkey_site().has_name,
    } | values
    values["stays_at"] = url_for("dashboard.sign_in", next=values["next"])  # where another language leads
    answer = make_response(render_template(template, **values), status)
    keep_secret_of_forms(answer, secret)
    return answer

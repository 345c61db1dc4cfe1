"""Signing in and out: a session kept on the server, a token in every form."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.errors import CredentialError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import Actor
from consent_service.operators.sign_in import begin_sign_in, finish_sign_in, is_right
from consent_service.operators.staff import (
    LONGEST,
    SignedIn,
    find_session,
    open_session,
    revoke_all_sessions,
    revoke_session,
    touch_session,
)
from consent_service.pages.addresses import safe_next
from consent_service.services import services

SEEN_EVERY = timedelta(minutes=1)
VISITOR = Actor("staff", "visitor")
View = Callable[..., Any]  # Any: each page has its own arguments


def cookie_name() -> str:
    """Return the name of the session cookie: bound to this host where the service is reached by HTTPS."""
    return "__Host-kelisim" if services().settings.is_https else "kelisim"


def form_cookie_name() -> str:
    """Return the name of the cookie that the sign-in form's token is held against."""
    return cookie_name() + "-form"


def signed_in(view: View) -> View:
    """Let only those with a session in force see a page; others sign in first."""

    @wraps(view)
    def guarded(**values: Any) -> Any:  # Any: as the page has it
        token = request.cookies.get(cookie_name(), "")
        with services().read(VISITOR) as uow:
            session = find_session(uow, token) if token else None
            now = uow.now
        if session is None:
            return redirect(url_for("dashboard.sign_in", next=request.full_path.rstrip("?")))
        if request.method == "POST" and not _same(session.csrf_token, request.form.get("csrf_token")):
            abort(403)
        if now - session.seen_at >= SEEN_EVERY:
            with services().write(actor_of(session)) as uow:
                touch_session(uow, token)
        g.session = session
        return view(**values)

    return guarded


def session_at_hand() -> SignedIn | None:
    """Return the session of the browser that asks, None where nobody is signed in."""
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    with services().read(VISITOR) as uow:
        return find_session(uow, token)


@dashboard.get("/sign-in")
def sign_in() -> Response:
    """Show the sign-in form."""
    return _form(200, failed=False)


@dashboard.post("/sign-in")
def try_sign_in() -> Response:
    """Open a session for the right address and password; the answer to a wrong one does not say which."""
    secret = request.cookies.get(form_cookie_name(), "")
    if not secret or not _same(_form_token(secret), request.form.get("csrf_token")):
        return _form(403, failed=True)
    email, password = request.form.get("email", "")[:300], request.form.get("password", "")[:300]
    app = services()
    with app.read(VISITOR) as uow:
        attempt = begin_sign_in(uow, email)
    right = is_right(attempt, password)
    with app.write(VISITOR) as uow:
        try:
            token = open_session(uow, finish_sign_in(uow, email, attempt, right=right))
        except CredentialError:
            token = ""
    if not token:
        return _form(403, failed=True, email=email)
    answer = make_response(redirect(safe_next(request.form.get("next"))))
    _set(answer, cookie_name(), token, int(LONGEST.total_seconds()))
    answer.delete_cookie(form_cookie_name(), path="/")
    return answer


@dashboard.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End this session, or every one of this account."""
    session: SignedIn = g.session
    with services().write(actor_of(session)) as uow:
        if request.form.get("everywhere"):
            revoke_all_sessions(uow, session.staff_id)
        else:
            revoke_session(uow, request.cookies[cookie_name()])
    answer = make_response(redirect(url_for("dashboard.sign_in")))
    answer.delete_cookie(cookie_name(), path="/")
    return answer


def _form(status: int, *, failed: bool, email: str = "") -> Response:
    secret = request.cookies.get(form_cookie_name()) or new_token()
    page = render_template(
        "sign_in.html",
        failed=failed,
        email=email,
        csrf_token=_form_token(secret),
        next=safe_next(request.values.get("next")),
    )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    _set(answer, form_cookie_name(), secret, int(LONGEST.total_seconds()))
    return answer


def _form_token(secret: str) -> str:
    return blind_index(services().keys.derived("sign-in-form|v1"), secret).hex()


def _same(wanted: str, given: str | None) -> bool:
    return given is not None and hmac.compare_digest(wanted.encode(), given.encode())


def _set(answer: Response, name: str, value: str, seconds: int) -> None:
    secure = services().settings.is_https
    answer.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure)


def actor_of(session: SignedIn) -> Actor:
    """Return who acts in a session."""
    return Actor("staff", str(session.staff_id))

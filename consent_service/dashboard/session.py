"""The cookies of the dashboard, the session that one of them stands for, and the tokens of forms."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from consent_service.abuse.rules import network_of
from consent_service.accounts.coming_and_going import come_in
from consent_service.accounts.devices import KEPT as DEVICE_KEPT
from consent_service.accounts.devices import remember
from consent_service.accounts.sign_in import TriedFrom
from consent_service.dashboard.browser_names import browser_name
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import Actor
from consent_service.operators.sessions import LONGEST, SeenFrom, SignedIn, find_session
from consent_service.services import services

VISITOR = Actor("staff", "visitor")
WAY_KEPT = timedelta(minutes=5)


def cookie_name() -> str:
    """Return the name of the session cookie: bound to this host where the service is reached by HTTPS."""
    return "__Host-kelisim" if services().settings.is_https else "kelisim"


def form_cookie_name() -> str:
    """Return the name of the cookie that the tokens of forms before signing in are held against."""
    return cookie_name() + "-form"


def _way_cookie_name() -> str:
    return cookie_name() + "-way"


def device_cookie_name() -> str:
    """Return the name of the cookie by which a browser is known that somebody has signed in with before."""
    return cookie_name() + "-device"


def actor_of(session: SignedIn) -> Actor:
    """Return who acts in a session."""
    return Actor("staff", str(session.staff_id))


def session_at_hand() -> SignedIn | None:
    """Return the session of the browser that asks, None where nobody is signed in."""
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    with services().read(VISITOR) as uow:
        return find_session(uow, token)


def tried_from() -> TriedFrom:
    """Return from where somebody shows who they are: a network, and a browser that may be known."""
    return TriedFrom(network_of(request.remote_addr), request.cookies.get(device_cookie_name(), "")[:100])


def begin_session(answer: Response, staff_id: UUID, proved_at: datetime | None = None) -> Response:
    """Open a session for whoever has shown who they are, now or then, and give the browser its cookies."""
    came_from = tried_from()
    with services().write(Actor("staff", str(staff_id))) as uow:
        seen_from = SeenFrom(browser_name(request.headers.get("User-Agent", "")), came_from.network)
        token = come_in(uow, staff_id, seen_from, proved_at)
        device = remember(uow, staff_id, came_from.device)
    _set(answer, cookie_name(), token, int(LONGEST.total_seconds()))
    _set(answer, device_cookie_name(), device, int(DEVICE_KEPT.total_seconds()))
    answer.delete_cookie(form_cookie_name(), path="/")
    return answer


def end_session(answer: Response) -> Response:
    """Take the cookie of the session away."""
    answer.delete_cookie(cookie_name(), path="/")
    return answer


def secret_of_forms() -> str:
    """Return what the tokens of forms before signing in are made of: the browser's own, or a new one."""
    return secret_at_hand() or new_token()


def secret_at_hand() -> str:
    """Return what the browser was given for forms; nothing where it has none."""
    return request.cookies.get(form_cookie_name(), "")


def keep_secret_of_forms(answer: Response, secret: str) -> None:
    """Let the browser keep what the tokens of forms are made of."""
    answer.headers["Cache-Control"] = "no-store"
    _set(answer, form_cookie_name(), secret, int(LONGEST.total_seconds()))


def keep_way(answer: Response, onward: str) -> None:
    """Let the browser keep for some minutes where it is to go on to, once it comes back from elsewhere."""
    _set(answer, _way_cookie_name(), onward, int(WAY_KEPT.total_seconds()))


def way_at_hand() -> str:
    """Return where the browser is to go on to; nothing where it has kept nothing."""
    return request.cookies.get(_way_cookie_name(), "")


def forget_way(answer: Response) -> None:
    """Take away what the browser has kept of its way."""
    answer.delete_cookie(_way_cookie_name(), path="/")


def form_token(secret: str) -> str:
    """Return the token of a form before signing in."""
    return blind_index(services().keys.derived("sign-in-form|v1"), secret).hex()


def is_own_form() -> bool:
    """Say whether a form that was sent before signing in is one that this browser was given."""
    secret = secret_at_hand()
    return bool(secret) and is_same(form_token(secret), request.form.get("csrf_token"))


def is_same(wanted: str, given: str | None) -> bool:
    """Compare a token, in the same time whatever is given."""
    return given is not None and hmac.compare_digest(wanted.encode(), given.encode())


def _set(answer: Response, name: str, value: str, seconds: int) -> None:
    secure = services().settings.is_https
    answer.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure)

"""Asking somebody who is signed in who they are once more, before what cannot be taken back leaves the house.

A form that was sent is asked about on a page that carries all of it, so that nothing has to be written again.
"""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.accounts.authenticators import has_authenticator, is_right_code
from consent_service.accounts.provider_links import linked_since
from consent_service.accounts.sign_in import begin_sign_in, finish_sign_in, is_right
from consent_service.dashboard.blueprint import account
from consent_service.dashboard.session import actor_of, session_at_hand, tried_from
from consent_service.kernel.errors import CredentialError
from consent_service.operators.sessions import PROVEN, SignedIn, note_proof
from consent_service.pages.addresses import safe_next
from consent_service.services import services

_PROOF = "confirm_proof"


def is_proven(session: SignedIn) -> bool:
    """Say whether somebody has said who they are within ten minutes, or does so with what was just sent."""
    if services().clock() - session.proved_at < PROVEN:
        return True
    return request.method == "POST" and _PROOF in request.form and _prove(session, request.form[_PROOF][:300])


def ask_who(session: SignedIn) -> Response:
    """Ask for the password, or for a code of the app where the account has one."""
    is_form, provider = request.method == "POST", services().settings.identity_provider
    with services().read(actor_of(session)) as uow:
        by_code = has_authenticator(uow, session.staff_id)
        by_provider = provider is not None and linked_since(uow, session.staff_id) is not None
    page = render_template(
        "confirm.html",
        by_code=by_code,
        action=request.full_path.rstrip("?") if is_form else url_for("account.confirm"),
        carried=[one for one in request.form.items(multi=True) if one[0] not in {_PROOF, "csrf_token"}]
        if is_form
        else [("next", request.full_path.rstrip("?"))],
        failed=_PROOF in request.form,
        is_form=is_form,
        provider=provider.name if provider and by_provider and (provider.second_factor or not by_code) else "",
        onward=request.full_path.rstrip("?"),
    )
    answer = make_response(page, 403)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@account.post("/confirm")
def confirm() -> Response:
    """Take the proof, and go on to the page that asked for it."""
    session = session_at_hand()
    if session is None or not _prove(session, request.form.get(_PROOF, "")[:300]):
        return redirect(safe_next(request.form.get("next")))  # where it is asked for again
    return redirect(safe_next(request.form.get("next")))


def _prove(session: SignedIn, proof: str) -> bool:
    app = services()
    with app.read(actor_of(session)) as uow:
        attempt, by_code = begin_sign_in(uow, session.email, tried_from()), has_authenticator(uow, session.staff_id)
    right = not by_code and is_right(attempt, proof)
    with app.write(actor_of(session)) as uow:
        if by_code and not attempt.must_wait:
            right = is_right_code(uow, session.staff_id, proof)
        try:
            finish_sign_in(uow, attempt, right=right)
        except CredentialError:
            return False
        note_proof(uow, session.id)
    return True

"""Whoever was invited by mail takes their place."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.accounts.invitations import OpenInvitation, accept, find_invitation
from consent_service.accounts.sign_in import begin_sign_in, finish_sign_in, is_right
from consent_service.accounts.words import ROLES
from consent_service.dashboard.blueprint import account
from consent_service.dashboard.session import (
    VISITOR,
    form_token,
    is_own_form,
    keep_secret_of_forms,
    secret_of_forms,
    tried_from,
)
from consent_service.kernel.bound_tokens import operator_of
from consent_service.kernel.errors import CredentialError, InvalidInputError
from consent_service.operators.passwords import LONGEST, SHORTEST
from consent_service.operators.queries import operator_named
from consent_service.pages.languages import language
from consent_service.services import services


@account.get("/invitations/<token>")
def invitation(token: str) -> Response:
    """Show who invites, and as what."""
    return _page(token, {})


@account.post("/invitations/<token>")
def accept_invitation(token: str) -> Response:
    """Take the place: with a new password, or with that of the account that there is."""
    if not is_own_form():
        return _page(token, {"form": [gettext("The form was too old. Send it again.")]})
    password, app = request.form.get("password", "")[:300], services()
    with app.read(VISITOR, operator_of(token)) as uow:
        found = find_invitation(uow, token)
    if found.has_account and not _is_their_password(found, password):
        return _page(token, {"password": [gettext("This is not the password of your account, or wait a little.")]})
    try:
        with app.write(VISITOR, operator_of(token)) as uow:
            accept(uow, token, password)
    except InvalidInputError:
        words = gettext("Choose %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST)
        return _page(token, {"password": [words]})
    return redirect(url_for("dashboard.sign_in"))


def _is_their_password(found: OpenInvitation, password: str) -> bool:
    app = services()
    with app.read(VISITOR) as uow:
        attempt = begin_sign_in(uow, found.email, tried_from())
    right = is_right(attempt, password)
    with app.write(VISITOR) as uow:
        try:
            finish_sign_in(uow, attempt, right=right)
        except CredentialError:
            return False
    return True


def _page(token: str, wrong: dict[str, list[str]]) -> Response:
    with services().read(VISITOR, operator_of(token)) as uow:
        found, operator = find_invitation(uow, token), operator_named(uow)
    secret = secret_of_forms()
    page = render_template(
        "invitation.html",
        invited=found,
        operator=operator.name[language()],
        role=ROLES[found.role][language()],
        least=SHORTEST,
        csrf_token=form_token(secret),
        found=wrong,
    )
    answer = make_response(page, 422 if wrong else 200)
    keep_secret_of_forms(answer, secret)
    return answer

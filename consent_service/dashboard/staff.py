"""Staff of an operator: who works here and as what, invitations, and what each role may do."""

from uuid import UUID

from flask import g, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.accounts.invitations import invite, revoke_invitation, waiting_invitations
from consent_service.accounts.words import names_of_roles
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import one_of
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotAllowedError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.colleagues import colleague
from consent_service.operators.service import lock_operator
from consent_service.operators.sessions import Place, SignedIn
from consent_service.operators.staff import disable_staff, members, set_role
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.services import services


@dashboard.get("/<slug>/staff")
@at_operator
def staff(place: Place) -> Response:
    """Show who works here."""
    return _page(place)


@dashboard.post("/<slug>/staff")
@at_operator
def invite_staff(place: Place) -> Response:
    """Invite somebody by mail."""
    values, session = FormValues(), g.session
    email = values.needed("email", most=256)
    role = one_of(values, "role", Role, gettext("Choose a role."))
    mail_language = values.needed("language")
    if not services().settings.smtp_url:
        values.refuse("form", gettext("No mail server is set, so nobody can be invited by mail."))
    if not values.wrong:
        try:
            with writing(place) as uow:
                invite(uow, email, role, mail_language, session.staff_id)
        except InvalidInputError:
            values.refuse("email", gettext("Write an e-mail address."))
    if values.wrong:
        return _page(place, values.wrong, {"email": email, "role": role, "language": mail_language})
    return redirect(url_for("dashboard.staff", slug=place.slug))


@dashboard.post("/<slug>/staff/<uuid:staff_id>")
@at_operator
def change_staff(place: Place, staff_id: UUID) -> Response:
    """Give somebody another role, or take the role away; not oneself, so that an owner is always left."""
    values, session = FormValues(), g.session
    _not_oneself(session, staff_id)
    role = one_of(values, "role", Role, gettext("Choose a role."))
    if values.wrong:
        return _page(place, values.wrong)
    with writing(place) as uow:
        _still_an_owner(uow, session)
        set_role(uow, staff_id, role)
    return redirect(url_for("dashboard.staff", slug=place.slug))


@dashboard.post("/<slug>/staff/<uuid:staff_id>/remove")
@at_operator
def remove_staff(place: Place, staff_id: UUID) -> Response:
    """Take somebody's place at the operator away."""
    _not_oneself(g.session, staff_id)
    with writing(place) as uow:
        _still_an_owner(uow, g.session)
        disable_staff(uow, staff_id)
    return redirect(url_for("dashboard.staff", slug=place.slug))


@dashboard.post("/<slug>/staff/invitations/<uuid:invitation_id>/revoke")
@at_operator
def take_invitation_back(place: Place, invitation_id: UUID) -> Response:
    """Take an invitation back."""
    with writing(place) as uow:
        revoke_invitation(uow, invitation_id)
    return redirect(url_for("dashboard.staff", slug=place.slug))


def what_roles_do() -> dict[Role, str]:
    """Return what each role may do, in a line."""
    return {
        Role.OWNER: gettext("decides who works here and makes keys; otherwise as the one in charge of personal data"),
        Role.DPO: gettext("works on every case, reveals what is masked, publishes documents, approves erasures"),
        Role.ASSIGNEE: gettext("works on the cases given to them, and sees no others"),
        Role.EDITOR: gettext("publishes documents; meets no cases and no people"),
        Role.INTEGRATOR: gettext("looks after sites and keys; meets no personal data"),
        Role.AUDITOR: gettext("reads everything that is masked; changes nothing and reveals nothing"),
    }


def _not_oneself(session: SignedIn, staff_id: UUID) -> None:
    if session.staff_id == staff_id:
        raise ConflictError("Nobody changes their own role: ask another owner.")


def _still_an_owner(uow: UnitOfWork, session: SignedIn) -> None:
    """Let of two owners who take each other's role the first alone do it; nobody's role changes meanwhile."""
    lock_operator(uow)
    me = colleague(uow, session.staff_id)
    if me is None or me.role is not Role.OWNER:
        raise NotAllowedError("Your role was changed by another owner just now.")


def _page(place: Place, wrong: dict[str, list[str]] | None = None, given: dict[str, str] | None = None) -> Response:
    with reading(place) as uow:
        rows, waiting = members(uow), waiting_invitations(uow)
    page = render_template(
        "staff.html",
        rows=rows,
        waiting=waiting,
        role_names=names_of_roles(language()),
        what=what_roles_do(),
        found=wrong or {},
        given=given or {"language": language(), "role": Role.DPO},
        mail_languages=LANGUAGES,
    )
    return make_response(page, 422 if wrong else 200)

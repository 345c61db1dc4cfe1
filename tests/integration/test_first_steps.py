"""The way from an empty operator to the first consent: each step is read from what is stored, and can be put away."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pyotp
import pytest
from flask.testing import FlaskClient

from consent_service.accounts.authenticators import begin_authenticator, confirm_authenticator
from consent_service.first_steps.queries import StepView, steps_of
from consent_service.first_steps.states import Step
from consent_service.forms.service import enter_form
from consent_service.governance.rules import Entry
from consent_service.governance.service import enter
from consent_service.governance.states import EntryKind
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.details import Details, set_details
from consent_service.operators.queries import operator_view
from consent_service.operators.service import RegisterOperator, create_credential, register_operator
from consent_service.operators.sites import add_site
from consent_service.operators.staff import add_staff
from consent_service.policies.documents import read_folder
from consent_service.policies.service import seed_folder
from consent_service.seeding import usual_forms
from consent_service.services import services
from tests.factories import SIXTH
from tests.integration.conftest import ACTOR, Api
from tests.integration.test_dashboard import form_token, sign_in
from tests.office import AUDITOR, DPO, PASSWORD, Office, almaty

EMPTY, PERSON = "empty", "owner@empty.example"
NAMES = {"kk": "Бос ЖШС", "ru": "ТОО «Пусто»", "en": "Empty LLP"}


class Beginner:
    """An operator of which nothing is known but its slug."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.app.app_context(), services().write(ACTOR) as unbound:
            bare = RegisterOperator(EMPTY, {"kk": "", "ru": "", "en": ""}, "bin", None, "KZ", {}, {})
            self.number = register_operator(unbound, bare)

    def steps(self, *, mail_goes_out: bool = True) -> dict[Step, StepView]:
        with self.office.app.app_context(), services().read(ACTOR) as unbound:
            found = steps_of(unbound.for_operator(self.number), mail_goes_out=mail_goes_out)
        return {one.step: one for one in found}

    def left(self) -> list[Step]:
        return [step for step, one in self.steps().items() if not one.is_done]

    def do(self, act: Callable[[UnitOfWork], object]) -> None:
        with self.office.app.app_context(), services().write(ACTOR) as unbound:
            act(unbound.for_operator(self.number))


@pytest.fixture
def beginner(office: Office) -> Beginner:
    return Beginner(office)


def entered(office: Office, address: str) -> FlaskClient:
    client = office.app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def details(**changes: object) -> Details:
    given: dict[str, object] = {"name": NAMES, "identifier": "190140900037", "email": "data@empty.example"} | changes
    return Details(**given)  # type: ignore[arg-type]  # as the tests give them


def order(uow: UnitOfWork) -> None:
    when = almaty("2026-11-20 12:00").date()
    enter(uow, Entry(kind=EntryKind.DPO_ORDER, done_on=when, reference="order 12", persons="A. Example"))


def documents(folder: Path) -> Path:
    """Return a folder with the documents of another operator as those of the empty one."""
    place = folder / EMPTY
    shutil.copytree(SIXTH / "acme", place)
    for file in (one for one in place.rglob("*") if one.is_file()):
        file.write_text(re.sub(r"\bacme\b", EMPTY, file.read_text()))
    return place


def form(uow: UnitOfWork) -> None:
    site = add_site(uow, "https://empty.example")
    for document, boxes in usual_forms(uow).items():
        enter_form(uow, site, document, boxes)


def second_factor(uow: UnitOfWork, staff_id: UUID) -> None:
    secret = begin_authenticator(uow, staff_id)
    confirm_authenticator(uow, staff_id, pyotp.TOTP(secret).at(uow.now))


def test_an_empty_operator_comes_step_by_step_to_its_first_consent(beginner: Beginner, tmp_path: Path) -> None:
    staff: list[UUID] = []
    secrets: list[str] = []

    def key(uow: UnitOfWork) -> None:
        secrets.append(create_credential(uow, "first")[1])

    def two_of_staff(uow: UnitOfWork) -> None:
        staff.extend([add_staff(uow, PERSON, PASSWORD, Role.OWNER), add_staff(uow, f"2{PERSON}", PASSWORD, Role.DPO)])

    assert beginner.left() == list(Step)
    beginner.do(lambda uow: set_details(uow, details()))
    assert beginner.left() == list(Step)[1:]
    beginner.do(two_of_staff)
    beginner.do(order)
    assert beginner.left()[0] is Step.SECOND_FACTOR
    beginner.do(lambda uow: second_factor(uow, staff[0]))
    assert (beginner.steps()[Step.SECOND_FACTOR].done, beginner.steps()[Step.SECOND_FACTOR].of) == (1, 2)
    beginner.do(lambda uow: second_factor(uow, staff[1]))
    assert beginner.left() == [Step.DOCUMENTS, Step.LANGUAGES, Step.FORM, Step.KEY, Step.CONSENT]
    assert not beginner.steps(mail_goes_out=False)[Step.NOTICES].is_done
    beginner.do(lambda uow: seed_folder(uow, read_folder(documents(tmp_path))))
    assert beginner.left() == [Step.FORM, Step.KEY, Step.CONSENT]
    beginner.do(form)
    beginner.do(key)
    assert beginner.left() == [Step.CONSENT]
    answer = Api(beginner.office.app.test_client(), secrets[0]).post(
        "/consents",
        {
            "document": "newsletter-consent",
            "subject": {"ref": "person-1"},
            "language": "kk",
            "choices": [{"purpose": "newsletter", "granted": True}],
            "channel": "web",
            "declarations": {"adult": True},
        },
    )
    assert answer.status_code == 201, answer.json
    assert beginner.left() == []


def test_today_shows_the_next_step_until_somebody_puts_them_away_which_is_recorded(office: Office) -> None:
    dpo, auditor = entered(office, DPO), entered(office, AUDITOR)
    shown = dpo.get("/dashboard/uof/").get_data(as_text=True)
    assert "First steps" in shown
    assert "kind=dpo_order" in shown
    token = form_token(auditor, "/dashboard/uof/consents")
    assert auditor.post("/dashboard/uof/first-steps", data={"csrf_token": token, "act": "away"}).status_code == 403

    for _ in range(2):
        token = form_token(dpo, "/dashboard/uof/first-steps")
        sent = dpo.post("/dashboard/uof/first-steps", data={"csrf_token": token, "act": "away"})
        assert sent.status_code == 302

    for client in (dpo, auditor):
        assert "First steps" not in client.get("/dashboard/uof/").get_data(as_text=True)
    assert "First steps" in dpo.get("/dashboard/uof/first-steps").get_data(as_text=True)
    recorded = "SELECT count(*) FROM ledger_events WHERE kind = 'first_steps_put_away'"
    assert office.rows(recorded) == [(1,)]
    token = form_token(dpo, "/dashboard/uof/first-steps")
    dpo.post("/dashboard/uof/first-steps", data={"csrf_token": token, "act": "show"})
    assert "First steps" in dpo.get("/dashboard/uof/").get_data(as_text=True)
    assert office.rows(recorded) == [(2,)]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {**NAMES, "kk": ""}),
        ("identifier", "19014090003"),
        ("identifier", ""),
        ("email", "nobody"),
        ("email", "a@b"),
    ],
)
def test_details_that_cannot_be_right_are_refused_and_nothing_is_changed(
    beginner: Beginner, field: str, wrong: object
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        beginner.do(lambda uow: set_details(uow, details(**{field: wrong})))

    assert list(refused.value.fields) == [field]
    assert Step.DETAILS in beginner.left()


def test_an_owner_enters_the_details_on_a_page_and_others_read_them(beginner: Beginner) -> None:
    beginner.do(lambda uow: add_staff(uow, PERSON, PASSWORD, Role.OWNER))
    beginner.do(lambda uow: add_staff(uow, f"2{PERSON}", PASSWORD, Role.AUDITOR))
    owner, auditor = entered(beginner.office, PERSON), entered(beginner.office, f"2{PERSON}")
    path = f"/dashboard/{EMPTY}/operator"
    given = {f"name_{code}": name for code, name in NAMES.items()} | {"email": "data@empty.example"}

    def send(identifier: str) -> int:
        return owner.post(
            path, data={"csrf_token": form_token(owner, path), "identifier": identifier, **given}
        ).status_code

    assert send("1") == 422
    assert Step.DETAILS in beginner.left()
    assert send("190140900037") == 302
    assert Step.DETAILS not in beginner.left()
    assert "Empty LLP" in auditor.get(path).get_data(as_text=True)
    assert '<form method="post" class="form">' not in auditor.get(path).get_data(as_text=True)
    with beginner.office.app.app_context(), services().read(ACTOR) as unbound:
        assert operator_view(unbound.for_operator(beginner.number)).contacts == {"email": "data@empty.example"}

"""The ways on which data of a person come to be erased: each sets one up, and says when the erasure is due."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from consent_service.erasure.service import OrderErasure, Run, order_batch
from consent_service.erasure.states import Ground
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.operators.access import ALL_SCOPES, Role
from consent_service.operators.service import create_credential
from consent_service.operators.staff import add_staff
from consent_service.services import services
from consent_service.subjects.service import lock_by_ref
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_subject_requests import act, ask
from tests.integration.test_withdrawals import withdraw, work

ACTOR = Actor("command", "test")
PERSON = {"ref": "person-1", "identifiers": {"email": "aizhan@example.kz"}}
FIRST, SECOND, READER = "dana@example.kz", "bolat@example.kz", "reader@example.kz"
PASSWORD = "correct horse battery"
JOBS = ("withdrawals.take_effect", "erasures.execute", "withdrawals.close", "duties.mark_late", "mail.deliver")
COURT = "decision 2-1234/2026 of the district court"


def erase(app: Flask) -> int:
    """Run the jobs through which a withdrawal is erased, a quarter of all; returns how many items failed."""
    with app.app_context():
        return sum(run_now(services(), find_job(name)).failed for name in JOBS)


def staff(app: Flask, address: str = FIRST, role: Role = Role.DPO, slug: str = "uof") -> str:
    """Return the number of a member of staff, who is added where there is none."""
    with app.app_context(), services().write(ACTOR) as unbound:
        return str(add_staff(unbound.for_operator(seed_policies.number(unbound, slug)), address, PASSWORD, role))


def deciding(app: Flask, slug: str = "uof") -> Api:
    """Return a client with a key that may decide in the name of staff."""
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, slug))
        _, secret = create_credential(uow, "deciding", ALL_SCOPES)
    return Api(app.test_client(), secret)


def demand(api: Api, by: str, ground: str = "18(3)", **more: Any) -> Any:  # Any: Werkzeug's test answer
    """Order the erasure of the person by hand."""
    body = {"subject": "person-1", "ground": ground, "reference": COURT, "ordered_by": by} | more
    return api.post("/erasure-orders", body)


def run_of(app: Flask, refs: list[str], *, people: int, slug: str = "uof", run_id: UUID | None = None) -> UUID:
    """Order the erasure of people as one run of a job; returns the run."""
    with app.app_context(), services().write(Actor("job", "retention.sweep")) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, slug))
        run = Run(run_id or new_id(uow.now), people)
        commands = [
            OrderErasure(
                subject_id=lock_by_ref(uow, ref).id,
                cause_kind="retention",
                cause_id=new_id(uow.now),
                ground=Ground.STORAGE_ENDED,
                run_after=uow.now,
                due_on=uow.now.date(),
                demanded=True,
            )
            for ref in refs
        ]
        order_batch(uow, run, commands)
    return run.id


def _withdrawal(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    withdraw(api)
    clock.move(days=12)
    return "destroy_expired"


def _expiry(app: Flask, api: Api, clock: MovableClock) -> str:
    newsletter = consent(
        "newsletter-consent",
        subject=PERSON,
        choices=[{"purpose": "survey", "granted": True}],
        declarations={"adult": True},
    )
    assert api.post("/consents", newsletter).status_code == 201
    clock.move(days=93)
    return "destroy_expired"


def _loose_end(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    clock.move(minutes=1)
    api.post("/consents", consent(subject=PERSON, choices=[{"purpose": "targeted_advertising", "granted": False}]))
    work(app)
    clock.move(days=1, hours=12)
    return "destroy_expired"


def _destruction(app: Flask, api: Api, clock: MovableClock) -> str:
    purpose = api.get("/documents/dar/privacy-policy/versions").json["items"][0]["purposes"][0]["code"]
    choices = [{"purpose": purpose, "granted": True}]
    api.post("/consents", consent("privacy-policy", subject=PERSON, act="ticked", choices=choices))
    clock.move(minutes=1)
    act(api, ask(api, "destruction"), "answer", {"text": "It will be destroyed."})
    clock.move(days=2)
    return "delete_digital"


def _violation(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    act(api, ask(api, "blocking"), "confirm-violation")
    return "destroy_unlawful"


def _court(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    assert demand(api, staff(app)).status_code == 201
    return "destroy_expired"


def _unlawful(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    assert demand(api, staff(app), "18(3-1)").status_code == 201
    return "destroy_unlawful"


def _run(app: Flask, api: Api, clock: MovableClock) -> str:
    api.post("/consents", consent(subject=PERSON))
    clock.move(minutes=1)
    api.post("/consents", consent(subject=PERSON, choices=[{"purpose": "targeted_advertising", "granted": False}]))
    run_of(app, ["person-1"], people=1)
    clock.move(minutes=1)
    return ""


# Every way, with the operator on whose documents it goes; each returns the duty that it owes, if it owes one.
ROADS: Mapping[str, tuple[str, Callable[[Flask, Api, MovableClock], str]]] = {
    "withdrawal": ("uof", _withdrawal),
    "expiry": ("acme", _expiry),
    "loose end": ("uof", _loose_end),
    "demand of the person": ("dar", _destruction),
    "confirmed violation": ("uof", _violation),
    "court act": ("uof", _court),
    "unlawful processing": ("uof", _unlawful),
    "run of retention": ("uof", _run),
}
DECIDED = ("expiry", "loose end")  # decided about each night: what is held is not ordered at all
LATER = timedelta(days=40)

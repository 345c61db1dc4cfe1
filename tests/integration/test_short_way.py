"""The two requests that come all the time are answered before Flask, with the same bytes, and never from memory."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from consent_service.api.bodies import BodyFirst
from consent_service.api.gate import Gate
from consent_service.api.recording_together import Together
from consent_service.api.short_way import ShortWay
from consent_service.consents import permissions
from consent_service.consents.tables import Consent
from consent_service.database import SINGLE_READS, db
from consent_service.ledger.events import EventType
from consent_service.ledger.tables import LedgerEvent
from consent_service.operators.service import create_credential, revoke_credential
from consent_service.services import services
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_statements import counted

Client = Callable[[str], Api]
COURSE: dict[str, Any] = {  # Any: JSON values
    "document": "course-consent",
    "choices": [{"purpose": "course_news", "granted": True}],
    "declarations": {"adult": True},
}


def gate_and_short_way(app: Flask) -> tuple[Gate, ShortWay]:
    gate = cast("Gate", cast("BodyFirst", app.wsgi_app)._beyond)
    return gate, cast("ShortWay", gate._beyond)


@contextmanager
def without_it(app: Flask) -> Iterator[None]:
    """Let Flask answer everything."""
    gate, short = gate_and_short_way(app)
    gate._beyond = short.beyond
    try:
        yield
    finally:
        gate._beyond = short


@pytest.fixture
def second_node(app: Flask, database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """Another process on the same database: what the first remembers it does not know."""
    with app_on(database_url, tmp_path, clock) as made:
        yield made


def sent_together(app: Flask, calls: list[Callable[[], Any]]) -> list[Any]:
    """Let several requests wait for each other, so that they are recorded in one transaction."""
    together: Together = gate_and_short_way(app)[1].together
    answers: list[Any] = [None] * len(calls)

    def send(place: int) -> None:
        answers[place] = calls[place]()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(calls))]
    with together._turn:
        for thread in threads:
            thread.start()
        all_wait = threading.Event()
        while together._gathering is None or len(together._gathering.asked) < len(calls):
            all_wait.wait(0.01)
    for thread in threads:
        thread.join()
    return answers


def events_of(app: Flask) -> int:
    with app.app_context(), services().read(ACTOR) as uow:
        found = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.kind == EventType.CONSENT_RECORDED)
        return uow.session.scalar(found) or 0


def consents_of(app: Flask) -> int:
    with app.app_context(), services().read(ACTOR) as uow:
        return uow.session.scalar(select(func.count()).select_from(Consent)) or 0


def test_a_check_is_answered_the_same_by_one_read_as_by_the_view(api: Client, app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    asked = {"subject": "person-1", "purpose": [ADVERTISING, f"personal-data-agreement#{ADVERTISING}"]}
    by_view = uof.get("/permissions", **asked)

    with counted(app) as sent:
        short = uof.get("/permissions", **asked)

    assert sent == [], "the view was asked"
    assert (short.status_code, short.data) == (by_view.status_code, by_view.data)
    assert dict(short.headers) == dict(by_view.headers)


def test_a_withdrawal_on_one_node_is_seen_by_the_next_check_on_another(
    api: Client, app: Flask, second_node: Flask
) -> None:
    here = api("ulgi")
    there = Api(second_node.test_client(), here.secret)
    here.post("/consents", consent(**COURSE))
    for _ in range(2):
        assert there.get("/permissions", subject="person-1", purpose="course_news").json["items"][0]["allowed"]

    withdrawal = {"document": "course-consent", "subject": "person-1", "channel": "platform"}
    assert here.post("/withdrawals", withdrawal).status_code == 201

    with counted(second_node) as sent:
        item = there.get("/permissions", subject="person-1", purpose="course_news").json["items"][0]
    assert sent == []
    assert not item["allowed"]


def test_a_revoked_key_asks_nothing_more_here_and_within_a_second_elsewhere(
    app: Flask, second_node: Flask, clock: MovableClock
) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        key_id, secret = create_credential(uow, "test")
    here, there = Api(app.test_client(), secret), Api(second_node.test_client(), secret)
    for node in (here, there):
        assert node.get("/permissions", subject="person-1", purpose=ADVERTISING).status_code == 200

    with app.app_context(), services().write(ACTOR) as unbound:
        revoke_credential(unbound.for_operator(seed_policies.number(unbound, "uof")), key_id)

    assert here.get("/permissions", subject="person-1", purpose=ADVERTISING).status_code == 401
    clock.set(clock() + timedelta(seconds=1))
    assert there.get("/permissions", subject="person-1", purpose=ADVERTISING).status_code == 401


def test_a_revoked_key_records_nothing_more_on_any_node(app: Flask, second_node: Flask) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        key_id, secret = create_credential(uow, "test")
    there = Api(second_node.test_client(), secret)
    assert there.post("/consents", consent()).status_code == 201

    with app.app_context(), services().write(ACTOR) as unbound:
        revoke_credential(unbound.for_operator(seed_policies.number(unbound, "uof")), key_id)

    assert there.post("/consents", consent()).status_code == 401


def test_a_read_that_was_made_ready_for_a_small_number_takes_a_large_one(app: Flask) -> None:
    with app.app_context():
        found = [
            permissions._READY.rows(
                db.engines[SINGLE_READS], 1, 1, values={"operator_id": one, "index_0": b"x", "purpose_0": uuid4()}
            )
            for one in (5, 70_000, 2**31 - 1)
        ]

    assert found == [[], [], []]


def test_a_hundred_purposes_are_checked_by_one_read(api: Client, app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    names = [ADVERTISING] * 100
    uof.get("/permissions", subject="person-1", purpose=names)

    with counted(app) as sent:
        answer = uof.get("/permissions", subject="person-1", purpose=names)

    assert sent == []
    assert [item["allowed"] for item in answer.json["items"]] == [True] * 100


def test_what_arrives_together_is_recorded_in_one_transaction_and_once_each(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject={"ref": "known", "identifiers": {"email": "a@example.kz"}}))
    clock.move(minutes=1)
    people = [f"person-{number}" for number in range(7)] + ["known"]
    bodies = [consent(subject={"ref": one, "identifiers": {"email": f"{one}@example.kz"}}) for one in people]
    commits = []

    def note(_connection: object) -> None:
        commits.append(1)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", note)
    answers = sent_together(
        app, [partial(Api(app.test_client(), uof.secret).post, "/consents", body) for body in bodies]
    )
    event.remove(engine, "commit", note)

    assert [one.status_code for one in answers] == [201] * 8
    assert len(commits) == 1
    assert len({one.json["id"] for one in answers}) == 8
    assert consents_of(app) == events_of(app) == 9
    for one, person in zip(answers, people, strict=True):
        assert uof.get("/consents", subject=person).json["items"][0]["id"] == one.json["id"]
        assert uof.get(f"/consents/{one.json['id']}/proof").status_code == 200


def test_what_is_out_of_the_ordinary_among_others_is_answered_by_itself(api: Client, app: Flask) -> None:
    uof = api("uof")
    key = str(uuid4())
    before = uof.post("/consents", consent(subject={"ref": "before"}), Idempotency_Key=key)
    stranger = Api(app.test_client(), "kls_4_" + "x" * 43)
    calls: list[tuple[Api, dict[str, Any], dict[str, str]]] = [
        (uof, consent(subject={"ref": "good"}), {"Idempotency_Key": str(uuid4())}),
        (uof, consent(subject={"ref": "twice"}), {}),
        (uof, consent(subject={"ref": "twice"}), {}),
        (uof, consent(subject={"ref": "before"}), {"Idempotency_Key": key}),
        (uof, consent(subject={"ref": "other"}), {"Idempotency_Key": key}),
        (uof, consent(subject={"ref": "lost"}, document="nowhere"), {}),
        (uof, consent(subject={"ref": "child", "identifiers": {"email": "no"}}), {}),
        (stranger, consent(subject={"ref": "strange"}), {}),
    ]

    answers = sent_together(
        app,
        [partial(Api(app.test_client(), one.secret).post, "/consents", body, **more) for one, body, more in calls],
    )

    assert [one.status_code for one in answers] == [201, 201, 201, 201, 422, 404, 422, 401]
    assert answers[3].json == before.json
    assert answers[3].headers["Idempotent-Replay"] == "true"
    assert consents_of(app) == events_of(app) == 4


def test_an_answer_of_the_short_way_is_kept_for_its_key(api: Client, app: Flask) -> None:
    uof, key = api("uof"), str(uuid4())
    first = uof.post("/consents", consent(), Idempotency_Key=key)

    again = uof.post("/consents", consent(), Idempotency_Key=key)
    other = uof.post("/consents", consent(subject={"ref": "other"}), Idempotency_Key=key)

    assert (again.status_code, again.data) == (201, first.data)
    assert other.status_code == 422
    assert consents_of(app) == 1


def test_nothing_is_acknowledged_when_the_commit_fails_and_nothing_is_tried_twice(api: Client, app: Flask) -> None:
    uof = api("uof")
    with app.app_context():
        engine = db.engine
    failed = []

    def fail(_connection: object) -> None:
        failed.append(1)
        raise OperationalError("COMMIT", {}, ConnectionError("gone"))

    event.listen(engine, "commit", fail)
    answer = uof.post("/consents", consent())
    event.remove(engine, "commit", fail)

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert len(failed) == 1
    assert consents_of(app) == events_of(app) == 0
    assert uof.post("/consents", consent()).status_code == 201


BODIES = st.fixed_dictionaries(
    {},
    optional={
        "document": st.sampled_from(["personal-data-agreement", "terms-of-use", "nowhere", 1, None]),
        "version": st.sampled_from(["2026-01-01", "1999-01-01", "", 7]),
        "subject": st.sampled_from([{}, {"ref": "a@b.kz"}, {"ref": ""}, [], {"ref": "x", "more": 1}])
        | st.fixed_dictionaries({"ref": st.sampled_from(["p-1", "p-2", "+77010000000"])})
        | st.fixed_dictionaries(
            {
                "ref": st.just("p-3"),
                "identifiers": st.dictionaries(st.sampled_from(["email", "x"]), st.text(max_size=9)),
            }
        ),
        "language": st.sampled_from(["kk", "ru", "de", None]),
        "choices": st.lists(
            st.fixed_dictionaries(
                {"purpose": st.sampled_from([ADVERTISING, "nothing", ""]), "granted": st.sampled_from([True, False, 1])}
            ),
            max_size=2,
        ),
        "channel": st.sampled_from(["web", "paper", "smoke"]),
        "given_at": st.sampled_from(["2026-11-20T09:00:00Z", "2999-01-01T00:00:00Z", "yesterday"]),
        "act": st.sampled_from(["ticked", "used", "danced"]),
        "evidence": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
        "token": st.just("x"),
    },
)
ORDINARY = consent(subject={"ref": "p-9"})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=BODIES, taken_away=st.sets(st.sampled_from(sorted(ORDINARY)), max_size=1))
def test_whatever_is_sent_is_answered_as_the_view_answers_it(
    house: Flask, changes: dict[str, Any], taken_away: set[str]
) -> None:
    uof = client_of(house, "uof")
    body = {name: value for name, value in (ORDINARY | changes).items() if name not in taken_away}

    short = uof.post("/consents", body)
    with without_it(house):
        by_view = uof.post("/consents", body)

    assert short.status_code == by_view.status_code, (short.json, by_view.json)
    varying = {"id", "receipt", "given_at", "recorded_at"}
    said, expected = ({k: v for k, v in one.json.items() if k not in varying} for one in (short, by_view))
    assert said == expected
    assert dict(short.headers).keys() == dict(by_view.headers).keys()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("subject=person-1", 422),
        ("purpose=targeted_advertising", 422),
        ("subject=a&subject=b&purpose=targeted_advertising", 422),
        ("subject=person-1&purpose=nothing", 422),
        ("subject=a@b.kz&purpose=targeted_advertising", 422),
        ("subject=person-1&purpose=targeted_advertising&more=1", 422),
        ("subject=person-1&purpose=" + "&purpose=".join(["targeted_advertising"] * 101), 422),
        ("subject=person-1&purpose=targeted%5Fadvertising", 200),
    ],
)
def test_whatever_is_asked_is_answered_as_the_view_answers_it(api: Client, app: Flask, query: str, status: int) -> None:
    uof = api("uof")
    uof.get("/permissions", subject="person-1", purpose=ADVERTISING)
    headers = {"Authorization": f"Bearer {uof.secret}"}

    short = app.test_client().get(f"/api/v1/permissions?{query}", headers=headers)
    with without_it(app):
        by_view = app.test_client().get(f"/api/v1/permissions?{query}", headers=headers)

    assert short.status_code == by_view.status_code == status
    assert json.loads(short.data) == json.loads(by_view.data)

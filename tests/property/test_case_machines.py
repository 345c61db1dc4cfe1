"""Machines of withdrawals, requests and standings, driven at random through the API: no state without a path out."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from consent_service.incidents.states import MOVES as INCIDENT_MOVES
from consent_service.incidents.states import IncidentState
from consent_service.standings.states import MOVES as STANDING_MOVES
from consent_service.standings.states import StandingState
from consent_service.subject_requests.states import MOVES as REQUEST_MOVES
from consent_service.subject_requests.states import RequestState
from consent_service.withdrawals.states import MOVES as WITHDRAWAL_MOVES
from consent_service.withdrawals.states import WithdrawalState
from tests.conftest import FULL
from tests.databases import app_on, migrated_sqlite
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_withdrawals import work

END: Mapping[str, frozenset[str]] = {
    "withdrawals": frozenset({WithdrawalState.CLOSED, WithdrawalState.CANCELLED}),
    "requests": frozenset({RequestState.CLOSED}),
    "standings": frozenset({StandingState.ACCEPTED}),
    "incidents": frozenset({IncidentState.CLOSED}),
}
MACHINES: Mapping[str, Mapping[Any, frozenset[Any]]] = {  # Any: the states of each
    "withdrawals": WITHDRAWAL_MOVES,
    "requests": REQUEST_MOVES,
    "standings": STANDING_MOVES,
    "incidents": INCIDENT_MOVES,
}


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_of_a_machine_leads_to_an_end(name: str) -> None:
    moves = MACHINES[name]
    ends = set(END[name])
    while True:
        leading = {state for state, to in moves.items() if to & ends} - ends
        if not leading:
            break
        ends |= leading

    assert ends == set(moves)


class Withdrawals(RuleBasedStateMachine):
    """One person at an operator whose withdrawals take ten days, and whatever may happen to them in any order."""

    database: Path
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.clock = MovableClock()
        self.clock.set(START)
        self._home = TemporaryDirectory(dir=self.folder)
        home = Path(self._home.name)
        place = home / "kelisim.db"
        place.write_bytes(self.database.read_bytes())
        self._app = app_on(f"sqlite:///{place}", home, self.clock)
        self.app: Flask = self._app.__enter__()
        self.uof: Api = client_of(self.app, "uof")
        self.withdrawals: list[str] = []
        self.requests: list[str] = []

    def teardown(self) -> None:
        self._app.__exit__(None, None, None)
        self._home.cleanup()

    @initialize()
    def agree_first(self) -> None:
        self.agree()

    @rule()
    def agree(self) -> None:
        self._tick()
        body = consent(subject={"ref": "person-1", "identifiers": {"email": "aizhan@example.kz"}})
        assert self.uof.post("/consents", body).status_code == 201
        if not self._open_withdrawals_of_now():
            assert allowed(self.uof, ADVERTISING)[0] or self._is_blocked()

    @rule()
    def decline(self) -> None:
        self._tick()
        no = [{"purpose": ADVERTISING, "granted": False}]
        assert self.uof.post("/consents", consent(choices=no)).status_code == 201
        assert not allowed(self.uof, ADVERTISING)[0]

    @rule(back=st.integers(0, 20), channel=st.sampled_from(["registered_mail", "email", "platform"]))
    def withdraw(self, back: int, channel: str) -> None:
        self._tick()
        received_at = (self.clock.now - timedelta(days=back)).isoformat()
        body = {
            "subject": "person-1", "document": "personal-data-agreement", "channel": channel,
            "received_at": received_at,
        }  # fmt: skip
        answer = self.uof.post("/withdrawals", body)
        assert answer.status_code in {201, 404, 409}, answer.json
        if answer.status_code == 201:
            self.withdrawals.append(answer.json["id"])

    @rule(act=st.sampled_from(["refuse", "resume", "cancel", "correct-receipt"]), which=st.integers(0, 5))
    def act(self, act: str, which: int) -> None:
        if not self.withdrawals:
            return
        self._tick()
        bodies: dict[str, Any] = {  # Any: JSON
            "refuse": {"bar": "obligation", "reference": "contract 1", "reason": "unpaid"},
            "resume": {"reason": "paid"},
            "cancel": {},
            "correct-receipt": {"received_at": self.clock.now.isoformat(), "reason": "misread"},
        }
        case = self.withdrawals[which % len(self.withdrawals)]
        assert self.uof.post(f"/withdrawals/{case}/{act}", bodies[act]).status_code in {200, 409}

    @rule(kind=st.sampled_from(["access", "blocking", "destruction", "complaint", "objection_marketing"]))
    def ask(self, kind: str) -> None:
        self._tick()
        body = {"type": kind, "channel": "form", "subject": "person-1"}
        answer = self.uof.post("/subject-requests", body)
        assert answer.status_code in {201, 404}, answer.json
        if answer.status_code == 201:
            self.requests.append(answer.json["id"])

    @rule(act=st.sampled_from(["answer", "refuse", "confirm-violation", "reject-violation"]), which=st.integers(0, 5))
    def decide(self, act: str, which: int) -> None:
        if not self.requests:
            return
        self._tick()
        body = {"reference": "94-V 25", "reason": "words"} if act == "refuse" else {}
        case = self.requests[which % len(self.requests)]
        assert self.uof.post(f"/subject-requests/{case}/{act}", body).status_code in {200, 409}

    @rule(days=st.integers(0, 25))
    def let_time_pass(self, days: int) -> None:
        self.clock.move(days=days, hours=1)
        assert work(self.app) == 0

    @invariant()
    def states_and_permissions_agree(self) -> None:
        for case in self.withdrawals:
            row = self.uof.get(f"/withdrawals/{case}").json
            states = {duty["state"] for duty in row["duties"]}
            if row["state"] in {"closed", "cancelled"}:
                assert not states & {"open", "late"}, row
        answer = self.uof.get("/permissions", subject="person-1", purpose=ADVERTISING).json["items"][0]
        if answer["allowed"]:
            assert answer["state"] in {"active", "withdrawal_pending"}

    def _open_withdrawals_of_now(self) -> bool:
        return any(self.uof.get(f"/withdrawals/{case}").json["state"] == "scheduled" for case in self.withdrawals)

    def _is_blocked(self) -> bool:
        item = self.uof.get("/permissions", subject="person-1", purpose=ADVERTISING).json["items"][0]
        return bool(item["state"] == "blocked")

    def _tick(self) -> None:
        self.clock.move(seconds=1)


def test_withdrawals_and_requests_in_any_order_keep_their_promises(tmp_path: Path) -> None:
    for name in ("template", "run"):
        (tmp_path / name).mkdir()
    template = migrated_sqlite(tmp_path / "template")

    class Bound(Withdrawals):
        database, folder = template, tmp_path / "run"

    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=60 if FULL else 6,
            stateful_step_count=25 if FULL else 12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

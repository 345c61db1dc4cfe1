"""The service, with a log that witnesses watch."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import all_anchors
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import verifier_key
from consent_service.ledger.service import append
from consent_service.ledger.tree import current_epoch, last_head
from consent_service.ledger.verifying import Verdict, verify
from consent_service.ledger.verifying_anchors import verify_anchors
from consent_service.services import Services, services
from tests.databases import app_on
from tests.integration.conftest import MovableClock

ACTOR = Actor("command", "test")
NAME = "log.example"


@contextmanager
def house_on(database: str, folder: Path, clock: MovableClock, *witnesses: str) -> Iterator[tuple[Flask, Services]]:
    environ = {"WITNESSES": " ".join(witnesses), "LEDGER_NAME": NAME}
    with app_on(database, folder, clock, **environ) as app, app.app_context():
        yield app, services()


def log_key(house: Services, epoch: int) -> str:
    return verifier_key(f"{NAME}/{epoch}", house.keys.signer.public.heads)


def grow(house: Services, events: int = 3) -> None:
    """Let things happen, seal them, sign a head."""
    with house.write(ACTOR, 1) as uow:
        for _ in range(events):
            append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {})
    run_now(house, find_job("ledger.seal"))
    run_now(house, find_job("ledger.publish"))


def said(house: Services, kind: AnchorKind) -> list[int]:
    with house.snapshot(ACTOR) as uow:
        return [one.tree_size for one in all_anchors(uow.session) if one.kind is kind]


def last_note(house: Services) -> str:
    with house.snapshot(ACTOR) as uow:
        epoch = current_epoch(uow.session)
        head = last_head(uow.session, epoch.epoch) if epoch else None
    assert head
    return head.note


def problems(house: Services) -> list[str]:
    with house.snapshot(ACTOR) as uow:
        verdict: Verdict = verify(uow.session, uow.keys, house.settings.ledger_dir)
        verify_anchors(uow.session, house.settings.ledger_dir, None, verdict)
    return [f"{problem.place}: {problem.what}" for problem in verdict.problems]

"""The pages and commands of storage: what is due, the run and who approves it, the operator's own schedule."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.operators.access import Role
from consent_service.operators.service import set_rules
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.command_line import run
from tests.factories import consent
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_dashboard import PASSWORD, sign_in
from tests.integration.test_jobs import rows
from tests.integration.test_register_pages import AUDITOR, client, read, send
from tests.integration.test_withdrawals import work
from tests.office import bound

__all__ = ["client"]  # the fixture
Client = Callable[[str], Api]
SECOND = "second@acme.example"
RULE = {
    "code": "idle", "document": "personal-data-agreement", "start": "last_activity", "period": "2y",
    "action": "destroy", "basis_kk": "Бұйрық 7", "basis_ru": "Приказ 7", "basis_en": "Order 7",
}  # fmt: skip


def due(api: Api, clock: MovableClock, *refs: str) -> None:
    for ref in refs:
        api.post("/consents", consent(subject={"ref": ref, "identifiers": {"email": f"canary-{ref}@example.kz"}}))
        api.post(f"/subjects/{ref}/ended", {"what": "purpose", "document": "personal-data-agreement"})
    clock.move(minutes=1)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_pages_open_with_and_without_anybody_who_is_due(
    client: FlaskClient, api: Client, clock: MovableClock, language: str
) -> None:
    client.get(f"/language/{language}")
    for path in ("retention", "retention/schedule"):
        read(client, path)
    due(api("uof"), clock, "p-1")

    page = read(client, "retention")

    assert "94-V" in page
    assert "canary" not in page
    assert "p-1" not in page


def test_a_run_is_opened_on_the_page_and_approved_by_somebody_else(
    client: FlaskClient, api: Client, app: Flask, clock: MovableClock
) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        set_rules(bound(unbound), {"approve_erasures_over": 1})
        add_staff(bound(unbound), SECOND, PASSWORD, Role.OWNER)
    due(api("uof"), clock, "p-1", "p-2")

    assert send(client, "retention/runs", "retention") == (302, "retention")
    page = read(client, "retention")
    assert "A run waits for a second person" in page
    assert "Open the run now" not in page
    run_id = api("uof").get("/retention/runs").json["items"][0]["id"]
    assert send(client, f"retention/runs/{run_id}/decision", "retention", decision="approve")[0] == 403
    assert send(client, f"retention/runs/{run_id}/decision", "retention", decision="reject")[0] == 422

    other = app.test_client()
    sign_in(other, email=SECOND)
    assert send(other, f"retention/runs/{run_id}/decision", "retention", decision="approve")[0] == 302
    assert "A run waits for a second person" not in read(client, "retention")  # before any worker has run
    assert send(other, f"retention/runs/{run_id}/decision", "retention", decision="approve")[0] == 409
    assert work(app) == 0
    assert rows(app, "SELECT count(*) FROM subjects") == [(0,)]


def test_nothing_is_opened_where_nobody_is_due(client: FlaskClient) -> None:
    status, page = send(client, "retention/runs", "retention")

    assert (status, "No run was opened" in page) == (409, True)


def test_a_rule_is_added_replaced_refused_and_left_out(client: FlaskClient, app: Flask) -> None:
    assert send(client, "retention/schedule", **RULE) == (302, "retention/schedule")
    assert send(client, "retention/schedule", **RULE | {"period": "1y"})[0] == 302
    status, page = send(client, "retention/schedule", **RULE | {"code": "long", "start": "consent_ended"})
    assert (status, "94-V 18" in page) == (422, True)
    assert send(client, "retention/schedule", **RULE | {"period": "two years"})[0] == 422
    page = read(client, "retention/schedule")
    assert "Order 7" in page
    assert send(client, "retention/schedule/idle/out", "retention/schedule") == (302, "retention/schedule")

    assert rows(app, "SELECT count(*) FROM storage_schedules") == [(3,)]
    assert "No rule of your own" in read(client, "retention/schedule")


def test_an_auditor_reads_and_opens_nothing(client: FlaskClient, app: Flask) -> None:
    auditor = app.test_client()
    sign_in(auditor, email=AUDITOR)

    read(auditor, "retention")
    assert send(auditor, "retention/runs", "retention")[0] == 403


def test_the_commands_preview_run_and_set_the_schedule(tmp_path: Path) -> None:
    run("operators", "add", str(Path("policies/uof").resolve()), data_dir=tmp_path)
    assert "Nobody is due" in run("retention", "preview", "uof", data_dir=tmp_path).stdout
    assert "Nobody is due" in run("retention", "run", "uof", data_dir=tmp_path).stdout
    file = tmp_path / "schedule.yaml"
    file.write_text(
        "- code: idle\n  document: personal-data-agreement\n  start: last_activity\n  period: 2y\n  action: destroy\n"
        "  basis: {kk: Бұйрық 7, ru: Приказ 7, en: Order 7}\n"
    )
    assert "last_activity + 2y" in run("retention", "schedule", "uof", "--set", str(file), data_dir=tmp_path).stdout
    shown = json.loads(run("retention", "schedule", "uof", "--json", data_dir=tmp_path).stdout)
    assert (shown["valid"], shown["editions"][0]["rules"][0]["period"]) == (1, "2y")

    file.write_text(file.read_text().replace("last_activity", "consent_ended"))
    wrong = run("retention", "schedule", "uof", "--set", str(file), data_dir=tmp_path, expect=1)
    assert "94-V 18" in wrong.stderr
    file.write_text("- code: idle\n")
    assert "basis" in run("retention", "schedule", "uof", "--set", str(file), data_dir=tmp_path, expect=1).stderr
    assert "no operator" in run("retention", "preview", "nobody", data_dir=tmp_path, expect=1).stderr

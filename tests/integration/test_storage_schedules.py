"""The operator's own storage schedule: shorter than a document, beside the law, from the last activity on."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_jobs import rows
from tests.integration.test_retention import people
from tests.integration.test_withdrawals import DAR, explicit_dar, work

Client = Callable[[str], Api]


def put(api: Api, path: str, body: Any) -> Any:  # Any: JSON values; Werkzeug's test answer
    return api.client.put(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {api.secret}"})


def own(code: str, document: str, start: str, period: str, **more: Any) -> dict[str, Any]:  # Any: JSON values
    basis = {"kk": "Салық кодексінің 48-бабы", "ru": "Налоговый кодекс, статья 48", "en": "Tax Code, article 48"}
    fields = {"code": code, "document": document, "start": start, "period": period, "action": "destroy", "basis": basis}
    return fields | more


def test_a_schedule_is_set_in_editions_and_the_number_that_is_shown_is_the_one_that_is_acted_on(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    longer = put(dar, "/retention/schedule", {"rules": [own("short", DAR, "agreement_ended", "31wd")]})
    assert (longer.status_code, "2.10" in longer.json["detail"]) == (422, True)

    made = put(dar, "/retention/schedule", {"rules": [own("short", DAR, "agreement_ended", "5wd")]})

    assert (made.status_code, made.json["valid"]) == (200, 1), made.json
    clock.move(minutes=1)
    version = dar.get("/documents/dar/privacy-policy/versions").json["items"][0]
    shown = {(one["start"], one["origin"]): one for one in version["storage"]["rules"]}
    assert shown["agreement_ended", "schedule"]["kept_for"] == "5wd"
    assert shown["agreement_ended", "policy"]["within"] == "30wd"
    explicit_dar(dar)
    receipt = dar.get(f"/consents/{dar.get('/consents').json['items'][0]['id']}/receipt.json").json
    in_receipt = [one for one in receipt["pii_processing"]["storage"]["rules"] if one["origin"] == "schedule"]
    assert [one["kept_for"] for one in in_receipt] == ["5wd"]
    told = dar.post("/subjects/person-1/ended", {"what": "agreement", "document": DAR}).json["decisions"][0]
    assert told["due_on"] == "2026-12-01"  # five working days, and the law's one after them
    assert rows(app, "SELECT count(*) FROM ledger_events WHERE kind = 'storage_schedule_set'") == [(1,)]


@pytest.mark.parametrize(
    ("start", "moved"), [("acceptance", {"days": 31}), ("last_activity", {"days": 41})], ids=["acceptance", "activity"]
)
def test_a_term_that_runs_while_the_answer_stands_ends_both(
    api: Client, app: Flask, clock: MovableClock, start: str, moved: dict[str, float]
) -> None:
    uof = api("uof")
    rule = own("idle", "personal-data-agreement", start, "30d")
    assert put(uof, "/retention/schedule", {"rules": [rule]}).status_code == 200
    clock.move(minutes=1)
    uof.post("/consents", consent())
    clock.move(days=10)
    if start == "last_activity":
        uof.post("/subjects/person-1/activity", {"kind": "use"})
    assert work(app) == 0
    assert uof.get("/retention/preview", days=40).json["rules"][0]["later"] == 1

    clock.move(days=moved["days"] - 11)
    assert work(app) == 0
    assert allowed(uof, ADVERTISING) == (True, "active")
    clock.move(days=1)
    assert work(app) == 0

    assert people(app) == 0
    assert rows(app, "SELECT state, ended_by FROM consent_choices") == [("expired", "consent_ended")]


def test_who_is_idle_is_blocked_by_the_schedule_and_stands_again_with_the_next_sign_in(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    rule = own("idle", "personal-data-agreement", "last_activity", "30d", action="block")
    put(uof, "/retention/schedule", {"rules": [rule]})
    clock.move(minutes=1)
    uof.post("/consents", consent())
    clock.move(days=31)
    assert work(app) == 0
    assert (allowed(uof, ADVERTISING), people(app)) == ((False, "blocked"), 1)

    uof.post("/subjects/person-1/activity", {"kind": "sign_in"})

    assert allowed(uof, ADVERTISING) == (True, "active")


def test_where_a_law_demands_it_and_the_document_is_silent_data_are_kept_as_the_schedule_says(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    rule = own("tax", "personal-data-agreement", "purpose_reached", "2y", required_by_law=True)
    assert put(uof, "/retention/schedule", {"rules": [rule]}).status_code == 200
    clock.move(minutes=1)
    uof.post("/consents", consent())
    told = uof.post("/subjects/person-1/ended", {"what": "purpose", "document": "personal-data-agreement"}).json

    assert (told["decisions"][0]["verdict"], told["decisions"][0]["acts_on"]) == ("keep", "2028-11-24")
    assert "Tax Code" in told["decisions"][0]["reason"]["en"]
    assert allowed(uof, ADVERTISING)[0] is False  # kept, and not used
    clock.move(days=100)
    assert work(app) == 0
    assert people(app) == 1

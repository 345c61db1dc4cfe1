"""Recording answers and asking for permission, through the HTTP API, on both databases."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock

Client = Callable[[str], Api]
ADVERTISING = "targeted_advertising"
RESEARCH = "service_quality_research"


def allowed(api: Api, purpose: str, subject: str = "person-1") -> tuple[bool, str]:
    item = api.get("/permissions", subject=subject, purpose=purpose).json["items"][0]
    return item["allowed"], item["reason"]


def count(app: Flask, table: str) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_an_answer_to_each_purpose_is_kept_ticked_or_not(api: Client) -> None:
    uof = api("uof")
    purposes = [p["code"] for p in _version(uof)["purposes"]]
    choices = [{"purpose": code, "granted": code == ADVERTISING} for code in purposes]

    made = uof.post("/consents", consent(choices=choices))

    assert made.status_code == 201
    states = {choice["purpose"]: choice["state"] for choice in made.json["choices"]}
    assert states == {code: "active" if code == ADVERTISING else "declined" for code in purposes}
    assert allowed(uof, ADVERTISING) == (True, "active")
    for code in set(purposes) - {ADVERTISING}:
        assert allowed(uof, code) == (False, "declined")


def test_the_record_names_version_language_digest_and_kind_of_the_text_that_was_seen(api: Client) -> None:
    uof = api("uof")
    shown = uof.get("/documents/uof/personal-data-agreement/versions/2026-01-01", lang="ru").json["text"]

    made = uof.post("/consents", consent(language="ru")).json

    assert made["version"] == "2026-01-01"
    assert (made["text_sha256"], made["text_kind"]) == (shown["sha256"], "restatement")
    again = uof.get(f"/consents/{made['id']}").json
    assert {k: v for k, v in again.items() if k != "receipt"} == {k: v for k, v in made.items() if k != "receipt"}


def test_never_asked_is_not_allowed(api: Client) -> None:
    assert allowed(api("uof"), ADVERTISING, "nobody") == (False, "never_asked")


def test_using_a_platform_is_implied_and_no_permission_where_consent_is_needed(api: Client) -> None:
    dar = api("dar")
    purpose = _version(dar, "dar/privacy-policy")["purposes"][0]["code"]

    made = dar.post("/consents", consent("privacy-policy", choices=[{"purpose": purpose, "granted": True}]))

    assert made.json["choices"][0]["state"] == "implied"
    assert allowed(dar, purpose) == (False, "implied_is_not_consent")


def test_an_explicit_tick_is_consent_even_where_the_document_asks_for_use_alone(api: Client) -> None:
    dar = api("dar")
    purpose = _version(dar, "dar/privacy-policy")["purposes"][0]["code"]

    dar.post("/consents", consent("privacy-policy", choices=[{"purpose": purpose, "granted": True}], act="ticked"))

    assert allowed(dar, purpose) == (True, "active")


@pytest.mark.parametrize(
    ("declarations", "field"),
    [({}, "declarations.adult"), ({"adult": False, "stateless": False}, "declarations.adult"),
     ({"adult": True, "stateless": True}, "declarations.stateless"), ({"adult": True}, "declarations.stateless")],
)  # fmt: skip
def test_who_may_not_accept_is_refused_with_the_clause(
    api: Client, app: Flask, declarations: dict[str, bool], field: str
) -> None:
    worksection = api("worksection")
    body = consent(
        "referral-agreement",
        choices=[{"purpose": "join_referral_programme", "granted": True}],
        declarations=declarations,
    )

    refused = worksection.post("/consents", body)

    assert refused.status_code == 422
    assert "preamble" in refused.json["errors"][field][0]
    assert count(app, "consents") == 0


def test_an_application_waits_for_approval_and_counts_from_it(api: Client, clock: MovableClock) -> None:
    worksection = api("worksection")
    body = consent(
        "partner-agreement",
        choices=[{"purpose": "join_partner_programme", "granted": True}],
        declarations={"adult": True, "stateless": False},
    )
    made = worksection.post("/consents", body).json
    assert made["state"] == "pending_approval"
    assert allowed(worksection, "join_partner_programme") == (False, "pending_approval")

    clock.move(days=3)
    approved = worksection.post(f"/consents/{made['id']}/approve")

    assert approved.json["state"] == "active"
    item = worksection.get("/permissions", subject="person-1", purpose="join_partner_programme").json["items"][0]
    assert (item["allowed"], item["since"]) == (True, "2026-11-26T05:00:00Z")
    assert worksection.post(f"/consents/{made['id']}/reject").status_code == 409


def test_a_rejected_application_allows_nothing(api: Client) -> None:
    worksection = api("worksection")
    body = consent(
        "partner-agreement",
        choices=[{"purpose": "join_partner_programme", "granted": True}],
        declarations={"adult": True, "stateless": False},
    )
    made = worksection.post("/consents", body).json

    worksection.post(f"/consents/{made['id']}/reject", {"reason": "no such programme in the region"})

    assert allowed(worksection, "join_partner_programme") == (False, "rejected")


def test_the_same_key_twenty_times_at_once_makes_one_record(api: Client, app: Flask) -> None:
    uof = api("uof")
    answers: list[Any] = []

    def send() -> None:
        client = Api(app.test_client(), uof.secret)
        answers.append(client.post("/consents", consent(), Idempotency_Key="one-and-the-same"))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.data for answer in answers}) == 1
    assert count(app, "consents") == 1


def test_the_same_key_with_another_body_is_refused(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent(), Idempotency_Key="k-1")

    other = uof.post("/consents", consent(language="ru"), Idempotency_Key="k-1")

    assert other.status_code == 422
    assert "Idempotency-Key" in other.json["errors"]


@pytest.mark.parametrize("key", ["two words", "kілт", "k" * 256])
def test_a_key_that_cannot_be_one_is_refused_and_nothing_is_recorded(api: Client, app: Flask, key: str) -> None:
    refused = api("uof").post("/consents", consent(), Idempotency_Key=key)

    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json["errors"]
    assert count(app, "consents") == 0


def test_grants_and_withdrawals_racing_leave_one_that_rules_and_keep_all(api: Client, app: Flask) -> None:
    dar = api("dar")
    purpose = _version(dar, "dar/privacy-policy")["purposes"][0]["code"]
    grant = consent("privacy-policy", choices=[{"purpose": purpose, "granted": True}], act="ticked")
    dar.post("/consents", grant)
    statuses: list[int] = []

    def give() -> None:
        statuses.append(Api(app.test_client(), dar.secret).post("/consents", grant).status_code)

    def take_back() -> None:
        body = {"subject": "person-1", "document": "privacy-policy", "channel": "platform"}
        statuses.append(Api(app.test_client(), dar.secret).post("/withdrawals", body).status_code)

    threads = [threading.Thread(target=act) for act in (give, take_back) * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {201, 409}, statuses
    assert count(app, "consents") == 1 + 6
    with app.app_context(), db.engine.connect() as connection:
        current = connection.execute(text("SELECT state FROM consent_choices WHERE is_current")).scalars().all()
    assert len(current) == 1
    assert allowed(dar, purpose)[0] == (current[0] == "active")


def test_a_letter_recorded_late_does_not_override_a_later_answer(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    refusal = [{"purpose": ADVERTISING, "granted": False}]
    clock.move(days=5)
    uof.post("/consents", consent(choices=refusal))

    late = uof.post("/consents", consent(given_at="2026-11-24T05:00:00Z", channel="paper"))

    assert late.json["choices"][0]["state"] == "superseded"
    assert allowed(uof, ADVERTISING) == (False, "declined")


def test_a_version_not_in_force_when_the_answer_was_given_is_refused(api: Client) -> None:
    early = api("uof").post("/consents", consent(given_at="2025-12-31T18:59:59Z", version="2026-01-01"))

    assert early.status_code == 422
    assert "scheduled" in early.json["errors"]["version"][0]


def test_an_announced_document_cannot_be_accepted(api: Client) -> None:
    refused = api("worksection").post(
        "/consents", consent("cookie-policy", choices=[{"purpose": "x", "granted": True}])
    )

    assert refused.status_code == 409
    assert "no text" in refused.json["detail"]


def test_identifiers_are_found_by_search_and_stand_nowhere_in_clear(api: Client, app: Flask) -> None:
    uof = api("uof")
    identifiers = {"email": "Aizhan.Canary@Example.KZ", "phone": "8 701 123 45 67", "iin": "250723163017",
                   "full_name": "Айжан Қанатқызы"}  # fmt: skip
    uof.post("/consents", consent(subject={"ref": "user-77", "identifiers": identifiers}))

    for body in ({"email": "aizhan.canary@example.kz"}, {"phone": "+77011234567"}, {"iin": "250723163017"}):
        assert uof.post("/subjects/search", body).json["items"] == [{"ref": "user-77"}]
    assert uof.post("/subjects/search", {"email": "other@example.kz"}).json["items"] == []
    dump = everything(app)
    for planted in (b"canary", b"1234567", b"250723163017", "Айжан".encode(), b"user-77"):
        assert planted not in dump


def test_another_operator_s_things_look_like_missing_ones(api: Client) -> None:
    uof, dar = api("uof"), api("dar")
    made = uof.post("/consents", consent()).json

    foreign = dar.get(f"/consents/{made['id']}")
    missing = dar.get("/consents/00000000-0000-7000-8000-000000000000")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.data == missing.data
    assert dar.get("/documents/uof/personal-data-agreement/versions").status_code == 404
    assert dar.get(
        "/permissions", subject="person-1", purpose=f"uof/personal-data-agreement#{ADVERTISING}"
    ).status_code in {404, 422}


def test_lists_page_without_gaps_or_repeats(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    made = []
    for n in range(7):
        clock.move(minutes=1)
        made.append(uof.post("/consents", consent(subject={"ref": f"person-{n}"})).json["id"])

    seen, cursor = [], None
    while True:
        page = uof.get("/consents", limit=3, **({"cursor": cursor} if cursor else {})).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == made[::-1]
    assert [c["id"] for c in uof.get("/consents", subject="person-2").json["items"]] == [made[2]]


def test_a_consent_with_a_term_says_its_last_day_and_allows_nothing_after_it(api: Client, clock: MovableClock) -> None:
    acme = api("acme")
    body = consent(
        "newsletter-consent",
        choices=[{"purpose": "newsletter", "granted": True}, {"purpose": "survey", "granted": True}],
        declarations={"adult": True},
    )

    made = acme.post("/consents", body).json

    last_days = {choice["purpose"]: choice["expires_on"] for choice in made["choices"]}
    assert last_days == {"newsletter": "2027-11-23", "survey": "2027-02-23"}
    clock.set(START.replace(year=2027, month=2, day=23, hour=18, minute=59))
    assert allowed(acme, "survey") == (True, "active")
    clock.move(minutes=1)  # 24:00 in Almaty; no worker has run
    assert allowed(acme, "survey") == (False, "expired")
    assert allowed(acme, "newsletter") == (True, "active")


def everything(app: Flask) -> bytes:
    """Return every value of every row of the database as bytes."""
    found = b""
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                for value in row:
                    found += value if isinstance(value, bytes) else str(value).encode()
                    found += b"\x00"
    return found


def _version(api: Api, document: str = "uof/personal-data-agreement") -> Any:  # Any: JSON
    versions = api.get(f"/documents/{document}/versions").json["items"]
    return next(v for v in versions if v["state"] == "in_force")

"""What ends beside a whole consent: single parts of it, and agreements."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_withdrawals import DAR, duties, explicit_dar, withdraw, work

Client = Callable[[str], Api]


def permission(api: Api, purpose: str = ADVERTISING) -> Any:  # Any: JSON
    return api.get("/permissions", subject="person-1", purpose=purpose).json["items"][0]


@pytest.mark.parametrize("part", ["third_parties", "publication", "cross_border"])
def test_94_v_24_third_parties_publication_and_abroad_stop_by_themselves(
    api: Client, app: Flask, clock: MovableClock, part: str
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    made = withdraw(uof, parts=[part])

    assert (made["matter"], made["parts"], made["erasure"]) == ("parts", [part], None)
    assert set(duties(made)) == {"policy_withdrawal_effect", "answer_withdrawal"}
    assert permission(uof)["withdrawn_parts"] == []
    clock.move(days=10, hours=14)
    assert (permission(uof)["allowed"], permission(uof)["withdrawn_parts"]) == (True, [part])
    assert work(app) == 0
    closed = uof.get(f"/withdrawals/{made['id']}").json
    assert (closed["state"], {duty["state"] for duty in closed["duties"]}) == ("closed", {"met"})
    again = uof.post(
        "/withdrawals",
        {"subject": "person-1", "document": "personal-data-agreement", "channel": "email", "parts": [part]},
    )
    assert again.status_code == 409


def test_a_refused_part_is_allowed_again_and_a_new_answer_starts_clean(api: Client, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    clock.move(minutes=1)
    made = withdraw(dar, DAR, parts=["third_parties"])
    assert permission(dar, purpose)["withdrawn_parts"] == ["third_parties"]
    assert made["state"] == "closed"  # at receipt, and nothing is to be erased

    clock.move(minutes=1)
    explicit_dar(dar)

    assert permission(dar, purpose)["withdrawn_parts"] == []


@pytest.mark.parametrize(
    ("slug", "document", "body", "ends", "clause"),
    [
        ("worksection", "referral-agreement", {"by": "person"}, "2026-11-23T05:00:00Z", "7.1"),
        ("worksection", "referral-agreement", {"by": "operator", "ground": "breach", "sent_at": "2026-11-23T04:00:00Z"}, "2026-11-24T04:00:00Z", "8.6"),
        ("worksection", "referral-agreement", {"by": "operator", "ground": "without_breach", "sent_at": "2026-11-23T04:00:00Z"}, "2026-11-23T04:00:00Z", "8.7"),
        ("worksection", "partner-agreement", {"by": "person"}, "2026-12-24T19:00:00Z", "9.1"),
        ("worksection", "partner-agreement", {"by": "operator", "ground": "garbled"}, None, "9.2"),
    ],
)  # fmt: skip
def test_how_an_agreement_ends_is_the_document_s_own_rule(
    api: Client, slug: str, document: str, body: dict[str, str], ends: str | None, clause: str
) -> None:
    client = api(slug)
    purpose = client.get(f"/documents/{slug}/{document}/versions").json["items"][0]["purposes"][0]["code"]
    given = client.post(
        "/consents",
        consent(
            document,
            choices=[{"purpose": purpose, "granted": True}],
            declarations={"adult": True, "stateless": False},
            given_at="2026-11-01T05:00:00Z",
        ),
    ).json
    client.post(f"/consents/{given['id']}/approve")

    answer = client.post("/terminations", {"subject": "person-1", "document": document, "channel": "email", **body})

    assert answer.status_code == 201, answer.json
    made = answer.json
    assert made["matter"] == "agreement"
    assert clause in str(made["rules"])
    if ends is not None:
        assert made["effective_at"] == ends
    else:  # nobody knows what the ground means, and the page says so
        assert "ground_unclear" in str(made["rules"])
        assert not duties(made)["policy_agreement_ends"]["settled"]


def test_an_agreement_without_a_rule_for_its_end_is_not_ended_by_guess(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    answer = uof.post(
        "/terminations",
        {"subject": "person-1", "document": "personal-data-agreement", "by": "operator", "channel": "email"},
    )

    assert answer.status_code == 409


def test_after_an_agreement_has_ended_the_data_go_by_article_18_2(api: Client, app: Flask, clock: MovableClock) -> None:
    worksection = api("worksection")
    document = "referral-agreement"
    purpose = worksection.get(f"/documents/worksection/{document}/versions").json["items"][0]["purposes"][0]["code"]
    worksection.post(
        "/consents",
        consent(
            document, choices=[{"purpose": purpose, "granted": True}], declarations={"adult": True, "stateless": False}
        ),
    )
    clock.move(minutes=1)
    made = worksection.post(
        "/terminations", {"subject": "person-1", "document": document, "by": "person", "channel": "email"}
    ).json
    assert made["erasure"]["ground"] == "18(2)"

    assert work(app) == 0

    assert worksection.get(f"/withdrawals/{made['id']}").json["state"] == "closed"
    assert permission(worksection, purpose)["state"] == "never_asked"

"""Recipients in editions, transfers with their duty, notices that carry the least of a person and are forgotten."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.recipients.telling import tell_to_destroy
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, START, Api, MovableClock, client_of
from tests.integration.test_withdrawals import withdraw, work
from tests.mail import Inbox

Client = Callable[[str], Api]
PURPOSE = "personal-data-agreement#targeted_advertising"
PERSON = "person-1"


def recipient(**changes: Any) -> dict[str, Any]:  # Any: JSON values
    body: dict[str, Any] = {  # Any: JSON values
        "name": "Жарнама ЖШС",
        "country": "KZ",
        "bin": "190140900037",
        "since_on": "2026-01-01",
        "data": ["email"],
        "purposes": [PURPOSE],
        "contract": "7/2026",
        "contract_on": "2026-01-01",
        "contact": "canary-office@example.kz",
    }
    return body | changes


def enter(api: Api, **changes: Any) -> str:  # Any: JSON values
    answer = api.post("/recipients", recipient(**changes))
    assert answer.status_code == 201, answer.json
    entered: str = answer.json["id"]
    return entered


def transfer(api: Api, recipient_id: str, **changes: Any) -> Any:  # Any: JSON values; Werkzeug's test answer
    body = {"transferred_on": "2026-11-23", "data": ["email"], "purpose": PURPOSE, "subjects": [PERSON]}
    return api.post(f"/recipients/{recipient_id}/transfers", body | changes)


def notices(api: Api) -> list[Any]:  # Any: JSON values
    found: list[Any] = api.get("/recipient-notices").json["items"]
    return found


def stored(app: Flask) -> str:
    with app.app_context(), db.engine.connect() as connection:
        tables = ("recipients", "transfers", "recipient_notices", "outbox_messages", "ledger_events")
        return "".join(str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")))


def test_every_change_of_an_entry_is_an_edition_and_the_earlier_ones_stay(api: Client, app: Flask) -> None:
    uof = api("uof")
    entered = enter(uof)

    changed = uof.post(
        f"/recipients/{entered}/editions", recipient(edition=1, name="Жарнама Плюс ЖШС", until_on="2026-12-31")
    )
    late = uof.post(f"/recipients/{entered}/editions", recipient(edition=1, name="Басқа"))

    assert changed.status_code == 201
    assert late.status_code == 409
    editions = uof.get(f"/recipients/{entered}").json["items"]
    assert [(row["edition"], row["name"], row["until_on"]) for row in editions] == [
        (2, "Жарнама Плюс ЖШС", "2026-12-31"),
        (1, "Жарнама ЖШС", None),
    ]
    assert all(row["changed_by"].startswith("key:") and row["changed_at"] for row in editions)
    assert [row["has_contact"] for row in editions] == [True, False]  # an address is no history
    assert "canary" not in stored(app)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "DE"}, "cross_border"),
        ({"country": "DE", "cross_border": True}, "condition"),
        ({"condition": "16(2)"}, "condition"),
        ({"country": "de"}, "country"),
        ({"bin": "19014090003x"}, "bin"),
        ({"contract_on": None}, "contract_on"),
        ({"until_on": "2025-01-01"}, "until_on"),
        ({"contact": "nowhere"}, "contact"),
        ({"purposes": ["personal-data-agreement#none"]}, "purpose"),
        ({"named_as": ["terms-of-use#none"]}, "named_as"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused_by_field(api: Client, changes: dict[str, Any], field: str) -> None:
    answer = api("uof").post("/recipients", recipient(**changes))

    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_94_v_22_the_register_reads_what_the_documents_in_force_state(api: Client) -> None:
    found = api("uof").get("/recipients").json

    named = {row["code"]: row for row in found["named"]}
    assert named["cloudpayments"]["purposes"]
    assert named["cloudpayments"]["country"] == "KZ"
    agreement = next(row for row in found["declared"] if row["document"] == "personal-data-agreement")
    assert (agreement["cross_border"], agreement["publication"]) == ("yes_", "unsaid")


def test_the_register_is_exported_for_an_inspector_and_a_table_computes_nothing(api: Client) -> None:
    uof = api("uof")
    enter(uof, name="=1+1")

    table = uof.get("/recipients/register.csv")
    paper = uof.get("/recipients/register.pdf", lang="ru")

    lines = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert {row["kind"] for row in lines} == {"declared", "named", "entered"}
    entered = next(row for row in lines if row["kind"] == "entered")
    assert (entered["name"], entered["purposes"], entered["contract"]) == ("'=1+1", PURPOSE, "7/2026")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.data)).pages)
    assert "Реестр третьих лиц" in words
    assert "7/2026" in words
    assert b"canary" not in table.data
    assert "canary" not in words


def test_94_v_19_a_transfer_owes_the_notice_where_the_consent_wants_it_until_people_are_told(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    entered = enter(uof)

    silent = transfer(uof, entered).json
    owed = transfer(uof, entered, notice_agreed=True).json
    told = uof.post(f"/transfers/{owed['id']}/told", {"how": "e-mail"}).json
    again = uof.post(f"/transfers/{owed['id']}/told", {"how": "e-mail"})

    assert (silent["must_tell"], silent["duties"]) == (False, [])
    (duty,) = owed["duties"]
    assert (duty["code"], duty["period"], duty["due_on"], duty["state"]) == (
        "notify_transfer", "10wd", "2026-12-07", "open",
    )  # fmt: skip
    assert told["duties"][0]["state"] == "met"
    assert again.status_code == 409


def test_a_transfer_needs_its_purpose_data_and_day_in_the_register(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    entered = enter(uof, since_on="2026-06-01")

    wrong = [
        transfer(uof, entered, purpose="personal-data-agreement#marketing_programmes"),
        transfer(uof, entered, data=["iin"]),
        transfer(uof, entered, transferred_on="2026-05-31"),
        transfer(uof, entered, transferred_on="2026-11-24"),
        transfer(uof, entered, subjects=[]),
        transfer(uof, entered, group_size=3),
    ]

    assert [answer.status_code for answer in wrong] == [422, 422, 422, 422, 422, 422]
    assert transfer(uof, entered, subjects=[], group_size=120).json["people"] == 120


def test_dar_4_4_a_transfer_without_a_contract_is_refused_with_the_clause(api: Client) -> None:
    dar = api("dar")
    entry = {"purposes": ["privacy-policy#technical_support"], "contract": None, "contract_on": None}
    entered = enter(dar, **entry)
    moved = {"purpose": "privacy-policy#technical_support", "subjects": [], "group_size": 1}

    refused = transfer(dar, entered, **moved)
    dar.post(
        f"/recipients/{entered}/editions",
        recipient(**entry | {"edition": 1, "contract": "1", "contract_on": "2026-11-01"}),
    )

    assert refused.status_code == 409
    assert "4.4" in refused.json["detail"]
    assert transfer(dar, entered, **moved).status_code == 201


def test_94_v_18_recipients_are_told_before_the_person_is_erased_and_the_reference_is_forgotten_with_the_proof(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    enter(uof)
    enter(uof, name="Бөгде", purposes=["personal-data-agreement#marketing_programmes"])
    withdraw(uof)
    assert work(app) == 0
    clock.set(START + timedelta(days=11))

    assert work(app) == work(app) == 0

    (mail,) = inbox.received
    assert mail["X-To"] == "canary-office@example.kz"
    body, *files = next(iter(mail.walk())).iter_parts()  # type: ignore[attr-defined]  # a multipart
    assert PERSON in body.get_content()
    assert "7/2026" in body.get_content()
    assert [part.get_filename() for part in files] == ["kk.pdf", "ru.pdf"]
    # It stops when the consent ends on a later day than it was withdrawn; here it is to destroy at once.
    (notice,) = notices(uof)
    assert (notice["kind"], notice["state"], notice["proof"]["answer"]) == ("destroy", "sent", "250 taken")
    assert uof.get(f"/recipient-notices/{notice['id']}.pdf").status_code == 404
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM subjects")).scalar() == 0
        assert connection.execute(text("SELECT sealed FROM recipient_notices")).scalar() is None
    assert PERSON not in stored(app)


def test_where_data_go_later_a_recipient_is_told_to_stop_and_to_resume_if_the_withdrawal_is_taken_back(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    purpose = "technical_support"
    dar.post("/consents", consent("privacy-policy", choices=[{"purpose": purpose, "granted": True}], act="ticked"))
    enter(dar, purposes=[], named_as=["privacy-policy#support_organisations"], contact=None)
    withdrawal = withdraw(dar, "privacy-policy")

    assert work(app) == work(app) == 0
    assert [(row["kind"], row["state"], row["purposes"]) for row in notices(dar)] == [
        ("stop", "by_hand", [f"privacy-policy#{purpose}"])
    ]
    clock.move(hours=1)
    dar.post(f"/withdrawals/{withdrawal['id']}/cancel", {"by": "application"})
    assert work(app) == work(app) == 0

    assert [row["kind"] for row in notices(dar)] == ["resume", "stop"]


def test_a_recipient_without_an_address_is_told_by_hand_and_acknowledges(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    enter(uof, contact=None, country="DE", cross_border=True, condition="16(2)")
    withdraw(uof)
    clock.set(START + timedelta(days=11))
    assert work(app) == 0
    (notice,) = notices(uof)
    place = f"/recipient-notices/{notice['id']}"

    copy = uof.get(f"{place}.pdf", lang="en")
    early = uof.post(f"{place}/acknowledgement", {"on": "2026-12-05", "reference": "15"})
    sent = uof.post(f"{place}/dispatch", {"receipt": "RK123456785KZ"}).json
    answered = uof.post(f"{place}/acknowledgement", {"on": "2026-12-05", "reference": "15"}).json

    assert PERSON in PdfReader(io.BytesIO(copy.data)).pages[0].extract_text()
    assert early.status_code == 409
    assert (sent["state"], sent["proof"]) == ("sent", {"receipt": "RK123456785KZ"})
    assert (answered["state"], answered["acknowledged_on"]) == ("acknowledged", "2026-12-05")
    assert uof.get(f"{place}.pdf", lang="en").status_code == 404


def test_a_refused_address_leaves_the_notice_to_be_sent_another_way(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    inbox.unknown.add("canary-office@example.kz")
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    enter(uof)
    withdraw(uof)
    clock.set(START + timedelta(days=11))
    assert work(app) == 0

    (notice,) = notices(uof)

    assert notice["state"] == "returned"
    assert uof.get(f"/recipient-notices/{notice['id']}.pdf").status_code == 200
    assert uof.post(f"/recipient-notices/{notice['id']}/dispatch", {"receipt": "RK1"}).json["state"] == "sent"
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM outbox_messages")).scalars().all() == ["dropped"]


def test_without_a_mail_server_a_notice_waits_for_somebody_and_keeps_no_address_afterwards(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    enter(uof)
    withdraw(uof)
    clock.set(START + timedelta(days=11))
    assert work(app) == 0

    (notice,) = notices(uof)

    assert notice["state"] == "by_hand"
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT sealed FROM outbox_messages")).scalars().all() == [None]


def test_whoever_got_the_data_is_told_even_if_no_document_names_it_for_the_purpose(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    entered = enter(uof)
    assert transfer(uof, entered).status_code == 201
    uof.post(f"/recipients/{entered}/editions", recipient(edition=1, purposes=[]))
    withdraw(uof)
    clock.set(START + timedelta(days=11))

    assert work(app) == 0

    assert [row["kind"] for row in notices(uof)] == ["destroy"]


def test_telling_twice_tells_once_and_a_killed_erasure_leaves_no_half(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-10-30T05:00:00Z"))
    enter(uof)
    made = withdraw(uof, received_at="2026-11-01T05:00:00Z", sent_at="2026-11-01T04:00:00Z")
    with app.app_context():
        number = seed_policies.number
        order = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
        with pytest.raises(RuntimeError), services().write(ACTOR) as unbound:  # noqa: PT012 - the transaction is what fails
            uow = unbound.for_operator(number(unbound, "uof"))
            assert tell_to_destroy(uow, UUID(order)) == 1
            raise RuntimeError
        assert notices(uof) == []
        for expected in (1, 0):
            with services().write(ACTOR) as unbound:
                assert tell_to_destroy(unbound.for_operator(number(unbound, "uof")), UUID(order)) == expected

    assert work(app) == 0
    assert len(notices(uof)) == 1


def test_another_operator_s_recipient_looks_like_a_missing_one(api: Client) -> None:
    entered = enter(api("uof"))
    dar = api("dar")

    assert dar.get(f"/recipients/{entered}").status_code == 404
    assert dar.post(f"/recipients/{entered}/editions", recipient(edition=1, purposes=[])).status_code == 404
    assert transfer(dar, entered, subjects=[], group_size=1, purpose="privacy-policy#promotion").status_code == 404
    assert dar.get("/recipients").json["items"] == []

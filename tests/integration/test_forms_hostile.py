"""What hostile visitors send, and what nobody can find out through the forms."""

import base64
import json
import re
from pathlib import Path

import altcha
import pytest
from flask import Flask

from tests import sent_files
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.integration.test_forms_once import requests_of, rows
from tests.integration.test_planted_values import kept_in
from tests.integration.test_request_forms import known
from tests.integration.test_withdrawals import work
from tests.mail import Inbox
from tests.visitors import CONTACT, EMAIL, Visitor, words_of

LONG = "a" * 10_001
BAD = {
    ("begin", "kind"): ["", "king", "WITHDRAWAL", "access,claim", LONG],
    ("document", "document"): ["", "nothing", "all", "../etc", LONG],
    ("words", "text"): ["", "   ", "\x00\x01", LONG],
    ("who", "who"): ["", "nobody", "self\x00self"],
    ("contact", "full_name"): ["", " ", "a" * 301, "\u202e"],
    ("contact", "email"): ["no", "a@b", "a b@c.kz", "a@b.kz\nBcc: c@d.kz", "a@<script>.kz", LONG],
    ("contact", "phone"): ["12", "+7 000", "call me", "+77011234567" * 40],
}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def reach(visitor: Visitor, step: str) -> None:
    """Answer what comes before a question."""
    visitor.begin("complaint")
    given = {
        "document": {"document": "none"}, "words": {"text": "x"}, "who": {"who": "self"}, "files": {"act": "onward"},
        "contact": CONTACT,
    }  # fmt: skip
    at = "document"
    while at != step:
        at = visitor.answer(at, **given[at])


def test_bad_answers_are_said_beside_their_field_and_change_nothing(visitor: Visitor) -> None:
    for (step, field), wrong in BAD.items():
        if step != "begin":
            reach(visitor, step)
        path = "/r/uof" if step == "begin" else f"{visitor.place}/{step}"
        for bad in wrong:
            answer = visitor.post(path, **((CONTACT if step == "contact" else {}) | {field: bad}))

            assert answer.status_code == 422, (step, bad)
            assert f'id="{field}' in answer.text
            assert 'role="alert"' in answer.text
            assert f'href="#{field}"' in answer.text
            assert "<script>.kz" not in answer.text
    assert requests_of(visitor.app) == 0


def test_what_was_typed_stays_where_another_field_is_wrong(visitor: Visitor) -> None:
    reach(visitor, "contact")
    answer = visitor.post(f"{visitor.place}/contact", full_name="Айжан <b>", email="wrong", phone="")

    assert 'value="Айжан &lt;b&gt;"' in answer.text
    assert 'value="wrong"' in answer.text


def test_addresses_that_are_guessed_look_alike(visitor: Visitor) -> None:
    places = (
        "nobody",
        "%00",
        "uof/x/king",
        "nobody/letter",
        "track/x",
        f"track/1.{'A' * 43}",
        "track/0.%00",
        "track/" + LONG,
    )
    for place in places:
        for answer in (visitor.get(f"/r/{place}"), visitor.post(f"/r/{place}", act="message", text="x", kind="access")):
            assert answer.status_code == 404
            assert re.search("There is nothing here|This form is over", answer.text)


def test_the_address_of_one_operator_opens_nothing_at_another(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.fill_in()
    clock.move(seconds=10)
    visitor.send()
    _, link = visitor.receipt()
    operator, _, secret = link.removeprefix("/r/track/").partition(".")

    for other in ("1", "2", "3", "4", "5", "f", "ffffffff"):
        expected = 200 if other == operator else 404
        assert visitor.get(f"/r/track/{other}.{secret}").status_code == expected
    elsewhere = Visitor(app, "dar")
    elsewhere.browser, elsewhere.place = visitor.browser, visitor.place.replace("/uof/", "/dar/")
    assert elsewhere.page("done").status_code == 404


def test_nothing_tells_whether_somebody_is_known(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    known(app)
    seen = []
    for email in (EMAIL, "stranger@example.kz"):
        told = []
        for kind in ("withdrawal", "blocking"):
            for way in ("without", "with"):
                visitor = Visitor(app, network="198.51.100.9" if email == EMAIL else "198.51.200.9").begin(kind)
                inbox.received.clear()
                visitor.fill_in(contact=CONTACT | {"email": email})
                told += [words_of(visitor.page(step)).replace(email, "…") for step in ("contact", "code", "review")]
                if way == "with":
                    visitor.answer("code", act="compare", code=visitor.ask_code(inbox, clock))
                    clock.move(seconds=-10)
                clock.move(seconds=10)
                visitor.send()
                clock.move(seconds=-10)
                number, link = visitor.receipt()
                told.append(words_of(visitor.page("done")).replace(number, "…").replace(link, "…"))
                if way == "without":
                    told.append(words_of(visitor.get(link)).replace(number, "…"))
        seen.append(told)

    assert seen[0] == seen[1]


def test_a_phone_of_somebody_known_offers_no_code_to_their_mail(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _inbox, app = mailed
    known(app)
    visitor = Visitor(app).begin("withdrawal")
    visitor.fill_in(contact={"full_name": "Somebody", "email": "", "phone": "+77011234567"})
    visitor.send()
    _, link = visitor.receipt()

    assert "Confirm that it is you" not in words_of(visitor.get(link))
    assert visitor.post(link, act="send").status_code == 422


def test_what_the_operator_writes_is_hidden_from_whoever_has_not_confirmed_who_they_are(
    app: Flask, clock: MovableClock
) -> None:
    uof = known(app)
    visitor = Visitor(app).begin("access")
    visitor.fill_in()
    clock.move(seconds=10)
    visitor.send()
    number, link = visitor.receipt()
    uof.post(f"/subject-requests/{number}/messages", {"direction": "to_person", "text": "Your flat is 17."})

    assert "flat is 17" not in visitor.get(link).text
    assert "has written to your own address" in words_of(visitor.get(link))
    uof.post(f"/subject-requests/{number}/verify", {"method": "by_hand"})
    assert "Your flat is 17." in words_of(visitor.get(link))


def test_a_code_is_guessed_at_five_times_and_no_more(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    visitor = Visitor(app).begin("withdrawal")
    visitor.answer("document", document="all")
    visitor.answer("who", who="self")
    visitor.answer("contact", **CONTACT)
    code = visitor.ask_code(inbox, clock)
    for guess in range(5):
        wrong = visitor.post(f"{visitor.place}/code", act="compare", code=f"{(int(code) + guess + 1) % 10**6:06}")
        assert wrong.status_code == 422
    assert visitor.post(f"{visitor.place}/code", act="compare", code=code).status_code == 422

    fresh = visitor.ask_code(inbox, clock)
    clock.move(minutes=11)
    assert visitor.post(f"{visitor.place}/code", act="compare", code=fresh).status_code == 422
    assert visitor.answer("code", act="compare", code=visitor.ask_code(inbox, clock)) == "review"


def test_a_code_is_good_for_its_own_form_and_address(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    first, second = (Visitor(app).begin("withdrawal") for _ in range(2))
    for visitor in (first, second):
        visitor.answer("document", document="all")
        visitor.answer("who", who="self")
        visitor.answer("contact", **CONTACT)
    code = first.ask_code(inbox, clock)
    second.ask_code(inbox, clock)

    assert second.post(f"{second.place}/code", act="compare", code=code).status_code == 422
    first.answer("contact", **(CONTACT | {"email": "other@example.kz"}))
    assert first.post(f"{first.place}/code", act="compare", code=code).status_code == 422


def test_five_codes_an_hour_go_to_an_address_and_a_withdrawal_goes_on_without(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _inbox, app = mailed
    visitor = Visitor(app)
    for n in range(7):
        visitor = Visitor(app, network=f"203.0.{n}.1").begin("withdrawal")
        visitor.answer("document", document="all")
        visitor.answer("who", who="self")
        visitor.answer("contact", **CONTACT)
        sent = visitor.post(f"{visitor.place}/code", act="send")
        assert (n, sent.status_code) == (n, 303 if n < 5 else 422)
        assert visitor.answer("code", act="without") == "review"
        assert visitor.send().status_code == 303
    clock.move(minutes=13)
    assert visitor.get(f"{visitor.place}/done").status_code == 200
    assert rows(app, "outbox_messages") == 5
    assert requests_of(app) == 7


def test_nothing_stands_in_front_of_a_withdrawal(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    _inbox, app = mailed
    visitor = Visitor(app)
    for _ in range(70):
        visitor.begin("withdrawal")
    visitor.fill_in(contact=CONTACT | {"website": "https://spam.example"})
    page = visitor.page("contact").text + visitor.page("code").text

    assert visitor.send().headers["Location"].endswith("/done")  # at once, without work, however many came before
    assert "website" not in page
    assert "data-work" not in page
    assert "<script" not in page


def test_machines_are_told_by_the_trap_the_time_and_the_number_of_forms(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _inbox, app = mailed
    visitor = Visitor(app)
    reach(visitor, "contact")
    trapped = visitor.post(f"{visitor.place}/contact", **CONTACT, website="https://spam.example")
    assert (trapped.status_code, "for machines alone" in words_of(trapped)) == (422, True)
    visitor.answer("contact", **CONTACT)
    assert "faster than people" in words_of(visitor.post(f"{visitor.place}/code", act="send"))
    visitor.answer("code", act="without")
    assert "faster than people" in words_of(visitor.send())
    statuses = [visitor.post("/r/uof", kind="claim").status_code for _ in range(61)]
    assert (statuses[0], statuses[-1]) == (303, 429)
    assert Visitor(app, network="203.0.114.7").post("/r/uof", kind="claim").status_code == 303
    assert visitor.post("/r/uof", kind="withdrawal").status_code == 303


def test_work_buys_more_codes_than_come_without_and_is_good_once(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _inbox, app = mailed

    def ask(email: str, *, worked: bool, reuse: str = "") -> tuple[int, str]:
        visitor = Visitor(app)
        reach(visitor, "contact")
        visitor.answer("contact", **(CONTACT | {"email": email}))
        found = re.search(r'data-work="([^"]+)"', visitor.page("code").text)
        assert found
        clock.move(seconds=10)
        work_done = reuse or (solved(found[1]) if worked else "")
        return visitor.post(f"{visitor.place}/code", act="send", work=work_done).status_code, work_done

    plain = [ask(f"plain{n}@example.kz", worked=False)[0] for n in range(7)]
    done, proof = ask("worked@example.kz", worked=True)
    again, _ = ask("again@example.kz", worked=True, reuse=proof)

    assert plain == [303] * 5 + [422] * 2
    assert (done, again) == (303, 422)
    for bad in ("-", "x" * 9000, base64.b64encode(b"[]").decode(), base64.b64encode(b'{"challenge":{}}').decode()):
        assert ask("bad@example.kz", worked=True, reuse=bad)[0] == 422


def solved(packed: str) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(base64.b64decode(packed)))
    solution = altcha.solve_challenge(challenge)
    assert solution
    return altcha.Payload(challenge, solution).to_base64()


def test_without_a_mail_server_no_code_is_offered(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("access")
    visitor.fill_in()
    clock.move(seconds=10)

    assert "code" not in words_of(visitor.page("review"))
    assert visitor.page("code").status_code == 302
    assert visitor.post(f"{visitor.place}/code", act="send").status_code == 303
    assert rows(app, "outbox_messages") == 0
    assert visitor.send().headers["Location"].endswith("/done")


def test_a_network_is_known_by_what_trusted_proxies_say_and_nobody_else(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    def tries(hops: str, forwarded: list[str]) -> list[int]:
        with app_on(database_url, tmp_path, clock, TRUSTED_PROXIES=hops) as app:
            browser = app.test_client()
            return [
                browser.post("/r/uof", data={"kind": "claim"}, headers={"X-Forwarded-For": one}).status_code
                for one in forwarded
            ]

    spread = [f"10.{n}.0.1" for n in range(61)]
    assert tries("0", spread)[-1] == 429  # without a proxy of ours everybody could write that
    clock.move(hours=2)
    assert set(tries("1", spread)) == {303}
    clock.move(hours=2)
    assert tries("1", [f"{one}, 203.0.113.9" for one in spread])[-1] == 429


def test_what_is_typed_into_a_form_stands_nowhere_in_clear(
    mailed: tuple[Inbox, Flask], clock: MovableClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, app = mailed
    planted = ("planted@example.kz", "Жасырын", "7019876543", "planted words", "planted.pdf")
    visitor = Visitor(app)
    reach(visitor, "words")
    visitor.answer("words", text="planted words")
    visitor.answer("who", who="other")
    visitor.answer("representative", name="Жасырын Атаев", role="attorney", basis="planted words")
    visitor.add("planted.pdf", sent_files.pdf())
    visitor.answer("files", act="onward")
    contact = {"full_name": "Жасырын Атаева", "email": "planted@example.kz", "phone": "+7 701 987 65 43"}
    visitor.answer("contact", **contact)
    code = visitor.ask_code(inbox, clock)

    def found() -> set[tuple[str, str]]:
        kept = kept_in(app, tmp_path)
        kept["log"] = "\n".join(
            f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name != "mail.log"
        ).encode()
        return {(place, value) for place, content in kept.items() for value in planted if value.encode() in content}

    assert found() == set()
    visitor.answer("code", act="compare", code=code)
    visitor.send()
    _, link = visitor.receipt()
    visitor.post(link, act="message", text="planted words", seen="0")
    work(app)
    assert found() == set()
    assert (rows(app, "subject_files"), rows(app, "form_draft_files")) == (1, 0)
    for place in (visitor.place, link):
        assert not any(value in place for value in planted)

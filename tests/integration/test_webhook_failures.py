"""Receivers that hang, lie, refuse, vanish and come back: nothing is lost, and nobody else waits for them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from consent_service.kernel import outbound
from consent_service.services import services
from consent_service.webhooks.delivering import Tried, claim_due, settle
from tests.factories import seed_policies
from tests.hooks import Hook, House, hook, house_on, status
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.mail import Inbox, smtp_server
from tests.office import OWNER, Office, body, subjects
from tests.receivers import Line, read_request


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a receiver that never ends cost a test two seconds, not ten."""
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 2.0)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def receiver(stack: ExitStack) -> Hook:
    return stack.enter_context(hook())


@pytest.fixture
def inbox(stack: ExitStack) -> tuple[Inbox, str]:
    return stack.enter_context(smtp_server())


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: MovableClock, inbox: tuple[Inbox, str], stack: ExitStack) -> House:
    return stack.enter_context(house_on(database_url, tmp_path, clock, client_of, SMTP_URL=inbox[1]))


@pytest.mark.parametrize("code", [500, 401])
def test_a_receiver_in_trouble_is_asked_again_under_the_same_id_until_it_is_back(
    house: House, receiver: Hook, clock: MovableClock, code: int
) -> None:
    webhook_id, secret = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [code] * 3
    house.give()

    house.until_settled(webhook_id, seconds=1)

    assert len(receiver.received) == 4
    assert len(set(receiver.ids)) == 1
    assert len({body for _, body in receiver.received}) == 1
    assert all(receiver.signed_by(secret))
    (delivery,) = house.deliveries(webhook_id)
    assert delivery["state"] == "delivered"
    assert [(one["number"], one["status"]) for one in delivery["attempts"]] == [
        (1, code),
        (2, code),
        (3, code),
        (4, 204),
    ]
    assert house.webhook(webhook_id)["failing_since"] is None


def test_pauses_double_so_that_days_of_trouble_cost_few_tries(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.always = 500
    house.give()

    (delivery,) = house.deliveries(webhook_id)
    while delivery["state"] == "owed":
        clock.set(max(clock.now + timedelta(seconds=1), datetime.fromisoformat(delivery["next_try_at"])))
        house.run()
        (delivery,) = house.deliveries(webhook_id)

    assert delivery["state"] == "dead"
    assert 15 <= len(delivery["attempts"]) <= 40


def test_what_was_given_up_is_kept_and_sent_again_in_one_act(house: House, receiver: Hook, clock: MovableClock) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.always = 500
    for number in range(3):
        house.give(number)
    house.until_settled(webhook_id, hours=2)
    assert (house.webhook(webhook_id)["owed"], house.webhook(webhook_id)["dead"]) == (0, 3)
    receiver.received.clear()
    receiver.always = 200

    assert house.api.post(f"/webhooks/{webhook_id}/replay").json == {"replayed": 3}
    house.until_settled(webhook_id, minutes=30)

    assert sorted(event["data"]["subject"] for event in receiver.events) == ["person-0", "person-1", "person-2"]
    assert house.webhook(webhook_id)["dead"] == 0
    assert house.api.post(f"/webhooks/{webhook_id}/replay").json == {"replayed": 0}


def test_a_message_that_a_receiver_will_not_take_is_given_up_at_once_and_the_others_go_on(
    house: House, receiver: Hook
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [422]
    house.give(1)
    house.give(2)

    count = house.run()

    assert (count.done, count.failed) == (1, 1)
    assert [one["state"] for one in house.deliveries(webhook_id)] == ["delivered", "dead"]
    assert house.webhook(webhook_id)["failing_since"] is None


def test_one_delivery_is_sent_again_whether_it_was_given_up_or_delivered(house: House, receiver: Hook) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [422]
    house.give()
    house.run()
    (dead,) = house.deliveries(webhook_id, state="dead")
    here = f"/webhooks/{webhook_id}/deliveries/{dead['id']}"

    for _ in range(2):
        assert house.api.post(f"{here}/replay").json["state"] == "owed"
        assert house.api.post(f"{here}/replay").status_code == 409  # it is on its way
        house.run()
        assert house.api.get(here).json["state"] == "delivered"

    assert receiver.ids == [dead["id"]] * 3


def test_a_receiver_that_is_gone_is_told_of_nothing_more_and_the_owners_are_told_of_it(
    house: House, receiver: Hook, inbox: tuple[Inbox, str], clock: MovableClock
) -> None:
    Office(house.app, clock, inbox[0]).staff(OWNER)
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [410]
    house.give(1)
    house.give(2)

    house.run()
    house.give(3)
    house.run("webhooks.deliver", "mail.deliver")

    webhook = house.webhook(webhook_id)
    assert (webhook["state"], webhook["because"], webhook["owed"], webhook["dead"]) == ("disabled", "gone", 0, 2)
    assert len(receiver.received) == 1
    (mail,) = inbox[0].received
    assert mail["Subject"] == "Вебхук остановлен: 127.0.0.1"
    assert "410" in body(mail)
    assert f"/dashboard/uof/webhooks/{webhook_id}" in body(mail)
    assert "/hook" not in body(mail).replace("/webhooks/", "")  # of the address the host alone


def test_a_receiver_that_takes_nothing_for_five_days_is_stopped_and_can_be_started_again(
    house: House, receiver: Hook, inbox: tuple[Inbox, str], clock: MovableClock
) -> None:
    Office(house.app, clock, inbox[0]).staff(OWNER)
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.always = 500
    started = clock.now
    number = 0
    while house.webhook(webhook_id)["state"] == "active":
        house.give(number := number + 1)
        house.run()
        clock.move(hours=12)

    assert timedelta(days=5) < clock.now - started <= timedelta(days=6)
    house.run("mail.deliver")
    assert subjects(inbox[0].received) == ["Вебхук остановлен: 127.0.0.1"]
    assert house.webhook(webhook_id)["because"] == "failing"
    assert house.api.post(f"/webhooks/{webhook_id}/test").status_code == 409
    assert house.api.post(f"/webhooks/{webhook_id}/replay").status_code == 409
    receiver.always = 200
    assert house.api.post(f"/webhooks/{webhook_id}/enable").status_code == 200
    assert house.api.post(f"/webhooks/{webhook_id}/enable").status_code == 409
    receiver.received.clear()
    assert house.api.post(f"/webhooks/{webhook_id}/replay").json == {"replayed": number}
    assert house.run().done == number
    assert {event["data"]["subject"] for event in receiver.events} == {f"person-{n + 1}" for n in range(number)}


@pytest.mark.usefixtures("quick")
def test_a_receiver_that_hangs_holds_up_no_other(house: House, receiver: Hook, stack: ExitStack) -> None:
    ended = threading.Event()
    stack.callback(ended.set)
    hangs, asked = stack.enter_context(hook()), []

    def hang(line: Line) -> None:
        asked.append(line)
        ended.wait()

    hangs.answers += [hang] * 100
    slow, _ = house.subscribe(hangs.url, "consent.given")
    house.subscribe(receiver.url, "consent.given")
    for number in range(5):
        house.give(number)

    count = house.run()

    assert (count.done, count.failed) == (5, 1)
    assert len(receiver.received) == 5
    assert len(asked) == 1  # the others wait until it has answered
    assert house.deliveries(slow)[-1]["attempts"][0]["error"] == "TimeoutError"


def redirect(line: Line) -> None:
    read_request(line)
    line.sendall(b"HTTP/1.1 307 Go\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")


def say_nothing(line: Line) -> None:
    read_request(line)


def lie(line: Line) -> None:
    read_request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nshort")
    line.close()


def babble(line: Line) -> None:
    read_request(line)
    line.sendall(b"delivered, trust me\r\n\r\n")
    line.close()


def flood(line: Line) -> None:
    read_request(line)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        line.sendall(bytes(1 << 16))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (redirect, "address-refused"), (say_nothing, "TimeoutError"), (lie, "OSError"), (babble, "OSError"),
        (flood, "OSError"),
    ],
)  # fmt: skip
def test_a_receiver_that_lies_has_taken_nothing(
    house: House, receiver: Hook, clock: MovableClock, behave: Callable[[Line], None], error: str
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [behave]
    house.give()

    assert house.run().failed == 1
    assert house.deliveries(webhook_id)[0]["attempts"][0]["error"] == error
    clock.move(minutes=1)
    assert house.run().done == 1
    assert len(receiver.received) == 1


def test_a_receiver_that_is_not_there_is_reached_when_it_is(house: House, clock: MovableClock) -> None:
    with hook() as gone:
        url = gone.url
    webhook_id, _ = house.subscribe(url, "consent.given")
    house.give()

    assert house.run().failed == 1
    assert house.deliveries(webhook_id)[0]["attempts"][0]["error"] == "ConnectionRefusedError"
    assert house.webhook(webhook_id)["owed"] == 1


def test_an_answer_of_any_size_within_the_bounds_is_not_kept(house: House, receiver: Hook) -> None:
    house.subscribe(receiver.url, "consent.given")
    receiver.answers += [b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nwords of a receiver!"]
    house.give()

    assert house.run().done == 1
    assert "words of a receiver" not in str(house.rows("SELECT * FROM webhook_attempts"))


def test_a_worker_that_was_too_slow_settles_nothing(house: House, receiver: Hook, clock: MovableClock) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    house.give()
    with house.app.app_context():
        with services().write(ACTOR) as unbound:
            number = seed_policies.number(unbound, "uof")
            slow = claim_due(unbound.for_operator(number))
        assert slow is not None
        with services().write(ACTOR, number) as uow:
            assert claim_due(uow) is None  # it is claimed
        clock.move(minutes=2)  # its lease is over
        with services().write(ACTOR, number) as uow:
            quick = claim_due(uow)
        assert quick is not None
        with services().write(ACTOR, number) as uow:
            assert settle(uow, slow, Tried(status=422)) is False
        assert house.webhook(webhook_id)["owed"] == 1
        with services().write(ACTOR, number) as uow:
            assert settle(uow, quick, Tried(status=200)) is True

    (delivery,) = house.deliveries(webhook_id)
    assert (slow.id, slow.body) == (quick.id, quick.body)
    assert (delivery["state"], [one["status"] for one in delivery["attempts"]]) == ("delivered", [422, 200])


def test_many_workers_at_once_send_each_event_once(house: House, receiver: Hook) -> None:
    house.subscribe(receiver.url, "consent.given")
    for number in range(30):
        house.give(number)

    threads = [threading.Thread(target=house.run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(receiver.received) == len(set(receiver.ids)) == 30


def test_the_answer_of_a_receiver_is_one_line_of_the_log_of_deliveries(house: House, receiver: Hook) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    receiver.answers += [status(299)]
    house.give()
    house.run()

    (delivery,) = house.deliveries(webhook_id)
    assert [one["status"] for one in delivery["attempts"]] == [299]

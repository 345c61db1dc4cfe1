"""A receiver at an operator: signed requests, answers that are believed only where they can be right."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from consent_service.connectors.description import Category, WebhookDescription
from consent_service.connectors.refusals import TargetFailedError
from consent_service.connectors.webhook import WebhookTarget
from consent_service.erasure.targets import Erased, Outcome, Whom
from consent_service.kernel.outbound import Outbound, OutboundRefusedError
from consent_service.kernel.webhooks import new_secret
from tests.integration.conftest import START
from tests.receivers import Line, read_request, serving

OLD, NEW = new_secret(), new_secret()
WHOM = Whom(UUID(int=7), "person-1", {})
Say = Callable[[dict[str, Any]], tuple[int, bytes]]  # what a receiver answers to the body of a request


class Receiver:
    """A real receiver that checks signatures, remembers requests and says what it is told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.say: Say = lambda _body: (200, b"{}")

    def __call__(self, line: Line) -> None:
        _, headers, raw = read_request(line)
        body = json.loads(raw)
        self.seen.append((headers, body))
        status, answer = self.say(body)
        extra = f"Location: {answer.decode()}\r\n" if status in {302, 307} else ""
        line.sendall(f"HTTP/1.1 {status} x\r\n{extra}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
        line.close()


def erased(**counts: Any) -> Say:
    return lambda _body: (200, json.dumps({"erased": counts}).encode())


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def target(receiver: Receiver) -> Iterator[WebhookTarget]:
    with ExitStack() as stack:
        port = stack.enter_context(serving(receiver))
        description = WebhookDescription(
            "shop",
            f"http://127.0.0.1:{port}/erasures",
            preview=False,
            categories=(Category("profile", {}), Category("orders", {})),
        )
        yield WebhookTarget(description, (NEW, OLD), Outbound(allow_private=True), START)


def previewing(target: WebhookTarget) -> WebhookTarget:
    return replace(target, description=replace(target.description, preview=True))


@pytest.fixture(autouse=True)
def signatures_are_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver's library holds the time against its own clock; the test's clock stands still."""
    import standardwebhooks.webhooks as library  # noqa: PLC0415 - its clock is set here alone

    class Clock(library.datetime):  # type: ignore[misc, name-defined]  # the library's own import
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return START.astimezone(tz)

    monkeypatch.setattr(library, "datetime", Clock)


def test_a_receiver_is_asked_by_reference_alone_and_its_counts_are_taken(
    target: WebhookTarget, receiver: Receiver
) -> None:
    receiver.say = erased(profile=1, orders=3)

    assert target.erase(WHOM, {}) == Erased(
        Outcome.CONFIRMED, {"profile": 1, "orders": 3}, "webhook", {"profile": 0, "orders": 0}
    )

    ((headers, body),) = receiver.seen
    assert body == {
        "type": "erasure.requested",
        "timestamp": "2026-11-23T05:00:00.000000Z",
        "data": {"order": str(WHOM.order_id), "ref": "person-1", "categories": ["profile", "orders"]},
    }
    for secret in (OLD, NEW):  # both, while one is rotated
        Webhook(secret).verify(json.dumps(body).encode(), headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(new_secret()).verify(json.dumps(body).encode(), headers)


def test_a_receiver_that_says_later_is_asked_again_under_the_same_id(target: WebhookTarget, receiver: Receiver) -> None:
    receiver.say = lambda _body: (202, b"")
    assert target.erase(WHOM, {}).outcome is Outcome.LATER
    receiver.say = lambda _body: (500, b"")
    with pytest.raises(TargetFailedError, match="answered 500"):
        target.erase(WHOM, {})
    receiver.say = erased(profile=1, orders=0)
    assert replace(target, at=START.replace(hour=9)).erase(WHOM, {}).outcome is Outcome.CONFIRMED

    ids = {headers["webhook-id"] for headers, _ in receiver.seen}
    assert len(receiver.seen) == 3
    assert ids == {f"erasure_{WHOM.order_id}_shop"}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"done"),
        (200, b""),
        (200, b"[1]"),
        (200, b'{"erased": null}'),
        (200, b'{"erased": {}}'),
        (200, b'{"erased": {"profile": -1, "orders": 0}}'),
        (200, b'{"erased": {"profile": 99999999999, "orders": 0}}'),
        (200, b'{"erased": {"profile": NaN, "orders": 0}}'),
        (200, b'{"erased": {"profile": 1, "orders": 0, "canary@example.kz": 3}}'),
        (201, b'{"erased": {"profile": 1, "orders": 0}}'),
        (204, b""),
        (410, b""),
        (422, b'{"why": "canary"}'),
        (500, b"canary"),
    ],
)
def test_a_receiver_that_lies_or_fails_is_refused_and_never_repeated(
    target: WebhookTarget, receiver: Receiver, status: int, answer: bytes
) -> None:
    receiver.say = lambda _body: (status, answer)

    with pytest.raises(TargetFailedError) as refused:
        target.erase(WHOM, {})

    assert "canary" not in refused.value.detail


def test_a_receiver_that_says_what_is_there_is_held_to_it(target: WebhookTarget, receiver: Receiver) -> None:
    target = previewing(target)
    held = {"profile": 1, "orders": 2}

    def say(body: dict[str, Any]) -> tuple[int, bytes]:
        if body["type"] == "erasure.preview":
            return 200, json.dumps({"found": held}).encode()
        return erased(**claimed)(body)

    receiver.say = say
    found = target.find(WHOM)
    assert found == held
    for claimed in ({"profile": 1, "orders": 3}, {"profile": 0, "orders": 0}):  # noqa: B007 - the receiver says it
        with pytest.raises(TargetFailedError, match=r"more than was found|nothing is said to be erased"):
            target.erase(WHOM, found)
    claimed = {"profile": 1, "orders": 2}
    with pytest.raises(TargetFailedError, match="and still finds data"):
        target.erase(WHOM, found)
    held = {"profile": 0, "orders": 0}
    assert target.erase(WHOM, found).left == held

    previews = [headers["webhook-id"] for headers, body in receiver.seen if body["type"] == "erasure.preview"]
    assert len(set(previews)) == 2  # before and after: a receiver that tells repetitions by the id answers both


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://example.kz:8443/",
    ],
)
def test_addresses_inside_are_refused(target: WebhookTarget, url: str) -> None:
    guarded = replace(target, description=replace(target.description, url=url), way=Outbound())

    with pytest.raises(OutboundRefusedError):
        guarded.erase(WHOM, {})


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_into_the_cloud_s_own_network_is_not_followed(
    target: WebhookTarget, receiver: Receiver, status: int
) -> None:
    receiver.say = lambda _body: (status, b"http://169.254.169.254/latest/meta-data")

    with pytest.raises(OutboundRefusedError, match="redirect"):
        target.erase(WHOM, {})


def test_a_receiver_that_hangs_up_comes_back(target: WebhookTarget, receiver: Receiver) -> None:
    def hang_up(_body: dict[str, Any]) -> tuple[int, bytes]:
        raise ConnectionResetError

    receiver.say = hang_up
    with pytest.raises(TargetFailedError, match="cannot be reached"):
        target.erase(WHOM, {})
    receiver.say = erased(profile=1, orders=0)

    assert target.erase(WHOM, {}).outcome is Outcome.CONFIRMED

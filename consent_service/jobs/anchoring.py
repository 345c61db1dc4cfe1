"""Having our last head held to what it is by others: a time-stamp server, witnesses, hosts that keep it.

They are asked between transactions.  What one of them cannot do now keeps no head from being signed, and is tried again
at the next run.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import orjson

from consent_service.jobs.tasks import Count
from consent_service.kernel.db import write_instant
from consent_service.kernel.errors import ConsentServiceError, LedgerError
from consent_service.kernel.outbound import Outbound
from consent_service.kernel.uow import Actor
from consent_service.kernel.webhooks import signed_headers
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import anchors_of, last_anchored, record_anchor, told_id
from consent_service.ledger.heads import Head, open_head
from consent_service.ledger.merkle import consistency_proof
from consent_service.ledger.publisher import guard
from consent_service.ledger.timestamps import CONTENT_TYPE, Asked, Stampers, read_stamp, stamp_request
from consent_service.ledger.tree import Epoch, SignedHead, current_epoch, head_key, last_head, tiles_of
from consent_service.ledger.witnessing import Refusal, Witness, ask_witness
from consent_service.services import Services

log = logging.getLogger(__name__)
NONCE_BITS = 63
_OUT = Outbound(allow_private=True)  # the addresses are those of the settings: whoever runs the service chose them


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking one party: why not, where it did not."""

    kind: AnchorKind
    party: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Last:
    """The last head, in its log, and what others said of it so far."""

    epoch: Epoch
    signed: SignedHead
    head: Head
    said: frozenset[tuple[AnchorKind, str]]

    def lacks(self, kind: AnchorKind, party: str | None = None) -> bool:
        """Whether nobody, or not this party, has anchored it so."""
        return not any(one == kind and party in (None, name) for one, name in self.said)


def ledger_stamp(app: Services, actor: Actor, count: Count) -> None:
    """Have the last head stamped."""
    _count(stamp(app, actor), count)


def ledger_cosign(app: Services, actor: Actor, count: Count) -> None:
    """Have the last head cosigned by the witnesses."""
    _count(cosign(app, actor), count)


def ledger_tell(app: Services, actor: Actor, count: Count) -> None:
    """Send the last head to the hosts that keep it."""
    _count(tell(app, actor), count)


def stamp(app: Services, actor: Actor) -> list[Told]:
    """Have the last head stamped by the time-stamp server of the settings (RFC 3161), unless it is."""
    settings = app.settings.anchors
    last = _last(app, actor) if settings.tsa_url else None
    if settings.stampers is None or last is None or not last.lacks(AnchorKind.TIMESTAMP):
        return []
    ask = partial(_stamp, app, actor, last, settings.stampers)
    return [_try(AnchorKind.TIMESTAMP, urlsplit(settings.tsa_url).netloc, ask)]


def cosign(app: Services, actor: Actor) -> list[Told]:
    """Have the last head cosigned by each witness of the settings that has not."""
    witnesses = app.settings.anchors.witnesses
    last = _last(app, actor) if witnesses else None
    if last is None:
        return []
    return [
        _try(AnchorKind.COSIGNATURE, witness.key.name, partial(_cosign, app, actor, last, witness))
        for witness in witnesses
        if last.lacks(AnchorKind.COSIGNATURE, str(witness.key))
    ]


def tell(app: Services, actor: Actor) -> list[Told]:
    """Send the last head to each address of the settings that has not got it."""
    urls = app.settings.anchors.webhooks
    last = _last(app, actor) if urls else None
    if last is None:
        return []
    return [
        _try(AnchorKind.WEBHOOK, urlsplit(url).netloc, partial(_tell, app, actor, last, url))
        for url in urls
        if last.lacks(AnchorKind.WEBHOOK, urlsplit(url).netloc)
    ]


def _count(outcomes: list[Told], count: Count) -> None:
    for outcome in outcomes:
        count.done += outcome.problem is None
        count.failed += outcome.problem is not None


def _last(app: Services, actor: Actor) -> Last | None:
    """Return the last head; None before there is one.

    Raises:
        LedgerError: The database does not go on from what was told before: nothing more is told.
    """
    with app.snapshot(actor) as uow:
        epoch = current_epoch(uow.session)
        guard(uow.session, uow.keys, epoch, app.settings.ledger_dir)
        signed = last_head(uow.session, epoch.epoch) if epoch else None
        if epoch is None or signed is None:
            return None
        head = open_head(signed.note, epoch.origin, head_key(uow.keys, epoch))
        said = anchors_of(uow.session, epoch.epoch, signed.tree_size)
        return Last(epoch, signed, head, frozenset((one.kind, one.party) for one in said))


def _try(kind: AnchorKind, party: str, ask: Callable[[], None]) -> Told:
    """Ask one party; whatever is wrong with it, the others are asked."""
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - said in the outcome, and in the record of the job
        problem = _why(error)
        log.error("head not anchored", extra={"kind": str(kind), "party": party, "problem": problem})  # noqa: TRY400 - as above
        return Told(kind, party, problem)
    return Told(kind, party)


def _why(error: Exception) -> str:
    if isinstance(error, ConsentServiceError):
        return error.detail
    return f"It cannot be reached: {error}" if isinstance(error, OSError) else type(error).__name__


def _stamp(app: Services, actor: Actor, last: Last, trusted: Stampers) -> None:
    asked = Asked(secrets.randbits(NONCE_BITS), app.settings.anchors.tsa_policy or None)
    answer = _OUT.post(
        app.settings.anchors.tsa_url, stamp_request(last.signed.note, asked), {"Content-Type": CONTENT_TYPE}
    )
    if answer.status != HTTPStatus.OK:
        raise LedgerError(f"The time-stamp server answered {answer.status}.")
    made = read_stamp(answer.body, last.signed.note, trusted, asked)
    _record(app, actor, last, AnchorKind.TIMESTAMP, made.by, answer.body)


def _cosign(app: Services, actor: Actor, last: Last, witness: Witness) -> None:
    party = str(witness.key)
    with app.read(actor) as uow:
        since = last_anchored(uow.session, last.epoch.epoch, AnchorKind.COSIGNATURE, party)
    proof = partial(_proof, app, actor, last)
    said = ask_witness(_OUT.post, witness, last.head, last.signed.note, since, proof)
    if isinstance(said, Refusal):
        _record_refusal(app, actor, last, witness, said)
        return
    _record(app, actor, last, AnchorKind.COSIGNATURE, party, said.line.encode())


def _proof(app: Services, actor: Actor, last: Last, old: int) -> list[bytes]:
    with app.snapshot(actor) as uow:
        try:
            return consistency_proof(old, last.head.size, tiles_of(uow.session, last.epoch.epoch))
        except ValueError as error:
            raise LedgerError(f"The stored tree is damaged: {error}. Run ledger verify.") from error


def _record_refusal(app: Services, actor: Actor, last: Last, witness: Witness, refusal: Refusal) -> None:
    """Put on record that a witness has seen what ours does not go on from: nothing is signed any more.

    Raises:
        LedgerError: In any case, for the head was not cosigned.
    """
    with app.read(actor) as uow:
        now = current_epoch(uow.session)
    if now and now.epoch == last.epoch.epoch and not refusal.are_others and refusal.known <= now.size:
        raise LedgerError("A later head was cosigned meanwhile.")
    _record(app, actor, last, AnchorKind.REFUSAL, str(witness.key), refusal.words().encode())
    raise LedgerError(
        f"The witness {witness.key.name} {refusal.words()} of this log, and ours has {last.head.size}: the database "
        "was put back or replaced. Nothing is signed from now on; run ledger verify."
    )


def _tell(app: Services, actor: Actor, last: Last, url: str) -> None:
    head = {
        "epoch": last.epoch.epoch,
        "origin": last.head.origin,
        "size": last.head.size,
        "root": last.head.root.hex(),
        "note": last.signed.note,
    }
    event = {"type": "ledger.head", "timestamp": write_instant(last.signed.signed_at), "data": head}
    body, at = orjson.dumps(event), app.clock()
    message_id = told_id(last.epoch.epoch, last.head.size)
    signed = signed_headers(app.settings.anchors.webhook_secrets, message_id.decode(), at, body)
    answer = _OUT.post(url, body, {"Content-Type": "application/json", **signed})
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise LedgerError(f"It answered {answer.status}.")
    _record(app, actor, last, AnchorKind.WEBHOOK, urlsplit(url).netloc, message_id)


def _record(app: Services, actor: Actor, last: Last, kind: AnchorKind, party: str, token: bytes) -> None:
    with app.write(actor) as uow:
        record_anchor(uow, last.epoch.epoch, last.signed.tree_size, kind, party, token)

"""How long our heads wait for those who hold them to what they are, in the Prometheus text format."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from consent_service.config import AnchorSettings
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import refusal_of, waits_since
from consent_service.ledger.tree import current_epoch

_WAITING = "kelisim_ledger_anchor_waiting_seconds"
_REFUSED = "kelisim_ledger_refused"


def anchor_lines(uow: UnitOfWork, settings: AnchorSettings) -> list[str]:
    """Return for each party how long the first head has waited that it has not seen; and whether one refuses ours."""
    epoch = current_epoch(uow.session)
    lines = [f"# TYPE {_WAITING} gauge"]
    for kind, label, party in _parties(settings):
        since = waits_since(uow.session, epoch.epoch, kind, party) if epoch else None
        seconds = (uow.now - since).total_seconds() if since else 0
        lines.append(f'{_WAITING}{{kind="{kind}",party="{_escaped(label)}"}} {seconds:.0f}')
    refused = epoch is not None and refusal_of(uow.session, epoch.epoch) is not None
    return [*lines, f"# TYPE {_REFUSED} gauge", f"{_REFUSED} {int(refused)}"]


def _parties(settings: AnchorSettings) -> Iterator[tuple[AnchorKind, str, str | None]]:
    """Yield kind, name, and the party as it is stored, None for any; hosts of this house are numbered, not named."""
    if settings.tsa_url:
        yield AnchorKind.TIMESTAMP, urlsplit(settings.tsa_url).netloc, None
    for witness in settings.witnesses:
        yield AnchorKind.COSIGNATURE, witness.key.name, str(witness.key)
    for number, url in enumerate(settings.webhooks, start=1):
        yield AnchorKind.WEBHOOK, str(number), urlsplit(url).netloc


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"")

"""``receipt verify``."""

from pathlib import Path

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.receipts.checking import CheckedReceipt, check_receipt, token_in

MOST_BYTES = 1 << 20


@click.group()
def receipt() -> None:
    """The signed copy that a person keeps."""


@receipt.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def verify(file: Path, json_: bool) -> None:
    """Say what the receipt in FILE (receipt.jwt, or the receipt as PDF) proves."""
    if file.stat().st_size > MOST_BYTES:
        fail(f"{file} is too large for a receipt.")
    with opened() as app, app.read(ACTOR) as uow:
        checked = check_receipt(uow, token_in(file.read_bytes()))
    data = {
        "signed": True,
        "recorded": checked.recorded,
        "faults": list(checked.faults),
        "in_signed_head": checked.inclusion is not None,
        "inclusion": checked.inclusion,
        "receipt": dict(checked.receipt),
    }
    show(json_, data, "\n".join(_words(checked)))
    if checked.faults:
        fail(f"Do not rely on it: {'; '.join(checked.faults)}. Run ledger verify.")


def _words(checked: CheckedReceipt) -> list[str]:
    told, place = checked.receipt, checked.inclusion
    processing, event = told["pii_processing"], told["event"]
    notice = processing["privacy_notice"]
    lines = [
        "The signature holds: this service issued the receipt, and nothing in it was altered.",
        f"{notice['document']} · version {notice['version']} · {processing['language']}, SHA-256 {notice['sha256']}",
        f"given {event['event_time']} by {processing['collection_method']} ({event['event_type']})",
        *(f"  {'yes' if one['granted'] else 'no '}  {one['purpose']}" for one in processing["purposes"]),
    ]
    if not checked.recorded:
        return [*lines, "The record itself is not kept here any more, or is another: only the signature speaks for it."]
    if place is None:
        return [*lines, "Its leaf is not under a signed head yet."]
    return [
        *lines,
        f"Its leaf is number {place.leaf_index} of {place.tree_size} in {place.origin}, under a head that is signed.",
    ]


COMMANDS = (receipt,)

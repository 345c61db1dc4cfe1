"""``receipt verify``."""

from pathlib import Path

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.consents.receipt_check import CheckedReceipt, check_receipt

MOST_BYTES = 1 << 20


@click.group()
def receipt() -> None:
    """The signed copy that a person keeps."""


@receipt.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def verify(file: Path, json_: bool) -> None:
    """Say what the receipt in FILE (a JWS in one line, as receipt.jwt) proves."""
    if file.stat().st_size > MOST_BYTES:
        fail(f"{file} is too large for a receipt.")
    token = file.read_bytes().decode("ascii", "replace").strip()
    with opened() as app, app.read(ACTOR) as uow:
        checked = check_receipt(uow, token)
    data = {
        "signed": True,
        "recorded": checked.recorded,
        "in_signed_head": checked.inclusion is not None,
        "inclusion": checked.inclusion,
        "receipt": dict(checked.receipt),
    }
    show(json_, data, "\n".join(_words(checked)))


def _words(checked: CheckedReceipt) -> list[str]:
    told, place = checked.receipt, checked.inclusion
    what = f"{told['operator']['slug']} · {told['document']} · version {told['version']} · {told['language']}"
    lines = [
        "The signature holds: this service issued the receipt, and nothing in it was altered.",
        f"{what}, text SHA-256 {told['text_sha256']}",
        f"given {told['given_at']} by {told['channel']} ({told['act']})",
        *(f"  {'yes' if one['granted'] else 'no '}  {one['code']}" for one in told["purposes"]),
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

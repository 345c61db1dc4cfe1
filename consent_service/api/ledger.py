"""The log for everybody: heads and tiles in the forms of C2SP, without a key; nothing in them says what happened."""

from flask import Blueprint, Response

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import Actor
from consent_service.ledger.anchors import cosigned
from consent_service.ledger.static_files import tile_bytes
from consent_service.ledger.tree import current_epoch, find_epoch, last_head, log_key
from consent_service.services import services

bp = Blueprint("ledger", __name__, url_prefix="/ledger")
ACTOR = Actor("system", "ledger")
FOREVER = "public, max-age=31536000, immutable"


@bp.get("/checkpoint", defaults={"epoch": None})
@bp.get("/<int(max=999999):epoch>/checkpoint")
def checkpoint(epoch: int | None) -> Response:
    """Return the last signed head of a log, with the lines of witnesses; without a number, of the one written now."""
    with services().read(ACTOR) as uow:
        found = current_epoch(uow.session) if epoch is None else find_epoch(uow.session, epoch)
        signed = last_head(uow.session, found.epoch) if found else None
        head = cosigned(uow.session, found.epoch, signed) if found and signed else None
    if head is None:
        raise NotFoundError("There is no such log, or nothing is signed in it yet.")
    return Response(head.note, mimetype="text/plain", headers={"Cache-Control": "no-cache"})


@bp.get("/key", defaults={"epoch": None})
@bp.get("/<int(max=999999):epoch>/key")
def public_key(epoch: int | None) -> Response:
    """Return the key that verifies the heads of a log, in the form that verifiers take."""
    with services().read(ACTOR) as uow:
        found = current_epoch(uow.session) if epoch is None else find_epoch(uow.session, epoch)
        key = log_key(uow.keys, found) if found else None
    if key is None:
        raise NotFoundError("There is no such log.")
    return Response(f"{key}\n", mimetype="text/plain")


@bp.get("/tile/<path:path>", defaults={"epoch": None})
@bp.get("/<int(max=999999):epoch>/tile/<path:path>")
def tile(epoch: int | None, path: str) -> Response:
    """Return a tile, or a bundle of entries, by its C2SP path."""
    with services().read(ACTOR) as uow:
        found = current_epoch(uow.session) if epoch is None else find_epoch(uow.session, epoch)
        body = tile_bytes(uow.session, found.epoch, path) if found else None
    if body is None:
        raise NotFoundError("There is no such tile, or it is not so wide yet.")
    return Response(body, mimetype="application/octet-stream", headers={"Cache-Control": FOREVER})

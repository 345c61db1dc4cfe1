"""What the pages of packs share, whatever their kind: marks of states, and handing out part by part."""

from uuid import UUID

from flask import Response, stream_with_context

from consent_service.dashboard.places import reading
from consent_service.operators.sessions import Place
from consent_service.packs.shelf import Shelf
from consent_service.packs.states import PackState
from consent_service.pages.downloads import to_be_saved

# How the state of a pack is marked.
MARKS = {PackState.READY: "good", PackState.FAILED: "bad", PackState.WAITING: "calm", PackState.MAKING: "soon"}


def hand_out(place: Place, shelf: Shelf, pack_id: UUID, name: str, size: int) -> Response:
    """Answer with a pack that was recorded as taken, of so many bytes, under a name."""
    parts = stream_with_context(shelf.parts_of(lambda: reading(place), pack_id))
    answer = Response(parts, mimetype="application/zip")
    answer.headers.update({"Content-Disposition": to_be_saved(name), "Cache-Control": "no-store"})
    answer.content_length = size
    return answer

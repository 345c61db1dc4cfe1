"""Reads about exports: which there are, and how far each is."""

from dataclasses import dataclass

from consent_service.exports.service import SHELF
from consent_service.exports.states import ExportReason
from consent_service.kernel.uow import UnitOfWork
from consent_service.packs.views import PackView


@dataclass(frozen=True, slots=True)
class ExportView(PackView):
    """An export as shown, with its reason."""

    because: ExportReason


def list_exports(uow: UnitOfWork) -> list[ExportView]:
    """Return the exports whose day is not over, the latest first."""
    return SHELF.views(uow, ExportView)

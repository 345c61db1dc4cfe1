"""What is shown of a pack, whatever its kind."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent_service.packs.states import PackState


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack as shown."""

    id: UUID
    state: PackState
    steps: int
    done: int
    asked_by: str
    asked_at: datetime
    made_at: datetime | None
    expires_at: datetime
    size: int | None
    sha256: str | None

    @property
    def percent(self) -> int:
        """How much is made, of a hundred."""
        return 100 * self.done // self.steps if self.steps else 0

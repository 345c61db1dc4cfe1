"""All checks, and holding a document against them.  Pure."""

from dataclasses import dataclass

from consent_service.compliance.asking import ASKING
from consent_service.compliance.contents import CONTENTS
from consent_service.compliance.ending import ENDING
from consent_service.compliance.examined import Examined, Ground
from consent_service.compliance.further import FURTHER

ANNOUNCED = "announced_without_text"  # the one finding of a document that has no text to examine
CHECKS = (*CONTENTS, *ASKING, *ENDING, *FURTHER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check has found; nothing where the document passes."""

    code: str
    grounds: tuple[Ground, ...]


def examine(examined: Examined) -> tuple[Outcome, ...]:
    """Hold a document against every check that applies to it (Law 94-V art. 7, 8, 12, 14, 16, 18, 25)."""
    return tuple(Outcome(check.code, tuple(check.find(examined))) for check in CHECKS if check.applies(examined))

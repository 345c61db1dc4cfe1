"""The duties of the law as dated data: each with its article, its mark and the day from which it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from consent_service.deadlines.periods import Period
from consent_service.kernel.errors import ConflictError

DATA = Path(__file__).parent / "data" / "law-duties.yaml"
SETTLED = "P"  # read in the article's own text
_BEFORE_ALL = date.min


@dataclass(frozen=True, slots=True)
class DutyRule:
    """One duty of the law in one edition."""

    code: str
    trigger: str
    action: str
    period: Period
    valid_from: date
    mark: str
    name: Mapping[str, str]
    source: Mapping[str, str]
    note: Mapping[str, str] | None

    @property
    def settled(self) -> bool:
        """Whether the length was read in the article's own text."""
        return self.mark == SETTLED


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All duties in all their editions."""

    edition: str
    rules: tuple[DutyRule, ...]

    def duties_for(self, trigger: str, on: date) -> tuple[DutyRule, ...]:
        """Return the duties that an event owes by the law of a day."""
        codes = dict.fromkeys(rule.code for rule in self.rules if rule.trigger == trigger)
        found = (self._valid(code, on) for code in codes)
        return tuple(rule for rule in found if rule is not None)

    def rule(self, code: str, on: date) -> DutyRule:
        """Return one duty by the law of a day.

        Raises:
            ConflictError: The law did not have it then.
        """
        rule = self._valid(code, on)
        if rule is None:
            raise ConflictError(f"The catalogue of duties has no {code} for {on}.")
        return rule

    def name_of(self, code: str) -> Mapping[str, str] | None:
        """Return what a duty is called in kk, ru, en; None for one of a policy."""
        return next((rule.name for rule in reversed(self.rules) if rule.code == code), None)

    def _valid(self, code: str, on: date) -> DutyRule | None:
        held = [rule for rule in self.rules if rule.code == code and rule.valid_from <= on]
        return max(held, key=lambda rule: rule.valid_from, default=None)


def load_catalogue() -> Catalogue:
    """Read the catalogue that ships with the release."""
    data = yaml.safe_load(DATA.read_text())
    rules = tuple(
        DutyRule(
            code=entry["code"],
            trigger=entry["trigger"],
            action=entry["action"],
            period=Period.parse(entry["period"]),
            valid_from=entry["valid_from"] or _BEFORE_ALL,
            mark=entry["mark"],
            name=entry["name"],
            source=entry["source"],
            note=entry.get("note"),
        )
        for entry in data["duties"]
    )
    return Catalogue(str(data["edition"]), rules)

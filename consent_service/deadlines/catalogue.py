"""The duties of the law as dated data: each with its article, its mark and the day from which it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from consent_service.deadlines.periods import Period
from consent_service.kernel.errors import ConflictError, InvalidInputError, SettingsError

DATA = Path(__file__).parent / "data" / "law-duties.yaml"
SETTLED = "P"  # read in the article's own text
_BEFORE_ALL = date.min
_FIELDS = {"code", "trigger", "action", "period", "valid_from", "mark", "name", "source", "note"}


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

    def in_force(self, on: date) -> Mapping[str, DutyRule]:
        """Return every duty that the law of a day has, by its code."""
        found = {code: self._valid(code, on) for code in dict.fromkeys(rule.code for rule in self.rules)}
        return {code: rule for code, rule in found.items() if rule is not None}

    def name_of(self, code: str) -> Mapping[str, str] | None:
        """Return what a duty is called in kk, ru, en; None for one of a policy."""
        return next((rule.name for rule in reversed(self.rules) if rule.code == code), None)

    def _valid(self, code: str, on: date) -> DutyRule | None:
        held = [rule for rule in self.rules if rule.code == code and rule.valid_from <= on]
        return max(held, key=lambda rule: rule.valid_from, default=None)


def load_catalogue(editions: Path | None = None) -> Catalogue:
    """Read the catalogue that ships with the release, and further editions from a file of the same form.

    Old cases keep the edition under which they arose: an edition adds entries with a later day, and changes none.

    Raises:
        SettingsError: The file is wrong; names the entry and what to write.
    """
    data = yaml.safe_load(DATA.read_text())
    entries, edition = list(data["duties"]), str(data["edition"])
    if editions is not None:
        extra = _read(editions)
        known = {entry["code"]: entry for entry in entries}
        # A new edition of a known duty keeps what it does not say anew.
        entries += [{**known.get(entry["code"], {}), **entry} for entry in extra["duties"]]
        edition = f"{edition}+{extra['edition']}"
    problems = [text for entry in entries if (text := _problem(entry))]
    if problems:
        raise SettingsError(f"The law editions are wrong: {'; '.join(problems)}.")
    return Catalogue(edition, tuple(_rule(entry) for entry in entries))


def _rule(entry: Mapping[str, Any]) -> DutyRule:  # Any: YAML values
    return DutyRule(
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


def _read(path: Path) -> Mapping[str, Any]:  # Any: YAML values
    try:
        data = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"The law editions {path.name} cannot be read: write YAML in UTF-8.") from error
    if not isinstance(data, dict) or set(data) != {"edition", "duties"} or not isinstance(data["duties"], list):
        raise SettingsError(f"The law editions {path.name} must have the keys edition and duties.")
    for place, entry in enumerate(data["duties"], start=1):
        if not isinstance(entry, dict) or not {"code", "valid_from", "period"} <= set(entry) <= _FIELDS:
            raise SettingsError(
                f"The law editions {path.name} are wrong: duty {place} must have code, valid_from and period, "
                f"and may have {', '.join(sorted(_FIELDS - {'code', 'valid_from', 'period'}))}."
            )
        if type(entry["valid_from"]) is not date:
            raise SettingsError(f"The law editions {path.name} are wrong: duty {place}: valid_from is a date.")
    return data


def _problem(entry: Mapping[str, Any]) -> str | None:  # Any: YAML values
    missing = sorted(_FIELDS - {"note"} - set(entry))
    if missing:
        return f"{entry['code']} lacks {', '.join(missing)}"
    try:
        Period.parse(str(entry["period"]))
    except InvalidInputError as error:
        return f"{entry['code']}: {error.detail}"
    for name in ("name", "source"):
        if not isinstance(entry[name], dict) or set(entry[name]) != {"kk", "ru", "en"}:
            return f"{entry['code']}: {name} must have kk, ru and en"
    return None

"""What checks and reports say in Kazakh, Russian and English, from the files in ``data/``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from consent_service.compliance.states import Confirmation, Severity
from consent_service.policies.terms import LocalText

DATA = Path(__file__).parent / "data"
CHECKS = ("contents", "asking", "ending", "further")
SETTLED = "P"  # the article was read in its own text


@dataclass(frozen=True, slots=True)
class CheckWords:
    """A check: its weight, the mark and words of its article, its name, its finding, its advice."""

    severity: Severity
    mark: str
    article: LocalText
    name: LocalText
    says: LocalText
    advice: LocalText

    @property
    def settled(self) -> bool:
        """Whether the article was read in its own text."""
        return self.mark == SETTLED


@cache
def words_of_checks() -> Mapping[str, CheckWords]:
    """Return the words of every check by its code."""
    return {
        code: CheckWords(**{**entry, "severity": Severity(entry["severity"])})
        for name in CHECKS
        for code, entry in _read(name).items()
    }


def severity_name(severity: Severity) -> LocalText:
    """Return what a weight is called."""
    return _report("severity", severity)


def severity_meaning(severity: Severity) -> LocalText:
    """Return what a weight means."""
    return _report("meaning", severity)


def confirmation_name(confirmation: Confirmation) -> LocalText:
    """Return what a finding has been held against, in words."""
    return _report("confirmation", confirmation)


def reservation() -> LocalText:
    """Return what the law was read as, and that this is no advice."""
    words: LocalText = _read("report")["law"]
    return words


def paper_words(language: str) -> Mapping[str, str]:
    """Return the labels of the printed report."""
    return {key: words[language] for key, words in _read("report")["paper"].items()}


def _report(section: str, key: str) -> LocalText:
    words: LocalText = _read("report")[section][str(key)]
    return words


@cache
def _read(name: str) -> Mapping[str, Any]:  # Any: YAML values
    data: Mapping[str, Any] = yaml.safe_load((DATA / f"{name}.yaml").read_text())  # Any: YAML values
    return data

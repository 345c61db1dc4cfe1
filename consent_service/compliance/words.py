"""What each finding says, by which article, how grave it is, and what to do; read once from ``findings.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from consent_service.compliance.states import Severity

_FILE = Path(__file__).with_name("findings.yaml")
LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The fixed part of a finding."""

    article: str
    severity: Severity
    settled: bool
    text: Mapping[str, str]
    advice: Mapping[str, str]


@cache
def finding_words() -> Mapping[str, FindingWords]:
    """Return the words of every finding by its code."""
    raw = yaml.safe_load(_FILE.read_text())
    return {
        code: FindingWords(
            entry["article"],
            Severity(entry["severity"]),
            entry["settled"],
            {language: entry[language] for language in LANGUAGES},
            entry["advice"],
        )
        for code, entry in raw.items()
    }

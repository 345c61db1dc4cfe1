"""The operator's own schedule from a file: YAML, a list of rules, each checked before it is taken."""

from pathlib import Path
from typing import Any

import yaml

from consent_service.kernel.errors import InvalidInputError
from consent_service.storage.rules import LANGUAGES, ScheduleRule
from consent_service.storage.schedule import read_rule
from consent_service.storage.states import SCHEDULED_STARTS, StorageAction

_NEEDED = {"code", "document", "start", "period", "action", "basis"}
_ALL = _NEEDED | {"purposes", "required_by_law"}
LONGEST_WORDS = 300


def read_schedule(path: Path) -> list[ScheduleRule]:
    """Read the rules of a schedule from a YAML file.

    Raises:
        InvalidInputError: It cannot be read, or a rule is wrong; with one message a rule.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInputError.of("rules", f"{path.name} cannot be read: write YAML in UTF-8.") from error
    if not isinstance(data, list):
        raise InvalidInputError.of("rules", f"{path.name} must be a list of rules.")
    problems, rules = {}, []
    for place, entry in enumerate(data):
        wrong = _wrong(entry)
        if wrong is None:
            rules.append(read_rule({"purposes": [], "required_by_law": False} | entry))
        else:
            problems[f"rules.{place}"] = [wrong]
    if problems:
        said = "; ".join(f"rule {name.rpartition('.')[2]}: {words[0]}" for name, words in problems.items())
        raise InvalidInputError(f"The schedule is wrong: {said}.", fields=problems)
    return rules


def _wrong(entry: Any) -> str | None:  # Any: a YAML value
    if not isinstance(entry, dict) or not _NEEDED <= set(entry) <= _ALL:
        return f"write {', '.join(sorted(_NEEDED))}, and purposes or required_by_law where they are needed"
    texts = all(isinstance(entry[name], str) and entry[name] for name in ("code", "document", "period"))
    basis = entry["basis"]
    basis_fits = (
        isinstance(basis, dict)
        and set(basis) == set(LANGUAGES)
        and all(isinstance(words, str) and 0 < len(words) <= LONGEST_WORDS for words in basis.values())
    )
    purposes = entry.get("purposes", [])
    checks = {
        "code, document and period are words": texts,
        "basis has kk, ru and en": basis_fits,
        f"start is one of {', '.join(sorted(SCHEDULED_STARTS))}": entry["start"] in set(map(str, SCHEDULED_STARTS)),
        f"action is one of {', '.join(StorageAction)}": entry["action"] in set(map(str, StorageAction)),
        "purposes is a list of codes": isinstance(purposes, list) and all(isinstance(one, str) for one in purposes),
        "required_by_law is true or false": isinstance(entry.get("required_by_law", False), bool),
    }
    failing = [words for words, holds in checks.items() if not holds]
    return "; ".join(failing) or None

"""Holds a YAML file against a schema, and says file, line and what to write for everything that is wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.consistency import Check, Data, Problem
from consent_service.policies.yaml_tree import Path, YamlTree, read_yaml

MOST_PROBLEMS = 20
# marshmallow's own messages, in words that say what to write.
_SAYS = {
    "Missing data for required field.": "This key is missing; add it.",
    "Field may not be null.": "Write a value; null is not allowed here.",
    "Unknown field.": "This key is not known here; correct its spelling or remove it.",
    "Not a valid string.": "Write text, in quotes.",
    "Not a valid list.": "Write a list: [..., ...].",
    "Not a valid integer.": "Write a whole number.",
    "Not a valid mapping type.": "Write 'key: value' lines here.",
    "Invalid input type.": "Write 'key: value' lines here.",
}


def read_checked(data: bytes, name: str, schema: Schema, checks: Sequence[Check]) -> YamlTree:
    """Read a file and check its form; where that is right, what must agree in it.

    Raises:
        PolicyDataError: With file, line and what to write, a line for each problem.
    """
    tree = read_yaml(data, name)
    refuse(located(tree, problems_of(tree.data, schema, checks)))
    return tree


def problems_of(data: Data, schema: Schema, checks: Sequence[Check]) -> list[Problem]:
    """Return the problems of form; where there are none, those of agreement."""
    found = list(_flat(schema.validate(data), ()))
    return found or [problem for check in checks for problem in check(data)]


def located(tree: YamlTree, problems: Iterable[Problem]) -> list[str]:
    """Write each problem with file and line, in the order of the lines."""
    lines = sorted((tree.line_of(path), dotted(path), says) for path, says in problems)
    return [f"{tree.name}:{line}: {place}: {says}" for line, place, says in lines]


def refuse(problems: list[str]) -> None:
    """Raise the error that names the problems, if there are any."""
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], f"... and {more} more."]
    if problems:
        raise PolicyDataError("\n".join(problems))


def dotted(path: Path) -> str:
    """Write the place of a value.

    >>> dotted(("targets", 0, "name"))
    'targets[0].name'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "file"


def _flat(errors: Any, path: Path) -> Iterator[Problem]:  # Any: marshmallow's nested messages
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    else:
        for message in errors:
            yield path, _SAYS.get(message, message)

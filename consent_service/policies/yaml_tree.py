"""Reads one YAML file as plain JSON data and remembers the line of every value.

The strict part of YAML alone: no aliases, anchors, tags, merges or repeated keys, so that a file reads the
same to every program and cannot grow while it is read.  Dates stay text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from consent_service.kernel.errors import PolicyDataError

MAX_BYTES = 1 << 20
MAX_DEPTH = 32

Path = tuple[str | int, ...]

_MAP = "tag:yaml.org,2002:map"
_DATE = "tag:yaml.org,2002:timestamp"
_VALUES = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")}


@dataclass(frozen=True, slots=True)
class YamlTree:
    """The data of a file, and where each value stands."""

    name: str
    data: Mapping[str, Any]  # Any: JSON values
    lines: Mapping[Path, int]

    def line_of(self, path: Sequence[str | int]) -> int:
        """Return the line of a value; of the nearest one around it, when it is missing."""
        wanted = tuple(path)
        while wanted not in self.lines and wanted:
            wanted = wanted[:-1]
        return self.lines.get(wanted, 1)


def read_yaml(data: bytes, name: str) -> YamlTree:
    """Read a file; ``name`` stands in errors.

    Raises:
        PolicyDataError: It is too large, not UTF-8, not YAML, or uses what is refused here; with the line.
    """
    if len(data) > MAX_BYTES:
        raise PolicyDataError(f"{name}: The file has more than {MAX_BYTES} bytes; split the document.")
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyDataError(f"{name}:{line}: This is not UTF-8; save the file as UTF-8.") from error
    try:
        loader = _Loader(words)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise PolicyDataError(f"{name}:{line}: {error.problem or 'This is not YAML'}.") from error
    except yaml.YAMLError as error:
        raise PolicyDataError(f"{name}: The file has a character that YAML refuses; remove it.") from error
    if node is None or node.tag != _MAP:
        raise PolicyDataError(f"{name}:1: Write 'key: value' lines, as the other files of the tree do.")
    lines: dict[Path, int] = {}
    return YamlTree(name, _Reader(name, loader, lines).read(node, ()), lines)


class _Loader(yaml.SafeLoader):
    """Composes nodes, refusing what could be read in two ways or without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # Any: PyYAML's signature
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, "write the value again: aliases are refused")
        if event.anchor is not None:
            self._refuse(event, "remove the anchor: write the value where it is needed")
        if event.tag is not None:
            self._refuse(event, "remove the tag: plain values alone are read")
        if self.depth == MAX_DEPTH:
            self._refuse(event, f"values are nested deeper than {MAX_DEPTH}")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, event: Any, problem: str) -> None:  # Any: PyYAML's events
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


class _Reader:
    """Turns nodes into JSON data and notes their lines."""

    def __init__(self, name: str, loader: _Loader, lines: dict[Path, int]) -> None:
        self.name = name
        self.loader = loader
        self.lines = lines

    def read(self, node: yaml.Node, path: Path) -> Any:  # Any: JSON values
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, place)) for place, item in enumerate(node.value)]
        if node.tag == _DATE:
            return node.value
        if node.tag not in _VALUES:
            raise self._error(node, f"Write the value in quotes: {node.value!r} is read as something else.")
        try:
            return self.loader.construct_object(node)
        except ValueError as error:
            raise self._error(node, "This number cannot be read; write it in quotes.") from error

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:  # Any: JSON values
        found: dict[str, Any] = {}  # Any: JSON values
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
                raise self._error(key, "Write the key as a word; put it in quotes if YAML reads it otherwise.")
            if key.value in found:
                raise self._error(key, f"The key {key.value!r} stands here twice; keep one.")
            self.lines[*path, key.value] = key.start_mark.line + 1
            found[key.value] = self.read(value, (*path, key.value))
        return found

    def _error(self, node: yaml.Node, problem: str) -> PolicyDataError:
        return PolicyDataError(f"{self.name}:{node.start_mark.line + 1}: {problem}")

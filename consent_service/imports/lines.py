"""Reading a file line by line, from any line on: NDJSON, or CSV with a head."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from consent_service.imports.columns import DELIMITERS, columns_of
from consent_service.imports.source import Form, Source
from consent_service.kernel.errors import InvalidInputError

MOST_BYTES = 1 << 20  # of one line, as of a body
FIRST = 0, 1  # where a file begins: its first byte and its first line
_BOM = "\ufeff"
Content = Mapping[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """A line or record and where it stands; ``fault`` where nothing can be read in it."""

    number: int
    begins_at: int
    ends_at: int
    next_number: int
    content: Content
    fault: str | None = None


class _Reader:
    """Lines as they lie in the file, and where the next one begins."""

    def __init__(self, file: BinaryIO, offset: int, line: int) -> None:
        self._file, self.offset, self.line = file, offset, line
        file.seek(offset)

    def take(self) -> bytes:
        """Return the next line; nothing at the end."""
        raw = part = self._file.readline(MOST_BYTES)
        self.offset += len(part)
        while len(part) == MOST_BYTES and not part.endswith(b"\n"):
            part = self._file.readline(MOST_BYTES)
            self.offset += len(part)
        self.line += bool(raw)
        if part is not raw:
            raise InvalidInputError("This line is longer than 1 MiB.")
        return raw

    def text(self) -> Iterator[str]:
        """Yield lines as text."""
        while raw := self.take():
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                raise InvalidInputError("This line is not UTF-8.") from error


def read_lines(source: Source, offset: int, number: int) -> Iterator[Line]:
    """Yield the lines of a file that are not empty, from one on.

    Raises:
        InvalidInputError: The head of a CSV file cannot be used.
    """
    read: Callable[[_Reader], Content] = _object
    if source.form is Form.CSV:
        head = _Reader(source.file, *FIRST)
        read = _rows(head)
        if offset < head.offset:
            offset, number = head.offset, head.line
    reader = _Reader(source.file, offset, number)
    while True:
        begins_at, number, content, fault = reader.offset, reader.line, {}, None
        try:
            content = dict(read(reader))
        except InvalidInputError as error:
            fault = error.detail
        if reader.offset == begins_at:
            return
        if content or fault:
            yield Line(number, begins_at, reader.offset, reader.line, content, fault)


def _object(reader: _Reader) -> Content:
    raw = reader.take()
    if not raw.strip():
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError("This line is not JSON.") from error
    if not isinstance(value, dict) or not value:
        raise InvalidInputError("This line is no JSON object.")
    return value


def _rows(head: _Reader) -> Callable[[_Reader], Content]:
    """Read the head of a CSV file; returns what reads a row."""
    try:
        first = next(head.text(), "").removeprefix(_BOM)
    except InvalidInputError as error:
        raise InvalidInputError(f"The first line cannot be used: {error.detail}") from error
    delimiter = max(DELIMITERS, key=first.count)
    columns = columns_of(next(csv.reader([first], delimiter=delimiter), []))

    def row(reader: _Reader) -> Content:
        cells = _cells(reader, delimiter)
        if not any(cells):
            return {}
        if len(cells) != len(columns.names):
            raise InvalidInputError(f"This row has {len(cells)} cells, and the first line {len(columns.names)}.")
        return columns.content(cells)

    return row


def _cells(reader: _Reader, delimiter: str) -> Sequence[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(reader.text(), delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        raise InvalidInputError("This row is not CSV: look at its quotes.") from error

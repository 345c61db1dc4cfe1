"""Lines of a file: the same from wherever reading begins, and the same whether they are written as NDJSON or CSV."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consent_service.imports.lines import FIRST, Line, read_lines
from consent_service.imports.source import Form, opened

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12)
ROWS = st.fixed_dictionaries(
    {"subject.ref": WORDS, "document": WORDS, "language": WORDS, "channel": WORDS, "given_at": WORDS},
    optional={
        "subject.identifiers.full_name": st.lists(WORDS, min_size=1, max_size=3).map("\n".join),
        "evidence.of page": WORDS,
        "choices.a": st.booleans(),
        "choices.b.c": st.booleans(),
    },
)
NAMES = [
    "subject.ref", "document", "language", "channel", "given_at", "subject.identifiers.full_name", "evidence.of page",
    "choices.a", "choices.b.c",
]  # fmt: skip


def content(row: dict[str, Any]) -> dict[str, Any]:  # Any: JSON values
    """Return what a row says, in the form of the interface."""
    subject: dict[str, Any] = {"ref": row["subject.ref"]}  # Any: as above
    if "subject.identifiers.full_name" in row:
        subject["identifiers"] = {"full_name": row["subject.identifiers.full_name"]}
    found = {name: row[name] for name in ("document", "language", "channel", "given_at")} | {"subject": subject}
    if "evidence.of page" in row:
        found["evidence"] = {"of page": row["evidence.of page"]}
    choices = [
        {"purpose": name, "granted": row[f"choices.{name}"]} for name in ("a", "b.c") if f"choices.{name}" in row
    ]
    return found | ({"choices": choices} if choices else {})


def lines_of(raw: bytes, form: Form, offset: int = FIRST[0], number: int = FIRST[1]) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "file"
        place.write_bytes(raw)
        with opened(place, form) as source:
            return list(read_lines(source, offset, number))


def as_csv(rows: list[dict[str, Any]], delimiter: str) -> bytes:  # Any: cells
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(NAMES)
    for row in rows:
        cells = [row.get(name, "") for name in NAMES]
        writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    return written.getvalue().encode("utf-8-sig")


@given(st.lists(ROWS, max_size=6), st.sampled_from(",;\t"))
def test_a_table_says_what_the_same_lines_of_json_say(rows: list[dict[str, Any]], delimiter: str) -> None:
    told = lines_of(as_csv(rows, delimiter), Form.CSV)

    assert [line.fault for line in told] == [None] * len(rows)
    assert [line.content for line in told] == [content(row) for row in rows]


@given(st.lists(ROWS, min_size=1, max_size=6), st.sampled_from(list(Form)), st.data())
def test_reading_on_from_any_line_gives_the_rest(rows: list[dict[str, Any]], form: Form, data: st.DataObject) -> None:
    ndjson = "\n\n".join(json.dumps(content(row), ensure_ascii=False) for row in rows).encode()
    raw = as_csv(rows, ",") if form is Form.CSV else ndjson
    told = lines_of(raw, form)
    last = data.draw(st.integers(0, len(told) - 1))

    assert lines_of(raw, form, told[last].ends_at, told[last].next_number) == told[last + 1 :]
    assert [raw.count(b"\n", 0, line.begins_at) + 1 for line in told] == [line.number for line in told]


@given(st.lists(st.binary(max_size=40), min_size=1), st.sampled_from(list(Form)))
def test_whatever_a_file_holds_nothing_but_blanks_is_passed_over(lines: list[bytes], form: Form) -> None:
    head = ",".join([*NAMES[:5], "choices.a"]).encode() if form is Form.CSV else b"{}"
    raw = head + b"\n" + b"\n".join(lines)
    told = lines_of(raw, form)

    ends = [0, *(line.ends_at for line in told)]
    begins = [*(line.begins_at for line in told), len(raw)]
    between = [raw[end:begin] for end, begin in zip(ends, begins, strict=True)]
    skipped = between[1:] if form is Form.CSV else between  # the head
    assert all(end <= begin for end, begin in zip(ends, begins, strict=True))
    rest = b"".join(skipped)
    assert not (rest.decode().replace(",", " ").replace('"', " ") if form is Form.CSV else rest).strip()
    assert all(bool(line.fault) != bool(line.content) for line in told)

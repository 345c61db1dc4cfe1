"""The index of an export, for whoever opens the ZIP: what stands where, how much of it, how it is checked.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from consent_service.deadlines.rules import ALMATY
from consent_service.exports.states import ExportReason
from consent_service.leaving.contents import GROUPS
from consent_service.leaving.words import GROUP_NAMES, HEADS, REASONS, WORDS
from consent_service.operators.queries import OperatorView
from consent_service.printing.document import Block, Grid, Paragraph, Printed


@dataclass(slots=True)
class Written:
    """How many lines a table has, and in how many of them something opens no more."""

    lines: int = 0
    unopened: int = 0


def table_file(name: str) -> str:
    """Return where the lines of a table stand."""
    return f"data/{name}.ndjson"


def index_page(
    now: datetime,
    operator: OperatorView,
    because: ExportReason,
    written: Mapping[str, Written],
    counts: Mapping[str, int],
    language: str,
) -> Printed:
    """Return the index in one language; ``counts``: of texts, files and events."""
    words, names = WORDS[language], GROUP_NAMES[language]
    rows = [
        (names[group], table_file(name), str(written[name].lines))
        for group, tables in GROUPS.items()
        for name in tables
    ]
    rows += [(words[name], words[f"{name}_place"], str(count)) for name, count in counts.items()]
    unopened = sum(one.unopened for one in written.values())
    blocks: tuple[Block, ...] = (
        Paragraph(words["what"]),
        Grid(HEADS[language], rows),
        *([Paragraph(words["unopened"].format(lines=unopened))] if unopened else []),
        Paragraph(words["left_out"]),
        Paragraph(words["check"]),
        Paragraph(words["ledger"]),
    )
    facts = (
        (words["operator"], operator.name[language]),
        (words["identifier"], operator.identifier or "–"),
        (words["because"], REASONS[language][because]),
        (words["made"], f"{now.astimezone(ALMATY).strftime('%d.%m.%Y %H:%M')} ({words['almaty']})"),
    )
    return Printed(language, words["title"], blocks, facts)

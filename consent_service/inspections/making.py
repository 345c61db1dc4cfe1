"""Making a pack: each document as PDF and CSV in Kazakh and Russian, the texts, an index, and the signed list.

Everything is read of one instant; logs are written line by line, so that a large one needs no more memory.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import IO

from consent_service.deadlines.rules import ALMATY
from consent_service.governance.inspection import SECTIONS, Section
from consent_service.governance.words import WORDS as REGISTER_WORDS
from consent_service.inspections.logs import LOGS, Row
from consent_service.inspections.rules import Period
from consent_service.inspections.words import HEADS, LANGUAGES, WORDS
from consent_service.kernel.signed_zip import SignedZip, as_json
from consent_service.kernel.signing import public_jwk
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import OperatorView, operator_view
from consent_service.policies.queries import list_documents, list_versions, text_of
from consent_service.policies.views import VersionView
from consent_service.printing.cells import BYTE_ORDER_MARK, csv_lines
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Points, Printed
from consent_service.printing.pdf import to_pdf

FORMAT, KIND = "kelisim-inspection/1", "inspection-pack+jwt"
ON_PAPER = 1000  # lines of a log; the table has all of them
_PART = 500
_DAY = "%d.%m.%Y"
# In the order of an inspection; a register is told as it stands, a log over the period.
_REGISTERS = dict(SECTIONS)
_DOCUMENTS: tuple[str, ...] = (
    "order", "data", "documents", "consents", "register", "requests", "withdrawals", "letters", "access",
    "destruction", "incidents", "briefing", "size",
)  # fmt: skip
_LOGS = {log.name: log for log in LOGS}
STEPS = len(_DOCUMENTS) * len(LANGUAGES) + 2  # the texts, and the index with the list
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Made:
    """A document that was written: its title, the files without their ending, and how many lines it has."""

    title: str
    file: str
    lines: int


def make_pack(uow: UnitOfWork, period: Period, file: IO[bytes], tell: Tell = lambda _done: None) -> None:
    """Write the pack of a period to a file; ``tell`` is told after each of ``STEPS`` steps how many are done.

    The unit of work is a snapshot: all reads see one instant, that of the pack.
    """
    operator = operator_view(uow)
    about = {
        "format": FORMAT,
        "operator": operator.slug,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "made_at": uow.now.isoformat().replace("+00:00", "Z"),
    }
    with SignedZip(file) as pack:
        _write_all(uow, pack, period, operator, tell)
        pack.add("jwks.json", as_json({"keys": [public_jwk(uow.keys.signer.public.receipts)]}))
        pack.sign(about, KIND, uow.keys.signer.receipts)
    tell(STEPS)


def _write_all(uow: UnitOfWork, pack: SignedZip, period: Period, operator: OperatorView, tell: Tell) -> None:
    made: dict[str, list[_Made]] = {language: [] for language in LANGUAGES}
    done = 0
    for number, name in enumerate(_DOCUMENTS, start=1):
        for language in LANGUAGES:
            place = f"{language}/{number:02}-{name}"
            write = _write_log if name in _LOGS else _write_register
            made[language].append(write(uow, pack, period, operator, name, place, language))
            done += 1
            tell(done)
    texts = _write_texts(uow, pack, period)
    tell(done + 1)
    for language in LANGUAGES:
        page = _index(uow, period, operator, made[language], texts, language)
        pack.add(f"index-{language}.pdf", to_pdf(page, uow.now))


def _write_register(
    uow: UnitOfWork, pack: SignedZip, period: Period, operator: OperatorView, name: str, place: str, language: str
) -> _Made:
    section: Section = _REGISTERS[name]
    title, blocks = REGISTER_WORDS[language][name].partition(". ")[2], section(uow, language)
    pack.add(f"{place}.pdf", to_pdf(_page(uow, period, operator, title, blocks, language), uow.now))
    rows = list(_rows_of(blocks))
    pack.add(f"{place}.csv", (BYTE_ORDER_MARK + csv_lines(rows)).encode())
    return _Made(title, place, sum(len(block.rows) for block in blocks if isinstance(block, Grid)))


def _rows_of(blocks: Sequence[Block]) -> Iterator[Sequence[str]]:
    """Write what stands on paper as a table: each grid with its heads, words a line each."""
    for block in blocks:
        if isinstance(block, Grid):
            yield block.heads
            yield from block.rows
        elif isinstance(block, Heading | Paragraph):
            yield from ([line] for line in block.text.splitlines())
        elif isinstance(block, Points):
            yield from ([item] for item in block.items)


def _write_log(
    uow: UnitOfWork, pack: SignedZip, period: Period, operator: OperatorView, name: str, place: str, language: str
) -> _Made:
    log, words, heads = _LOGS[name], WORDS[language], HEADS[language][name]
    first: list[Row] = []
    lines = _Counter()
    pack.add_parts(f"{place}.csv", _table(log.read(uow, period, language), heads, first, lines))
    blocks: list[Block] = [Grid(heads, first)] if first else [Paragraph(words["none"])]
    if lines.number > len(first):
        told = words["printed"].format(limit=ON_PAPER, lines=lines.number, file=f"{place}.csv")
        blocks.append(Paragraph(told))
    title = words[name]
    pack.add(f"{place}.pdf", to_pdf(_page(uow, period, operator, title, blocks, language), uow.now))
    return _Made(title, place, lines.number)


@dataclass(slots=True)
class _Counter:
    number: int = 0


def _table(rows: Iterator[Row], heads: Sequence[str], first: list[Row], lines: _Counter) -> Iterator[bytes]:
    """Write a table part by part, and keep its first lines for the paper."""
    yield (BYTE_ORDER_MARK + csv_lines([heads])).encode()
    part: list[Row] = []
    for row in rows:
        if len(first) < ON_PAPER:
            first.append(row)
        lines.number += 1
        part.append(row)
        if len(part) == _PART:
            yield csv_lines(part).encode()
            part = []
    yield csv_lines(part).encode()


def _write_texts(uow: UnitOfWork, pack: SignedZip, period: Period) -> int:
    """Write the texts of every version that was in force in the period; return how many files these are."""
    files = 0
    for document in list_documents(uow, uow.now):
        for version in _in_force(list_versions(uow, document.slug, uow.now), period):
            for language in sorted(version.texts):
                text, _ = text_of(uow, version.id, language)
                pack.add(f"texts/{document.slug}-{version.version}-{language}.txt", text.canonical().encode())
                files += 1
    return files


def _in_force(versions: Sequence[VersionView], period: Period) -> Iterator[VersionView]:
    """Yield the published versions that were in force on a day of the period."""
    published = sorted((one for one in versions if one.published_at is not None), key=lambda one: one.in_force_at)
    for one, following in zip_longest(published, published[1:]):
        if one.in_force_at < period.to_at and (following is None or following.in_force_at > period.from_at):
            yield one


def _page(
    uow: UnitOfWork, period: Period, operator: OperatorView, title: str, blocks: Sequence[Block], language: str
) -> Printed:
    words = WORDS[language]
    made = f"{uow.now.astimezone(ALMATY).strftime('%d.%m.%Y %H:%M')} ({words['almaty']})"
    facts = (
        (words["operator"], operator.name[language]),
        (words["identifier"], operator.identifier or "–"),
        (words["period"], f"{period.since.strftime(_DAY)} – {period.until.strftime(_DAY)}"),
        (words["made"], made),
    )
    return Printed(language, title, tuple(blocks), facts)


def _index(
    uow: UnitOfWork, period: Period, operator: OperatorView, made: Sequence[_Made], texts: int, language: str
) -> Printed:
    words = WORDS[language]
    rows = [
        (str(number), one.title, f"{one.file}.pdf", f"{one.file}.csv", str(one.lines))
        for number, one in enumerate(made, start=1)
    ]
    blocks = (
        Paragraph(words["what"]),
        Grid(HEADS[language]["index"], rows),
        Paragraph(words["texts"].format(files=texts)),
        Paragraph(words["check"]),
    )
    return _page(uow, period, operator, words["title"], blocks, language)

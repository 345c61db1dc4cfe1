"""The inspection file: one paper with everything that the law lets an inspector ask for.

Each section is a function in ``SECTIONS``; a capability that has something to show adds one.  People stand by number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_service.consents.counts import count_evidence
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.queries import done_orders
from consent_service.governance.names import name_of
from consent_service.governance.queries import EntryView, data_list, list_entries, size_view
from consent_service.governance.states import EntryKind
from consent_service.governance.words import HEADS, WORDS
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import list_letters
from consent_service.operators.queries import operator_view
from consent_service.operators.staff import staff_of
from consent_service.policies.queries import list_documents, list_versions
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Printed
from consent_service.recipients.named import purpose_names, said
from consent_service.recipients.register import register_blocks
from consent_service.withdrawals.queries import list_withdrawals

LATEST = 500  # lines of a log on paper; the whole of it is read through the API
Section = Callable[[UnitOfWork, str], Sequence[Block]]
_DAY = "%d.%m.%Y"


def inspection_file(uow: UnitOfWork, language: str) -> Printed:
    """Return the inspection file (Law 94-V art. 25) in one language."""
    words, operator = WORDS[language], operator_view(uow)
    facts = [
        (words["operator"], ", ".join(filter(None, [operator.name[language], operator.identifier]))),
        (words["made"], almaty_day(uow.now).strftime(_DAY)),
    ]
    blocks: list[Block] = [Paragraph(words["basis"])]
    for name, section in SECTIONS:
        blocks += [Heading(words[name]), *section(uow, language)]
    return Printed(language, words["title"], blocks, facts)


def _order(uow: UnitOfWork, language: str) -> Sequence[Block]:
    return _entries(uow, language, EntryKind.DPO_ORDER)


def _briefing(uow: UnitOfWork, language: str) -> Sequence[Block]:
    return _entries(uow, language, EntryKind.BRIEFING)


def _data(uow: UnitOfWork, language: str) -> Sequence[Block]:
    names = purpose_names(uow)
    rows = [
        (
            f"{line.document}, {', '.join(line.clause)}",
            line.name[language],
            "; ".join(said(names, f"{line.document}#{purpose}", language) for purpose in line.purposes),
        )
        for line in data_list(uow)
    ]
    return _table(language, "data", rows)


def _documents(uow: UnitOfWork, language: str) -> Sequence[Block]:
    rows = [
        (
            document.title[language],
            version.version,
            version.in_force_on.strftime(_DAY),
            "\n".join(f"{text}: {info.sha256[:16]}…" for text, info in version.texts.items()),
        )
        for document in list_documents(uow, uow.now)
        for version in list_versions(uow, document.slug, uow.now)
        if version.published_at is not None
    ]
    return _table(language, "documents", rows)


def _consents(uow: UnitOfWork, language: str) -> Sequence[Block]:
    rows = [
        (one.document, one.version, name_of(one.grade, language), str(one.consents), _day(one.last_at))
        for one in count_evidence(uow)
    ]
    return _table(language, "consents", rows)


def _withdrawals(uow: UnitOfWork, language: str) -> Sequence[Block]:
    rows = [
        (
            line.received_on.strftime(_DAY),
            _short(line.id),
            f"{line.document}\n{name_of(line.channel, language)}",
            f"{name_of(line.state, language)}\n{line.effective_on.strftime(_DAY)}",
            "\n".join(filter(None, [line.bar and name_of(line.bar, language), line.bar_reference])),
        )
        for line in list_withdrawals(uow, limit=LATEST, cursor=None)[0]
    ]
    return _table(language, "withdrawals", rows)


def _letters(uow: UnitOfWork, language: str) -> Sequence[Block]:
    lines, _ = list_letters(uow, limit=LATEST, cursor=None)
    rows = [
        (
            f"{line.year}/{line.number}\n{line.written_on.strftime(_DAY)}",
            name_of(line.kind, language),
            f"{name_of(line.state, language)}\n{_day(line.sent_at)}",
            "\n".join(map(str, (line.proof or {}).values())),
        )
        for line in lines
    ]
    return _table(language, "letters", rows)


def _access(uow: UnitOfWork, language: str) -> Sequence[Block]:
    words = WORDS[language]
    rows = [(address, name_of(role, language), words["signs_in"]) for address, role in staff_of(uow)]
    rows += [
        (entry.persons or "", entry.words or "", " · ".join(filter(None, [entry.reference, _period(entry)])))
        for entry in list_entries(uow, kinds=(EntryKind.ACCESS,))
    ]
    return _table(language, "access", rows)


def _destruction(uow: UnitOfWork, language: str) -> Sequence[Block]:
    rows = [
        (
            _day(order.done_at),
            _short(order.id),
            str(order.ground),
            order.due_on.strftime(_DAY),
            _result(order.result, language),
        )
        for order in done_orders(uow, limit=LATEST)
    ]
    return _table(language, "destruction", rows)


def _size(uow: UnitOfWork, language: str) -> Sequence[Block]:
    words, view = WORDS[language], size_view(uow)
    lifting = dict.fromkeys(line.name[language] for line in view.restricted)
    facts = [
        f"{words['people']}: {view.people}",
        f"{words['by_number']}: {name_of(view.by_number, language)}",
        f"{words['restricted']}: {', '.join(lifting) or '–'}",
        f"{words['class']}: {name_of(view.size, language)}",
    ]
    notices = (EntryKind.START_NOTICE, EntryKind.STOP_NOTICE)
    duty = words["need_not"]
    if view.must_notify:
        duty = words["must"].format(on=view.notified_on.strftime(_DAY) if view.notified_on else words["not_yet"])
    return [
        Paragraph("\n".join(facts)),
        Paragraph(duty),
        Paragraph(words["unsettled"]),
        *(_entries(uow, language, *notices) if list_entries(uow, kinds=notices) else []),
    ]


SECTIONS: tuple[tuple[str, Section], ...] = (
    ("order", _order),
    ("data", _data),
    ("documents", _documents),
    ("consents", _consents),
    ("register", register_blocks),
    ("withdrawals", _withdrawals),
    ("letters", _letters),
    ("access", _access),
    ("destruction", _destruction),
    ("briefing", _briefing),
    ("size", _size),
)


def _entries(uow: UnitOfWork, language: str, *kinds: EntryKind) -> Sequence[Block]:
    rows = [
        (
            entry.done_on.strftime(_DAY),
            entry.reference or "",
            entry.persons or "",
            "\n".join(filter(None, [name_of(entry.kind, language), entry.words])),
            _period(entry),
        )
        for entry in list_entries(uow, kinds=kinds)
    ]
    return _table(language, "entries", rows)


def _table(language: str, name: str, rows: Sequence[Iterable[str]]) -> Sequence[Block]:
    words = WORDS[language]
    if not rows:
        return [Paragraph(words["none"])]
    grid = Grid(HEADS[language][name], [tuple(row) for row in rows])
    return [grid, Paragraph(words["latest"].format(limit=LATEST))] if len(rows) == LATEST else [grid]


def _result(result: Mapping[str, Any], language: str) -> str:  # Any: counts by table, as stored
    words = WORDS[language]
    if "kept" in result:
        return words["kept"]
    if "already_erased_by" in result:
        return words["earlier"]
    rows = f"{sum(result['deleted'].values())} {words['rows']}"
    return f"{rows}\n№ {result['act']['number']}" if "act" in result else rows


def _period(entry: EntryView) -> str:
    return "" if entry.until_on is None else f"– {entry.until_on.strftime(_DAY)}"


def _day(at: datetime | date | None) -> str:
    if at is None:
        return ""
    return (almaty_day(at) if isinstance(at, datetime) else at).strftime(_DAY)


def _short(number: UUID) -> str:
    return f"…{number.hex[-12:]}"

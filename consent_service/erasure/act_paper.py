"""The act of destruction as paper, in Kazakh and Russian, with its signed form inside."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_service.deadlines.rules import ALMATY
from consent_service.erasure.act_words import (
    ACTORS,
    CAUSES,
    IDENTIFIERS,
    METHODS,
    PAPER,
    ROLES,
    TABLES,
    article,
    said,
)
from consent_service.erasure.certificates import ActView
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.staff import staff_address
from consent_service.printing.document import Attachment, Block, Grid, Heading, Paragraph, Points, Printed

JWS_NAME = "act.jwt"
Act = dict[str, Any]  # Any: JSON values of an act


def act_page(uow: UnitOfWork, view: ActView, language: str, *, whole: bool = True) -> Printed:
    """Lay an act out; whoever answers stands by address while the account is open, by number after that.

    Of an act that covers many people, the one it was asked for gets an extract: ``whole`` false.
    """
    act, words = view.act, _Words(language)
    is_extract = not whole and act["person"] is None
    if is_extract:
        act = _extract(act, str(view.person))
    blocks: list[Block] = [
        Heading(words["data"]),
        *_data(act, words),
        Heading(words["where"]),
        Grid([words["place"], words["how"], words["what"]], list(_rows(act, words))),
        *([Paragraph(words["kept"])] if act["here"]["kept"] else []),
        Heading(words["times"]),
        Points([f"{words[name]}: {at}" for name, at in _times(act)]),
        Heading(words["copies"]),
        Paragraph(_copies(act, view.copies_closed_at, words)),
        Heading(words["responsible"]),
        Points(
            [f"{said(ROLES, one['role'], language)}: {_who(uow, one['who'], language)}" for one in act["responsible"]]
        ),
        Heading(words["proof"]),
        Paragraph(f"{words['extract' if is_extract else 'signed']}\nSHA-256 {view.sha256}"),
        *(_people(act, words) if act["person"] is None else []),
    ]
    attached = Attachment(JWS_NAME, "application/jose", "source", words["attached"], view.token)
    return Printed(
        language,
        words["title"],
        tuple(blocks),
        tuple(_facts(act, words)),
        f"№ {act['number']}",
        () if is_extract else (attached,),
    )


def act_pdf_name(view: ActView, language: str) -> str:
    """Return the name of the printed act as a file."""
    return f"act-{view.year}-{view.number}-{language}.pdf"


def _extract(act: Act, person: str) -> Act:
    """Return what an act says of one of its people, and of nobody else."""
    line = next(one for one in act["people"] if one["person"] == person)
    return act | {"person": person, "people": [line], "here": act["here"] | {"deleted": line["deleted"]}}


def _people(act: Act, words: "_Words") -> list[Block]:
    lines = [[str(place), one["person"], one["order"]] for place, one in enumerate(act["people"], 1)]
    return [Heading(words["people"]), Grid(["№", words["person"], words["order"]], lines)]


class _Words:
    """The words of the paper in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __getitem__(self, name: str) -> str:
        return PAPER[name][self.language]


def _facts(act: Act, words: _Words) -> Iterator[tuple[str, str]]:
    operator, ground, order = act["operator"], act["ground"], act["order"]
    yield words["number"], act["number"]
    yield words["date"], moment(act["issued_at"])[:10]
    yield words["operator"], ", ".join(filter(None, [operator["name"][words.language], operator["identifier"]]))
    yield words["person"], act["person"] or words["many"].format(count=len(act["people"]))
    yield words["ground"], f"{article(ground['article'], words.language)}: {ground['words'][words.language]}"
    yield words["cause"], said(CAUSES, order["cause"].partition(":")[0], words.language)
    if order["reference"]:
        yield words["reference"], order["reference"]


def _data(act: Act, words: _Words) -> Iterator[Block]:
    named = [f"{one['name'][words.language]} ({one['document']})" for one in act["data"]["categories"]]
    yield Paragraph(f"{words['categories']}:")
    yield Points(named or [words["nothing_named"]])
    kinds = [said(IDENTIFIERS, kind, words.language) for kind in act["data"]["identifiers"]]
    if kinds:
        yield Paragraph(f"{words['identifiers']}: {', '.join(kinds)}")


def _rows(act: Act, words: _Words) -> Iterator[list[str]]:
    here = act["here"]
    if here["deleted"]:
        counts = [f"{said(TABLES, table, words.language)}: {rows}" for table, rows in here["deleted"].items()]
        yield [words["here"], said(METHODS, here["method"], words.language), "\n".join(counts)]
    for target in act["targets"]:
        how = " – ".join(filter(None, [said(METHODS, target["method"] or "", words.language), target["reference"]]))
        counts = [f"{what}: {rows}" for what, rows in target["erased"].items()]
        counts += [f"{words['alike'].format(table=table)}: k = {k}" for table, k in target["k"].items()]
        counts += [
            f"{words['stays'].format(table=table)}: {one['rows']}" + (f" ({one['basis']})" if one["basis"] else "")
            for table, one in target.get("kept", {}).items()
        ]
        confirmed = f"{how}\n{words['confirmed']}: {moment(target['confirmed_at'])}"
        yield [target["name"], confirmed, "\n".join(counts) or words["none"]]


def _times(act: Act) -> Iterator[tuple[str, str]]:
    yield "ordered_at", moment(act["order"]["ordered_at"])
    yield "due_on", date.fromisoformat(act["order"]["due_on"]).strftime("%d.%m.%Y")
    yield "started_at", moment(act["order"]["started_at"])
    yield "issued_at", moment(act["issued_at"])


def _copies(act: Act, closed_at: datetime | None, words: _Words) -> str:
    if closed_at is not None:
        return words["copies_closed"].format(at=closed_at.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M"))
    return words["copies_open"].format(epoch=act["here"]["key_epoch"] or "–")


def _who(uow: UnitOfWork, actor: str, language: str) -> str:
    kind, _, ref = actor.partition(":")
    address = staff_address(uow, UUID(ref)) if kind == "staff" else None
    return address or f"{said(ACTORS, kind, language)} {ref}"


def moment(instant: str) -> str:
    """Return an instant of an act as it is printed, by the clocks of Almaty."""
    return datetime.fromisoformat(instant).astimezone(ALMATY).strftime("%d.%m.%Y %H:%M:%S")

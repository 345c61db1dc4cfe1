"""The act of destruction of an operator as paper, in Kazakh and Russian, with its signed form inside."""

from itertools import groupby

from consent_service.deadlines.rules import ALMATY
from consent_service.erasure.act_paper import JWS_NAME, moment
from consent_service.erasure.act_words import ACTORS, METHODS, ROLES, article, said
from consent_service.erasure.act_words import PAPER as ACT_PAPER
from consent_service.erasure.certificates import WholeAct
from consent_service.printing.document import Attachment, Block, Grid, Heading, Paragraph, Points, Printed
from consent_service.termination.states import EndingReason, WithoutExport
from consent_service.termination.words import HEADINGS, KEPT, PAPER, REASONS, WITHOUT_EXPORT

LANGUAGES = ("kk", "ru")


def whole_act_page(view: WholeAct, language: str) -> Printed:
    """Lay the act out; whoever answers stands by number, for their addresses are destroyed too."""
    act = view.act
    words = {name: one[language] for name, one in {**ACT_PAPER, **PAPER}.items()}
    operator, ending, ground = act["operator"], act["ending"], act["ground"]
    why = [REASONS[EndingReason(ending["because"])][language]]
    if ending["without_export"]:
        why.append(WITHOUT_EXPORT[WithoutExport(ending["without_export"])][language])
    facts = (
        (words["number"], act["number"]),
        (words["date"], view.issued_at.astimezone(ALMATY).strftime("%d.%m.%Y")),
        (words["operator"], ", ".join(filter(None, [operator["name"][language], operator["identifier"]]))),
        (words["ground"], f"{article(ground['article'], language)}: {ground['words'][language]}"),
        (words["because"], "; ".join(why)),
        (words["count"], str(act["people"])),
    )
    blocks: list[Block] = [Heading(words["tables"]), Paragraph(said(METHODS, act["method"], language))]
    for heading, tables in groupby(act["tables"], key=lambda one: one["heading"]):
        rows = [[one["table"], str(one["erased"]), str(one["left"])] for one in tables]
        blocks += [Heading(HEADINGS[heading][language]), Grid([words["table"], words["rows"], words["left"]], rows)]
    blocks += [
        Heading(words["stays"]),
        Points([f"{KEPT[one['why']][language]}: {', '.join(one['tables'])}" for one in act["kept"]]),
        Heading(words["times"]),
        Points(
            [
                f"{words['ordered_at']}: {moment(ending['ordered_at'])}",
                f"{words['begun_at']}: {moment(ending['begun_at'])}",
                f"{words['issued_at']}: {moment(act['issued_at'])}",
            ]
        ),
        Paragraph(words["copies"]),
        Heading(words["responsible"]),
        Points([f"{said(ROLES, one['role'], language)}: {_who(one['who'], language)}" for one in act["responsible"]]),
        Heading(words["proof"]),
        Paragraph(f"{words['signed']}\nSHA-256 {view.sha256}"),
    ]
    attached = Attachment(JWS_NAME, "application/jose", "source", words["attached"], view.token)
    return Printed(language, words["title"], tuple(blocks), facts, f"№ {act['number']}", (attached,))


def _who(actor: str, language: str) -> str:
    kind, _, ref = actor.partition(":")
    return f"{said(ACTORS, kind, language)} {ref}"

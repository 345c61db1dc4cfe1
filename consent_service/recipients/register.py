"""The register as an inspector gets it: a table to compute with, and paper."""

from collections.abc import Mapping, Sequence

from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.policies.terms import LocalText, Stated, Until
from consent_service.printing.cells import BYTE_ORDER_MARK, csv_lines
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Printed
from consent_service.recipients.named import Declared, data_names, declared, named_recipients, purpose_names, said
from consent_service.recipients.queries import RecipientView, list_recipients, list_transfers

LATEST_TRANSFERS = 500
_DAY = "%d.%m.%Y"
_WORDS = {
    "kk": {
        "title": "Үшінші тұлғалар, беру, трансшекаралық беру және жариялау тізілімі",
        "operator": "Оператор",
        "made": "Жасалған күні",
        "basis": "Негізі: 94-V Заңының 8-бабы 4-тармағының 3)–6) тармақшалары, 16-бабы, 22-бабы.",
        "declared": "Құжаттарда мәлімделгені",
        "named": "Құжаттарда аталған үшінші тұлғалар",
        "entered": "Оператор енгізген алушылар",
        "transfers": "Нақты берулер",
        "none": "Жазба жоқ.",
        "unsaid": "айтылмаған",
        "no_term": "мерзімсіз",
        "yes": "иә",
        "no": "жоқ",
        "contradictory": "қайшылықты",
        "abroad": "шетел",
        "published": "көпшілікке қолжетімді көзде жарияланады",
        "edition": "редакция",
        "withdrawn": "кері қайтарып алғанға дейін",
        "purpose_reached": "мақсатқа жеткенге дейін",
        "obligations_met": "міндеттемелер орындалғанға дейін",
        "not_needed": "қажет емес",
        "no_contract": "шарт жоқ",
    },
    "ru": {
        "title": "Реестр третьих лиц, передачи, трансграничной передачи и публикации",
        "operator": "Оператор",
        "made": "Составлен",
        "basis": "Основание: Закон 94-V, подпункты 3)–6) пункта 4 статьи 8, статья 16, статья 22.",
        "declared": "Что заявлено в документах",
        "named": "Третьи лица, названные в документах",
        "entered": "Получатели, внесённые оператором",
        "transfers": "Состоявшиеся передачи",
        "none": "Записей нет.",
        "unsaid": "не указано",
        "no_term": "без срока",
        "yes": "да",
        "no": "нет",
        "contradictory": "противоречиво",
        "abroad": "за рубежом",
        "published": "публикуется в общедоступном источнике",
        "edition": "редакция",
        "withdrawn": "до отзыва",
        "purpose_reached": "до достижения цели",
        "obligations_met": "до исполнения обязательств",
        "not_needed": "не требуется",
        "no_contract": "договора нет",
    },
    "en": {
        "title": "Register of third parties, transfers, cross-border transfer and publication",
        "operator": "Operator",
        "made": "Made on",
        "basis": "Basis: Law 94-V, article 8(4)(3)-(6), article 16, article 22.",
        "declared": "What the documents state",
        "named": "Third parties that the documents name",
        "entered": "Recipients entered by the operator",
        "transfers": "Transfers that took place",
        "none": "No entry.",
        "unsaid": "not stated",
        "no_term": "without a term",
        "yes": "yes",
        "no": "no",
        "contradictory": "contradictory",
        "abroad": "abroad",
        "published": "published in a public source",
        "edition": "edition",
        "withdrawn": "until withdrawn",
        "purpose_reached": "until the purpose is reached",
        "obligations_met": "until obligations are met",
        "not_needed": "not needed",
        "no_contract": "no contract",
    },
}
_HEADS = {
    "kk": {
        "declared": ("Құжат", "Қолданылу мерзімі", "Үшінші тұлғаларға беру", "Трансшекаралық беру", "Жариялау"),
        "named": ("Құжат, тармақ", "Кім", "Ел", "Мақсаттар"),
        "entered": ("Атауы, БСН", "Ел, 16-бап", "Деректер мен мақсаттар", "Шарт", "Мерзімі, редакциясы"),
        "transfers": ("Күні", "Алушы", "Мақсат", "Адам саны", "Хабарланды"),
    },
    "ru": {
        "declared": (
            "Документ",
            "Срок действия",
            "Передача третьим лицам",
            "Трансграничная передача",
            "Публикация",
        ),
        "named": ("Документ, пункт", "Кто", "Страна", "Цели"),
        "entered": ("Наименование, БИН", "Страна, статья 16", "Данные и цели", "Договор", "Период, редакция"),
        "transfers": ("Дата", "Получатель", "Цель", "Человек", "Сообщено"),
    },
    "en": {
        "declared": ("Document", "Term", "Third parties", "Cross-border transfer", "Publication"),
        "named": ("Document, clause", "Who", "Country", "Purposes"),
        "entered": ("Name, BIN", "Country, article 16", "Data and purposes", "Contract", "Period, edition"),
        "transfers": ("Day", "Recipient", "Purpose", "People", "Told"),
    },
}
_CSV_HEADS = (
    "kind", "name", "bin", "country", "document", "clause", "data", "purposes", "cross_border", "condition",
    "publication", "contract", "contract_on", "since_on", "until_on", "edition", "term",
)  # fmt: skip


def register_pages(uow: UnitOfWork, language: str) -> Printed:
    """Return the register as paper."""
    words, operator = _WORDS[language], operator_view(uow)
    facts = [
        (words["operator"], ", ".join(filter(None, [operator.name[language], operator.identifier]))),
        (words["made"], almaty_day(uow.now).strftime(_DAY)),
    ]
    blocks = [Paragraph(words["basis"]), *register_blocks(uow, language)]
    return Printed(language, words["title"], blocks, facts)


def register_blocks(uow: UnitOfWork, language: str) -> list[Block]:
    """Return the four tables of the register, for this paper and for others that contain it."""
    words, purposes, data = _WORDS[language], purpose_names(uow), data_names(uow)
    transfers = [
        (
            transfer.transferred_on.strftime(_DAY),
            transfer.recipient,
            said(purposes, transfer.purpose, language),
            str(transfer.people),
            almaty_day(transfer.told_at).strftime(_DAY)
            if transfer.told_at
            else words["no" if transfer.must_tell else "not_needed"],
        )
        for transfer in list_transfers(uow, limit=LATEST_TRANSFERS)
    ]
    named = [
        (
            f"{one.document} {one.version}, {', '.join(one.clause)}",
            one.name[language],
            _country(one.country, language),
            "; ".join(said(purposes, f"{one.document}#{purpose}", language) for purpose in one.purposes),
        )
        for one in named_recipients(uow)
    ]
    tables: list[tuple[str, list[tuple[str, ...]]]] = [
        ("declared", [_declared(one, language) for one in declared(uow)]),
        ("named", [*named]),
        ("entered", [_entered(one, language, purposes, data) for one in list_recipients(uow)]),
        ("transfers", [*transfers]),
    ]
    blocks: list[Block] = []
    for name, rows in tables:
        blocks.append(Heading(words[name]))
        blocks.append(Grid(_HEADS[language][name], rows) if rows else Paragraph(words["none"]))
    return blocks


def register_csv(uow: UnitOfWork, language: str) -> bytes:
    """Return the register as a table in UTF-8 with its mark, comma between cells, as spreadsheets open it."""
    rows: list[Sequence[str]] = [_CSV_HEADS]
    for one in declared(uow):
        row = {
            "kind": "declared", "document": f"{one.document} {one.version}", "name": one.title[language],
            "cross_border": one.cross_border, "publication": one.publication, "since_on": one.in_force_on,
            "term": one.term or one.until,
        }  # fmt: skip
        rows.append(_cells(row))
    for third in named_recipients(uow):
        row = {
            "kind": "named", "name": third.name[language], "country": third.country,
            "document": f"{third.document} {third.version}", "clause": "; ".join(third.clause),
            "data": "; ".join(third.data), "purposes": "; ".join(third.purposes), "cross_border": third.cross_border,
        }  # fmt: skip
        rows.append(_cells(row))
    for entry in list_recipients(uow):
        row = {
            name: "; ".join(value) if isinstance(value, list) else value
            for name in _CSV_HEADS
            if (value := getattr(entry, name, None)) is not None
        }
        rows.append(_cells(row | {"kind": "entered"}))
    return (BYTE_ORDER_MARK + csv_lines(rows)).encode()


def _cells(row: dict[str, object]) -> list[str]:
    return [str(row.get(name, "")) for name in _CSV_HEADS]


def _declared(one: Declared, language: str) -> tuple[str, ...]:
    words = _WORDS[language]
    term = one.term.in_words(language) if one.term else _until(one.until, language)
    return (
        f"{one.title[language]}, {one.version}",
        _with_clause(term, one.term_clause),
        words["yes" if one.third_parties else "unsaid"],
        _with_clause(_stated(one.cross_border, language), one.cross_border_clause),
        _with_clause(_stated(one.publication, language), one.publication_clause),
    )


def _entered(
    one: RecipientView, language: str, purposes: Mapping[str, LocalText], data: Mapping[str, LocalText]
) -> tuple[str, ...]:
    words = _WORDS[language]
    what = [", ".join(said(data, code, language) for code in one.data)]
    what += [said(purposes, code, language) for code in one.purposes]
    abroad = [str(one.condition)] if one.condition else []
    published = [words["published"]] if one.publication else []
    contract = words["no_contract"]
    if one.contract and one.contract_on:
        contract = f"{one.contract}\n{one.contract_on.strftime(_DAY)}"
    until = one.until_on.strftime(_DAY) if one.until_on else ""
    return (
        "\n".join(filter(None, [one.name, one.bin])),
        "\n".join([_country(one.country, language), *abroad]),
        "\n".join([*what, *published]),
        contract,
        f"{one.since_on.strftime(_DAY)} – {until}\n{words['edition']} {one.edition}",
    )


def _country(code: str, language: str) -> str:
    return _WORDS[language].get(code, code)


def _stated(stated: Stated, language: str) -> str:
    return _WORDS[language][str(stated).rstrip("_")]


def _until(until: Until, language: str) -> str:
    return _WORDS[language][str(until)]


def _with_clause(words: str, clause: Sequence[str]) -> str:
    return f"{words} ({', '.join(clause)})" if clause else words

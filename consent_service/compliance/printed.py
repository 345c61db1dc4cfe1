"""The compliance report on paper, in one language."""

from collections.abc import Mapping

from consent_service.compliance.queries import Report
from consent_service.compliance.states import Severity
from consent_service.printing.document import Block, Heading, Paragraph, Points, Printed

SEVERITIES: Mapping[Severity, Mapping[str, str]] = {
    Severity.BREACH: {"kk": "Заңға қайшы", "ru": "Против закона", "en": "Against the law"},
    Severity.GAP: {"kk": "Жетіспейді", "ru": "Не хватает", "en": "Lacking"},
    Severity.RISK: {"kk": "Тәуекел", "ru": "Риск", "en": "Risk"},
    Severity.NOTE: {"kk": "Ескертпе", "ru": "Замечание", "en": "Note"},
}
_WORDS = {
    "title": {"kk": "Сәйкестік есебі", "ru": "Отчёт о соответствии", "en": "Compliance report"},
    "document": {"kk": "Құжат", "ru": "Документ", "en": "Document"},
    "version": {"kk": "Редакция", "ru": "Редакция", "en": "Version"},
    "clause": {"kk": "тармақ", "ru": "пункт", "en": "clause"},
    "unsettled": {"kk": "нақтыланбаған", "ru": "не уточнено", "en": "not settled"},
    "restated": {"kk": "мазмұндама бойынша", "ru": "по пересказу", "en": "by our restatement"},
    "nothing": {"kk": "Ештеңе табылмады.", "ru": "Ничего не найдено.", "en": "Nothing was found."},
    "foot": {
        "kk": "Бұл есеп ережелерден есептелген; заң кеңесі емес.",
        "ru": "Отчёт вычислен по правилам документа; это не юридическая консультация.",
        "en": "Computed from the rules of the document; this is no legal advice.",
    },
}


def report_page(report: Report, language: str) -> Printed:
    """Write the report, the gravest findings first."""
    say = {name: texts[language] for name, texts in _WORDS.items()}
    blocks: list[Block] = []
    for severity, names in SEVERITIES.items():
        lines = []
        for one in report.findings:
            if one.severity is not severity:
                continue
            marks = [one.article]
            marks += [f"{say['clause']} {', '.join(one.clause)}"] if one.clause else []
            marks += [] if one.settled else [say["unsettled"]]
            marks += [] if one.confirmed else [say["restated"]]
            text = {"kk": one.kk, "ru": one.ru, "en": one.en}[language]
            lines.append(f"{text} ({'; '.join(marks)}) {one.advice[language]}")
        if lines:
            blocks += [Heading(names[language]), Points(lines)]
    facts = [(say["document"], report.title[language]), (say["version"], report.version or "–")]
    return Printed(language, say["title"], blocks or [Paragraph(say["nothing"])], facts, say["foot"])

"""The report as paper, in one language."""

from collections.abc import Iterator

from consent_service.compliance.report import Finding, Report
from consent_service.compliance.states import Severity
from consent_service.compliance.wording import (
    confirmation_name,
    paper_words,
    reservation,
    severity_meaning,
    severity_name,
)
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.printing.document import Block, Heading, Paragraph, Points, Printed


def report_page(uow: UnitOfWork, report: Report, language: str) -> Printed:
    """Lay out a report."""
    words, operator = paper_words(language), operator_view(uow)
    facts = (
        (words["operator"], ", ".join(filter(None, [operator.name[language], operator.identifier]))),
        (words["document"], f"{report.title[language]} ({report.document})"),
        (words["version"], report.version or words["no_version"]),
        (words["made"], almaty_day(uow.now).strftime("%d.%m.%Y")),
    )
    blocks = [Paragraph(reservation()[language]), *_findings(report, language)]
    if report.passed:
        blocks += [Heading(words["passed"]), Points(tuple(one.name[language] for one in report.passed))]
    return Printed(language, words["title"], blocks, facts, foot=report.document)


def _findings(report: Report, language: str) -> Iterator[Block]:
    if not report.findings:
        yield Paragraph(paper_words(language)["nothing"])
    for severity in Severity:
        found = report.of(severity)
        if found:
            yield Heading(f"{severity_name(severity)[language].capitalize()}: {len(found)}")
            yield Paragraph(f"{severity_meaning(severity)[language].capitalize()}.")
            yield Points(tuple(_finding(finding, language) for finding in found))


def _finding(finding: Finding, language: str) -> str:
    words = paper_words(language)
    where = f"{words['clause']} {', '.join(finding.clause)}. " if finding.clause else ""
    unsettled = "" if finding.settled else f", {words['unsettled']}"
    lines = [
        f"{finding.name[language]}. {where}{finding.says[language]}",
        *(note[language] for note in finding.notes),
        f"{words['advice']}: {finding.advice[language]}",
        f"{finding.article[language]}{unsettled}; {confirmation_name(finding.confirmed)[language]}.",
    ]
    return "\n".join(lines)

"""The report on a version: findings and what passed.  Frozen, complete, in all three languages."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent_service.compliance.states import Confirmation, Severity
from consent_service.policies.states import TextKind, VersionState
from consent_service.policies.terms import LocalText


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found in one place; ``settled``: the article was read in its own text."""

    check: str
    severity: Severity
    clause: tuple[str, ...]
    article: LocalText
    settled: bool
    confirmed: Confirmation
    name: LocalText
    says: LocalText
    advice: LocalText
    notes: tuple[LocalText, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A check that found nothing."""

    check: str
    name: LocalText
    article: LocalText


@dataclass(frozen=True, slots=True)
class Report:
    """What a version lacks; ``version`` is None for a document without a text.

    ``text_kind``: what the clauses were held against, the operator's own text or our restatement of it.
    """

    document: str
    title: LocalText
    version: str | None
    state: VersionState
    text_kind: TextKind | None
    findings: tuple[Finding, ...]
    passed: tuple[Passed, ...]

    @property
    def counts(self) -> Mapping[Severity, int]:
        """Return how many findings there are of each weight, the heaviest first."""
        counted = Counter(finding.severity for finding in self.findings)
        return {severity: counted[severity] for severity in Severity}

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of a weight."""
        return tuple(finding for finding in self.findings if finding.severity is severity)


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of a clause, and whose they are; ``text`` is None where the text has no such clause."""

    clause: str
    text: str | None
    text_kind: TextKind


def as_data(report: Report) -> dict[str, Any]:  # Any: JSON values
    """Write a report as JSON values, for the interface and the command."""
    return {
        "document": report.document,
        "version": report.version,
        "state": str(report.state),
        "text_kind": None if report.text_kind is None else str(report.text_kind),
        "findings": [
            {
                "check": finding.check,
                "clause": list(finding.clause),
                "article": dict(finding.article),
                "settled": finding.settled,
                "severity": str(finding.severity),
                "confirmed": str(finding.confirmed),
                **finding.says,
                "advice": dict(finding.advice),
                "notes": [dict(note) for note in finding.notes],
            }
            for finding in report.findings
        ],
        "passed": [{"check": passed.check, **passed.name, "article": dict(passed.article)} for passed in report.passed],
    }

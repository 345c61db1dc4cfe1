"""The compliance report of one version of a document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consent_service.compliance.rules import Checked, codes, findings
from consent_service.compliance.states import Severity
from consent_service.compliance.words import finding_words
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.policies.queries import VersionView, list_documents, list_versions, text_of
from consent_service.policies.states import TextKind, VersionState

ANNOUNCED = "announced_without_text"
_ORDER = list(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a document lacks.

    ``confirmed``: every clause it rests on stands in the operator's own published text; False where only our
    restatement has it.  What rests on silence has no clause, and is confirmed where there is a published text.
    """

    check: str
    clause: tuple[str, ...]
    article: str
    severity: Severity
    settled: bool
    confirmed: bool
    kk: str
    ru: str
    en: str
    advice: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What a version lacks, the gravest first, and which checks it passed."""

    document: str
    title: Mapping[str, str]
    version: str | None
    in_force_on: date | None
    findings: tuple[Finding, ...]
    passed: tuple[str, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(one.severity is severity for one in self.findings)


def compliance_report(uow: UnitOfWork, document: str, version: str | None = None) -> Report:
    """Hold a version of a document against the law; without a name the one in force, else the latest.

    Raises:
        NotFoundError: The operator has no such document or version.
    """
    versions = list_versions(uow, document, uow.now)
    slug = document.rpartition("/")[2]
    shown = next(one for one in list_documents(uow, uow.now) if one.slug == slug)
    if not versions:
        name = f"{operator_view(uow).slug}/{slug}"
        return Report(name, shown.title, None, None, (_finding(ANNOUNCED, (), confirmed=True),), ())
    view = _chosen(versions, version)
    checked = Checked(view.terms, operator_view(uow).identifier_kind, tuple(view.texts))
    known = _published_clauses(uow, view)
    found = [
        _finding(code, clause, confirmed=known is not None and set(clause) <= known)
        for code, clause in findings(checked)
    ]
    found.sort(key=lambda one: (_ORDER.index(one.severity), one.check, one.clause))
    failed = {one.check for one in found}
    passed = tuple(code for code in codes() if code not in failed)
    return Report(view.name, view.terms.title, view.version, view.in_force_on, tuple(found), passed)


def reports(uow: UnitOfWork) -> list[Report]:
    """Return the report of each of the operator's documents."""
    return [compliance_report(uow, one.slug) for one in list_documents(uow, uow.now)]


def _chosen(versions: Sequence[VersionView], name: str | None) -> VersionView:
    if name is not None:
        found = next((one for one in versions if one.version == name), None)
        if found is None:
            raise NotFoundError("The document has no such version; list its versions to see their names.")
        return found
    in_force = [one for one in versions if one.state is VersionState.IN_FORCE]
    return (in_force or list(versions))[-1]


def _published_clauses(uow: UnitOfWork, view: VersionView) -> set[str] | None:
    """Return the clauses of the operator's own text, in whichever language it is; None where there is none."""
    for language, info in view.texts.items():
        if info.text_kind is TextKind.PUBLISHED:
            text, _ = text_of(uow, view.id, language)
            return {clause.number for clause in text.clauses}
    return None


def _finding(code: str, clause: tuple[str, ...], *, confirmed: bool) -> Finding:
    words = finding_words()[code]
    return Finding(
        code,
        clause,
        words.article,
        words.severity,
        words.settled,
        confirmed,
        words.text["kk"],
        words.text["ru"],
        words.text["en"],
        words.advice,
    )

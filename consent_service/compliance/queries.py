"""Reports on documents, and the clauses that they speak of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent_service.compliance.checks import ANNOUNCED, Outcome, examine
from consent_service.compliance.examined import Examined, Ground
from consent_service.compliance.report import Finding, Passed, Quote, Report
from consent_service.compliance.states import Confirmation, Severity
from consent_service.compliance.wording import words_of_checks
from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import OperatorView, operator_slug, operator_view
from consent_service.policies.checking import Verdict, check_terms
from consent_service.policies.clauses import PolicyText
from consent_service.policies.consistency import cited
from consent_service.policies.queries import (
    DocumentView,
    VersionView,
    document_id,
    list_documents,
    list_versions,
    terms_data_of,
    text_of,
    version_named,
)
from consent_service.policies.states import TextKind, VersionState
from consent_service.policies.vocabulary import IdentifierKind

_WEIGHT = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class _Held:
    """The text that the clauses are held against, and the verdict on each rule of the terms by its place."""

    kind: TextKind | None
    verdicts: Mapping[str, Verdict]

    def confirms(self, ground: Ground) -> Confirmation:
        """Say how far the rules of a finding are confirmed; a rule without a clause speaks of a silent text."""
        checked = [self.verdicts.get(place) for place, rule in ground.rules if rule.clause]
        if not checked:
            return Confirmation.SILENT
        if any(verdict is not Verdict.CONFIRMED for verdict in checked):
            return Confirmation.UNCONFIRMED
        return Confirmation.PUBLISHED if self.kind is TextKind.PUBLISHED else Confirmation.RESTATEMENT


def compliance_report(uow: UnitOfWork, catalogue: Catalogue, document: str, version: str | None = None) -> Report:
    """Report what a version lacks against Law 94-V; without a version, the one by which the document is shown.

    Raises:
        NotFoundError: The operator has no such document or version.
    """
    view = version_named(uow, document, version, uow.now) if version else _shown(list_versions(uow, document, uow.now))
    if view is None:
        wanted = document_id(uow, document)
        return _announced(uow, next(one for one in list_documents(uow, uow.now) if one.id == wanted))
    return _report(uow, catalogue, operator_view(uow), view)


def compliance_reports(uow: UnitOfWork, catalogue: Catalogue) -> list[Report]:
    """Report on every document of the operator, by the version by which each is shown."""
    operator = operator_view(uow)
    reports = []
    for document in list_documents(uow, uow.now):
        view = _shown(list_versions(uow, document.slug, uow.now))
        reports.append(_announced(uow, document) if view is None else _report(uow, catalogue, operator, view))
    return reports


def quotes(uow: UnitOfWork, report: Report, language: str) -> Mapping[str, Quote]:
    """Return the clauses of a report's findings in a language, each with whose words they are."""
    if report.version is None:
        return {}
    view = version_named(uow, report.document, report.version, uow.now)
    tokens = dict.fromkeys(token for finding in report.findings for token in finding.clause)
    spoken = _language(list(view.texts), language)
    texts = _texts(uow, view, spoken, tokens) if spoken else {}
    found = {}
    for token in tokens:
        document, _, number = token.rpartition("/")
        if document in texts:
            text, kind = texts[document]
            words = next((clause.text for clause in text.clauses if clause.number == number), None)
            found[token] = Quote(token, words, kind)
    return found


def _report(uow: UnitOfWork, catalogue: Catalogue, operator: OperatorView, view: VersionView) -> Report:
    held = _hold(uow, view)
    own = frozenset(language for language, info in view.texts.items() if info.text_kind is TextKind.PUBLISHED)
    examined = Examined(
        terms=view.terms,
        has_bin=operator.identifier_kind == IdentifierKind.BIN,
        has_contact=bool(operator.contacts.get("email") or operator.contacts.get("post")),
        languages=own,
        duties=catalogue.in_force(almaty_day(uow.now)),
    )
    outcomes = examine(examined)
    found = [_finding(outcome, ground, held) for outcome in outcomes for ground in outcome.grounds]
    return Report(
        document=view.name,
        title=view.terms.title,
        version=view.version,
        state=view.state,
        text_kind=held.kind,
        findings=tuple(sorted(found, key=lambda finding: _WEIGHT[finding.severity])),
        passed=tuple(_passed(outcome) for outcome in outcomes if not outcome.grounds),
    )


def _announced(uow: UnitOfWork, document: DocumentView) -> Report:
    """Report on a document that has a heading alone."""
    finding = _finding(Outcome(ANNOUNCED, ()), Ground(), _Held(None, {}))
    return Report(
        document=f"{operator_slug(uow)}/{document.slug}",
        title=document.title,
        version=None,
        state=document.state,
        text_kind=None,
        findings=(finding,),
        passed=(),
    )


def _finding(outcome: Outcome, ground: Ground, held: _Held) -> Finding:
    words, duty = words_of_checks()[outcome.code], ground.duty
    says = words.says
    if duty is not None:
        says = {language: text.format(law=duty.period.in_words(language)) for language, text in says.items()}
    return Finding(
        check=outcome.code,
        severity=words.severity,
        clause=ground.clause,
        article=duty.source if duty else words.article,
        settled=duty.settled if duty else words.settled,
        confirmed=held.confirms(ground),
        name=words.name,
        says=says,
        advice=words.advice,
        notes=ground.notes,
    )


def _passed(outcome: Outcome) -> Passed:
    words = words_of_checks()[outcome.code]
    return Passed(outcome.code, words.name, words.article)


def _shown(versions: list[VersionView]) -> VersionView | None:
    """Choose the version in force, else the next, else the last draft."""
    by_state = {view.state: view for view in reversed(versions)}
    last = versions[-1] if versions else None
    return by_state.get(VersionState.IN_FORCE) or by_state.get(VersionState.SCHEDULED) or last


def _hold(uow: UnitOfWork, view: VersionView) -> _Held:
    """Hold the rules against the operator's own text, or where it is not here against our restatement."""
    own = [language for language, info in view.texts.items() if info.text_kind is TextKind.PUBLISHED]
    language = _language(own or list(view.texts), view.terms.source.language)
    if language is None:
        return _Held(None, {})
    data: dict[str, Any] = dict(terms_data_of(uow, view.id))  # Any: JSON values
    texts = _texts(uow, view, language, (token for _, token in cited(data)))
    others = {document: text for document, (text, _) in texts.items()}
    checks = check_terms(data, others[""], others)
    return _Held(texts[""][1], {check.rule: check.verdict for check in checks})


def _language(there: Sequence[str], wanted: str) -> str | None:
    """Choose the wanted language, or else one that is there."""
    return wanted if wanted in there else next(iter(there), None)


def _texts(
    uow: UnitOfWork, view: VersionView, language: str, tokens: Iterable[str]
) -> Mapping[str, tuple[PolicyText, TextKind]]:
    """Return the version's text under no name, and under theirs the texts of other documents that are cited."""
    texts = {"": _text(uow, view, language)}
    cited_ones = {token.rpartition("/")[0] for token in tokens} - {""}
    for document in list_documents(uow, uow.now) if cited_ones else ():
        other = _shown(list_versions(uow, document.slug, uow.now)) if document.slug in cited_ones else None
        if other is not None and language in other.texts:
            texts[document.slug] = _text(uow, other, language)
    return texts


def _text(uow: UnitOfWork, view: VersionView, language: str) -> tuple[PolicyText, TextKind]:
    text, info = text_of(uow, view.id, language)
    return text, info.text_kind

"""The machine-readable rules of one document version, as a typed and frozen view.

This is the module to import from: it hands on the parts and the vocabulary.  What a rule leads to is decided
by the capability that applies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from consent_service.policies.parts import (
    Acceptance,
    AnswerRule,
    Approval,
    BarRule,
    ChangeRule,
    Confidentiality,
    DataCategory,
    DataList,
    Dates,
    ErasingRule,
    Exclusion,
    Fact,
    LocalText,
    PurposeTerms,
    RecipientTerms,
    RetentionRule,
    RightRule,
    Rule,
    Said,
    SentBefore,
    Source,
    Statement,
    TakeBack,
    TerminationRule,
    ValidityTerms,
    WithdrawalChannelRule,
    WithdrawalEffect,
    WithdrawalTerms,
)
from consent_service.policies.shaping import shape
from consent_service.policies.vocabulary import (
    AcceptanceAct,
    AgreementEffect,
    AnswerTrigger,
    AppliesTo,
    Basis,
    Binds,
    Counts,
    CountsAt,
    Covered,
    DataKind,
    DateSource,
    DocumentKind,
    EffectWhen,
    ErasingAction,
    ErasingTrigger,
    FactCode,
    ListKind,
    NoticeChannel,
    Objection,
    PrintedBar,
    RetentionIs,
    RetentionStart,
    Right,
    Stated,
    TakeBackBy,
    TakeBackUntil,
    TerminatedBy,
    TerminationGround,
    Until,
    Who,
    WithdrawalBy,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All rules of one document version.

    ``third_parties`` is written where the recipients do not say it already; ``responsible_person``: the clause that
    names the person in charge of personal data.
    """

    operator: str
    document: str
    version: str
    title: LocalText
    kind: DocumentKind
    source: Source
    dates: Dates
    acceptance: Acceptance
    validity: ValidityTerms
    data_list: DataList
    data: tuple[DataCategory, ...] = ()
    recipients: tuple[RecipientTerms, ...] = ()
    third_parties: Statement | None = None
    cross_border: Statement
    publication: Statement
    purposes: tuple[PurposeTerms, ...]
    change: tuple[ChangeRule, ...] = ()
    withdrawal: WithdrawalTerms
    retention: tuple[RetentionRule, ...] = ()
    erasing: tuple[ErasingRule, ...] = ()
    answers: tuple[AnswerRule, ...] = ()
    termination: tuple[TerminationRule, ...] = ()
    confidentiality: Confidentiality | None = None
    rights: tuple[RightRule, ...] = ()
    responsible_person: Rule | None = None
    facts: tuple[Fact, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:  # Any: JSON values
        """Build the view from what ``schema`` validated and ``document_versions.terms`` keeps as JSON."""
        return shape(cls, data)


__all__ = [
    "Acceptance",
    "AcceptanceAct",
    "AgreementEffect",
    "AnswerRule",
    "AnswerTrigger",
    "AppliesTo",
    "Approval",
    "BarRule",
    "Basis",
    "Binds",
    "ChangeRule",
    "Confidentiality",
    "Counts",
    "CountsAt",
    "Covered",
    "DataCategory",
    "DataKind",
    "DataList",
    "DateSource",
    "Dates",
    "DocumentKind",
    "EffectWhen",
    "ErasingAction",
    "ErasingRule",
    "ErasingTrigger",
    "Exclusion",
    "Fact",
    "FactCode",
    "ListKind",
    "LocalText",
    "NoticeChannel",
    "Objection",
    "PrintedBar",
    "PurposeTerms",
    "RecipientTerms",
    "RetentionIs",
    "RetentionRule",
    "RetentionStart",
    "Right",
    "RightRule",
    "Rule",
    "Said",
    "SentBefore",
    "Source",
    "Stated",
    "Statement",
    "TakeBack",
    "TakeBackBy",
    "TakeBackUntil",
    "TerminatedBy",
    "TerminationGround",
    "TerminationRule",
    "Terms",
    "Until",
    "ValidityTerms",
    "Who",
    "WithdrawalBy",
    "WithdrawalChannelRule",
    "WithdrawalEffect",
    "WithdrawalTerms",
]

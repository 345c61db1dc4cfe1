"""The parts of a document's terms: one frozen dataclass for each kind of rule.

Field names are the keys of ``terms.yaml``, except ``is_`` and ``with_``.  ``clause`` is always a tuple of
tokens, empty where the text is silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from consent_service.deadlines.periods import Period
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

LocalText = Mapping[str, str]  # kk, ru, en


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A printed number that is no period: an age, a share, a sum, a day of the month."""

    number: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule carries: its clauses, a note for readers, and printed numbers that are no periods."""

    clause: tuple[str, ...] = ()
    note: LocalText | None = None
    says: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The published text that the terms were read from; ``heading`` is its exact printed opening line."""

    language: str
    heading: str
    read_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The printed date, if there is one, and the day from which the version is in force."""

    printed_on: date | None = None
    in_force_on: date
    date_source: DateSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Rule):
    """Somebody who may not accept."""

    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Rule):
    """The operator approves before the acceptance counts; ``within`` is None when no period is printed."""

    within: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Rule):
    """How a person accepts the document, and what the act counts as."""

    act: AcceptanceAct
    counts: Counts
    counts_at: CountsAt
    excluded: tuple[Exclusion, ...] = ()
    one_account: Rule | None = None
    approval: Approval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityTerms(Rule):
    """How long a consent is valid: ``period`` from the acceptance, or until something happens."""

    period: Period | None = None
    until: Until


@dataclass(frozen=True, slots=True, kw_only=True)
class DataList(Rule):
    """Whether the list of data is complete."""

    is_: ListKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCategory(Rule):
    """A category of data that the text names."""

    code: str
    kind: DataKind
    name: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientTerms(Rule):
    """A third party that the text names; ``country``: ISO 3166 code, ``abroad`` or ``unsaid``."""

    code: str
    country: str
    name: LocalText
    why: LocalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Rule):
    """What the text says on a yes-or-no question."""

    stated: Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeTerms(Rule):
    """One purpose.

    ``term`` is the period after which a consent for it ends; ``bundled``: printed as part of the whole.
    """

    code: str
    name: LocalText
    needs_consent: bool
    marketing: bool
    required: bool
    bundled: bool = False
    data: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    cross_border: Stated = Stated.UNSAID
    basis: Basis
    term: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule(Rule):
    """How the document may change: ``notice`` before effect, ``within`` for objecting or for going on."""

    applies_to: AppliesTo
    notice: Period | None = None
    channel: tuple[NoticeChannel, ...] = ()
    binds: Binds
    within: Period | None = None
    objection: Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalChannelRule(Rule):
    """A channel by which the document lets a person withdraw."""

    channel: WithdrawalBy


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalEffect(Rule):
    """When a withdrawal takes effect; for all purposes where ``purposes`` is None."""

    when: EffectWhen
    period: Period | None = None
    purposes: tuple[str, ...] | None = None

    def fits(self, purpose: str) -> bool:
        """Say whether the rule is about a purpose."""
        return self.purposes is None or purpose in self.purposes


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBefore(Rule):
    """How long before the wanted day an application must be sent."""

    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Rule):
    """Until when, and how, a withdrawal may be taken back."""

    until: TakeBackUntil
    by: tuple[TakeBackBy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRule(Rule):
    """A printed ground for refusing a withdrawal."""

    bar: PrintedBar


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalTerms:
    """How a person takes consent back, by the document."""

    channels: tuple[WithdrawalChannelRule, ...] = ()
    effects: tuple[WithdrawalEffect, ...]
    sent_before: SentBefore | None = None
    take_back: TakeBack | None = None
    agreement: AgreementEffect = AgreementEffect.NONE
    agreement_clause: tuple[str, ...] = ()
    bars: tuple[BarRule, ...] = ()
    covers: tuple[Covered, ...] = ()
    covers_clause: tuple[str, ...] = ()

    def effect_for(self, purpose: str) -> WithdrawalEffect:
        """Return the first rule that fits a purpose; at receipt, without a clause, where there is none."""
        fitting = (effect for effect in self.effects if effect.fits(purpose))
        return next(fitting, WithdrawalEffect(when=EffectWhen.AT_RECEIPT))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule(Rule):
    """How long data are kept, by the document; ``period`` is None when no length is printed."""

    code: str
    start: RetentionStart
    period: Period | None = None
    is_: RetentionIs


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasingRule(Rule):
    """What the document promises to do with data; ``period`` is None when no length is printed."""

    trigger: ErasingTrigger
    action: ErasingAction
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRule(Rule):
    """An answer or act that the document promises; ``at_once`` where it prints no length but wants haste."""

    code: str
    trigger: AnswerTrigger
    action: str
    period: Period | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationRule(Rule):
    """How an agreement ends; ``notice`` is None when it ends at once or no length is printed."""

    by: TerminatedBy
    ground: TerminationGround
    notice: Period | None = None
    channel: tuple[NoticeChannel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidentiality(Rule):
    """How long confidentiality outlives the agreement."""

    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRule(Rule):
    """A right that the document grants."""

    code: Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Rule):
    """Something else that the text says; ``with_``: clauses that contradict or complete it."""

    code: FactCode
    with_: tuple[str, ...] = ()

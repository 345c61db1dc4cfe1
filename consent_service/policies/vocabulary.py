"""The closed vocabulary of ``terms.yaml``: every word that a rule of a document may use.

Words only; what follows from them is the business of the capability that applies the rule.
"""

from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document is."""

    CONSENT = "consent"
    AGREEMENT = "agreement"
    NOTICE = "notice"


class DateSource(StrEnum):
    """Where the date in force comes from: the printed text, or the operator at import."""

    TEXT = "text"
    OPERATOR = "operator"


class AcceptanceAct(StrEnum):
    """What the document says a person does to accept it."""

    TICK_AND_PRESS = "tick_and_press"
    PRESS_BUTTON = "press_button"
    FINISH_REGISTRATION = "finish_registration"
    FORM_APPROVAL = "form_approval"
    USE = "use"
    NONE = "none"


class Counts(StrEnum):
    """What the act counts as."""

    EXPLICIT = "explicit"
    ON_APPROVAL = "on_approval"
    IMPLIED = "implied"
    INFORMATION = "information"


class CountsAt(StrEnum):
    """When the act counts."""

    PRESS = "press"
    REGISTRATION = "registration"
    APPROVAL = "approval"
    FIRST_USE = "first_use"
    NONE = "none"


class Who(StrEnum):
    """Who may not accept."""

    UNDER_18 = "under_18"
    STATELESS = "stateless"
    OTHER_PROGRAMME = "other_programme"


class Until(StrEnum):
    """Until when the document says that a consent is valid."""

    WITHDRAWN = "withdrawn"
    PURPOSE_REACHED = "purpose_reached"
    OBLIGATIONS_MET = "obligations_met"
    UNSAID = "unsaid"


class ListKind(StrEnum):
    """Whether the list of data is complete."""

    CLOSED = "closed"
    OPEN = "open"
    ABSENT = "absent"


class DataKind(StrEnum):
    """What sort of data a category is."""

    IDENTITY = "identity"
    CONTACT = "contact"
    WORK = "work"
    TECHNICAL = "technical"
    BEHAVIOUR = "behaviour"
    CONTENT = "content"
    PAYMENT = "payment"
    BIOMETRIC = "biometric"
    IDENTITY_DOCUMENT = "identity_document"
    LOCATION = "location"
    ACCOUNT = "account"


class Stated(StrEnum):
    """What the text says on a yes-or-no question.  The underscore keeps YAML from reading a truth value."""

    YES = "yes_"
    NO = "no_"
    CONTRADICTORY = "contradictory"
    UNSAID = "unsaid"


class Basis(StrEnum):
    """On what the text rests a purpose, as printed; ``own_interest`` is none under Law 94-V."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LAW = "law"
    OWN_INTEREST = "own_interest"


class AppliesTo(StrEnum):
    """Which changes of the document a change rule is about."""

    ALL = "all"
    MINOR = "minor"
    MATERIAL = "material"
    OTHER = "other"
    COMMISSION_PAYMENTS = "commission_payments"


class Binds(StrEnum):
    """What makes a changed text bind a person, by the document."""

    SILENCE = "silence"
    USE = "use"
    NOTICE = "notice"
    POSTING = "posting"


class Objection(StrEnum):
    """What an objection to a change leads to."""

    ENDS_AGREEMENT = "ends_agreement"
    STOP_USING = "stop_using"
    TERMINATE = "terminate"
    NONE = "none"


class NoticeChannel(StrEnum):
    """How a change or a termination is announced."""

    EMAIL = "email"
    POST = "post"
    POSTING = "posting"
    PLATFORM = "platform"
    REGISTERED_MAIL = "registered_mail"
    WRITTEN_NOTICE = "written_notice"


class WithdrawalBy(StrEnum):
    """Channels by which a document lets a person withdraw."""

    REGISTERED_MAIL = "registered_mail"
    WRITTEN_APPLICATION = "written_application"
    EMAIL = "email"
    PLATFORM = "platform"
    FORM = "form"
    PHONE = "phone"


class EffectWhen(StrEnum):
    """From when a withdrawal takes effect, by the document."""

    AT_RECEIPT = "at_receipt"
    AFTER_RECEIPT = "after_receipt"


class TakeBackUntil(StrEnum):
    """Until when a withdrawal may be taken back."""

    ERASURE = "erasure"


class TakeBackBy(StrEnum):
    """How a withdrawal may be taken back."""

    SIGN_IN = "sign_in"
    APPLICATION = "application"


class AgreementEffect(StrEnum):
    """What a withdrawal does to the agreement between person and operator."""

    SUSPENDS_OR_ENDS = "suspends_or_ends"
    ENDS = "ends"
    NONE = "none"


class PrintedBar(StrEnum):
    """On what grounds a document says that a withdrawal may be refused."""

    LAW = "law"
    OBLIGATION = "obligation"


class Covered(StrEnum):
    """What a withdrawal puts an end to, where the text lists it."""

    COLLECTION = "collection"
    PROCESSING = "processing"
    CROSS_BORDER = "cross_border"


class RetentionStart(StrEnum):
    """From what a retention term runs."""

    AGREEMENT_ENDED = "agreement_ended"
    PURPOSE_REACHED = "purpose_reached"
    ACCEPTANCE = "acceptance"
    NONE = "none"


class RetentionIs(StrEnum):
    """What a retention rule says of the length."""

    TERM = "term"
    OUTER_LIMIT = "outer_limit"
    WITHOUT_TERM = "without_term"
    OPERATOR_DECIDES = "operator_decides"
    NO_DELETION = "no_deletion"


class ErasingTrigger(StrEnum):
    """What starts the period of an erasing rule."""

    WITHDRAWAL = "withdrawal"
    STORAGE_ENDED = "storage_ended"
    RELATION_ENDED = "relation_ended"
    PURPOSE_REACHED = "purpose_reached"
    OTHER_LAW = "other_law"
    PERSON_REQUEST = "person_request"


class ErasingAction(StrEnum):
    """What is done to the data."""

    DESTROY = "destroy"
    DELETE = "delete"
    DEPERSONALISE = "depersonalise"


class AnswerTrigger(StrEnum):
    """What starts the period of a promised answer."""

    CLAIM = "claim"
    BREACH = "breach"
    UNLAWFUL_DATA = "unlawful_data"
    PERSON_REQUEST = "person_request"
    TRANSFER = "transfer"
    WITHDRAWAL = "withdrawal"
    ACCESS = "access"
    CORRECTION = "correction"


class TerminatedBy(StrEnum):
    """Who may end an agreement."""

    PERSON = "person"
    OPERATOR = "operator"
    EITHER = "either"


class TerminationGround(StrEnum):
    """On what ground an agreement may be ended."""

    ANY = "any"
    BREACH = "breach"
    WITHOUT_BREACH = "without_breach"
    GARBLED = "garbled"


class Right(StrEnum):
    """A right that the document grants."""

    ACCESS = "access"
    COPY = "copy"
    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    BLOCK = "block"
    PORTABILITY = "portability"
    OBJECT_MARKETING = "object_marketing"
    COMPLAIN = "complain"
    PRIVACY_SETTINGS = "privacy_settings"


class IdentifierKind(StrEnum):
    """What number an operator prints to say who it is."""

    BIN = "bin"
    FOREIGN = "foreign"
    ABSENT = "absent"


class FactCode(StrEnum):
    """What a text says that no other rule of the terms has room for.

    The first block is neutral; each word of the second is a finding of the compliance report.
    """

    CARD_DATA_NOT_STORED = "card_data_not_stored"
    REWARD_FORFEITED_ON_BREACH = "reward_forfeited_on_breach"
    REWARD_SETTLED_AT_END = "reward_settled_at_end"
    TRANSFER_UNDER_CONTRACT_ONLY = "transfer_under_contract_only"
    UNAUTHORISED_ACCESS_MEASURES = "unauthorised_access_measures"

    ADDRESS_ELSEWHERE = "address_elsewhere"
    ASSIGNMENT_OF_RIGHTS = "assignment_of_rights"
    AUTOMATED_PROCESSING = "automated_processing"
    CONTACT_MISSING = "contact_missing"
    CONTEST_WINNERS_PUBLISHED = "contest_winners_published"
    CONTRADICTION = "contradiction"
    DOCUMENT_ELSEWHERE = "document_elsewhere"
    FOREIGN_LAW = "foreign_law"
    FOREIGN_PLATFORM = "foreign_platform"
    HASHING_CALLED_DEPERSONALISING = "hashing_called_depersonalising"
    MADE_PUBLIC_BY_ENTERING = "made_public_by_entering"
    MIXED_LANGUAGE = "mixed_language"
    NUMBERING_GAP = "numbering_gap"
    OPEN_PURPOSES = "open_purposes"
    PASSWORDS_IN_COOKIES = "passwords_in_cookies"
    PHOTO_AS_AVATAR = "photo_as_avatar"
    POLICY_OUTRANKS_AGREEMENTS = "policy_outranks_agreements"
    RIGHTS_WAIVED = "rights_waived"
    SOCIAL_MEDIA_KEPT_AFTER_DELETION = "social_media_kept_after_deletion"
    STORAGE_ABROAD = "storage_abroad"
    TWO_ADDRESSES = "two_addresses"
    UNINTELLIGIBLE = "unintelligible"

"""From what a storage term runs, what is done when it is over, and who says so."""

from enum import StrEnum


class StorageStart(StrEnum):
    """An event from which a storage term runs."""

    WITHDRAWAL = "withdrawal"
    CONSENT_ENDED = "consent_ended"  # its own term was over
    AGREEMENT_ENDED = "agreement_ended"
    PURPOSE_REACHED = "purpose_reached"
    LAST_ACTIVITY = "last_activity"
    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"  # the person said no, or was not approved


class StorageAction(StrEnum):
    """What is done with the data: four different things (Law 94-V art. 1, 18)."""

    DESTROY = "destroy"
    DELETE = "delete"
    DEPERSONALISE = "depersonalise"
    BLOCK = "block"


class StorageOrigin(StrEnum):
    """Who says how long."""

    POLICY = "policy"
    LAW = "law"
    SCHEDULE = "schedule"  # the operator's own


ENDING = frozenset(StorageAction) - {StorageAction.BLOCK}
# What the person did last, or what was agreed: the answer itself goes on until the term is over.
STANDING_STARTS = frozenset({StorageStart.ACCEPTANCE, StorageStart.LAST_ACTIVITY})
# What an operator may set a term for: a refusal has the law's own.
SCHEDULED_STARTS = frozenset(StorageStart) - {StorageStart.REFUSAL}

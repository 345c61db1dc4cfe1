"""The words of a description, and where a task stands."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of target."""

    SQL = "sql"
    WEBHOOK = "webhook"
    MAIL_TASK = "mail_task"


class Identifies(StrEnum):
    """By what a column names a person."""

    REF = "ref"
    EMAIL = "email"
    PHONE = "phone"
    IIN = "iin"


class Form(StrEnum):
    """How an identifier is written in a column."""

    EXACT = "exact"
    ANY_CASE = "any_case"  # Name@Example.kz
    E164 = "e164"  # +77010000000
    DIGITS = "digits"  # 77010000000
    TRUNK = "trunk"  # 87010000000


# The forms of each identifier; the first one is meant where none is written.
FORMS = {
    Identifies.REF: (Form.EXACT,),
    Identifies.EMAIL: (Form.ANY_CASE, Form.EXACT),
    Identifies.PHONE: (Form.E164, Form.DIGITS, Form.TRUNK),
    Identifies.IIN: (Form.EXACT,),
}


class Rows(StrEnum):
    """What becomes of the rows of a person in a table: four different things, in the data and in the certificate."""

    DELETE = "delete"
    DEPERSONALISE = "depersonalise"  # nobody can tell whose they were; k says how far
    PSEUDONYMISE = "pseudonymise"  # whoever has the key can: it is no depersonalisation
    KEEP = "keep"  # a law wants it; single columns may still go


class Do(StrEnum):
    """What becomes of a column."""

    SET_NULL = "set_null"
    FIXED = "fixed"
    GENERALISE = "generalise"
    PSEUDONYMISE = "pseudonymise"
    KEEP = "keep"


CLEARS = frozenset({Do.SET_NULL, Do.FIXED})
# What may become of the columns of a table, by what becomes of its rows.
ALLOWED = {
    Rows.DELETE: frozenset[Do](),
    Rows.DEPERSONALISE: CLEARS | {Do.GENERALISE, Do.KEEP},
    Rows.PSEUDONYMISE: CLEARS | {Do.GENERALISE, Do.PSEUDONYMISE, Do.KEEP},
    Rows.KEEP: CLEARS | {Do.GENERALISE, Do.PSEUDONYMISE},
}


class Reference(StrEnum):
    """What becomes of a column that refers to a row of a person, in rows that are not that person's."""

    UNLINK = "unlink"  # it becomes null
    STAYS = "stays"  # the row that it refers to stays as well


class TaskState(StrEnum):
    """Where a mail task stands."""

    OPEN = "open"
    LACKING = "lacking"  # the person named says that something is lacking; it can still be confirmed
    CONFIRMED = "confirmed"


class Collected(StrEnum):
    """What came of collecting a person's rows from a target."""

    COLLECTED = "collected"
    FAILED = "failed"
    BY_HAND = "by_hand"  # the target cannot be read from here: somebody has to ask there

"""What is said on the screen of orders to erase: grounds, targets, approvals, why one was cancelled."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext

from consent_service.erasure.act_words import GROUNDS, article
from consent_service.erasure.states import ApprovalState, Cancelled, Ground, TargetState
from consent_service.pages.languages import language


def ground_words() -> Mapping[Ground, str]:
    """Return each ground with its article."""
    here = language()
    return {ground: f"{article(ground, here)}: {words[here]}" for ground, words in GROUNDS.items()}


def target_states() -> Mapping[StrEnum, str]:
    """Return the states of a target."""
    return {
        TargetState.WAITING: gettext("not asked yet"),
        TargetState.RUNNING: gettext("being erased"),
        TargetState.LATER: gettext("asked to come back later"),
        TargetState.CONFIRMED: gettext("confirmed, read back"),
        TargetState.FAILED: gettext("failed, is tried again"),
    }


def approval_states() -> Mapping[StrEnum, str]:
    """Return the states of an approval."""
    return {
        ApprovalState.AWAITED: gettext("awaits approval"),
        ApprovalState.NOT_NEEDED: gettext("not needed"),
        ApprovalState.APPROVED: gettext("approved"),
        ApprovalState.REJECTED: gettext("rejected"),
    }


def cancelled_words() -> Mapping[StrEnum, str]:
    """Return why an order was cancelled."""
    return {
        Cancelled.CAUSE_ENDED: gettext("what it was ordered for has ended"),
        Cancelled.REJECTED: gettext("rejected"),
        Cancelled.BY_HAND: gettext("cancelled by hand"),
    }


def error_words(code: str) -> str:
    """Return what a kept error means; one that is not ours is named by its kind."""
    known: dict[str, str] = {
        "nothing-erased": gettext("It says that it has erased, and nothing that it had found is gone."),
        "still-there": gettext("It says that it has erased, and read rows back."),
        "target-gone": gettext("This place is no longer described."),
        "identifiers-gone": gettext("Nobody can say any more whom to erase there: look there by hand."),
        "erasure-log": gettext("The erasure could not be written down outside the database."),
        "erasure-incomplete": gettext("Reading back found rows that were to be gone."),
    }
    return known.get(code) or gettext("It could not be reached or answered with an error (%(code)s).", code=code)


def kept_words(code: str) -> str:
    """Return why an order left the person known."""
    known: dict[str, str] = {
        "another_consent_in_force": gettext("Another consent of the person is in force: the rows here stay."),
        "another_erasure_comes_later": gettext(
            "Another erasure comes later and can still be taken back: the rows stay."
        ),
    }
    return known.get(code, code)

"""What services say when something cannot be done, in the language of the page.

Services speak English to programs.  Each sentence that can come of a form of a case stands here once more, marked for
the catalogues, with its variable parts named; a test holds this list against the code.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache

from flask_babel import gettext

from consent_service.erasure.states import ApprovalState, OrderState, TargetState
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import day
from consent_service.subject_requests.states import IdentityMethod, RequestState, Violation
from consent_service.withdrawals.states import WithdrawalState

_ = str  # marks what the catalogues translate; it is said when it is shown
SENTENCES = (
    _("You edited this draft last: somebody else has to publish it."),
    _("Somebody else has edited this draft meanwhile. Open it again, and write it once more."),
    _("There is a version of that name already."),
    _("The terms are of another %(key)s; write %(value)s."),
    _("No date is printed in %(documents)s; give the day from which the text is in force."),
    _("This instant is in the future; send when it was received."),
    _("A letter cannot be received before it was sent."),
    _("A letter cannot be received before it was sent; check the two instants."),
    _("This is more than a year ahead; check the year, or withdraw later."),
    _("When this was received, the person had no consent to this document that could be withdrawn."),
    _("The person has no consent to this document that could be withdrawn."),
    _("No consent stands for: %(missing)s. Standing: %(standing)s."),
    _("The document has no rule by which the %(who)s ends it on the ground %(ground)s."),
    _("The document has no rule for this ending: its dates cannot be computed again."),
    _("These parts were withdrawn before: %(parts)s."),
    _("The withdrawal is %(withdrawal)s: it can no longer be refused."),
    _("The withdrawal is %(withdrawal)s: its receipt can no longer be put right."),
    _("The withdrawal is %(withdrawal)s: it cannot become %(withdrawal_to)s."),
    _("The withdrawal is %(withdrawal)s; clause %(clause)s ended with the erasure."),
    _("The withdrawal has no purpose %(missing)s; it has: %(standing)s."),
    _("The time for a reasoned refusal ended on %(day)s (94-V 8(7)): the withdrawal stands."),
    _("The person has been erased: nothing can stand again."),
    _("Send when the bar fell away: after the receipt, and not in the future."),
    _("Nothing of this withdrawal waits for a bar to fall away."),
    _("The person has answered again since: that answer rules, and can be withdrawn anew."),
    _("The document gives no right to take this back (clause %(clause)s); the person can consent again."),
    _("Clause %(clause)s lets a withdrawal be taken back by: %(ways)s."),
    _("The time of clause %(clause)s is over: the person can consent again."),
    _("The erasure has started: it can no longer be taken back."),
    _("There is no such withdrawal."),
    _("There is no such request."),
    _("The request is %(request)s: it cannot become %(request_to)s."),
    _("The request is closed; a new one can be received."),
    _("The person has been erased: nothing of this request is left to decide."),
    _("Only a blocking whose check is under way can be decided so."),
    _("The check has ended already: %(violation)s."),
    _("It is not known yet who asks: make sure first, or refuse with that reason."),
    _(
        "The answer would not be complete, these systems could not be read: %(systems)s. The package says what is "
        "wrong; put that right and answer again."
    ),
    _("The check is not over: confirm or reject the violation first."),
    _("It is known who asks; nothing needs to be confirmed."),
    _("No address for %(method)s is on file; make sure in another way."),
    _("Five codes were sent within the hour; wait, or make sure in another way."),
    _("This code is wrong or no longer good. Ask for a new one."),
    _("Send the reference of the person, or identifiers to reach them by."),
    _("Under 14 the legal representative acts alone."),
    _("From 14 to 17 the person acts together with a legal representative."),
    _("From 18 on the act is the person's own; send person or representative."),
    _("Name the representative, the role and the basis."),
    _("Nobody is known under this reference."),
    _("This person has been erased."),
    _("This person is being erased; send the request again."),
    _("This looks like an e-mail address. Send your own opaque reference."),
    _("This looks like an IIN. Send your own opaque reference."),
    _("This looks like a phone number. Send your own opaque reference."),
    _("A run of digits in it looks like an IIN or a phone number. Send your own opaque reference."),
    _("Write 1 to %(most)s letters, digits and . _ : - beginning with a letter or digit."),
    _("Write an e-mail address such as name@example.kz."),
    _("Write a phone number with its country code, such as +7 701 000 00 00."),
    _("Write the 12 digits of an IIN; these have a wrong date or control digit."),
    _("Write a name of 1 to %(most)s characters."),
    _("A letter that goes by e-mail needs an address."),
    _("This period ends outside the calendar. Choose an earlier day or a shorter one."),
    _("This instant is in the future; order the erasure when it has come."),
    _("A consent of this person stands, and this ground does not end it: withdraw it first, or wait for its end."),
    _("Only an erasure that somebody cancelled or rejected can be ordered again."),
    _("The erasure order is %(order)s: this step is not possible from there."),
    _("This was decided before: %(approval)s."),
    _("No erasure waits for an approval under this id."),
    _("This hold was lifted before."),
    _("This person has been erased: there is nothing to hold."),
    _("This target is %(target)s: only one that has failed is answered for by hand."),
)
_VARIABLE = re.compile(r"%\((\w+)\)s")


def in_words(sentence: str) -> str | None:
    """Return what a service said in the language of the page; None where the sentence is not known here."""
    for known, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return str(gettext(known, **{name: _value(name, value) for name, value in found.groupdict().items()}))
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, pattern_of(sentence)) for sentence in SENTENCES)


def pattern_of(sentence: str) -> re.Pattern[str]:
    """Return the pattern that a sentence with named variables matches.

    >>> bool(pattern_of("It is %(state)s.").fullmatch("It is closed."))
    True
    """
    parts = _VARIABLE.split(sentence)
    return re.compile("".join(f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def _value(name: str, value: str) -> str:
    if name == "day":
        return day(date.fromisoformat(value))
    kind = _KINDS.get(name.removesuffix("_to"))
    words: Mapping[StrEnum, str] = words_of(kind) if kind else {}
    return next((said for code, said in words.items() if str(code) == value), value)


_KINDS: Mapping[str, type[StrEnum]] = {
    "withdrawal": WithdrawalState,
    "request": RequestState,
    "violation": Violation,
    "method": IdentityMethod,
    "order": OrderState,
    "approval": ApprovalState,
    "target": TargetState,
}

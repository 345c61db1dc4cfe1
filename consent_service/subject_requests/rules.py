"""What a request owes, by the law and by the document.  Pure."""

from collections.abc import Sequence
from datetime import datetime

from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.rules import DutySpec
from consent_service.policies.citing import document_source
from consent_service.policies.terms import AnswerTrigger, Terms
from consent_service.subject_requests.states import RequestType
from consent_service.subject_requests.words import Why, reason

# Which event of the law's catalogue each type is.  To restrict or to object to marketing is to withdraw a part
# (art. 24(1)(5)); the data in a portable form are information on oneself (art. 25(2)(6)).
TRIGGERS = {
    RequestType.WITHDRAWAL: "withdrawal",
    RequestType.ACCESS: "access_request",
    RequestType.PORTABILITY: "access_request",
    RequestType.CORRECTION: "correction_request",
    RequestType.BLOCKING: "unlawful_processing_reported",
    RequestType.DESTRUCTION: "digital_deletion_request",
    RequestType.RESTRICTION: "withdrawal",
    RequestType.OBJECTION_MARKETING: "withdrawal",
    RequestType.OBJECTION_AUTOMATED: "objection_automated",
    RequestType.REMOVAL_PUBLIC: "public_removal_request",
    RequestType.COMPLAINT: "complaint",
    RequestType.CLAIM: "complaint",
}
_PRINTED = {
    RequestType.WITHDRAWAL: AnswerTrigger.WITHDRAWAL,
    RequestType.CLAIM: AnswerTrigger.CLAIM,
    RequestType.BLOCKING: AnswerTrigger.UNLAWFUL_DATA,
}
BLOCK, UNBLOCK, DESTROY = "block", "unblock", "destroy"
# What is met by doing it here, not by a letter.
DONE_HERE = frozenset({BLOCK, UNBLOCK, DESTROY, "delete", "depersonalise"})


def owed(
    kind: RequestType, terms: Terms | None, *, operator: str, received_at: datetime, catalogue: Catalogue
) -> tuple[list[DutySpec], list[dict[str, object]]]:
    """Return the duties of a request, and the clauses that promise something without a date."""
    specs = [
        DutySpec.of_law(rule, received_at, catalogue.edition)
        for rule in catalogue.duties_for(TRIGGERS[kind], almaty_day(received_at))
    ]
    rules: list[dict[str, object]] = []
    trigger = _PRINTED.get(kind, AnswerTrigger.PERSON_REQUEST)
    for rule in terms.answers if terms else ():
        if rule.trigger is not trigger:
            continue
        if rule.period is None:
            rules.append(reason(Why.AT_ONCE if rule.at_once else Why.NO_LENGTH, rule.clause))
            continue
        specs.append(
            DutySpec(
                code=f"policy_{rule.code}",
                action=rule.action,
                origin="policy",
                source=document_source(terms, operator, rule.clause) if terms else {},
                clause=", ".join(rule.clause),
                period=rule.period,
                settled=True,
                from_at=received_at,
            )
        )
    return specs, rules


def letter_actions(actions: Sequence[str]) -> list[str]:
    """Return those of a request's duties that its answer meets once it is sent."""
    return [action for action in actions if action not in DONE_HERE]

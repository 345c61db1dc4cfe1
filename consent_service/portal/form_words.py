"""What forms say to people: what can be asked for, what each question means."""

from collections.abc import Mapping

from flask_babel import gettext

from consent_service.subject_requests.states import RequestType


def wishes() -> Mapping[RequestType, tuple[str, str]]:
    """Return what can be asked for, the withdrawal first: in a person's words, and what it does."""
    return {
        RequestType.WITHDRAWAL: (
            gettext("Withdraw my consent"),
            gettext("All of it, or some purposes. You see the dates before you send. No reason is needed."),
        ),
        RequestType.ACCESS: (
            gettext("Learn what is held about me"),
            gettext("Which data, for which purposes, from where, who gets them."),
        ),
        RequestType.PORTABILITY: (
            gettext("Get a copy of my data for a machine"),
            gettext("The same as a file that another service can read."),
        ),
        RequestType.CORRECTION: (
            gettext("Correct or complete my data"),
            gettext("Say what is wrong and what is right; a document that shows it helps."),
        ),
        RequestType.BLOCKING: (
            gettext("Have my data blocked"),
            gettext("When they are wrong or used against the rules: nobody uses them until it is checked."),
        ),
        RequestType.DESTRUCTION: (
            gettext("Have my data destroyed"),
            gettext("Everything that no law requires to be kept."),
        ),
        RequestType.RESTRICTION: (
            gettext("Restrict what is done with my data"),
            gettext("Such as passing them to others, publishing them, sending them abroad."),
        ),
        RequestType.OBJECTION_MARKETING: (
            gettext("Stop advertising"),
            gettext("Newsletters, calls, messages, offers made for you."),
        ),
        RequestType.OBJECTION_AUTOMATED: (
            gettext("Object to a decision that a machine made"),
            gettext("A person looks at it again."),
        ),
        RequestType.REMOVAL_PUBLIC: (
            gettext("Have my data removed from a public source"),
            gettext("Say where they can be seen."),
        ),
        RequestType.CLAIM: (gettext("Make a claim"), gettext("A demand that rests on a law or an agreement.")),
        RequestType.COMPLAINT: (gettext("Complain"), gettext("About how you or your data were treated.")),
    }


def words_asked() -> Mapping[RequestType, str]:
    """Return the question of each kind to which words are the answer."""
    return {
        RequestType.CORRECTION: gettext("What is wrong, and what is right?"),
        RequestType.BLOCKING: gettext("Which data, and what is wrong with how they are used?"),
        RequestType.RESTRICTION: gettext("What should no longer be done with your data?"),
        RequestType.OBJECTION_AUTOMATED: gettext("Which decision is it, and why do you object?"),
        RequestType.REMOVAL_PUBLIC: gettext("Where can your data be seen?"),
        RequestType.CLAIM: gettext("What do you claim, and on what does it rest?"),
        RequestType.COMPLAINT: gettext("What happened?"),
    }


def own_page_wish() -> tuple[str, str]:
    """Return what it is called to have the address of one's own page sent, and what that brings."""
    more = gettext("A link comes by e-mail: what you agreed to, what you can change, your receipts and requests.")
    return gettext("See and change my consents"), more


def acting_words() -> Mapping[str, str]:
    """Return for whom somebody may ask, by what is ticked."""
    return {
        "self": gettext("For myself, and I am 18 or older"),
        "both": gettext("For myself, I am 14 to 17, together with my legal representative"),
        "child": gettext("For a child under 14 whose legal representative I am"),
        "other": gettext("For another adult, by power of attorney or otherwise authorised"),
    }


def role_words() -> Mapping[str, str]:
    """Return what a representative can be."""
    return {
        "parent": gettext("parent"),
        "guardian": gettext("guardian"),
        "attorney": gettext("by power of attorney"),
        "other": gettext("other"),
    }

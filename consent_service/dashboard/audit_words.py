"""What an event of the audit log is about, the page that shows it, and what it says further; never who a person is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import LazyString, gettext, lazy_gettext

from consent_service.accounts.words import ROLES
from consent_service.dashboard.listing import LISTS
from consent_service.dashboard.places import SECTIONS
from consent_service.dashboard.revealing import reveal_reasons
from consent_service.ledger.acting import STAFF
from consent_service.ledger.audit import Recorded
from consent_service.ledger.service import operator_stream
from consent_service.operators.access import Role
from consent_service.operators.sessions import Place
from consent_service.pages.languages import language
from consent_service.subjects.queries import masked

# The fact that names something with a page of its own, what it is called, the page, and its argument.
_PAGES: Mapping[str, tuple[LazyString, str, str]] = {
    "withdrawal": (lazy_gettext("Withdrawal"), "withdrawal", "case_id"),
    "request": (lazy_gettext("Request"), "subject_request", "case_id"),
    "incident": (lazy_gettext("Incident"), "incident", "case_id"),
    "order": (lazy_gettext("Order"), "erasure", "order_id"),
    "entry": (lazy_gettext("Entry"), "register_entry", "entry_id"),
    "recipient": (lazy_gettext("Recipient"), "recipient", "recipient_id"),
}


@dataclass(frozen=True, slots=True)
class About:
    """A person, masked, or a case, with the address of its page where it has one."""

    words: str
    address: str | None = None


def about(event: Recorded, *, is_person: bool) -> tuple[About, ...]:
    """Return what an event is about; ``is_person``: its stream is that of a person who is known still."""
    place: Place = g.place
    found = [*_pages_of(event, place)]
    if is_person:
        page = url_for("dashboard.person", slug=place.slug, subject_id=event.stream)
        return (About(f"{gettext('Person')} {masked(event.stream)}", page), *found)
    if found or event.stream == operator_stream(place.operator_id):
        return tuple(found)
    return (About(masked(event.stream)),)


def details(event: Recorded, name: Callable[[str], str]) -> tuple[str, ...]:
    """Return what an event says further, in words; ``name`` gives the name of an actor."""
    return tuple(_said(event.facts, name))


def _pages_of(event: Recorded, place: Place) -> Iterator[About]:
    for fact, (words, page, argument) in _PAGES.items():
        given = _id_in(event.facts.get(fact))
        if given is not None:
            named: dict[str, Any] = {argument: given}  # Any: what a route takes
            address = url_for(f"dashboard.{page}", slug=place.slug, **named)
            yield About(f"{words} {masked(given)}", address)


def _said(facts: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:  # Any: JSON values
    staff = _id_in(facts.get("staff"))
    if staff is not None:
        yield name(f"{STAFF}:{staff}")
    if facts.get("role") in set(Role):
        yield ROLES[Role(facts["role"])][language()]
    if facts.get("list") in LISTS:
        yield str(dict(SECTIONS).get(LISTS[facts["list"]].endpoint, facts["list"]))
    if isinstance(facts.get("document"), str) and _id_in(facts["document"]) is None:
        yield " ".join(str(facts[one]) for one in ("document", "version") if isinstance(facts.get(one), str))
    if facts.get("because") in reveal_reasons():
        yield reveal_reasons()[facts["because"]]
    if isinstance(facts.get("found"), int):
        yield gettext("people found: %(number)s", number=facts["found"])
    if isinstance(facts.get("failures"), int):
        yield gettext("failed tries: %(number)s", number=facts["failures"])
    if isinstance(facts.get("sessions"), int):
        yield gettext("sessions: %(number)s", number=facts["sessions"])


def _id_in(said: object) -> UUID | None:
    try:
        return UUID(said) if isinstance(said, str) else None
    except ValueError:
        return None

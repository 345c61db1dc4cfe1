"""Binding a person to what a form says: by its token, or by the word of the site's server where there is none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from consent_service.consents.considering import CameByForm, GiveConsent
from consent_service.consents.queries import ConsentView
from consent_service.consents.rules import Answer, Declarations
from consent_service.consents.service import give_consent
from consent_service.consents.states import Act, Channel, EvidenceGrade
from consent_service.deadlines.working_days import Calendar
from consent_service.forms.displayed import Displayed, Seen, find_displayed, is_superseded
from consent_service.forms.faults import TokenExpiredError, TokenOfOtherFormError, TokenOfOtherSiteError
from consent_service.forms.intents import burn
from consent_service.forms.queries import FormView, find_form, form_named
from consent_service.forms.rules import CLOCK_SKEW, CONFIRM_LATE, BoxKind
from consent_service.forms.showing import boxes_shown
from consent_service.forms.tables import FormAnswer
from consent_service.forms.tokens import MOST_CHARACTERS, Token, read_token
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sites import KnownSite, find_site
from consent_service.subjects.service import SubjectData

_ANSWERS = table_of(FormAnswer)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a form, and what the site's server says of it.

    ``received_at``: when the form reached the server, where that was earlier than now.
    """

    subject: SubjectData
    received_at: datetime | None = None
    declarations: Declarations = field(default_factory=Declarations)


@dataclass(frozen=True, slots=True)
class Informed:
    """A document that was shown to be read, and whether the person ticked that it was."""

    document: str
    version: str
    text_sha256: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was recorded of a form: one consent a document, and what was shown to be read."""

    consents: tuple[ConsentView, ...]
    informed: tuple[Informed, ...]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form that was sent: what was displayed, by what it is proven, and what is kept of it under the person's key."""

    displayed: Displayed
    seen: Seen
    grade: EvidenceGrade
    received_at: datetime
    token: str | None
    kept: Mapping[str, Any]  # Any: JSON values


def confirm_token(
    uow: UnitOfWork, text: str, sender: Sender, calendar: Calendar, *, site_key: str | None, form: str | None
) -> Confirmed:
    """Confirm a token: use it up, and record its answers as those of a person.

    ``site_key`` and ``form``: what the site's server expects, where it says so.

    Raises:
        ConsentServiceError: Each fault of a token has a code of its own, see ``forms.faults``.
    """
    token = read_token(uow.keys, text[: MOST_CHARACTERS + 1])
    view = _form_of(uow, token, site_key, form)
    received_at = _in_time(uow, token, sender.received_at)
    seen = find_displayed(uow, view, token.displayed, token.issued_at)
    burn(uow, token.id)
    kept = {"token": text, "page": token.page, "script": token.script}
    sent = _Sent(token.displayed, seen, EvidenceGrade.WIDGET_SIGNED, received_at, text, kept)
    return _record(uow, sent, sender, calendar)


def record_displayed(
    uow: UnitOfWork, site_key: str, displayed: Displayed, sender: Sender, calendar: Calendar
) -> Confirmed:
    """Record what a site's server says that its form displayed, where no token came with it.

    Raises:
        VersionChangedError: Something else was in force when the form was received, and within the hour before.
        InvalidInputError: The answers do not fit the form.
        NotFoundError: The operator has no such site or form.
    """
    view = form_named(uow, find_site(uow, site_key), displayed.form)
    received_at = _received_at(uow, sender.received_at)
    seen = find_displayed(uow, view, displayed, received_at)
    return _record(uow, _Sent(displayed, seen, EvidenceGrade.SITE_ATTESTED, received_at, None, {}), sender, calendar)


def _form_of(uow: UnitOfWork, token: Token, site_key: str | None, form: str | None) -> FormView:
    if site_key not in (None, token.site_key):
        raise TokenOfOtherSiteError("The token was given to a page of another site; refuse the form.")
    if form not in (None, token.displayed.form):
        raise TokenOfOtherFormError("The token was given for another form; refuse it.")
    try:
        site: KnownSite = find_site(uow, token.site_key)
    except NotFoundError as error:
        raise TokenOfOtherSiteError("The token was given to a page of another operator; refuse the form.") from error
    view = find_form(uow, site, token.displayed.form)
    if view is None:
        raise TokenOfOtherFormError("The token was given for a form that the site does not have; refuse it.")
    return view


def _in_time(uow: UnitOfWork, token: Token, said: datetime | None) -> datetime:
    """Return when the form was received: while the token was good, and confirmed not too late."""
    received_at = _received_at(uow, said)
    if uow.now > token.issued_at + CONFIRM_LATE:
        raise TokenExpiredError("The token is confirmed more than 72 hours after it was signed; show the form again.")
    if not token.issued_at - CLOCK_SKEW <= received_at <= token.expires_at + CLOCK_SKEW:
        raise TokenExpiredError("The token was not good when the form was received; show the form again.")
    return max(received_at, token.issued_at)


def _received_at(uow: UnitOfWork, said: datetime | None) -> datetime:
    if said is not None and said > uow.now + CLOCK_SKEW:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when the form was received.")
    if said is not None and said < uow.now - CONFIRM_LATE:
        raise InvalidInputError.of("received_at", "This is more than 72 hours ago; show the form again.")
    return min(said or uow.now, uow.now)


def _record(uow: UnitOfWork, sent: _Sent, sender: Sender, calendar: Calendar) -> Confirmed:
    form, answers = sent.seen.form, sent.displayed.answers
    versions = {name: version for name, (version, _) in sent.seen.versions.items()}
    informed = tuple(
        Informed(
            box.document,
            versions[box.document].version,
            versions[box.document].texts[sent.displayed.language].sha256,
            answers[box.id],
        )
        for box in form.boxes
        if box.kind is BoxKind.INFORMATION
    )
    answer_id = _keep_answer(uow, sent)
    facts = {
        "answer": str(answer_id),
        "site": form.site_key,
        "form": form.form,
        "edition": form.edition,
        "token_sha256": hashlib.sha256(sent.token.encode()).hexdigest() if sent.token else None,
        "informed": [
            {"document": one.document, "version": one.version, "text_sha256": one.text_sha256, "ticked": one.ticked}
            for one in informed
        ],
    }
    evidence = {
        **sent.kept,
        "site": form.site_key,
        "form": form.form,
        "edition": form.edition,
        "since": {one.document: one.since for one in sent.displayed.documents if one.since},
        "boxes": boxes_shown(form, versions, sent.displayed.language),
    }
    consents = [
        give_consent(
            uow,
            GiveConsent(
                document=name,
                version=version.version,
                subject=sender.subject,
                language=sent.displayed.language,
                answers=[
                    Answer(box.purpose, answers[box.id])
                    for box in form.boxes
                    if box.document == name and box.purpose is not None
                ],
                channel=Channel.WEB,
                given_at=sent.received_at,
                act=Act.TICKED,
                declarations=sender.declarations,
                evidence=evidence,
                form=CameByForm(answer_id, sent.grade, in_force_at, facts),
            ),
            calendar,
        )
        for name, (version, in_force_at) in sent.seen.versions.items()
        if any(box.document == name and box.purpose for box in form.boxes)
    ]
    return Confirmed(tuple(consents), informed)


def _keep_answer(uow: UnitOfWork, sent: _Sent) -> UUID:
    answer_id = new_id(uow.now)
    uow.session.execute(
        insert(_ANSWERS).values(
            operator_id=uow.operator_id,
            id=answer_id,
            form_id=sent.seen.form.id,
            edition=sent.seen.form.edition,
            evidence_grade=sent.grade,
            is_superseded=is_superseded(uow, sent.seen, sent.received_at),
            recorded_at=uow.now,
        )
    )
    return answer_id

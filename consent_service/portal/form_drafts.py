"""The form that a browser is filling in: found by the secret in its cookie and the id in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.abuse.work import new_challenge
from consent_service.drafts.service import Draft, begin, find, keep
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import OperatorView, operator_view
from consent_service.policies.queries import VersionView, list_documents, version_in_force
from consent_service.portal.form_flow import Answers, Offer, Step, next_step, without_stale
from consent_service.services import services
from consent_service.subject_requests.states import RequestType
from consent_service.withdrawals.foreseen import withdrawable

ONE_DAY = 24 * 3600
OWN_PAGE = "own_page"  # no request: the mail that brings a link to one's own page


@dataclass(slots=True, repr=False)
class Form:
    """One form with its operator and its documents; ``data`` is what is kept sealed."""

    slug: str
    draft_id: str
    draft: Draft
    data: dict[str, Any]  # Any: JSON values
    operator: OperatorView
    versions: Mapping[str, VersionView]

    @property
    def kind(self) -> RequestType:
        """What is asked for."""
        return RequestType(self.data["kind"])

    @property
    def withdraws(self) -> bool:
        """Whether it is a withdrawal, which nothing may stand in front of."""
        return self.kind is RequestType.WITHDRAWAL

    @property
    def answers(self) -> Answers:
        """What was answered, by question."""
        found: Answers = self.data["answers"]
        return found

    @property
    def offer(self) -> Offer:
        """What can be asked about."""
        documents = {slug: tuple(row.purposes) for slug, row in self.versions.items()}
        return Offer(documents, bool(services().settings.smtp_url))

    def answer(self, uow: UnitOfWork, step: Step, answer: Mapping[str, Any]) -> None:  # Any: JSON values
        """Keep the answer to a question."""
        self.data["answers"] = without_stale(self.answers, step, answer)
        self.keep(uow)

    def keep(self, uow: UnitOfWork) -> None:
        """Keep what the form says now."""
        keep(uow, self.draft, self.data)

    def address(self, step: Step) -> str:
        """Return the address of a question."""
        return url_for("portal.form_step", operator=self.slug, draft=self.draft_id, step=step)

    def onward(self) -> str:
        """Return the address of what comes next."""
        if "sent" in self.data:
            return url_for("portal.form_done", operator=self.slug, draft=self.draft_id)
        return self.address(next_step(self.kind, self.answers, self.offer))


def begin_form(uow: UnitOfWork, kind: str, secret: str) -> str:
    """Begin a form of a browser; returns its id."""
    work = None if kind == RequestType.WITHDRAWAL else new_challenge(work_secret())
    return begin(uow, secret, {"kind": kind, "answers": {}, "files": [], "work": work})


def work_secret() -> bytes:
    """Return the key that signs proofs of work."""
    return services().keys.derived("form-work|v1")


def find_form(uow: UnitOfWork, slug: str, draft_id: str) -> Form | None:
    """Return the form of this browser; None where it is over or of another browser."""
    draft = find(uow, draft_id, form_secret())
    if draft is None or draft.data["kind"] not in set(RequestType):
        return None
    data = dict(draft.data)
    rows = withdrawable(uow) if data["kind"] == RequestType.WITHDRAWAL else _in_force(uow)
    return Form(slug, draft_id, draft, data, operator_view(uow), {row.document: row for row in rows})


def cookie_name() -> str:
    """Return the name of the cookie: bound to this host where the service is reached by HTTPS."""
    return "__Host-kelisim-form" if services().settings.is_https else "kelisim-form-of"


def form_secret() -> str:
    """Return the secret that the browser has; empty where it has none."""
    return request.cookies.get(cookie_name(), "")


def browser_secret() -> str:
    """Return the secret that the browser has, or a new one."""
    return form_secret()[:100] or new_token()


def keep_secret(answer: Response, secret: str) -> Response:
    """Give the browser its secret: it says nothing of who it is, and no script can read it."""
    secure = services().settings.is_https
    answer.set_cookie(cookie_name(), secret, max_age=ONE_DAY, path="/", httponly=True, samesite="Lax", secure=secure)
    return answer


def too_often() -> str:
    """Say that a limit is reached, and that there are other ways."""
    return str(
        gettext("This was done too often from your network within the hour. Try again later; nothing of it is lost.")
    )


def _in_force(uow: UnitOfWork) -> list[VersionView]:
    slugs = [one.slug for one in list_documents(uow, uow.now) if one.version is not None]
    return [version_in_force(uow, slug, uow.now) for slug in slugs]

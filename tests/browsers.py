"""What a page of a site does, without a browser: asks for a form, shows it, sends what was ticked, gets a token."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from consent_service.forms.rules import Box
from consent_service.forms.service import enter_form
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.sites import list_sites
from consent_service.services import services
from tests.factories import seed_policies

HOST = "https://www.uof.kz"
DOCUMENT = "personal-data-agreement"
ADVERTISING, RESEARCH = f"{DOCUMENT}#targeted_advertising", f"{DOCUMENT}#service_quality_research"


@dataclass
class Page:
    """A form as one page shows it."""

    app: Flask
    site_key: str
    form: str = DOCUMENT
    origin: str | None = HOST
    language: str = "kk"
    address: str = "203.0.113.7"
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    def ask(self, **headers: str) -> Any:  # Any: Werkzeug's test answer
        """Ask what to show."""
        known = {"Origin": self.origin} if self.origin else {}
        path = f"/api/v1/sites/{self.site_key}/forms/{self.form}?lang={self.language}"
        return self.app.test_client().get(path, headers=known | headers)

    def displayed(self, *ticked: str) -> dict[str, Any]:  # Any: JSON
        """Return what the page displays, with some boxes ticked."""
        shown = self.ask().json
        return {
            "form": shown["form"],
            "edition": shown["edition"],
            "language": shown["language"],
            "documents": [
                {name: one[name] for name in ("document", "version", "sha256")} for one in shown["documents"]
            ],
            "answers": {box["box"]: box["box"] in ticked for box in shown["boxes"]},
        }

    def send(self, displayed: dict[str, Any], **headers: str) -> Any:  # Any: JSON; Werkzeug's test answer
        """Send what was displayed."""
        known = {"Origin": self.origin} if self.origin else {}
        return self.app.test_client().post(
            f"/api/v1/sites/{self.site_key}/intents",
            json={"nonce": self.nonce, **displayed},
            headers=known | headers,
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def token(self, *ticked: str) -> str:
        """Return a token for some ticks."""
        answer = self.send(self.displayed(*ticked))
        assert answer.status_code == 201, answer.json
        return str(answer.json["token"])


def bound(unbound: UnitOfWork, slug: str) -> UnitOfWork:
    return unbound.for_operator(seed_policies.number(unbound, slug))


def enter(app: Flask, code: str, boxes: Collection[Box], slug: str = "uof") -> Page:
    """Enter a form at the first site of an operator and return a page that shows it."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = bound(unbound, slug)
        site = list_sites(uow)[0]
        enter_form(uow, site, code, list(boxes))
        services().forms.forget()
        return Page(app, site.site_key, code, site.origin)

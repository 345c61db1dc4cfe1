"""An account in a browser: signed in, with an app for codes, at a moved clock."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.office import PASSWORD, bound

if TYPE_CHECKING:
    from tests.integration.conftest import MovableClock

EMAIL = "worker@acme.example"
ACCOUNT, SIGN_IN = "/account/", "/dashboard/sign-in"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def add(app: Flask, role: Role = Role.DPO, email: str = EMAIL) -> None:
    """Add an account at the operator of the office."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        add_staff(bound(unbound), email, PASSWORD, role)


@dataclass
class Browser:
    """A browser of somebody, from an address."""

    app: Flask
    clock: "MovableClock"
    network: str = "203.0.113.5"
    email: str = EMAIL

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.network})

    def post(self, path: str, page: str = ACCOUNT, **form: str) -> TestResponse:
        """Send a form of a page."""
        found = TOKEN.search(self.get(page).get_data(as_text=True))
        data = {"csrf_token": found[1] if found else ""} | form
        return self.client.post(path, data=data, environ_base={"REMOTE_ADDR": self.network})

    def sign_in(self, password: str = PASSWORD) -> TestResponse:
        """Send the first step."""
        return self.post(SIGN_IN, page=SIGN_IN, email=self.email, password=password)

    def second(self, first: TestResponse, code: str) -> TestResponse:
        """Send the second step."""
        ticket = re.search(r'name="ticket" value="([^"]+)"', first.get_data(as_text=True))
        return self.post(f"{SIGN_IN}/code", page=SIGN_IN, ticket=ticket[1] if ticket else "", code=code)

    def set_up_app(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set up an app for codes; returns it with the recovery codes."""
        assert self.post("/account/app").status_code == 302
        secret = re.search(r'id="secret">([A-Z2-7]{32})<', self.get(ACCOUNT).get_data(as_text=True))
        assert secret
        app = pyotp.TOTP(secret[1])
        page = self.post("/account/app/code", code=app.at(self.clock.now)).get_data(as_text=True)
        codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", page)
        assert len(codes) == 10
        return app, codes

    @property
    def is_in(self) -> bool:
        """Whether the browser is signed in."""
        return self.get(ACCOUNT).status_code == 200

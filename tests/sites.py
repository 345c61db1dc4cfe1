"""A site on another origin than the service: real pages under a strict policy, and a server that confirms the field."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from clients.python.kelisim_client import Client, KelisimError, fallback_html
from consent_service.forms.rules import Box
from consent_service.forms.service import enter_form
from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.operators.sites import add_site
from consent_service.services import services
from consent_service.widget.embedding import embed
from tests.browsers import bound
from tests.databases import app_on, migrated_sqlite
from tests.integration.conftest import MovableClock

WATCH = "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"


@dataclass
class Site:
    """The site's server: what it received under the name of the field, and what became of it."""

    client: Client
    service: str
    form: str
    url: str = ""
    received: list[list[str]] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)  # Any: outcomes of the client, or its errors
    people: int = 0

    def page(self, query: Mapping[str, str]) -> str:
        """Return a page with the form in it."""
        lang = query.get("lang", "kk")
        parts = embed(self.service, self.client.site_key, self.form)
        script = parts.script
        if "integrity" in query:
            script = script.replace("sha384-", "sha384-AAAA")
        element = parts.element
        known = [query["since"]] if "since" in query else []
        if known:
            element = element.replace(" name=", f' since="{escape(known[0])}" name=')
        if "fallback" in query:
            inside = fallback_html(self.client.form(self.form, lang, known))
            element = element.replace("></k-field>", f">{inside}</k-field>")
        head = "" if "none" in query else script
        return (
            f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8"><title>Form</title>'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f"{head}</head><body><main><h1>Form</h1>"
            '<form id="f" method="post" action="/sent"><p><label>Name <input name="who"></label></p>'
            f'<fieldset id="s"><legend>Answers</legend>{element}</fieldset>'
            '<p><button id="go" name="go" value="1">Send</button> <button id="r" type="reset">Reset</button></p></form>'
            '<div id="elsewhere"></div></main></body></html>'
        )

    def take(self, values: list[str]) -> str:
        """Confirm what a form brought."""
        self.received.append(values)
        self.people += 1
        try:
            outcome: Any = self.client.confirm(values, f"visitor-{self.people}", form=self.form)
        except KelisimError as error:
            outcome = error
        self.outcomes.append(outcome)
        said = outcome.code if isinstance(outcome, KelisimError) else outcome.consent["evidence_grade"]
        return f'<!doctype html><html lang="en"><title>Sent</title><body><main><h1>{said}</h1></main></body></html>'

    def app(self) -> Flask:
        """Return the site as an application."""
        app = Flask("site")

        @app.get("/form")
        def form() -> Response:
            return _strict(self.page(request.args), self.service)

        @app.post("/sent")
        def sent() -> Response:
            return _strict(self.take(request.form.getlist("agreement")), self.service)

        return app


def _strict(page: str, service: str) -> Response:
    policy = (
        f"default-src 'none'; script-src {service}; connect-src {service}; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return Response(page, headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})


@contextmanager
def serving(app: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Serve an application on loopback; yields its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def site_of(app: Flask, service: str, form: str, boxes: Sequence[Box], slug: str = "uof") -> Iterator[Site]:
    """Serve a site of an operator with a form of these boxes."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        _, secret = create_credential(bound(unbound, slug), "site")
        clock = services().clock
    made = Site(Client(service, secret, "", clock=clock), service, form)
    with serving(made.app()) as url:
        made.url = url
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            uow = bound(unbound, slug)
            site = add_site(uow, url)
            enter_form(uow, site, form, boxes)
        made.client.site_key = site.site_key
        yield made


@contextmanager
def site_with_service(folder: Path, boxes: Sequence[Box]) -> Iterator[tuple[Site, Flask, MovableClock]]:
    """Serve the service, and a site on another origin with a form of these boxes; yields both, and their clock."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = MovableClock()
    with (
        app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, clock, BASE_URL=f"http://127.0.0.1:{port}") as app,
        serving(app, port) as service,
        site_of(app, service, "sign-up", boxes) as made,
    ):
        yield made, app, clock

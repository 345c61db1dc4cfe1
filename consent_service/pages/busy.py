"""What somebody with a browser is told when more came than can be served: made once, so that it costs nothing then."""

from typing import Any

from flask import Flask, render_template
from flask_babel import force_locale
from werkzeug.wrappers import Request, Response

from consent_service.pages.languages import COOKIE, LANGUAGES


class BusyPages:
    """The page in every language."""

    def __init__(self, app: Flask) -> None:
        self._pages: dict[str, str] = {}
        with app.test_request_context():
            for code in LANGUAGES:
                with force_locale(code):
                    self._pages[code] = render_template("busy.html")

    def answer(self, environ: dict[str, Any]) -> Response | None:  # Any: as WSGI says
        """Return the page for who asks for pages, in their language; None for a program."""
        request = Request(environ)
        if "text/html" not in request.headers.get("Accept", ""):
            return None
        code = request.cookies.get(COOKIE) or request.accept_languages.best_match(LANGUAGES)
        page = self._pages.get(code or "kk", self._pages["kk"])
        return Response(page, 503, {"Cache-Control": "no-store"}, mimetype="text/html")

"""What every page shares, of the dashboard and of the portal: its frame, languages, files, forms, words of states."""

from flask import Flask

from consent_service.pages import files, languages
from consent_service.pages.blueprint import pages


def register(app: Flask) -> None:
    """Give an app its languages and files."""
    languages.init(app)
    files.init(app)
    app.register_blueprint(pages)

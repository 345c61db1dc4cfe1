"""Where the person in charge of personal data spends the day."""

from flask import Flask

from consent_service.dashboard import (
    files,
    languages,
    letters,
    places,
    recipients,
    registers,
    session,
    today,
    transfers,
)
from consent_service.dashboard.blueprint import dashboard

PAGES = (
    places,
    session,
    today,
    letters,
    recipients,
    transfers,
    registers,
)  # importing a module of pages puts them on the blueprint


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""
    languages.init(app)
    files.init(app)
    app.register_blueprint(dashboard)

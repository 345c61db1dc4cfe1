"""Where the person in charge of personal data spends the day."""

from flask import Flask, redirect, url_for

from consent_service.dashboard import (
    files,
    languages,
    letters,
    places,
    recalculation,
    recipients,
    registers,
    session,
    today,
    transfers,
)
from consent_service.dashboard.blueprint import dashboard

# Importing a module of pages puts them on the blueprint.
PAGES = (places, session, today, letters, recipients, transfers, registers, recalculation)


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""
    languages.init(app)
    files.init(app)
    app.register_blueprint(dashboard)
    app.add_url_rule("/", "root", lambda: redirect(url_for("dashboard.home")))

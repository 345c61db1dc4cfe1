"""Where the person in charge of personal data spends the day."""

from flask import Flask, redirect, url_for

from consent_service.dashboard import files, languages, letters, places, recalculation, session, today
from consent_service.dashboard.blueprint import dashboard

PAGES = (places, session, today, letters, recalculation)  # importing a module of pages puts them on the blueprint


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""
    languages.init(app)
    files.init(app)
    app.register_blueprint(dashboard)
    app.add_url_rule("/", "root", lambda: redirect(url_for("dashboard.home")))

"""Where the person in charge of personal data spends the day."""

from flask import Flask

from consent_service.dashboard import files, languages, session, today
from consent_service.dashboard.blueprint import dashboard


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""
    languages.init(app)
    files.init(app)
    session.init()
    today.init()
    app.register_blueprint(dashboard)

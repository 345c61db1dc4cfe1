"""Where the person in charge of personal data spends the day."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""

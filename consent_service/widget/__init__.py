"""The field that sites put into their forms: one script in versions, and how a page embeds it."""

from flask import Flask

from consent_service.widget.routes import widget


def register(app: Flask) -> None:
    """Serve the script."""
    app.register_blueprint(widget)

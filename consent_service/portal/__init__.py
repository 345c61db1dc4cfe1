"""What people meet without an account: the page that checks a receipt, the page of a task that was mailed."""

from flask import Flask

from consent_service.portal import mail_task, receipt_check
from consent_service.portal.blueprint import portal

# Importing a module of pages puts them on the blueprint.
PAGES = (mail_task, receipt_check)


def register(app: Flask) -> None:
    """Add the pages of the portal to an app."""
    app.register_blueprint(portal)

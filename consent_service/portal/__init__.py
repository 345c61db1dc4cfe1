"""What people meet without an account: texts of documents, the page that checks a receipt."""

from flask import Flask

from consent_service.portal import policy_pages, receipt_check
from consent_service.portal.blueprint import portal

# Importing a module of pages puts them on the blueprint.
PAGES = (policy_pages, receipt_check)


def register(app: Flask) -> None:
    """Add the pages of the portal to an app."""
    app.register_blueprint(portal)

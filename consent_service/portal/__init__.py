"""What people meet without an account: texts, forms, their own consents, receipts, tasks by mail."""

from flask import Flask

from consent_service.portal import (
    form_codes,
    form_files,
    form_pages,
    form_sending,
    letter_page,
    mail_task,
    my_changes,
    my_choices,
    my_link,
    my_page,
    my_papers,
    policy_pages,
    receipt_check,
    tracking,
)
from consent_service.portal.blueprint import portal

# Importing a module of pages puts them on the blueprint.
PAGES = (
    form_codes,
    form_files,
    form_pages,
    form_sending,
    letter_page,
    mail_task,
    my_changes,
    my_choices,
    my_link,
    my_page,
    my_papers,
    policy_pages,
    receipt_check,
    tracking,
)


def register(app: Flask) -> None:
    """Add the pages of the portal to an app."""
    app.register_blueprint(portal)

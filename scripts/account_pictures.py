"""Pictures of accounts, staff and keys, as an owner sees them."""

from pathlib import Path

from flask import Flask
from playwright.sync_api import Page

from consent_service.accounts.invitations import invite
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.browser.conftest import PASSWORD
from tests.office import bound

OWNER = "owner@acme.example"
PAGES = {
    "staff": "/dashboard/uof/staff",
    "keys": "/dashboard/uof/keys",
    "mine": "/dashboard/uof/mine",
    "operator-export": "/dashboard/uof/operator/export",
    "operator-end": "/dashboard/uof/operator/end",
    "operators": "/account/operators",
}


def prepare_staff(app: Flask) -> None:
    """Add an owner and colleagues of each role, and somebody who was invited."""
    for role in Role:
        with app.app_context(), services().write(Actor("command", "pictures")) as unbound:
            staff_id = add_staff(bound(unbound), f"{role}@acme.example", PASSWORD, role)
            if role is Role.OWNER:
                invite(bound(unbound), "newcomer@acme.example", Role.ASSIGNEE, "kk", staff_id)


def take_accounts(page: Page, folder: Path, look: str) -> None:
    """Take the pictures of one language, theme and width; the page is signed out before and after."""
    page.context.clear_cookies()
    page.goto("/dashboard/sign-in")
    page.fill("#email", OWNER)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    for name, address in PAGES.items():
        page.goto(address)
        page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
    page.goto("/account/")
    page.locator("form[action='/account/app'] button, #secret").first.click()
    page.screenshot(path=folder / f"account-{look}.png", full_page=True)
    page.context.clear_cookies()

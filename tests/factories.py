"""Things that tests need ready: operators with their documents, people, answers."""

from pathlib import Path
from typing import Any

from flask import Flask

from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.policies.documents import read_tree
from consent_service.seeding import add_operator
from consent_service.services import services

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "policies"
SIXTH = ROOT / "tests" / "policies"  # operators of the tests: one whose terms end, one that meets the law


class _SeedPolicies:
    """Seeds the operators of the policies folder, and finds their numbers."""

    def __call__(self, app: Flask) -> None:
        for folder in (*read_tree(POLICIES), *read_tree(SIXTH)):
            with app.app_context(), services().write(Actor("command", "test")) as uow:
                add_operator(uow, folder)

    def number(self, uow: UnitOfWork, slug: str) -> int:
        return operator_number(uow.session, slug)


seed_policies = _SeedPolicies()


def consent(document: str = "personal-data-agreement", **changes: Any) -> dict[str, Any]:  # Any: JSON values
    """Return the body of a consent to one purpose."""
    body: dict[str, Any] = {  # Any: JSON values
        "document": document,
        "subject": {"ref": "person-1"},
        "language": "kk",
        "choices": [{"purpose": "targeted_advertising", "granted": True}],
        "channel": "web",
    }
    return body | changes

"""What the first ``run`` sets up: the operators of the policies folder, a key for each, one account.

``DATA_DIR/demo.json``, mode 0600, says how to get in; it is written last, so a first run cut short is repeated.
"""

import json

from flask import Flask

from consent_service.cli.app import ACTOR
from consent_service.cli.output import progress
from consent_service.config import Settings
from consent_service.forms.queries import sites_with_forms
from consent_service.kernel.files import write_private
from consent_service.kernel.ids import new_token
from consent_service.operators.access import Role
from consent_service.operators.service import create_credential
from consent_service.operators.staff import add_staff, set_password
from consent_service.policies.documents import read_tree
from consent_service.seeding import add_operator
from consent_service.services import services

EMAIL = "dpo@kelisim.example"


def prepare(app: Flask, settings: Settings) -> None:
    """Seed the database once; a later run finds ``demo.json`` and changes nothing."""
    place = settings.data_dir / "demo.json"
    if place.exists():
        return
    password = new_token(size_bytes=12)
    demo: dict[str, object] = {
        "base_url": settings.base_url,
        "dashboard": {"url": f"{settings.base_url}/dashboard/", "email": EMAIL, "password": password},
    }
    keys: dict[str, object] = {}
    for folder in read_tree(settings.policies_dir):
        progress(f"Adding operator {folder.slug}: {len(folder.versions)} documents")
        with app.app_context(), services().write(ACTOR) as unbound:
            uow = unbound.for_operator(add_operator(unbound, folder))
            _, secret = create_credential(uow, "demo")
            add_staff(uow, EMAIL, password, Role.OWNER)
            keys[folder.slug] = {"secret_key": secret, "sites": sites_with_forms(uow)}
    # A first run that was cut short has made the account already: this password is the one that counts.
    with app.app_context(), services().write(ACTOR) as uow:
        set_password(uow, EMAIL, password)
    demo["operators"] = keys
    fresh = place.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, json.dumps(demo, ensure_ascii=False, indent=1))
    fresh.replace(place)

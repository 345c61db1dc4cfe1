"""The demo shop that ``run`` serves beside the service: a site of one operator, with a sign-up form."""

import json
import os
import runpy
import subprocess
import sys
from typing import Any

import click
from flask import Flask

from consent_service.cli.app import ACTOR
from consent_service.cli.lifeline import stop_when_closed
from consent_service.cli.output import progress
from consent_service.config import ROOT, Settings
from consent_service.forms.rules import Box, BoxKind
from consent_service.forms.service import enter_form
from consent_service.kernel.files import replace_private
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_numbers
from consent_service.operators.sites import add_site
from consent_service.policies.queries import version_in_force
from consent_service.seeding import usual_forms
from consent_service.services import services

FORM = "sign-up"
SHOP_HOST = "127.0.0.1"  # a demo is for this machine alone
SHOP = ROOT / "examples" / "shop" / "app.py"


def enter_shop(app: Flask, settings: Settings) -> None:
    """Enter the shop at an operator once, and its address of today each time; ``demo.json`` says where it is."""
    if not settings.shop_port or not SHOP.is_file():
        return
    place = settings.data_dir / "demo.json"
    demo: dict[str, Any] = json.loads(place.read_text())  # Any: JSON values
    origins = [f"http://{host}:{settings.shop_port}" for host in (SHOP_HOST, "localhost")]
    shop = demo.get("shop")
    with app.app_context(), services().write(ACTOR) as unbound:
        if shop is None:
            found = _operator_for(unbound, set(demo["operators"]))
            if found is None:
                return
            number, slug, boxes = found
            uow = unbound.for_operator(number)
            site = add_site(uow, origins[0], origins[1:])
            enter_form(uow, site, FORM, boxes)
            shop = {"origin": origins[0], "operator": slug, "site_key": site.site_key, "form": FORM}
            entry = {"site_key": site.site_key, "origin": site.origin, "further_origins": list(site.origins[1:])}
            demo["operators"][slug]["sites"].append(
                entry | {"forms": [{"form": FORM, "documents": [boxes[0].document]}]}
            )
        elif shop.get("url") != origins[0]:
            numbers = {slug: number for number, slug in operator_numbers(unbound.session)}
            add_site(unbound.for_operator(numbers[shop["operator"]]), shop["origin"], origins)
    demo["shop"] = shop | {"url": origins[0]}
    replace_private(place, json.dumps(demo, ensure_ascii=False, indent=1))


def start_shop(settings: Settings, alive: int) -> subprocess.Popen[bytes] | None:
    """Start the shop in a process of its own and say where; None where there is none.

    It ends when the other end of the pipe ``alive`` is closed.
    """
    demo = json.loads((settings.data_dir / "demo.json").read_text())
    shop = demo.get("shop")
    if shop is None or not settings.shop_port:
        return None
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "clients" / "python"), str(SHOP.parent)]),
        "KELISIM_URL": settings.base_url,
        "KELISIM_SECRET_KEY": demo["operators"][shop["operator"]]["secret_key"],
        "KELISIM_SITE_KEY": shop["site_key"],
        "KELISIM_FORM": shop["form"],
        "SHOP_PORT": str(settings.shop_port),
        "SHOP_DATA": str(settings.data_dir / "shop"),
    }
    progress(f"The demo shop is at {shop['url']}")
    command = [sys.executable, "-m", "consent_service", "demo-shop", "--until-closed", str(alive)]
    return subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env=environ, start_new_session=True, pass_fds=[alive]
    )


@click.command("demo-shop", hidden=True)
@click.option("--until-closed", type=int, required=True)
def demo_shop(until_closed: int) -> None:
    """Serve the demo shop for ``run``, as its own script would, until a pipe is closed."""
    stop_when_closed(until_closed)
    sys.argv = [str(SHOP)]
    runpy.run_path(str(SHOP), run_name="__main__")


def _operator_for(unbound: UnitOfWork, slugs: set[str]) -> tuple[int, str, list[Box]] | None:
    """Find an operator with a document that asks for a sign-up and, apart from it, for advertising."""
    for number, slug in operator_numbers(unbound.session):
        uow = unbound.for_operator(number)
        for document, boxes in usual_forms(uow).items() if slug in slugs else ():
            terms = version_in_force(uow, document, uow.now).terms
            marketing = {purpose.code for purpose in terms.purposes if purpose.marketing}
            required = [box for box in boxes if box.required]
            optional = [box for box in boxes if box.purpose in marketing]
            if required and optional and all(box.kind is BoxKind.CONSENT for box in boxes):
                return number, slug, [*required, *optional]
    return None

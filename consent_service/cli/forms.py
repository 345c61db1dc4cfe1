"""``sites`` and ``forms``."""

import click

from consent_service.cli.app import ACTOR, opened, writing
from consent_service.cli.output import as_json, show
from consent_service.forms.queries import FormView, list_forms
from consent_service.forms.rules import Box, BoxKind
from consent_service.forms.service import enter_form
from consent_service.operators.queries import operator_number
from consent_service.operators.sites import add_site, find_site
from consent_service.widget.embedding import embed


@click.group()
def sites() -> None:
    """Sites of an operator, which may show its forms."""


@sites.command("add")
@click.argument("operator")
@click.argument("origin")
@click.option("--also", "further", multiple=True, help="A further origin, such as that of a trial; may be repeated.")
@as_json
def add_one(operator: str, origin: str, further: tuple[str, ...], json_: bool) -> None:
    """Add the site at ORIGIN to OPERATOR, or change its further origins; print its public key."""
    with writing(operator) as uow:
        site = add_site(uow, origin, further)
    show(json_, {"site_key": site.site_key, "origins": list(site.origins)}, site.site_key)


@click.group()
def forms() -> None:
    """Forms: what a page of a site asks."""


@forms.command()
@click.argument("operator")
@click.argument("site_key")
@click.argument("form")
@click.option("--require", "required", multiple=True, metavar="BOX", help="document#purpose that must be ticked.")
@click.option("--ask", "optional", multiple=True, metavar="BOX", help="document#purpose that may be ticked.")
@click.option("--show", "read", multiple=True, metavar="DOCUMENT", help="A document to have read; must be ticked.")
@as_json
def add(
    operator: str,
    site_key: str,
    form: str,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    read: tuple[str, ...],
    json_: bool,
) -> None:
    """Enter FORM of a site, or a new edition of it: documents to have read first, then what is required."""
    boxes = [Box(document, None, BoxKind.INFORMATION, required=True) for document in read]
    boxes += [_consent(box, required=True) for box in required]
    boxes += [_consent(box, required=False) for box in optional]
    with opened() as app, app.write(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        view = enter_form(uow, find_site(uow, site_key), form, boxes)
        embedding = embed(app.settings.base_url, site_key, form)
    words = (
        f"{form}: edition {view.edition}, {len(view.boxes)} boxes. Into the page of the form:",
        embedding.snippet,
        f"and into its Content-Security-Policy: {embedding.policy}",
    )
    show(json_, _data(view) | {"snippet": embedding.snippet, "policy": embedding.policy}, "\n".join(words))


@forms.command("list")
@click.argument("operator")
@as_json
def list_(operator: str, json_: bool) -> None:
    """List the forms of OPERATOR with their boxes."""
    with opened() as app, app.read(ACTOR) as unbound:
        views = list_forms(unbound.for_operator(operator_number(unbound.session, operator)))
    words = "\n".join(
        f"{view.site.origin}  {view.site_key}  {view.form}  edition {view.edition}\n"
        + "\n".join(f"  {'[required]' if box.required else '[optional]'} {box.kind} {box.id}" for box in view.boxes)
        for view in views
    )
    show(json_, [_data(view) for view in views], words or "No form yet; 'forms add' enters one.")


def _consent(box: str, *, required: bool) -> Box:
    document, _, purpose = box.partition("#")
    return Box(document, purpose, BoxKind.CONSENT, required)


def _data(view: FormView) -> dict[str, object]:
    boxes = [
        {"box": box.id, "document": box.document, "purpose": box.purpose, "kind": box.kind, "required": box.required}
        for box in view.boxes
    ]
    return {"site_key": view.site_key, "form": view.form, "edition": view.edition, "boxes": boxes}


COMMANDS = (sites, forms)

"""``inspection``: the pack for an inspector, made at once, listed, and checked."""

from datetime import datetime
from pathlib import Path

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.inspections.making import KIND
from consent_service.inspections.queries import list_packs
from consent_service.inspections.rules import Period
from consent_service.inspections.service import SHELF, order_pack, take_pack
from consent_service.jobs.packs import INSPECTION, make_claimed
from consent_service.kernel.files import write_private_parts
from consent_service.kernel.signed_zip import checked_list
from consent_service.operators.queries import operator_number

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def inspection() -> None:
    """What an inspector asks for, over a period, as one signed ZIP."""


@inspection.command()
@click.argument("operator")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", type=_DAY, required=True, help="The first day.")
@click.option("--until", type=_DAY, required=True, help="The last day.")
@as_json
def pack(operator: str, file: Path, since: datetime, until: datetime, json_: bool) -> None:
    """Make the pack of OPERATOR over a period and write it to a new FILE; that it was taken is recorded."""
    if file.exists():
        fail(f"{file} is there already; name a new file.")
    period = Period(since.date(), until.date())
    with opened() as app:
        with app.write(ACTOR) as unbound:
            number = operator_number(unbound.session, operator)
            uow = unbound.for_operator(number)
            pack_id = order_pack(uow, period)
            claim = SHELF.claim(uow, pack_id)  # at once, so that no worker is quicker
        if claim is None or not make_claimed(app, ACTOR, number, INSPECTION, claim):
            fail("The pack could not be made; the log says why. The worker tries it again.")
        with app.write(ACTOR, number) as uow:
            size = take_pack(uow, pack_id)
        write_private_parts(file, SHELF.parts_of(lambda: app.read(ACTOR, number), pack_id))
    data = {"pack": str(pack_id), "since": period.since, "until": period.until, "file": str(file), "bytes": size}
    show(json_, data, f"{file}: {size} bytes, {period.since} to {period.until}")


@inspection.command("list")
@click.argument("operator")
@as_json
def list_(operator: str, json_: bool) -> None:
    """List the packs of OPERATOR whose week is not over."""
    with opened() as app, app.read(ACTOR) as unbound:
        packs = list_packs(unbound.for_operator(operator_number(unbound.session, operator)))
    data = [
        {
            "pack": str(one.id),
            "since": one.since,
            "until": one.until,
            "state": str(one.state),
            "percent": one.percent,
            "bytes": one.size,
            "sha256": one.sha256,
            "expires_at": one.expires_at,
        }
        for one in packs
    ]
    words = "\n".join(f"{one.since} to {one.until}  {one.state}  {one.percent} %" for one in packs)
    show(json_, {"packs": data}, words or "No pack.")


@inspection.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def verify(file: Path, json_: bool) -> None:
    """Say whether the pack in FILE is as this installation signed it."""
    with opened() as app, file.open("rb") as content:
        said = checked_list(content, KIND, [one.receipts for one in app.keys.public_signers()])
    data = {name: said[name] for name in ("operator", "since", "until", "made_at")} | {"files": len(said["files"])}
    words = f"{data['files']} files of {data['operator']}, {data['since']} to {data['until']}, as they were signed"
    show(json_, data, words)


COMMANDS = (inspection,)

"""``operators export`` and ``operators verify-export``: everything of an operator, made at once; and checked."""

from pathlib import Path

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.exports.service import SHELF, claim_export, order_export, take_export
from consent_service.exports.states import ExportReason
from consent_service.jobs.packs import EXPORT, make_claimed
from consent_service.kernel.files import write_private_parts
from consent_service.kernel.signed_zip import checked_list
from consent_service.leaving.making import KIND
from consent_service.operators.queries import operator_number


@click.command()
@click.argument("operator")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--because", type=click.Choice([str(one) for one in ExportReason]), required=True, help="Why; it is recorded."
)
@as_json
def export(operator: str, file: Path, because: str, json_: bool) -> None:
    """Write everything that is kept of OPERATOR, personal data in clear, to a new FILE; it is recorded."""
    if file.exists():
        fail(f"{file} is there already; name a new file.")
    with opened() as app:
        with app.write(ACTOR) as unbound:
            number = operator_number(unbound.session, operator)
            uow = unbound.for_operator(number)
            export_id = order_export(uow, ExportReason(because))
            claim = claim_export(uow, export_id)  # at once, so that no worker is quicker
        if claim is None or not make_claimed(app, ACTOR, number, EXPORT, claim):
            fail("The export could not be made; the log says why. The worker tries it again.")
        with app.write(ACTOR, number) as uow:
            size = take_export(uow, export_id)
        write_private_parts(file, SHELF.parts_of(lambda: app.read(ACTOR, number), export_id))
    data = {"export": str(export_id), "operator": operator, "because": because, "file": str(file), "bytes": size}
    show(json_, data, f"{file}: {size} bytes, everything of {operator}. Keep it as a secret.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def verify_export(file: Path, json_: bool) -> None:
    """Say whether the export in FILE is as this installation signed it."""
    with opened() as app, file.open("rb") as content:
        said = checked_list(content, KIND, [one.receipts for one in app.keys.public_signers()])
    data = {name: said[name] for name in ("operator", "export", "because", "made_at")} | {"files": len(said["files"])}
    show(json_, data, f"{data['files']} files of {data['operator']}, made at {data['made_at']}, as they were signed")

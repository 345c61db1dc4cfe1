"""``operators end``: the certified erasure of a whole operator: ordered, approved, watched, and its act."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.cli.signed_in import as_whoever_signs_in
from consent_service.erasure.certificates import whole_act
from consent_service.kernel.files import write_private, write_private_parts
from consent_service.operators.queries import operator_number
from consent_service.printing.pdf import to_pdf
from consent_service.termination.paper import LANGUAGES, whole_act_page
from consent_service.termination.queries import EndingView, last_ending
from consent_service.termination.service import approve_end, cancel_end, order_end
from consent_service.termination.states import EndingReason, EndingState, WithoutExport

_by = click.option("--by", "email", required=True, help="The address with which whoever decides signs in.")
_password = click.option("--password", prompt=True, hide_input=True, help="Asked for when left out.")


@click.group()
def end() -> None:
    """The end of an operator: everything of it is destroyed, read back and certified."""


@end.command()
@click.argument("operator")
@click.option("--because", type=click.Choice([str(one) for one in EndingReason]), required=True, help="It is recorded.")
@click.option(
    "--without-export",
    type=click.Choice([str(one) for one in WithoutExport]),
    help="Why nothing is taken along; it is recorded. Otherwise the last export must hold the last change.",
)
@click.option("--confirm", prompt="The operator's name once more", help="The operator's name once more.")
@_by
@_password
@as_json
def order(
    operator: str, because: str, without_export: str | None, confirm: str, email: str, password: str, json_: bool
) -> None:
    """Order the end of OPERATOR, as its owner."""
    with as_whoever_signs_in(operator, email, password) as (uow, who):
        ending_id = order_end(
            uow,
            slug=confirm,
            because=EndingReason(because),
            without_export=WithoutExport(without_export) if without_export else None,
            by=who,
        )
        state = last_ending(uow).state
    waits = state is EndingState.AWAITED
    words = "somebody else has to approve it." if waits else "the worker begins within seconds."
    show(json_, {"ending": ending_id, "state": state}, f"The end of {operator} is ordered ({ending_id}): {words}")


@end.command()
@click.argument("operator")
@click.argument("ending", type=click.UUID)
@_by
@_password
@as_json
def approve(operator: str, ending: UUID, email: str, password: str, json_: bool) -> None:
    """Approve the ENDING of OPERATOR, as another person than who ordered it."""
    with as_whoever_signs_in(operator, email, password) as (uow, who):
        approve_end(uow, ending, by=who)
    show(json_, {"approved": ending, "by": who}, f"{ending} is approved: the worker begins within seconds.")


@end.command()
@click.argument("operator")
@click.argument("ending", type=click.UUID)
@_by
@_password
@as_json
def cancel(operator: str, ending: UUID, email: str, password: str, json_: bool) -> None:
    """Cancel the ENDING of OPERATOR, which the worker has not begun."""
    with as_whoever_signs_in(operator, email, password) as (uow, who):
        cancel_end(uow, ending, by=who)
    show(json_, {"cancelled": ending, "by": who}, f"{ending} is cancelled.")


@end.command("show")
@click.argument("operator")
@as_json
def show_(operator: str, json_: bool) -> None:
    """Show where the end of OPERATOR stands."""
    with opened() as app, app.read(ACTOR) as unbound:
        number = operator_number(unbound.session, operator, closed_too=True)
        ending = last_ending(unbound.for_operator(number))
    show(json_, asdict(ending), _line(ending))


@end.command()
@click.argument("operator")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json
def act(operator: str, folder: Path, json_: bool) -> None:
    """Write the act of destruction of OPERATOR to a new FOLDER: signed, and as PDF in Kazakh and Russian."""
    if folder.exists():
        fail(f"{folder} is there already; name a new folder.")
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator, closed_too=True))
        view = whole_act(uow, last_ending(uow).id)
    folder.mkdir(mode=0o700, parents=True)
    write_private(folder / "act.jwt", view.token)
    for language in LANGUAGES:
        pdf = to_pdf(whole_act_page(view, language), view.issued_at)
        write_private_parts(folder / f"act-{language}.pdf", [pdf])
    data = {"number": view.act["number"], "sha256": view.sha256, "folder": str(folder)}
    show(json_, data, f"Act {data['number']} of {operator} is in {folder}; SHA-256 {view.sha256}")


def _line(ending: EndingView) -> str:
    rows = f", {sum(ending.erased.values())} rows gone, {ending.percent} %" if ending.begun_at else ""
    error = f"; last: {ending.last_error}" if ending.last_error else ""
    return f"{ending.id}: {ending.state}, ordered {ending.ordered_at:%Y-%m-%d %H:%M} UTC{rows}{error}"

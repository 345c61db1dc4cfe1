"""``operators``, ``keys`` and ``users``."""

from pathlib import Path
from uuid import UUID

import click

from consent_service.accounts.resetting import begin_anew, reset_proofs
from consent_service.cli.app import ACTOR, opened, writing
from consent_service.cli.operator_end import end
from consent_service.cli.operator_export import export, verify_export
from consent_service.cli.output import as_json, progress, show
from consent_service.operators.access import ALL_SCOPES, DEFAULT_SCOPES, Role, Scope
from consent_service.operators.service import create_credential, revoke_credential
from consent_service.operators.staff import account_at, add_staff, disable_staff, set_role, staff_at
from consent_service.policies.documents import read_folder
from consent_service.seeding import add_operator


@click.group()
def operators() -> None:
    """Operators: those who process personal data and answer for it."""


@operators.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def add(folder: Path, json_: bool) -> None:
    """Add the operator of FOLDER (operator.yaml and its documents), or bring it up to date."""
    progress(f"Reading {folder}")
    read = read_folder(folder)
    with opened() as app, app.write(ACTOR) as uow:
        added = add_operator(uow, read)
        data = {"operator": read.slug, "documents": sorted({version.document for version in read.versions})}
    show(
        json_, data | {"id": added}, f"{read.slug}: {len(read.versions)} versions of {len(data['documents'])} documents"
    )


operators.add_command(export)
operators.add_command(verify_export)
operators.add_command(end)


@click.group()
def keys() -> None:
    """Secret keys of an operator."""


@keys.command()
@click.argument("operator")
@click.option("--name", default="server", show_default=True, help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(s) for s in ALL_SCOPES]),
    help="Default: all but erasures:approve, which lets the holder decide in the name of staff.",
)
@as_json
def create(operator: str, name: str, scopes: tuple[str, ...], json_: bool) -> None:
    """Make a secret key for OPERATOR; it is shown this once."""
    with writing(operator) as uow:
        key_id, secret = create_credential(uow, name, [Scope(scope) for scope in scopes] or list(DEFAULT_SCOPES))
    show(json_, {"id": key_id, "secret_key": secret}, f"{secret}\nid {key_id}. Keep it now: it cannot be shown again.")


@keys.command()
@click.argument("operator")
@click.argument("key_id", type=click.UUID)
@as_json
def rotate(operator: str, key_id: UUID, json_: bool) -> None:
    """Make a new key and revoke KEY_ID, in one step."""
    with writing(operator) as uow:
        revoke_credential(uow, key_id)
        new_id, secret = create_credential(uow, "rotated")
    show(json_, {"id": new_id, "secret_key": secret, "revoked": key_id}, f"{secret}\nid {new_id}; {key_id} is revoked.")


@keys.command()
@click.argument("operator")
@click.argument("key_id", type=click.UUID)
@as_json
def revoke(operator: str, key_id: UUID, json_: bool) -> None:
    """Revoke KEY_ID of OPERATOR; it stops working at once."""
    with writing(operator) as uow:
        revoke_credential(uow, key_id)
    show(json_, {"revoked": key_id}, f"{key_id} is revoked.")


@click.group()
def users() -> None:
    """People who sign in to the dashboard."""


@users.command("add")
@click.argument("operator")
@click.argument("email")
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=str(Role.DPO), show_default=True)
@click.password_option(help="Asked for when left out.")
@as_json
def add_user(operator: str, email: str, role: str, password: str, json_: bool) -> None:
    """Let EMAIL sign in for OPERATOR."""
    with writing(operator) as uow:
        is_open = account_at(uow, email) is not None
        staff_id = add_staff(uow, email, password, Role(role))
        if not is_open:
            begin_anew(uow, staff_id)
    show(json_, {"id": staff_id, "operator": operator, "role": role}, f"Added as {role} of {operator}.")


@users.command("role")
@click.argument("operator")
@click.argument("email")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
@as_json
def role_of_user(operator: str, email: str, role: str, json_: bool) -> None:
    """Give EMAIL another ROLE at OPERATOR."""
    with writing(operator) as uow:
        staff_id = staff_at(uow, email)
        set_role(uow, staff_id, Role(role))
    show(json_, {"id": staff_id, "operator": operator, "role": role}, f"Now {role} of {operator}.")


@users.command("reset")
@click.argument("operator")
@click.argument("email")
@as_json
def reset_user(operator: str, email: str, json_: bool) -> None:
    """Take app, recovery codes and passkeys of EMAIL away: the password alone counts again."""
    with writing(operator) as uow:
        staff_id = staff_at(uow, email)
        reset_proofs(uow, staff_id)
    show(json_, {"id": staff_id}, "The password alone counts again; every session has ended.")


@users.command("disable")
@click.argument("operator")
@click.argument("email")
@as_json
def disable_user(operator: str, email: str, json_: bool) -> None:
    """Let EMAIL act for OPERATOR no more; with no role left, the account is closed and signed out."""
    with writing(operator) as uow:
        staff_id = staff_at(uow, email)
        disable_staff(uow, staff_id)
    show(json_, {"id": staff_id, "operator": operator}, f"No longer at {operator}.")


COMMANDS = (operators, keys, users)

"""``connectors check | set | list | remove | dry-run | tasks``."""

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from consent_service.cli.app import ACTOR, opened, writing
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.connectors.answering import list_tasks
from consent_service.connectors.checking import check_file, check_targets, environment_name
from consent_service.connectors.foreseeing import foresee, whom_of
from consent_service.connectors.queries import list_connectors, stored_targets
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.schema import read_description
from consent_service.connectors.service import SetConnectors, hidden_of, remove_connectors, set_connectors
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.policies.consistency import Data
from consent_service.policies.yaml_tree import MAX_BYTES, YamlTree
from consent_service.services import Services
from consent_service.subjects.identity import check_ref

MOST_TASKS = 100
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STDIN = click.option("--stdin", is_flag=True, help="Read credentials from standard input, a line 'TARGET ...' each.")


@click.group()
def connectors() -> None:
    """Where an operator keeps people's data outside this service, described in one YAML file."""


@connectors.command()
@click.argument("operator")
@click.argument("file", type=FILE, required=False)
@STDIN
@as_json
def check(operator: str, file: Path | None, stdin: bool, json_: bool) -> None:
    """Hold FILE, or what is stored, against the databases as they are now; nothing is stored."""
    with opened() as app:
        if file is not None:
            tree = _read(file, operator)
            checked = check_file(tree, _credentials(app, operator, tree.data["targets"], stdin=stdin), app.outbound)
        else:
            with app.read(ACTOR) as unbound:
                stored = stored_targets(_bound(unbound, operator))
            if not stored:
                fail("This operator has no connectors; 'connectors set' takes a file.")
            checked = check_targets(stored, _credentials(app, operator, stored, stdin=stdin), app.outbound)
    rows = [{"target": target.data["name"], "fingerprint": target.fingerprint} for target in checked]
    show(json_, rows, "\n".join(f"{row['target']}: fits" for row in rows))


@connectors.command("set")
@click.argument("operator")
@click.argument("file", type=FILE)
@STDIN
@as_json
def set_(operator: str, file: Path, stdin: bool, json_: bool) -> None:
    """Take FILE as the connectors of OPERATOR, once all of it fits; credentials are sealed and never shown again.

    A credential is read from the environment variable CONNECTOR_ and the name of the target (CONNECTOR_CRM_DATABASE),
    or with --stdin from standard input; one that is stored already stays.
    """
    with opened() as app:
        tree = _read(file, operator)
        credentials = _credentials(app, operator, tree.data["targets"], stdin=stdin)
        progress("Holding the file against what is there")
        checked = check_file(tree, credentials, app.outbound)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with app.write(ACTOR) as unbound:
            set_connectors(_bound(unbound, operator), SetConnectors(tuple(checked), digest))
    rows = [{"target": target.data["name"], "fingerprint": target.fingerprint} for target in checked]
    show(json_, rows, "\n".join(f"{row['target']}: set" for row in rows))


@connectors.command("list")
@click.argument("operator")
@as_json
def list_(operator: str, json_: bool) -> None:
    """List the targets of OPERATOR and what is done there; no credential is shown."""
    with opened() as app, app.read(ACTOR) as unbound:
        views = list_connectors(_bound(unbound, operator))
    lines = []
    for view in views:
        what = f"{view.kind} ({view.dialect})" if view.dialect else str(view.kind)
        lines.append(f"{view.name}  {what}, checked {view.checked_at:%Y-%m-%dT%H:%MZ}")
        lines += [f"  {one['of']}: {one['rows']}" for one in view.does]
    show(json_, [asdict(view) for view in views], "\n".join(lines) or "No connectors.")


@connectors.command()
@click.argument("operator")
@as_json
def remove(operator: str, json_: bool) -> None:
    """Remove every target of OPERATOR with its credential; what erasures do there stops."""
    with writing(operator) as uow:
        gone = remove_connectors(uow)
    show(json_, {"removed": gone}, f"Removed: {', '.join(gone)}.")


@connectors.command("dry-run")
@click.argument("operator")
@as_json
def dry_run(operator: str, json_: bool) -> None:
    """Say what an erasure would do to the person whose reference is given on standard input; all of it is undone."""
    ref = check_ref(sys.stdin.readline().strip())
    with opened() as app:
        with app.read(ACTOR) as unbound:
            uow = _bound(unbound, operator)
            whom, targets = whom_of(uow, ref), app.targets(uow)
        rows = [asdict(foresee(target, whom)) for target in targets]
    show(json_, rows, "\n".join(map(_in_words, rows)) or "No connectors.")
    if any(row["refused"] for row in rows):
        fail("At some targets the erasure would be refused.")


@connectors.command()
@click.argument("operator")
@as_json
def tasks(operator: str, json_: bool) -> None:
    """List what people at OPERATOR were asked to erase by hand, and what they say is lacking."""
    with opened() as app, app.read(ACTOR) as unbound:
        reports = list_tasks(_bound(unbound, operator), MOST_TASKS)
    lines = [
        f"{one.target}  order {one.order_id}  {one.state}" + (f": {one.lacking}" if one.lacking else "")
        for one in reports
    ]
    show(json_, [asdict(one) for one in reports], "\n".join(lines) or "No tasks.")


def _bound(unbound: UnitOfWork, operator: str) -> UnitOfWork:
    return unbound.for_operator(operator_number(unbound.session, operator))


def _read(file: Path, operator: str) -> YamlTree:
    with file.open("rb") as stream:
        return read_description(stream.read(MAX_BYTES + 1), file.name, operator)


def _credentials(app: Services, operator: str, targets: Sequence[Data], *, stdin: bool) -> Mapping[str, str]:
    """Return what is known: what was stored, what the environment has, what standard input says, the last one rules."""
    names = [target["name"] for target in targets]
    with app.read(ACTOR) as unbound:
        found = {name: hidden.credential for name, hidden in hidden_of(_bound(unbound, operator)).items()}
    for name in names:
        if value := os.environ.get(environment_name(name), "").strip():
            found[name] = value
    for line in sys.stdin.read().splitlines() if stdin else []:
        name, _, value = line.strip().partition(" ")
        if name and (name not in names or not value.strip()):
            raise DescriptionError("Standard input: write a line 'TARGET CREDENTIAL' for targets of the file alone.")
        if name:
            found[name] = value.strip()
    return found


def _in_words(row: dict[str, Any]) -> str:  # Any: JSON values
    lines = [f"{row['target']} ({row['kind']})"]
    lines += [f"  {action}: {count}" for action, count in sorted(row["counts"].items())]
    lines += [f"  {table}: k = {k}" for table, k in sorted(row["k"].items())]
    lines += [
        f"  {table}: {one['rows']} stay" + (f" ({one['basis']})" if one["basis"] else "")
        for table, one in sorted(row["kept"].items())
    ]
    if row["refused"]:
        lines.append(f"  refused: {row['refused']}")
    return "\n".join(lines if len(lines) > 1 else [*lines, "  nothing of this person was found, or it is told there"])


COMMANDS = (connectors,)

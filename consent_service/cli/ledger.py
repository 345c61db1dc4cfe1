"""``ledger checkpoint``, ``export``, ``verify``, ``open-epoch`` and ``adopt-folder``."""

from dataclasses import asdict
from pathlib import Path

import click

from consent_service.cli.app import ACTOR, opened, opened_as_it_is
from consent_service.cli.output import as_json, fail, paced, show
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.anchoring import cosign, stamp, tell
from consent_service.jobs.runner import find_job, run_now
from consent_service.ledger.anchors import anchors_of, cosigned
from consent_service.ledger.exporting import export_all
from consent_service.ledger.heads import open_head
from consent_service.ledger.publisher import adopt_folder, open_epoch
from consent_service.ledger.static_files import export_head
from consent_service.ledger.tree import all_epochs, current_epoch, head_key, last_head, log_key
from consent_service.operators.queries import operator_number


@click.group()
def ledger() -> None:
    """The log of all that happened, and its signed heads."""


@ledger.command()
@as_json
def checkpoint(json_: bool) -> None:
    """Seal what waits, sign the head, have it anchored, export it, and print it with the key that verifies it."""
    with opened() as app:
        sealed = run_now(app, find_job("ledger.seal")).done
        files = run_now(app, find_job("ledger.publish")).done
        told = [*cosign(app, ACTOR), *stamp(app, ACTOR), *tell(app, ACTOR)]
        files += run_now(app, find_job("ledger.publish")).done  # with what others have said of it
        with app.read(ACTOR) as uow:
            epoch = current_epoch(uow.session)
            last = last_head(uow.session, epoch.epoch) if epoch else None
            signed = cosigned(uow.session, epoch.epoch, last) if epoch and last else None
            anchors = anchors_of(uow.session, epoch.epoch, last.tree_size) if epoch and last else []
            keys = uow.keys
    if epoch is None or signed is None:
        fail("The ledger is empty: there is nothing to sign yet.")
    head = open_head(signed.note, epoch.origin, head_key(keys, epoch))
    key = log_key(keys, epoch)
    failures = [one for one in told if one.problem]
    words = [f"{one.kind} of {one.party}, {one.created_at:%Y-%m-%d %H:%M:%S} UTC" for one in anchors]
    words += [f"NO {one.kind} of {one.party}: {one.problem}" for one in failures]
    show(
        json_,
        {
            "epoch": epoch.epoch,
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
            "signed_at": signed.signed_at,
            "note": signed.note,
            "verifier_key": key,
            "sealed": sealed,
            "files_written": files,
            "anchors": [{"kind": one.kind, "party": one.party, "at": one.created_at} for one in anchors],
            "not_anchored": [{"kind": one.kind, "party": one.party, "problem": one.problem} for one in failures],
        },
        "\n".join([signed.note, f"verifier key: {key}", *words, f"{sealed} events sealed, {files} files written."]),
    )


@ledger.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--operator", help="The events of one operator only; all logs are exported in any case.")
@as_json
def export(folder: Path, operator: str | None, json_: bool) -> None:
    """Write heads, tiles and events to an empty FOLDER, for an inspector with the offline verifier."""
    if folder.exists() and any(folder.iterdir()):
        fail(f"{folder} is not empty: name a new folder.")
    tell = paced()
    with opened() as app, app.snapshot(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator, closed_too=True)) if operator else unbound
        if not any(last_head(uow.session, epoch.epoch) for epoch in all_epochs(uow.session)):
            fail("Nothing is signed yet: run ledger checkpoint first.")
        events = export_all(uow, folder, lambda count: tell(f"{count} events written"))
    show(json_, {"folder": str(folder), "events": events}, f"{events} events written to {folder}.")


@ledger.command()
@as_json
def verify(json_: bool) -> None:
    """Hold all that is stored against itself; name each place where it does not fit."""
    tell = paced()
    with opened_as_it_is() as app, app.snapshot(ACTOR) as uow:
        verdict = verify_evidence(
            uow,
            app.settings.ledger_dir,
            lambda what, count: tell(f"{count} {what} looked at"),
            app.settings.anchors.stampers,
        )
    fits = "IT DOES NOT FIT" if verdict.found else "all fits"
    summary = (
        f"{verdict.events} events ({verdict.holes} emptied on record, {verdict.waiting} not sealed yet), "
        f"{verdict.leaves} leaves, {verdict.heads} heads, {verdict.anchors} anchors, {verdict.records} records: "
        f"{fits}"
    )
    words = [summary, *verdict.statements, *(f"{problem.place}: {problem.what}" for problem in verdict.problems)]
    show(json_, asdict(verdict), "\n".join(words))
    if verdict.found:
        fail(f"{verdict.found} places do not fit; the first is {verdict.problems[0].place}.")


@ledger.command("open-epoch")
@as_json
def open_epoch_(json_: bool) -> None:
    """Begin a new log where a database was put back and cannot go on from the last exported head."""
    with opened() as app, app.write(ACTOR) as uow:
        epoch = open_epoch(uow, app.settings.ledger_dir, app.settings.ledger_name)
    show(
        json_,
        {"epoch": epoch.epoch, "origin": epoch.origin, "follows": epoch.follows},
        f"Epoch {epoch.epoch} is open; its first leaf names the head that it follows.",
    )


@ledger.command("adopt-folder")
@as_json
def adopt_folder_(json_: bool) -> None:
    """Say on record that the folder of exported heads was lost, and fill it again from the database."""
    with opened() as app:
        with app.write(ACTOR) as uow:
            heads = adopt_folder(uow, app.settings.ledger_dir)
        with app.snapshot(ACTOR) as uow:
            files = sum(export_head(uow.session, app.settings.ledger_dir, epoch, head) for epoch, head in heads)
    show(
        json_,
        {"heads": len(heads), "files_written": files},
        f"{len(heads)} heads are exported again, {files} files written; the ledger says that the folder was lost.",
    )


COMMANDS = (ledger,)

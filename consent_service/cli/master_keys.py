"""``master-keys``: the keys of the key file."""

from dataclasses import asdict

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, progress, show
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.subjects.key_epochs import epochs, people_by_epoch


@click.group("master-keys")
def master_keys() -> None:
    """The keys of the key file, in epochs: each wraps people's keys until the next begins."""


@master_keys.command()
@as_json
def status(json_: bool) -> None:
    """Say which epochs there are, and how many people's keys each wraps."""
    with opened() as app, app.read(ACTOR) as uow:
        known, people, current = epochs(uow.session), people_by_epoch(uow.session), uow.keys.epoch
    lines = [
        f"epoch {one.epoch}: begun {one.begun_at:%Y-%m-%d %H:%M} UTC, {people.get(one.epoch, 0)} people's keys"
        + (f", its key destroyed {one.retired_at:%Y-%m-%d %H:%M} UTC" if one.retired_at else "")
        for one in known
    ] or [f"epoch {current}: the first; none was begun after it"]
    show(
        json_,
        {"current": current, "epochs": [asdict(one) | {"people": people.get(one.epoch, 0)} for one in known]},
        "\n".join(lines),
    )


@master_keys.command()
@as_json
def turn(json_: bool) -> None:
    """Begin an epoch, wrap everybody's key under it, and destroy the keys before it.

    Copies of the database from before cannot be opened any more for whoever was erased meanwhile.  Keep the new key
    file as well as the old one was kept.
    """
    with opened() as app:
        epoch = begin(app, ACTOR)
        wrapped = wrap_all(app, ACTOR, lambda count: progress(f"{count} keys and values wrapped"))
        gone = retire_old(app, ACTOR)
    show(
        json_,
        {"epoch": epoch, "wrapped": wrapped, "destroyed": gone},
        f"Epoch {epoch} wraps {wrapped} keys and values now. Destroyed: the keys of epochs {gone}.",
    )


@master_keys.command()
@as_json
def finish(json_: bool) -> None:
    """Finish a turn that was broken off: wrap what is left, and destroy the keys before the current epoch."""
    with opened() as app:
        wrapped = wrap_all(app, ACTOR, lambda count: progress(f"{count} keys and values wrapped"))
        gone = retire_old(app, ACTOR)
    show(
        json_,
        {"wrapped": wrapped, "destroyed": gone},
        f"{wrapped} keys and values wrapped; destroyed epochs: {gone or 'none'}.",
    )


COMMANDS = (master_keys,)

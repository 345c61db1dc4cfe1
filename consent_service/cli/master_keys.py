"""``master-keys``: the keys of the key file."""

import os
from dataclasses import asdict

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.config import Settings
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel.key_file import KeyFile, provider_in
from consent_service.key_keeping import make_provider
from consent_service.ledger.tree import log_key
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


@master_keys.command("turn-signing")
@as_json
def turn_signing(json_: bool) -> None:
    """Begin a new signing key: the old one announces it, closes its log, and is destroyed.

    Receipts and heads that the old key signed can still be checked.  Publish the new key of the log as you published
    the old one.  Run it again if it was broken off.
    """
    with opened() as app:
        epoch = turn_signing_key(app, ACTOR)
        key = log_key(app.keys, epoch)
    show(
        json_,
        {"generation": epoch.signed_by, "epoch": epoch.epoch, "origin": epoch.origin, "verifier_key": key},
        f"Generation {epoch.signed_by} signs receipts and the log {epoch.origin} now.\nverifier key: {key}",
    )


@master_keys.command()
@as_json
def move(json_: bool) -> None:
    """Have the provider of the setting KEY_PROVIDER keep the keys of the key file, while the service is stopped.

    Copies of the key file from before still open by themselves: run master-keys turn and turn-signing afterwards.
    """
    settings = Settings.from_env(os.environ)
    before = provider_in(settings.key_file)
    if before == settings.key_provider:
        fail(f"The provider {before} keeps the keys already. Set KEY_PROVIDER to the one that is to keep them.")
    KeyFile(settings.key_file, make_provider(settings, before)).move(make_provider(settings, settings.key_provider))
    show(
        json_,
        {"before": before, "now": settings.key_provider},
        f"The provider {settings.key_provider} keeps the keys now, not {before}. Start the service again.",
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

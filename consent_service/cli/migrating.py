"""``migrate``: the database at the schema of this release."""

import os

import click

from consent_service.cli.output import as_json, paced, show
from consent_service.config import Settings
from consent_service.opening import open_house
from consent_service.schema import migrate, revision


@click.command("migrate")
@as_json
def migrate_(json_: bool) -> None:
    """Bring the database to the schema of this release; the release before goes on running on it meanwhile."""
    app = open_house(Settings.from_env(os.environ))
    before = revision(app)
    migrate(app, tell=paced())
    now = revision(app)
    words = f"The database had the schema {now} already." if now == before else f"The database has the schema {now}."
    show(json_, {"before": before, "now": now}, words)


COMMANDS = (migrate_,)

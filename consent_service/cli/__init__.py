"""The commands.  Every one has ``--json`` and exits non-zero with one clear line when it fails."""

import os
import sys
from importlib import import_module

import click
from sqlalchemy.exc import SQLAlchemyError

from consent_service.cli.output import fail
from consent_service.kernel.errors import ConsentServiceError

MODULES = {
    "backup": "backups",
    "connectors": "connectors",
    "consents": "consents",
    "deadline": "deadline",
    "deadlines": "deadlines",
    "demo": "demo",
    "demo-shop": "serving",
    "erasure": "erasure",
    "forms": "forms",
    "inspection": "inspections",
    "jobs": "jobs",
    "keys": "operators",
    "ledger": "ledger",
    "master-keys": "master_keys",
    "migrate": "migrating",
    "operators": "operators",
    "policies": "policies",
    "receipt": "receipt",
    "restore": "backups",
    "retention": "retention",
    "run": "serving",
    "serve": "serving",
    "sites": "forms",
    "users": "operators",
    "webhooks": "webhooks",
    "worker": "serving",
}


class _Commands(click.Group):
    """Commands whose module is read when one is asked for, so that each starts with no more than it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in MODULES:
            return None
        module = import_module(f"consent_service.cli.{MODULES[cmd_name]}")
        found: click.Command = next(command for command in module.COMMANDS if command.name == cmd_name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Kelisim: consents, duties with dates, and erasure, for Kazakhstan law on personal data."""


def main() -> None:
    """Run a command; an expected failure is one line on standard error, never a traceback."""
    os.umask(0o077)  # what a command writes is for its own account alone
    try:
        commands(prog_name="python -m consent_service", standalone_mode=False)
    except click.ClickException as error:
        fail(error.format_message())
    except click.Abort:
        fail("Stopped.")
    except ConsentServiceError as error:
        fail(error.detail)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        fail(f"The database cannot be used: {reason}. Check DATABASE_URL and DATA_DIR.")
    except OSError as error:
        fail(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
    sys.exit(0)

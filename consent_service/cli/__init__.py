"""The commands.  Every one has ``--json`` and exits non-zero with one clear line when it fails."""

import os
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from consent_service.cli import (
    connectors,
    deadline,
    deadlines,
    demo,
    erasure,
    forms,
    jobs,
    ledger,
    master_keys,
    operators,
    policies,
    receipt,
    retention,
    serving,
    webhooks,
)
from consent_service.cli.output import fail
from consent_service.kernel.errors import ConsentServiceError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Kelisim: consents, duties with dates, and erasure, for Kazakhstan law on personal data."""


GROUPS = (
    serving,
    operators,
    forms,
    policies,
    connectors,
    deadline,
    deadlines,
    jobs,
    erasure,
    retention,
    ledger,
    receipt,
    webhooks,
    master_keys,
    demo,
)
for group in GROUPS:
    for command in group.COMMANDS:
        commands.add_command(command)


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

"""Which module holds which command, so that a command reads no other."""

from importlib import import_module
from pathlib import Path

import click

from consent_service import cli
from consent_service.cli import MODULES, commands

FOLDER = Path(cli.__file__).parent


def test_every_command_of_every_module_can_be_called() -> None:
    modules = set(MODULES.values())
    written = {path.stem for path in FOLDER.glob("*.py") if "\nCOMMANDS = " in path.read_text()}
    assert modules == written

    for module in modules:
        for command in import_module(f"consent_service.cli.{module}").COMMANDS:
            assert MODULES[command.name] == module
    for name in MODULES:
        assert commands.get_command(click.Context(commands), name) is not None

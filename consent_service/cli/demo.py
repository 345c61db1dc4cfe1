"""``demo``."""

import click


@click.command()
def demo() -> None:
    """Show the life of one consent at each operator, on a moved clock, through the real HTTP API."""


COMMANDS = (demo,)

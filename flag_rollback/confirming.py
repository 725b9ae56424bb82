"""Asks a person before a command changes something."""

from __future__ import annotations

import sys

import click

INTERRUPTED = 130


def at_a_terminal() -> bool:
    """Return whether there is a person to ask."""
    return sys.stdin.isatty()


def confirm(question: str, *, yes: bool) -> None:
    """Return if the person agrees, or agreed by `--yes`; otherwise end the command.

    Raises:
        click.UsageError: nobody can be asked.
        click.exceptions.Exit: the person said no (1), or pressed Ctrl-C (130).
    """
    if yes:
        return
    if not at_a_terminal():
        raise click.UsageError("there is no terminal to ask on; pass --yes")
    code = 1
    try:
        if click.confirm(question):
            return
    except click.Abort as abort:  # Ctrl-C or Ctrl-D; click hides which, but keeps it
        click.echo()
        if isinstance(abort.__context__, KeyboardInterrupt):
            code = INTERRUPTED
    click.echo("Nothing was changed.")
    raise click.exceptions.Exit(code)

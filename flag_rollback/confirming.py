"""Asks a person before a command changes something."""

from __future__ import annotations

import sys

import click


def at_a_terminal() -> bool:
    """Return whether there is a person to ask."""
    return bool(sys.stdin and sys.stdin.isatty())  # a closed one is None


def confirm(question: str, *, yes: bool) -> None:
    """Return if the person agrees, or has agreed by `--yes`.

    Raises:
        click.UsageError: nobody can be asked.
        click.Abort: they do not; the command then says that nothing was changed.
    """
    if yes:
        return
    if not at_a_terminal():
        raise click.UsageError("there is no terminal to ask on; pass --yes")
    click.confirm(question, abort=True)

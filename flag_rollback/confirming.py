"""The question before a command changes something."""

from __future__ import annotations

import sys

import click

from flag_rollback.interrupting import NOTHING_WAS_CHANGED, Interrupted


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless the answer was given with `--yes`; ends the command unless it is yes.

    Raises:
        click.ClickException: it is no, or there is nobody to ask.
        Interrupted: Ctrl-C was pressed instead.
    """
    if yes:
        return
    try:
        if click.confirm(question):
            return
    except click.Abort as stopped:
        # click says the same of Ctrl-C and of an input that has ended.
        if not sys.stdin.isatty() and not isinstance(stopped.__context__, KeyboardInterrupt):
            raise click.ClickException(
                f"there is no terminal to ask on; pass --yes. {NOTHING_WAS_CHANGED}"
            ) from stopped
        raise Interrupted(NOTHING_WAS_CHANGED) from stopped
    raise click.ClickException(NOTHING_WAS_CHANGED)

"""Exit codes, and Ctrl-C: what goes on in AWS is said, and never that it was aborted."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExitCode(IntEnum):
    """What the exit code of a command says (docs/commands.md)."""

    DONE = 0
    NOT_DONE = 1
    USAGE = 2
    RUN_FAILED = 3
    INTERRUPTED = 130


class Interrupted(click.ClickException):
    """Ctrl-C was pressed; the message says what that changes, and what it does not."""

    exit_code = ExitCode.INTERRUPTED

    def show(self, file: object = None) -> None:  # noqa: ARG002 - as click has it
        """Say it without the word Error."""
        click.echo(f"\n{self.message}", err=True)


NOTHING_WAS_CHANGED = "Nothing was changed."


@contextmanager
def goes_on(what: str, look_again: str) -> Iterator[None]:
    """Say, where Ctrl-C is pressed within the block, what goes on and which command looks again.

    Raises:
        Interrupted: it was pressed.
    """
    try:
        yield
    except (KeyboardInterrupt, click.Abort) as pressed:
        raise Interrupted(
            f"Interrupted. {what} goes on. Look again with: {look_again}"
        ) from pressed

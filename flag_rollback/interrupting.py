"""Exit codes, and what Ctrl-C says: what goes on without the command, or that nothing changed."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What was asked for was done.
DONE = 0
#: It was not done; one sentence on stderr says why.
NOT_DONE = 1
#: The command line was not understood.
USAGE = 2
#: The command did its work, and the execution that it looked at has failed.
RUN_FAILED = 3
#: A person pressed Ctrl-C.
INTERRUPTED = 130

#: Where the invocation keeps the last thing that it has set going, as `(what, look_again)`.
_GOING = f"{__name__}.going"


@contextmanager
def goes_on(what: str, look_again: str) -> Iterator[None]:
    """Have Ctrl-C say that `what` goes on, and that the command `look_again` shows it.

    `what` is the subject of a sentence: "The rollback". Enter this before the call from which there
    is no way back, so that no moment is left in which Ctrl-C would say something else. Errors are
    left alone.
    """
    context = click.get_current_context(silent=True)
    if context:
        context.meta[_GOING] = (what, look_again)
    try:
        yield
    except (KeyboardInterrupt, click.Abort) as error:
        _say(f"Only this command has stopped. {what} goes on; see it with:", look_again)
        raise click.exceptions.Exit(INTERRUPTED) from error


@contextmanager
def interruptible() -> Iterator[None]:
    """Have Ctrl-C, "n" at a prompt, and a prompt that nobody can answer end in a sentence.

    It is around whole commands: what is interrupted here has changed nothing, unless it has been in
    `goes_on` before.
    """
    try:
        yield
    except (KeyboardInterrupt, click.Abort) as error:
        # click.confirm raises the same exception for all three; its context tells them apart.
        cause = error if isinstance(error, KeyboardInterrupt) else error.__context__
        code = INTERRUPTED if isinstance(cause, KeyboardInterrupt) else NOT_DONE
        context = click.get_current_context(silent=True)
        going: tuple[str, str] | None = context.meta.get(_GOING) if context else None
        if going:
            what, look_again = going
            _say(f"Only this command has stopped. {what} is not undone; see it with:", look_again)
        elif isinstance(cause, EOFError):
            _say("Nothing was changed: nobody answered the question; pass --yes to skip it.")
        else:
            _say("Nothing was changed.")
        raise click.exceptions.Exit(code) from error


def _say(*lines: str) -> None:
    """Write below what is on the terminal, where Ctrl-C has left its ^C; commands stay whole."""
    sentence, *commands = lines
    with _deaf():
        click.echo("\n".join(["", sentence, *(f"  {command}" for command in commands)]), err=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore further presses of Ctrl-C, which would cut the sentence off."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

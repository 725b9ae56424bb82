"""`flag-rollback dashboard`: pages of all executions and flags, on this machine."""

from __future__ import annotations

import threading
from contextlib import suppress

import click

from flag_rollback.access import Access, with_access


@click.command(epilog="Example: flag-rollback dashboard --port 8080")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="a free one",
    help="Where to listen, on 127.0.0.1.",
)
@with_access
def dashboard(access: Access, *, port: int) -> None:
    """Serve pages of executions and flags on 127.0.0.1 until Ctrl-C. They change nothing."""
    # Nobody waits for these who wants another command.
    from flag_rollback.dashboard.answers import Dashboard
    from flag_rollback.dashboard.reading import Reading
    from flag_rollback.dashboard.server import HOST, served

    pages = Dashboard(Reading(access))
    try:
        with served(pages, port) as address:
            click.echo(f"Open {address}")
            click.echo(f"It shows stack {pages.stack}, to this machine alone. Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):  # it is how this ends, and has gone well
                stay()
    except OSError as error:
        raise click.ClickException(f"{HOST}:{port} cannot be listened on: {error}") from error


def stay() -> None:
    """Wait for Ctrl-C."""
    threading.Event().wait()

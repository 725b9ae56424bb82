"""`flag-rollback inspect`: what happened in one execution, where, why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flag_rollback import interrupting
from flag_rollback.access import Access, with_access
from flag_rollback.completing import executions_and_flags
from flag_rollback.dashboard import server
from flag_rollback.execution.document import document
from flag_rollback.execution.following import follow, wait
from flag_rollback.execution.naming import meant
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.execution.terminal import show
from flag_rollback.given import NewFile
from flag_rollback.picture import page
from flag_rollback.printing import console, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from flag_rollback.execution.finding import Execution


@click.command(epilog="Example: flag-rollback inspect latest --html rollback.html")
@click.argument("execution", default="latest", shell_complete=executions_and_flags)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as docs/commands.md describes.")
@click.option("--html", type=NewFile(), help="Write the picture: one page that needs no network.")
@click.option("--follow", "live", is_flag=True, help="Stay until the execution ends.")
@click.option("--exit-status", is_flag=True, help="Exit code 3 if the execution has failed.")
@click.option("--verbose", is_flag=True, help="Show input and output, too.")
@with_access
def inspect(
    access: Access,
    execution: str,
    *,
    as_json: bool,
    html: Path | None,
    live: bool,
    exit_status: bool,
    verbose: bool,
) -> None:
    """Show an execution: a name, the beginning of one, an ARN, `latest`, or a flag's last one.

    It ends with the verdict: what happened, what users get of the flag now, and what to do.

    With --follow and --html the page is served on 127.0.0.1 while the execution runs, and written
    when it ends.
    """
    reporter = Reporter(access)
    found = meant(reporter, execution, note=lambda text: click.echo(text, err=True))
    if live:
        again = access.command("inspect", found.name, "--follow")
        with interrupting.goes_on(f"Execution {found.name}", again):
            report = _followed(reporter, found, as_json=as_json, served=html is not None)
    else:
        report = reporter.report(found)
    if html:
        html.write_text(page.of(report), "utf-8", "backslashreplace")
        click.echo(f"Wrote {html}", err=as_json)
    if as_json:
        write_json(document(report))
    elif not html:
        show(report, console(), verbose=verbose)
    if exit_status and report.failure:
        raise click.exceptions.Exit(interrupting.RUN_FAILED)


def _followed(reporter: Reporter, found: Execution, *, as_json: bool, served: bool) -> Report:
    if served:
        return server.serve(reporter, found, lambda url: click.echo(f"Open {url}", err=as_json))
    return wait(reporter, found) if as_json else follow(reporter, found)

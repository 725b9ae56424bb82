"""`flag-rollback inspect`: what happened in one execution, where, why, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flag_rollback.access import Access, with_access
from flag_rollback.execution.document import document
from flag_rollback.execution.following import follow, wait
from flag_rollback.execution.report import Reporter
from flag_rollback.execution.terminal import console, show
from flag_rollback.interrupting import goes_on
from flag_rollback.picture import page, server


@click.command(epilog="Example: flag-rollback inspect latest --html rollback.html")
@click.argument("execution", default="latest")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the picture: one page that needs no network.",
)
@click.option("--follow", "live", is_flag=True, help="Stay until the execution ends.")
@with_access
def inspect(access: Access, execution: str, as_json: bool, html: Path | None, live: bool) -> None:
    """Show an execution: a name, the beginning of one, an ARN, or `latest`.

    With --follow and --html the page is served on 127.0.0.1 while the execution runs, and written
    when it ends.
    """
    reporter = Reporter(access)
    found = reporter.executions.named(execution)
    if live:
        look_again = access.command("inspect", found.name, "--follow")
        with goes_on(f"Execution {found.name}", look_again):
            if html:
                report = server.serve(reporter, found, lambda url: click.echo(f"Open {url}"))
            else:
                report = wait(reporter, found) if as_json else follow(reporter, found)
    else:
        report = reporter.report(found)
    if html:
        html.write_text(page.of(report), "utf-8")
        click.echo(f"Wrote {html}")
    elif as_json:
        click.echo(json.dumps(document(report), indent=2))
    else:
        show(report, console())

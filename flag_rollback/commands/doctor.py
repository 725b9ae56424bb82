"""`flag-rollback doctor`: what would keep the next rollback from working."""

from __future__ import annotations

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table
from rich.text import Text

from appconfig_rollback.errors import RollbackError
from flag_rollback.access import Access, with_access
from flag_rollback.checks import CHECKS
from flag_rollback.execution.terminal import console
from flag_rollback.sentences import sentence
from flag_rollback.surroundings import Finding, Surroundings
from flag_rollback.watched import find


@click.command(epilog="Example: flag-rollback doctor || echo 'fix the above'")
@with_access
def doctor(access: Access) -> None:
    """Look for what would keep the next rollback from working.

    One line for each finding, with what fixes it, and for each experiment that is running on a
    flag, with what an alarm would do about it. Exit code 0: all is well; 1: something was found, or
    could not be looked at.
    """
    watched = find(access)
    _ = watched.known_place  # without the stack there is nothing to look at
    at = Surroundings(access, watched)
    lines = Table.grid(padding=(0, 1))
    count = 0
    for name, check in CHECKS.items():
        try:
            findings = list(check(at))
        except (BotoCoreError, ClientError, LookupError, ValueError, RollbackError) as error:
            reason = sentence(error)
            findings = [Finding(f"{name}: cannot tell, because {reason}", "see the error")]
        wrong = [finding for finding in findings if finding.remedy]
        count += len(wrong)
        if not wrong:
            lines.add_row(Text("✓", style="green"), Text(name))
        for finding in findings:
            told = Text(finding.what, style="bold" if finding.remedy else "")
            if finding.remedy:
                told.append(f"  → {finding.remedy}", style="not bold")
            mark = Text("✗", style="red") if finding.remedy else Text("·", style="dim")
            lines.add_row(mark, told)
    console().print(lines)
    if count:
        raise click.ClickException(f"{count} finding(s) in stack {at.watched.stack}")
    click.echo(f"Stack {at.watched.stack} is ready for the next rollback.")

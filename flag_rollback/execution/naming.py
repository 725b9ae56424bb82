"""Finds the execution that a person means by one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appconfig_rollback.errors import RollbackError
from flag_rollback.execution.finding import NoSuchExecutionError
from flag_rollback.execution.searching import Wanted, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Reporter

#: Among how many executions a flag's last one is looked for; each costs a call.
LOOKED_THROUGH = 300


def meant(reporter: Reporter, word: str, note: Callable[[str], None]) -> Execution:
    """Find an execution by `latest`, ARN, name or the beginning of one, or else the flag's last.

    `note` is told where the word could have meant something else.

    Raises:
        click.ClickException: there is none, or several have names that begin so.
    """
    try:
        found = reporter.executions.named(word)
    except NoSuchExecutionError as error:
        return _last_of(reporter, word, error)
    if word not in ("latest", found.name, found.arn) and _is_flag(reporter, word):
        look = reporter.access.command("executions", "--flag", word, "--limit", "1")
        note(
            f"{word} is the beginning of execution {found.name}, which is shown, and a flag, too; "
            f"see that flag's last execution with: {look}"
        )
    return found


def _last_of(reporter: Reporter, flag: str, error: NoSuchExecutionError) -> Execution:
    result = search(reporter.executions, Wanted(flag=flag), 1, LOOKED_THROUGH)
    if result.found:
        return result.found[0]
    through = f"the newest {result.looked_through}" if result.stopped_at else "all"
    raise click.ClickException(
        f"{error.message}, and {through} of its executions are not for a flag of that name"
    ) from error


def _is_flag(reporter: Reporter, word: str) -> bool:
    """Whether a served flag has that name; not, where that cannot be read."""
    profile = reporter.profile
    try:
        return profile is not None and word in profile.flags()
    except RollbackError:
        return False

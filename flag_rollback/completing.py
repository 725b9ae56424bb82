"""Shell completion of flags and executions: quick, and silent where nothing can be known."""

from __future__ import annotations

import threading
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from appconfig_rollback.plain_text import is_plain
from flag_rollback.access import Access, access_of
from flag_rollback.execution.finding import Executions
from flag_rollback.flags.served import Profile
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

#: The longest wait after pressing Tab.
_SECONDS = 3.0
_MOST = 50


def flags(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a flag: those of the document that is served."""
    already = ctx.params.get("flags") or ()
    return _items(lambda: _flags(access_of(ctx)), incomplete, already)


def executions(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an execution: `latest`, and the newest names."""
    names = _items(lambda: _executions(access_of(ctx)), incomplete)
    return [*_beginning_with(["latest"], incomplete), *names]


def executions_and_flags(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete what is either an execution or a flag."""
    return [*flags(ctx, param, incomplete), *executions(ctx, param, incomplete)]


def _flags(access: Access) -> list[str]:
    return sorted(Profile(access.client("appconfig"), find(access).known_place).flags())


def _executions(access: Access) -> list[str]:
    listed = Executions(access.client("stepfunctions"), find(access)).listed()
    return [arn.split(":")[-1] for arn in islice(listed, _MOST)]


def _items(
    read: Callable[[], Iterable[str]], incomplete: str, already: Iterable[str] = ()
) -> list[CompletionItem]:
    found: list[str] = []

    def quietly() -> None:
        with suppress(Exception):  # whatever it is, it is no completion
            found.extend(read())

    # A shell shows what is printed while it completes, and waits for the program's end, not for
    # that of a thread of it.
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        thread = threading.Thread(target=quietly, daemon=True)
        thread.start()
        thread.join(_SECONDS)
    return _beginning_with([name for name in found if name not in set(already)], incomplete)


def _beginning_with(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    fitting = (name for name in names if name.startswith(incomplete))
    return [CompletionItem(name) for name in fitting if is_plain(name)]

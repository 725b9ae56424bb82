"""Writes the pages of many executions: the list, and the flags as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from appconfig_rollback.times import iso
from flag_rollback.commands.executions import OUTCOMES
from flag_rollback.dashboard import bars
from flag_rollback.execution import words
from flag_rollback.execution.finding import RED
from flag_rollback.execution.report import RUNNING
from flag_rollback.execution.told import told
from flag_rollback.picture.page import ours, templates

if TYPE_CHECKING:
    from flag_rollback.dashboard.kept import Held
    from flag_rollback.dashboard.reading import Flags, Lately, Runs
    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.searching import Wanted

_WIDE, _NARROW = 1000, 340

_templates = templates("dashboard")


def of_runs(stack: str, wanted: Wanted, runs: Held[Runs], lately: Held[Lately] | None) -> str:
    """Write the list of executions; `lately` is None where how much happened is unknown."""
    now = datetime.now(UTC)
    asked = {
        key: value
        for key in ("flag", "outcome", "alarm")
        if (value := getattr(wanted, key)) is not None
    }
    page = runs.value.page
    return _page(
        "runs.html",
        title=f"Executions of stack {stack}",
        stack=stack,
        wanted=wanted,
        outcomes=OUTCOMES,
        executions=runs.value.found.found,
        found=runs.value.found,
        stale=runs.stale,
        page=page,
        newer=f"?{urlencode({**asked, 'page': page - 1})}" if page > 1 else None,
        older=f"?{urlencode({**asked, 'page': page + 1})}" if runs.value.more else None,
        told=told,
        names=words.names,
        look=_look,
        ago=lambda at: ago((now - at).total_seconds()),
        lately=lately.value if lately else None,
        wide=_drawn(lately, _WIDE),
        narrow=_drawn(lately, _NARROW),
        summary=bars.summary(lately.value.days) if lately else "",
    )


def of_flags(stack: str, flags: Held[Flags]) -> str:
    """Write what users get of each flag, and what guards it."""
    return _page(
        "flags.html",
        title=f"Flags that stack {stack} watches",
        stack=stack,
        flags=flags.value,
        stale=flags.stale,
        standing=words.standing,
    )


def of_trouble(stack: str, said: str) -> str:
    """Write that something could not be shown, and why."""
    return _page("trouble.html", title="Not shown", stack=stack, said=said)


def ago(seconds: float) -> str:
    """Say how long ago something was, as people do."""
    minutes = int(max(seconds, 0.0) // 60)
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if number := minutes // size:
            return f"{number} {name}{'s' if number > 1 else ''} ago"
    return "just now"


def _page(name: str, **values: Any) -> str:
    css = ours("picture", "base.css") + ours("dashboard", "lists.css")
    js = ours("dashboard", "lists.js")
    template = _templates.get_template(name)
    return template.render(values, css=css, js=js, iso=iso, duration=words.duration)


def _drawn(lately: Held[Lately] | None, width: int) -> Markup:
    drawn = bars.draw(lately.value.days, width) if lately else ""
    return Markup(drawn)  # noqa: S704 - it is escaped where it is drawn


def _look(execution: Execution) -> str:
    if execution.status in RED:
        return "culprit"
    if execution.status in RUNNING:
        return "running"
    return "caught" if execution.outcome in words.LEFT_ON else "succeeded"

"""Makes the page of an execution: one file with everything in it, which works without a network.

Jinja writes it, so all data is escaped; the script only folds, copies, says that
the page has grown old, and asks its server for what is new.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from appconfig_rollback.console import alarm_url, appconfig_url, console_url
from appconfig_rollback.plain_text import plain, readable_cause
from appconfig_rollback.times import iso
from flag_rollback.execution import words
from flag_rollback.execution.told import is_drill
from flag_rollback.execution.verdict import one_line, verdict
from flag_rollback.execution.visits import culprits
from flag_rollback.picture import chart, drawing
from flag_rollback.picture.path import path
from flag_rollback.picture.rows import rows
from flag_rollback.printing import indented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flag_rollback.execution.report import Report

#: Pixels within a section, on a wide screen and on a phone.
_WIDE, _NARROW = 700, 326
#: Of the visits of a state that was reached many times, so many are shown: the first and the last.
_FIRST, _LAST = 2, 8
_MARKS = {"succeeded": "✓", "caught": "!", "failed": "·", "aborted": "·", "running": "…"}
_WORDS = {
    "succeeded": "went well",
    "caught": "caught an error",
    "failed": "ended the execution",
    "aborted": "was stopped",
    "running": "in progress",
}
_CULPRIT = "culprit"


def templates(package: str) -> Environment:
    """Load a package's templates: whatever is put into them is escaped, and steers nothing."""
    environment = Environment(
        loader=PackageLoader(f"flag_rollback.{package}", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.filters["urlencode"] = lambda text: quote(text, safe="", errors="replace")
    return environment


def _seen(value: object) -> object:
    """Write what would turn the direction of writing, or is no character, as an escape."""
    if isinstance(value, Markup):
        return Markup(plain(value, but="\n\t"))  # noqa: S704 - escaped before
    return plain(value, but="\n\t") if isinstance(value, str) else value


_templates = templates("picture")


def of(report: Report, *, live: bool = False, home: str = "") -> str:
    """Write the page of a report; a `live` one asks its server for what is new.

    `home` is where all executions are listed; empty where the page is a file of its own.
    """
    page = _templates.get_template("page.html")
    css = ours("picture", "base.css") + ours("picture", "page.css")
    js = ours("picture", "page.js")
    return page.render(
        model(report), css=css, js=js, policy=policy("form-action 'none'"), live=live, home=home
    )


def policy(*more: str) -> str:
    """Write a content security policy that runs our scripts and nothing else.

    A script is named by its hash (Content Security Policy Level 3, "hash-source"). Styles are not:
    bars have theirs in attributes.
    """
    scripts = (ours("picture", "page.js"), ours("dashboard", "lists.js"))
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    return "; ".join(
        [
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            f"script-src {' '.join(map(repr, (f'sha256-{each}' for each in hashes)))}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            *more,
        ]
    )


def ours(package: str, name: str) -> Markup:
    """Read style or script of a package; escaped, it would be neither."""
    text = (files(f"flag_rollback.{package}") / name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - it comes with the command


def model(report: Report) -> dict[str, Any]:
    """What a live page asks for: its title, its content as HTML, and whether more will come."""
    return {
        "title": plain(one_line(report)),
        "content": Markup(_content(report)),  # noqa: S704 - Jinja has escaped it
        "running": report.is_running,
        "readAt": iso(report.read_at),
    }


def _content(report: Report) -> str:
    visits, execution = report.visits, report.execution
    guilty = culprits(visits)
    attempts = path(visits, report.machine)
    where = {place: f"visit-{place}" for place in range(len(visits))}
    metric = report.metric
    lines = [series for series in metric.series if series.points]
    place = report.place
    return _templates.get_template("content.html").render(
        report=report,
        execution=execution,
        verdict=verdict(report),
        drill=is_drill(execution),
        tone="failed" if report.failure else "running" if report.is_running else "succeeded",
        mechanism=words.mechanism(report),
        reason=words.reason(report),
        standings=[words.standing(flag, now) for flag, now in report.standings.items()],
        experiments=words.experiments(report),
        aftercare=words.aftercare(report),
        steps=words.next_steps(report),
        where=words.where(report),
        links={
            "execution": console_url(execution.arn),
            **({"alarm": alarm_url(execution.alarm, execution.arn)} if execution.alarm else {}),
            **(
                {"AppConfig": appconfig_url(place.application, place.environment, execution.arn)}
                if place
                else {}
            ),
        },
        metric=metric,
        charts=[
            {
                "label": series.label,
                "watched": series.watched,
                "points": series.points,
                "wide": Markup(chart.draw(metric, series, _WIDE)),  # noqa: S704 - escaped
                "narrow": Markup(chart.draw(metric, series, _NARROW)),  # noqa: S704 - escaped
            }
            for series in lines
        ],
        attempts=attempts,
        rows=rows(visits, report.read_at),
        visits=visits,
        where_of=where,
        shown=_shown,
        look=lambda number: _CULPRIT if number in guilty else visits[number].status,
        mark=lambda number: "✗" if number in guilty else _MARKS[visits[number].status],
        said=lambda number: (
            "failed, and the run with it" if number in guilty else _WORDS[visits[number].status]
        ),
        comments={state.name: state.comment for state in report.machine.states},
        types={state.name: state.type for state in report.machine.states},
        graph=Markup(drawing.svg(report.machine, visits, _looks(report, guilty))),  # noqa: S704
        ways={
            state.name: [edge for edge in report.machine.edges if edge.source == state.name]
            for state in report.machine.states
        },
        duration=words.duration,
        readable=readable_cause,
        pretty=indented,
        iso=iso,
    )


def _looks(report: Report, guilty: set[int]) -> Mapping[str, str]:
    """Return for each state that was reached the look of its last visit, or of a failed one."""
    looks = {visit.state: visit.status for visit in report.visits}
    return {**looks, **{report.visits[place].state: _CULPRIT for place in guilty}}


def _shown(places: list[int]) -> tuple[list[int], int]:
    """Choose the visits of a step that are shown, and count those that are not."""
    if len(places) <= _FIRST + _LAST:
        return places, 0
    return [*places[:_FIRST], *places[-_LAST:]], len(places) - _FIRST - _LAST

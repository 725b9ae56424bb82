"""Makes the page: one file with everything in it."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flag_rollback.execution import words
from flag_rollback.execution.document import document
from flag_rollback.picture.drawing import svg

if TYPE_CHECKING:
    from flag_rollback.execution.report import Report


def of(report: Report, *, live: bool = False) -> str:
    """Write the page of a report; a `live` one asks its server for what is new."""
    here = files("flag_rollback.picture")
    parts = {
        "title": escape(
            f"{words.headline(report)}: {', '.join(report.execution.flags) or 'a rollback'}"
        ),
        "style": (here / "page.css").read_text("utf-8"),
        "script": (here / "page.js").read_text("utf-8"),
        "graph": svg(report.machine),
        "live": "yes" if live else "no",
        # "<" could end the script element; JSON lets it be written otherwise.
        "data": json.dumps(model(report)).replace("<", "\\u003c"),
    }
    page = (here / "page.html").read_text("utf-8")
    for name, text in parts.items():
        before, _, after = page.partition(f"<!--{name}-->")
        page = before + text + after
    return page


def model(report: Report) -> dict[str, Any]:
    """What the page shows: the report, and what the states are for."""
    return document(report) | {
        "comments": {state.name: state.comment for state in report.machine.states},
        "running": report.is_running,
    }

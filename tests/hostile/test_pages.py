"""What others wrote is text on a page and in a dashboard: it has no tags, and nothing runs."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from flag_rollback.dashboard.server import served
from flag_rollback.execution.report import Failure
from flag_rollback.flags.served import Standing
from flag_rollback.picture import page
from tests.hostile.texts import TEXTS
from tests.operators.dashboards import MadeReading, dashboard, listed
from tests.operators.reports import execution, report, visits
from tests.operators.test_dashboard import ask
from tests.operators.test_dashboard import text as body

if TYPE_CHECKING:
    from flag_rollback.execution.report import Report


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @property
    def scripts(self) -> int:
        return sum(tag == "script" for tag, _ in self.found)


def report_of(text: str) -> Report:
    """A failed run in which all that others write is that text."""
    said = Standing("on", text, "served", None, 3, 7)
    failed = Failure("FetchConfig", text, text, text, 1, json.dumps({"text": text}))
    made = report("", said, failure=failed, visits=visits("Begin ParseAlarm FetchConfig"))
    seen = [replace(each, input=json.dumps(text), output=text) for each in made.visits]
    return replace(
        made,
        visits=seen,
        execution=execution(status="FAILED", flags=(text,), error=text, cause=text),
        standings={text: said},
        stop_commands={text: text},
        called=replace(made.called, environment=text),
        reason=text,
    )


def assert_harmless(shown: str, scripts: int, kinds: set[str]) -> None:
    tags = Tags(shown)
    assert tags.scripts == scripts
    assert {tag for tag, _ in tags.found} <= kinds
    for tag, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on")], tag
        for where in ("href", "src", "action"):
            address = attributes.get(where) or ""
            assert "javascript:" not in address.lower()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_on_the_page_of_an_execution(text: str) -> None:
    harmless = Tags(page.of(report_of("x")))
    kinds = {tag for tag, _ in harmless.found}

    assert_harmless(page.of(report_of(text)), harmless.scripts, kinds)


@pytest.mark.thorough
def test_in_the_list_of_the_dashboard() -> None:
    runs = [
        type(run)(run.description, (text,), text)
        for number, text in enumerate(TEXTS.values())
        for run in [listed(number)]
    ]
    with served(dashboard(MadeReading(runs))) as address:
        shown = body(ask(address))
    with served(dashboard(MadeReading([listed(1)]))) as address:
        harmless = Tags(body(ask(address)))

    assert_harmless(shown, harmless.scripts, {tag for tag, _ in harmless.found} | {"td", "tr"})

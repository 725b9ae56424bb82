"""The page in a real browser, with every text that tries to run in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flag_rollback.dashboard.server import served
from flag_rollback.picture import page
from tests.hostile import reports
from tests.hostile.texts import ALL
from tests.operators.conftest import browser as browser
from tests.operators.dashboards import MadeReading, dashboard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operators.browser import Browser

pytestmark = pytest.mark.thorough

EVERYTHING = " ".join(ALL)
#: What would be there if something had become markup, or had run.
FOREIGN = (
    "return [document.querySelectorAll('img, b[onclick], svg[onload], at').length, "
    "document.title === 'run' || document.title === '1', document.scripts.length]"
)


def test_nothing_that_others_wrote_runs_or_becomes_an_element(
    browser: Browser, tmp_path: Path
) -> None:
    told = reports.report("failed-before", EVERYTHING)
    path = tmp_path / "page.html"
    path.write_text(page.of(told), "utf-8")
    browser.open(path.as_uri())

    assert browser.run(FOREIGN) == [0, False, 1]
    assert "<script>" in browser.text("#reason")
    assert browser.complaints() == []
    reading = MadeReading([reports.execution(EVERYTHING)], report=lambda: told)
    with served(dashboard(reading)) as address:
        for where in (address, f"{address}flags", f"{address}runs/run-1/"):
            browser.open(where)
            assert browser.run(FOREIGN) == [0, False, 1], where
        browser.wait_until("return document.body.dataset.live === 'ended'", "what is new")
        assert browser.run(FOREIGN) == [0, False, 1]
    assert browser.complaints() == []

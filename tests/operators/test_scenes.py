"""How pages look, in a real browser: on a notebook and on a phone, light and dark."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import url_contains
from selenium.webdriver.support.wait import WebDriverWait

from flag_rollback.dashboard.server import served
from flag_rollback.picture import page
from tests.operators.browser import SECONDS
from tests.operators.dashboards import MadeReading, dashboard, storm
from tests.operators.looking import (
    NOTEBOOK,
    PHONE,
    beyond_the_edge,
    complaints_of_axe,
    shown,
    small_letters,
    touching,
)
from tests.operators.reports import FLAG
from tests.operators.scenes import SCENES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flag_rollback.execution.report import Report
    from tests.operators.browser import Browser

pytestmark = pytest.mark.thorough

ROWS = (By.CSS_SELECTOR, "table.runs tbody tr")

#: What a phone's first screen says: whether it is off, which flag and system, what to press.
FIRST_SCREENS = {
    "rolled-back": ["OFF", FLAG, "prod", "it was rolled back", "restore"],
    "metric-math": ["OFF", FLAG, "prod", "restore"],
    "several-flags": ["ON", '"search-v2" is still ON in prod', f'"{FLAG}" is OFF in prod'],
    "restored": ["ON", f'"{FLAG}" is ON again in prod', "has been turned on since", "executions"],
    "already-off": ["OFF", FLAG, "prod", "it was off already", "look for another cause"],
    "dry-run": ["ON", f'"{FLAG}" is still ON in prod', "flag-rollback off"],
    "rollout-stopped": ["OFF", FLAG, "prod", "its rollout was stopped"],
    "experiment-stopped": ["OFF", FLAG, "prod", "its experiment was stopped"],
    "failed-before": ["ON", f'"{FLAG}" is still ON in prod', "flag-rollback off", "redrive"],
    "failed-after": ["OFF", FLAG, "prod", "ended red all the same", "redrive"],
    "monitors-missing": ["OFF", FLAG, "prod", "ended red all the same", "redrive"],
    "running": ["ON", "the rollback is still running", "--follow"],
    "unknown": ["UNKNOWN", f'Users may still get "{FLAG}" in prod', "flag-rollback off"],
    "long-names": ["ON", "production-eu-central-1-blue-fleet", "an experiment shows it since"],
    "waited-long": ["ON", "the rollback is still running", "--follow"],
}


@pytest.fixture(autouse=True)
def as_before(browser: Browser) -> Iterator[None]:
    yield
    browser.colours(dark=False)
    browser.chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def written(report: Report, folder: Path, *, age: timedelta = timedelta()) -> str:
    """Write a page that was read just now, or a while ago."""
    path = folder / "page.html"
    path.write_text(page.of(replace(report, read_at=datetime.now(UTC) - age)), "utf-8")
    return path.as_uri()


def in_view(browser: Browser) -> str:
    """What stands on the first screen."""
    found: str = browser.run(
        """return [...document.querySelectorAll("#summary *")]
        .filter((each) => !each.children.length || each.matches("h1, p, code"))
        .filter((each) => each.checkVisibility())
        .filter((each) => each.getBoundingClientRect().bottom <= innerHeight)
        .map((each) => each.innerText).join("\\n")"""
    )
    return found


@pytest.mark.parametrize(
    ("size", "dark"), [(NOTEBOOK, False), (PHONE, True)], ids=["notebook", "phone, dark"]
)
@pytest.mark.parametrize("name", SCENES)
def test_it_can_be_read_and_used_by_everybody(
    name: str, size: tuple[int, int], browser: Browser, tmp_path: Path, *, dark: bool
) -> None:
    shown(browser, size, written(SCENES[name](), tmp_path), dark=dark)

    assert small_letters(browser) == []
    assert beyond_the_edge(browser) == []
    assert touching(browser, "svg.chart") == []
    first = " ".join(in_view(browser).split())
    for said in FIRST_SCREENS[name]:
        assert said in first
    assert browser.complaints() == []
    browser.run("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert complaints_of_axe(browser) == []


def test_everybody_can_use_an_old_page_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    address = written(SCENES["rolled-back"](), tmp_path, age=timedelta(hours=3))
    shown(browser, PHONE, address)

    assert complaints_of_axe(browser) == []
    assert beyond_the_edge(browser) == []


@pytest.mark.parametrize("size", [NOTEBOOK, PHONE], ids=["notebook", "phone"])
@pytest.mark.parametrize("name", ["rolled-back", "waited-long", "rollout-stopped"])
def test_the_path_is_straight_and_whole_in_view(
    name: str, size: tuple[int, int], browser: Browser, tmp_path: Path
) -> None:
    shown(browser, size, written(SCENES[name](), tmp_path))
    lefts, top, bottom = browser.run(
        """const boxes = [...document.querySelectorAll(".path .step")]
          .map((each) => each.getBoundingClientRect());
        return [boxes.map((box) => box.left), boxes[0].top, boxes.at(-1).bottom];"""
    )

    assert max(lefts) - min(lefts) < 15  # what is repeated stands in a little
    assert bottom - top < size[1]
    assert not browser.run("return document.querySelector('#graph').checkVisibility()")


def test_all_states_are_shown_when_they_are_asked_for(browser: Browser, tmp_path: Path) -> None:
    shown(browser, NOTEBOOK, written(SCENES["failed-before"](), tmp_path))
    browser.run("document.querySelector('#all > summary').click()")

    assert browser.run("return document.querySelector('#graph').checkVisibility()")
    assert small_letters(browser) == []
    ways = browser.text("#all")
    assert "CreateVersion" in ways
    assert "→ MarkFailure, on an error" in ways
    looks = browser.run(
        """return Object.fromEntries([...document.querySelectorAll("#graph .state")]
        .map((each) => [each.dataset.state, each.getAttribute("class")]))"""
    )
    assert looks["CreateVersion"] == "state culprit"
    assert looks["ParseAlarm"] == "state succeeded"
    assert looks["StartDeployment"] == "state unreached"


def test_a_page_that_is_old_speaks_of_the_past(browser: Browser, tmp_path: Path) -> None:
    report = SCENES["rolled-back"]()
    shown(browser, PHONE, written(report, tmp_path))
    assert browser.text("#headline") == f'"{FLAG}" is OFF in prod: it was rolled back.'
    assert not browser.run("return document.querySelector('#stale').checkVisibility()")

    shown(browser, PHONE, written(report, tmp_path, age=timedelta(minutes=2)))

    assert browser.text("#headline").startswith("At 20")
    assert browser.text("#headline").endswith(f'UTC: "{FLAG}" was OFF in prod.')
    assert report.inspect_command in browser.text("#stale")
    assert "2 minutes ago" in browser.text("#read")


def test_a_page_grows_old_while_it_is_open(browser: Browser, tmp_path: Path) -> None:
    address = written(SCENES["rolled-back"](), tmp_path, age=timedelta(seconds=88))
    shown(browser, NOTEBOOK, address)

    browser.wait_until("return document.body.classList.contains('is-old')", "it to be old")

    assert browser.text("#headline").endswith("was OFF in prod.")


def test_the_keyboard_reaches_what_there_is_to_do_and_every_step(
    browser: Browser, tmp_path: Path
) -> None:
    shown(browser, NOTEBOOK, written(SCENES["rolled-back"](), tmp_path))
    reached = []
    for _ in range(60):
        browser.press("Tab", 9)
        reached.append(
            browser.run(
                """const at = document.activeElement;
                return at.closest("[data-state]")?.dataset.state || at.className || at.id;"""
            )
        )

    assert reached[0] == "skip"
    assert "copy" in reached
    assert {"Begin", "CreateVersion", "Notify", "Done"} <= set(reached)
    browser.run("document.querySelector('[data-state=CreateVersion] summary').focus()")
    browser.press("Enter", 13)
    browser.wait_until(
        "return document.querySelector('[data-state=CreateVersion]').open", "it to unfold"
    )
    assert '"some": "input"' in browser.run(
        "return document.querySelector('[data-state=CreateVersion] pre').textContent"
    )


def test_a_row_of_the_timeline_leads_to_its_visit(browser: Browser, tmp_path: Path) -> None:
    shown(browser, NOTEBOOK, written(SCENES["rolled-back"](), tmp_path))

    browser.run("document.querySelector('#timeline a[href=\"#visit-4\"]').click()")

    browser.wait_until(
        "return document.querySelector('#visit-4').checkVisibility()", "the visit to be shown"
    )
    assert browser.run("return document.querySelector('#visit-4').closest('.step').open")


def test_metric_math_is_shown_with_its_parts(browser: Browser, tmp_path: Path) -> None:
    shown(browser, NOTEBOOK, written(SCENES["metric-math"](), tmp_path))

    assert "requests, of which it is computed" in browser.text("#metric")
    drawn = browser.run(
        "return [...document.querySelectorAll('#metric svg')].filter((s) => s.checkVisibility())"
        ".map((svg) => svg.getBoundingClientRect().height)"
    )
    assert len(drawn) == 3
    assert min(drawn) > 50


def test_a_run_that_waited_long_is_told_in_a_few_lines(browser: Browser, tmp_path: Path) -> None:
    shown(browser, NOTEBOOK, written(SCENES["waited-long"](), tmp_path))

    assert "150 times" in browser.text("#did")
    assert browser.run("return document.querySelectorAll('.path .step').length") < 12
    assert browser.run("return document.querySelectorAll('#timeline tbody tr').length") < 110
    assert "more visits" in browser.text("#timeline")


READINGS = {
    "storm": (MadeReading(storm()), "", ["Executions of stack rollback", "flag-0 not confirmed"]),
    "empty": (MadeReading(), "", ["No execution yet", "flag-rollback doctor"]),
    "flags": (MadeReading(stale="Rate exceeded"), "flags", ["OFF", "ON", "UNKNOWN", "no alarm"]),
    "run": (MadeReading(), "runs/run-1/", ["OFF", FLAG, "prod", "All executions"]),
}


@pytest.mark.parametrize(
    ("size", "dark"), [(NOTEBOOK, True), (PHONE, False)], ids=["notebook, dark", "phone"]
)
@pytest.mark.parametrize("name", READINGS)
def test_the_dashboard_can_be_read_and_used_by_everybody(
    name: str, size: tuple[int, int], browser: Browser, *, dark: bool
) -> None:
    reading, path, expected = READINGS[name]
    with served(dashboard(reading)) as address:
        shown(browser, size, address + path, dark=dark)

        whole = browser.text("body")
        for said in expected:
            assert said in whole
        assert small_letters(browser) == []
        assert beyond_the_edge(browser) == []
        assert touching(browser, "svg.bars") == []
        assert browser.complaints() == []
        browser.run("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        assert complaints_of_axe(browser) == []


def test_the_list_is_used_without_scripts(browser: Browser) -> None:
    with served(dashboard(MadeReading(storm()))) as address:
        browser.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            browser.chrome.get(address)
            browser.chrome.find_element("css selector", "input[name=flag]").send_keys("flag-13")
            browser.chrome.find_element("css selector", "form button").click()
            # A click does not wait for the page that it asks for.
            WebDriverWait(browser.chrome, SECONDS).until(url_contains("flag=flag-13"))
            WebDriverWait(browser.chrome, SECONDS).until(
                lambda chrome: [row.text for row in chrome.find_elements(*ROWS)] != []
            )
            rows = [row.text for row in browser.chrome.find_elements(*ROWS)]
            assert [row for row in rows if "flag-13" not in row] == []
            assert len(rows) == 1
        finally:
            browser.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_flags_are_of_the_past_once_the_server_is_gone(browser: Browser) -> None:
    badge = "return getComputedStyle(document.querySelector('.effect-off'), '::before').content"
    with served(dashboard(MadeReading())) as address:
        shown(browser, NOTEBOOK, f"{address}flags")
        assert browser.run(badge) == "none"

    seen = "keepUp(); return document.body.classList.contains('is-old')"
    browser.wait_until(seen, "the flags to be old")  # looked at now, not after five seconds
    assert browser.run(badge) == '"was "'


def test_the_list_says_when_its_server_is_gone(browser: Browser) -> None:
    with served(dashboard(MadeReading(storm()))) as address:
        shown(browser, NOTEBOOK, address)

    browser.wait_until(
        "return document.body.classList.contains('is-cut-off')",
        "the list to say that it is cut off",
    )

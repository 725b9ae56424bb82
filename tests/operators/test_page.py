"""The picture, as a real browser shows it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.access import Access
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.picture import page, server
from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event
from tests.contract.shipped import STATES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operators.browser import Browser
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

DENIED = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
REACHED = {"Begin": "succeeded", "ParseAlarm": "succeeded", "FetchConfig": "succeeded",
           "CreateVersion": "caught", "AwaitRedrive": "failed"}  # fmt: skip

_PIXELS = """
const [png, points, done] = arguments;
const image = new Image();
image.onload = () => {
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  done(points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3)));
};
image.src = "data:image/png;base64," + png;
"""


@pytest.fixture
def reporter(site: Site, person: Person) -> Reporter:  # noqa: ARG001 - its credentials
    return Reporter(Access(stack=site.stack.name))


def failed(site: Site, reporter: Reporter) -> Report:
    site.cloud.faults.set(DENIED)
    site.run(alarm_event())
    site.cloud.faults.clear()
    return reporter.report(reporter.executions.named("latest"))


def written(report: Report, folder: Path) -> str:
    path = folder / "page.html"
    path.write_text(page.of(report), "utf-8")
    return path.as_uri()


def pixels(browser: Browser, points: list[Any]) -> list[list[int]]:
    """The colours of the screenshot at some points."""
    screenshot = browser.chrome.get_screenshot_as_base64()
    found: list[list[int]] = browser.chrome.execute_async_script(_PIXELS, screenshot, points)
    return found


def fills(browser: Browser, names: list[str]) -> dict[str, list[int]]:
    """The colour that the screenshot has inside each state's box."""
    points = browser.run(
        """return arguments[0].map((name) => {
            const box = document.querySelector(`[data-state="${name}"] rect`);
            const {right, bottom} = box.getBoundingClientRect();
            return [right - 9, bottom - 5];
        })""",
        names,
    )
    return dict(zip(names, pixels(browser, points), strict=True))


def pane(browser: Browser) -> object:
    """What the picture is in; it scrolls where the picture would be too small to read."""
    return browser.run("return document.querySelector('#pane')")


def statuses(browser: Browser) -> dict[str, str]:
    found: dict[str, str] = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('.state')]"
        ".map((state) => [state.dataset.state, state.dataset.status]))"
    )
    return found


def test_a_failed_run_says_within_one_screen_what_where_why_and_what_to_press(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    report = failed(site, reporter)
    browser.open(written(report, tmp_path))

    seen = browser.text("#summary")
    bottom = browser.run("return document.querySelector('#facts').getBoundingClientRect().bottom")
    origin = browser.run("return document.querySelector('.origin').getBoundingClientRect().bottom")

    assert "CreateVersion failed: PermissionDeniedError" in seen
    assert "AccessDeniedException" in seen
    assert f"{FLAG} is ON for 50 %" in seen
    assert f"flag-rollback redrive {report.execution.name} --follow" in seen
    assert bottom < 450
    assert origin < 900
    assert browser.text("#details h2").startswith("CreateVersion")
    assert "PermissionDeniedError" in browser.text("#details .error")
    assert f'"flags": [ "{FLAG}" ]' in " ".join(browser.text("#details pre").split())
    assert browser.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_screenshot_shows_every_state_in_the_colour_of_its_status(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path, *, dark: bool
) -> None:
    browser.colours(dark)
    browser.chrome.set_window_size(1400, 1500)
    browser.open(written(failed(site, reporter), tmp_path))

    names = browser.run(
        "return [...document.querySelectorAll('.state')].filter((state) => state.checkVisibility())"
        ".map((state) => state.querySelector('.name').textContent)"
    )
    found = statuses(browser)
    shown = fills(browser, names)

    assert sorted(names) == sorted(STATES)
    assert browser.run("return arguments[0].scrollWidth <= arguments[0].clientWidth", pane(browser))
    assert found.items() >= REACHED.items()
    assert found["StartDeployment"] == "unreached"
    for name in ("Begin", "ParseAlarm", "FetchConfig"):
        red, green, blue = shown[name]
        assert green > red and green > blue, (name, shown[name])  # noqa: PT018
    for name in ("CreateVersion", "AwaitRedrive"):
        red, green, blue = shown[name]
        assert red > green and red > blue, (name, shown[name])  # noqa: PT018
    card = shown["StartDeployment"]
    assert (max(card) < 80) if dark else (min(card) > 200)
    browser.chrome.set_window_size(1400, 900)
    browser.colours(dark=False)


def test_every_way_of_the_state_machine_is_drawn_and_the_taken_ones_stand_out(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    report = failed(site, reporter)
    browser.open(written(report, tmp_path))

    drawn = browser.run(
        "return [...document.querySelectorAll('.way')].map((way) =>"
        " [way.dataset.from, way.dataset.to, way.getAttribute('class')])"
    )

    ways = {(source, target): kinds.split() for source, target, kinds in drawn}
    assert set(ways) == {(edge.source, edge.target) for edge in report.machine.edges}
    assert {"catch", "taken"} <= set(ways["CreateVersion", "MarkFailure"])
    assert "taken" not in ways["CreateVersion", "StartDeployment"]
    assert "loop" in ways["AwaitRedrive", "ParseAlarm"]


def test_a_click_on_a_state_brings_its_details_into_sight(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    browser.open(written(failed(site, reporter), tmp_path))
    where = "return document.querySelector('#details h2').getBoundingClientRect().bottom"
    assert browser.run(where) > browser.run("return innerHeight")

    browser.run(
        "document.querySelector('[data-state=ParseAlarm]')"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true }))"
    )

    assert browser.text("#details h2").startswith("ParseAlarm")
    assert 0 < browser.run(where) < browser.run("return innerHeight")


def test_the_keyboard_reaches_every_state(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    report = failed(site, reporter)
    browser.open(written(report, tmp_path))

    reached = {}
    for _ in range(len(STATES) + 10):
        browser.press("Tab", 9)
        focused = browser.run("return document.activeElement.dataset.state || ''")
        if focused:
            reached[focused] = browser.text("#details h2")

    assert set(reached) == set(STATES)
    assert all(heading.startswith(name) for name, heading in reached.items())
    browser.run("document.querySelector('#timeline button').focus()")
    browser.press("Enter", 13)
    assert browser.text("#details h2").startswith("Begin")


def test_a_redriven_run_is_green_and_shows_what_it_changed(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    site.redrive(failed(site, reporter).execution.arn)
    browser.open(written(reporter.report(reporter.executions.named("latest")), tmp_path))

    found = statuses(browser)
    assert found["CreateVersion"] == found["Done"] == "succeeded"
    assert "OFF" in browser.text("#standing")
    assert f"flags.{FLAG}.enabled" in browser.text("#changed")
    assert "redrive 1" in browser.text("#timeline")
    assert f"flag-rollback restore {FLAG}" in browser.text("#next")
    browser.run("document.querySelector('[data-state=CreateVersion]').focus()")
    assert "visit 2" in browser.text("#details nav")
    assert browser.run("return performance.getEntriesByType('resource').length") == 0


def test_a_running_execution_is_served_and_kept_up_to_date(
    site: Site, reporter: Reporter, browser: Browser
) -> None:
    site.hold("FetchConfig")
    arn = site.cloud.client("stepfunctions").start_execution(
        stateMachineArn=site.stack.outputs["StateMachineArn"], input=json.dumps(alarm_event())
    )["executionArn"]
    said: list[str] = []
    ended: list[Report] = []
    execution = reporter.executions.described(arn)
    thread = threading.Thread(
        target=lambda: ended.append(server.serve(reporter, execution, said.append))
    )
    thread.start()
    address = wait_for(lambda: said[0] if said else None, "the address", seconds=60)
    browser.open(address)

    browser.wait_until(
        "return document.querySelector('.running[data-state=FetchConfig]') !== null",
        "FetchConfig in progress",
    )
    site.let_go("FetchConfig")
    browser.wait_until("return document.body.dataset.live === 'ended'", "the end")
    thread.join(timeout=60)

    assert address.startswith("http://127.0.0.1:")
    assert f"{FLAG} was turned off" in browser.text("#headline")
    assert statuses(browser)["Done"] == "succeeded"
    assert ended[0].execution.status == "SUCCEEDED"


def test_what_stands_in_the_data_cannot_become_markup(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    site.run(alarm_event('</script><img src="x" onerror="document.title=1">'))
    browser.open(written(reporter.report(reporter.executions.named("latest")), tmp_path))

    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert "FlagNotFoundError" in browser.text("#headline")
    assert browser.complaints() == []


def test_a_run_for_two_flags_says_of_each_whether_users_get_it(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    site.release({"flags": {**DOCUMENT["flags"], "search-v2": {"enabled": False}}})
    site.cloud.faults.set(DENIED)
    site.run(alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} search-v2"}))
    site.cloud.faults.clear()

    browser.open(written(reporter.report(reporter.executions.named("latest")), tmp_path))

    standing = browser.text("#standing")
    assert f"{FLAG} is ON for 50 %" in standing
    assert "search-v2 is OFF" in standing
    assert browser.complaints() == []

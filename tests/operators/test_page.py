"""The picture, as a real browser shows it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from flag_rollback.access import Access
from flag_rollback.dashboard import server
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.picture import page
from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operators.browser import Browser
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

DENIED = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
REACHED = {"Begin": "succeeded", "ParseAlarm": "succeeded", "FetchConfig": "succeeded",
           "CreateVersion": "culprit", "AwaitRedrive": "failed"}  # fmt: skip


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


def looks(browser: Browser) -> dict[str, str]:
    """How each state on the path looks: the class of its last step."""
    found: dict[str, str] = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('.step')]"
        ".map((step) => [step.dataset.state, step.className.replace('step ', '')]))"
    )
    return found


def test_a_failed_run_says_within_one_screen_what_users_get_what_failed_and_what_to_press(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    report = failed(site, reporter)
    browser.open(written(report, tmp_path))

    seen = browser.text("#summary")
    bottom = browser.run("return document.querySelector('#facts').getBoundingClientRect().bottom")
    environment = report.called.environment

    assert browser.text("#headline") == f'"{FLAG}" is still ON in {environment}: rollback FAILED.'
    assert environment != site.flags.environment_id
    assert "CreateVersion failed: PermissionDeniedError" in seen
    assert "AccessDeniedException" in seen
    assert f"{FLAG} is ON for 50 %" in seen
    assert f"flag-rollback redrive {report.execution.name} --follow" in seen
    assert bottom < 450
    assert looks(browser).items() >= REACHED.items()
    opened = "return [...document.querySelectorAll('.step[open]')].map((s) => s.dataset.state)"
    assert browser.run(opened) == ["CreateVersion"]
    assert "PermissionDeniedError" in browser.text(".step[open] .error")
    assert f'"flags": [ "{FLAG}" ]' in " ".join(browser.text(".step[open] pre").split())
    assert browser.complaints() == []


def test_a_redriven_run_is_green_and_shows_what_it_changed(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    site.redrive(failed(site, reporter).execution.arn)
    browser.open(written(reporter.report(reporter.executions.named("latest")), tmp_path))

    found = looks(browser)
    assert found["CreateVersion"] == found["Done"] == "succeeded"
    assert "OFF" in browser.text("#standing")
    assert browser.text("#headline").endswith("it was rolled back.")
    assert f"flags.{FLAG}.enabled" in browser.text("#changed")
    assert "Redrive 1" in browser.text("#timeline")
    assert f"flag-rollback restore {FLAG}" in browser.text("#next")
    assert "First attempt" in browser.text("#did")
    assert "Redrive 1" in browser.text("#did")
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
        "return document.querySelector('.step.running[data-state=FetchConfig]') !== null",
        "FetchConfig in progress",
    )
    site.let_go("FetchConfig")
    browser.wait_until("return document.body.dataset.live === 'ended'", "the end")
    thread.join(timeout=60)

    assert address.startswith("http://127.0.0.1:")
    assert browser.text("#headline").endswith("it was rolled back.")
    assert looks(browser)["Done"] == "succeeded"
    assert ended[0].execution.status == "SUCCEEDED"


def test_what_stands_in_the_data_cannot_become_markup(
    site: Site, reporter: Reporter, browser: Browser, tmp_path: Path
) -> None:
    site.run(alarm_event('</script><img src="x" onerror="document.title=1">'))
    browser.open(written(reporter.report(reporter.executions.named("latest")), tmp_path))

    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert "FlagNotFoundError" in browser.text("#mechanism")
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

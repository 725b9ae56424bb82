"""The dashboard of a real stack, as a person starts, reads and ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import FLAG, Site, alarm_event
from tests.operators.looking import NOTEBOOK, shown
from tests.operators.test_dashboard import ask, text
from tests.operators.test_interrupting import _HEARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operators.browser import Browser
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

_PROGRAM = f"{_HEARS}from flag_rollback.cli import main; main()"


@contextmanager
def dashboard(site: Site) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the command; it must have ended with 0 by Ctrl-C, and with nothing on stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "dashboard", "--stack", site.stack.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            said = process.stdout.readline()
            assert said.startswith("Open http://127.0.0.1:"), process.stderr.read()
            assert "Ctrl-C ends it" in process.stdout.readline()
            yield said.split()[1], process
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_it_lists_runs_shows_them_and_the_flags(site: Site, person: Person) -> None:  # noqa: ARG001
    done = site.run(alarm_event())
    name = done.arn.rpartition(":")[2]
    with dashboard(site) as (address, _):
        listed = text(ask(address, f"/?flag={FLAG}"))
        page = text(ask(address, f"/runs/{name}/"))
        flags = text(ask(address, "/flags"))

    assert f'href="/runs/{name}/">{FLAG} turned OFF in' in listed
    assert "In 14 days" in listed
    assert " 0 flags were turned off" not in listed
    assert "it was rolled back." in page
    assert ">OFF<" in flags
    assert f"FeatureFlag-{FLAG}-ErrorRate" in flags
    assert "no alarm" not in flags


def test_a_run_is_followed_and_what_cannot_be_read_again_stays(
    site: Site,
    person: Person,  # noqa: ARG001
    browser: Browser,
) -> None:
    site.hold("FetchConfig")
    arn = site.start(alarm_event())
    site.await_state(arn, "FetchConfig")
    with dashboard(site) as (address, _):
        shown(browser, NOTEBOOK, f"{address}runs/{arn.rpartition(':')[2]}/")
        assert "the rollback is still running" in browser.text("#headline")
        site.let_go("FetchConfig")
        browser.wait_until("return document.body.dataset.live === 'ended'", "the end")
        assert browser.text("#headline").endswith("it was rolled back.")

        text(ask(address))
        site.cloud.faults.set(
            Fault("states:ListExecutions", 400, "ThrottlingException", from_root=True)
        )
        stale = wait_for(
            lambda: found if "could not be read again" in (found := text(ask(address))) else None,
            "the list to be stale",
            seconds=60,
        )
        assert f"{FLAG} turned OFF" in stale
        site.cloud.faults.clear()
    browser.chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_many_tabs_are_answered_at_once(site: Site, person: Person) -> None:  # noqa: ARG001
    name = site.run(alarm_event()).arn.rpartition(":")[2]
    with dashboard(site) as (address, _), ThreadPoolExecutor(40) as tabs:
        asked = [
            tabs.submit(lambda: json.loads(text(ask(address, f"/runs/{name}/report.json"))))
            for _ in range(40)
        ]
        answers = [each.result(60) for each in asked]

    assert all(answer["running"] is False for answer in answers)
    assert len({answer["readAt"] for answer in answers}) < 20  # read once for many of them


def test_a_port_that_is_taken_is_told(site: Site, person: Person) -> None:
    with dashboard(site) as (address, _):
        port = address.rstrip("/").rpartition(":")[2]
        done = person.types("dashboard", "--port", port, exit_code=1)

    assert f"127.0.0.1:{port} cannot be listened on" in done.output

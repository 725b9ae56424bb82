"""One embedded cloud, one stack, and the command line of a person who operates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.demo_flags import create_alarm
from local.operators import Operators
from local.site import DOCUMENT, FLAG, Site, new_flags
from tests.operators.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.operators.browser import Browser


@pytest.fixture(scope="session")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="session")
def shared_site(cloud: EmbeddedCloud) -> Site:
    site = Site.build(cloud, new_flags(cloud), "operated")
    create_alarm(cloud, FLAG)
    create_alarm(cloud, "search-v2")
    return site


@pytest.fixture(scope="session")
def all_operators() -> dict[str, Operators]:
    """The users of each stack, by the stack's state machine."""
    return {}


@pytest.fixture
def operators(shared_site: Site, all_operators: dict[str, Operators]) -> Operators:
    """The users of the stack: none may do more than the policy of its command says."""
    cloud, stack = shared_site.cloud, shared_site.stack
    return all_operators.setdefault(f"{cloud.endpoint_url} {stack.name}", Operators(cloud, stack))


@pytest.fixture(scope="session")
def alarms(shared_site: Site) -> frozenset[str]:
    """The alarms that there are before any test makes one."""
    return _alarms(shared_site.cloud)


@pytest.fixture
def site(shared_site: Site, alarms: frozenset[str]) -> Site:
    """The shared stack, with the flags on again, the alarms quiet, no others, and no faults."""
    shared_site.cloud.faults.clear()
    cloudwatch = shared_site.cloud.client("cloudwatch")
    if left := _alarms(shared_site.cloud) - alarms:
        cloudwatch.delete_alarms(AlarmNames=sorted(left))
    for flag in DOCUMENT["flags"]:
        cloudwatch.set_alarm_state(
            AlarmName=f"FeatureFlag-{flag}-ErrorRate", StateValue="OK", StateReason="test"
        )
    shared_site.release(DOCUMENT)
    return shared_site


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    from tests.operators.browser import open_browser  # Selenium takes a while to import

    with open_browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def person(
    site: Site, operators: Operators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """Somebody in a folder of their own, with credentials and the stack's name."""
    monkeypatch.chdir(tmp_path)
    for name, value in site.cloud.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "150")
    return Person(site.stack.name, operators)


def _alarms(cloud: EmbeddedCloud) -> frozenset[str]:
    pages = cloud.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return frozenset(alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"])

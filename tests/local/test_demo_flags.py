"""The demo's flags and alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.demo_flags import breach, create_alarm, create_demo_flags, read_as_client, recover

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


def test_the_flags_are_served_to_clients(filled_cloud: EmbeddedCloud) -> None:
    flags = read_as_client(filled_cloud, create_demo_flags(filled_cloud))["flags"]
    assert len(flags) > 3
    assert flags["new-checkout"]["enabled"] is True
    assert flags["new-checkout"]["rolloutPercentage"] == 50
    assert flags["holiday-banner"]["text"].startswith("Frohe Feiertage \u2014")


def test_the_alarm_fires_and_recovers(filled_cloud: EmbeddedCloud) -> None:
    alarm = create_alarm(filled_cloud, "demo")

    def state() -> str:
        described = filled_cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])
        return described["MetricAlarms"][0]["StateValue"]

    assert state() == "INSUFFICIENT_DATA"
    breach(filled_cloud, "demo")
    assert state() == "ALARM"
    recover(filled_cloud, "demo")
    assert state() == "OK"

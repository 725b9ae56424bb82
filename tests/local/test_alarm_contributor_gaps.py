"""CloudWatch: the series of an alarm on a query with GROUP BY."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from local.demo_alarms import create_series_alarm
from tests.local.eavesdropping import listen
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


@pytest.fixture
def alarm() -> str:
    return f"series-{uuid.uuid4().hex[:8]}"


@on_both_clouds
def test_the_series_that_are_in_alarm_are_listed(cloud: EmbeddedCloud, alarm: str) -> None:
    create_series_alarm(cloud, alarm)
    a, b = {"FeatureFlagName": "a"}, {"FeatureFlagName": "b"}
    at = cloud.contributors.set(alarm, [a, b])
    cloud.contributors.set(alarm, [b], state="OK")

    cloudwatch = cloud.client("cloudwatch")
    (listed,) = cloudwatch.describe_alarm_contributors(AlarmName=alarm)["AlarmContributors"]

    assert listed["ContributorAttributes"] == a
    assert listed["StateTransitionedTimestamp"] == datetime.fromtimestamp(at, UTC)
    assert listed["StateReason"]
    with pytest.raises(cloudwatch.exceptions.ResourceNotFoundException):
        cloudwatch.describe_alarm_contributors(AlarmName="no-such-alarm")


def test_each_series_that_is_said_to_fire_has_an_event_and_so_has_the_alarm(
    filled_cloud: EmbeddedCloud, alarm: str
) -> None:
    """No gap is behind these events: what says which series fire tells of them itself."""
    arn = create_series_alarm(filled_cloud, alarm)
    next_event = listen(filled_cloud, "aws.cloudwatch")

    filled_cloud.contributors.set(alarm, [{"FeatureFlagName": "a"}, {"FeatureFlagName": "b"}])

    events = [next_event() for _ in range(3)]
    of_series = {
        event["detail"]["alarmContributor"]["attributes"]["FeatureFlagName"]: event
        for event in events
        if event["detail-type"] == "CloudWatch Alarm Contributor State Change"
    }
    (whole,) = (
        event["detail"]
        for event in events
        if event["detail-type"] == "CloudWatch Alarm State Change"
    )
    assert of_series.keys() == {"a", "b"}
    for event in of_series.values():
        assert (event["resources"], event["detail"]["alarmName"]) == ([arn], alarm)
        assert event["detail"]["state"]["value"] == "ALARM"
        assert "previousState" not in event["detail"]
        (query,) = event["detail"]["configuration"]["metrics"]
        assert "GROUP BY FeatureFlagName" in query["expression"]
        assert query["period"] == 60
    assert len({event["detail"]["alarmContributor"]["id"] for event in of_series.values()}) == 2
    assert whole["state"]["reason"] == "2 out of 2 time series evaluated to ALARM"
    assert "alarmContributor" not in whole

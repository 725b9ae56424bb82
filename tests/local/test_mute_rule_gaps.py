"""CloudWatch: mute rules, which MiniStack does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


def test_an_active_rule_names_the_alarms_that_it_mutes(cloud: EmbeddedCloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_alarm_mute_rule(
        Name="at-night",
        Rule={"Schedule": {"Expression": "cron(0 0 * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": ["one", "two"]},
    )

    (listed,) = cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]
    rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="at-night")

    assert listed["AlarmMuteRuleArn"].endswith(":alarm-mute-rule:at-night")
    assert rule["MuteTargets"]["AlarmNames"] == ["one", "two"]

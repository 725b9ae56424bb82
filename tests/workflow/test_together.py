"""Flags whose alarms fire together go off together, with the permissions of the real roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from local.site import Site, alarm_event, new_flags, other_alarm

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

PREFIX = "Together-"


def test_what_fires_goes_off_in_the_same_version_and_what_is_muted_stays_on(
    cloud: EmbeddedCloud,
) -> None:
    names = ("first", "firing", "muted", "quiet")
    flags = new_flags(cloud, {"flags": {name: {"enabled": True} for name in names}})
    for name in ("firing", "muted"):  # after the release, and before the stack hears of it
        other_alarm(cloud, f"{PREFIX}{name}-ErrorRate", "ALARM")
    cloud.client("cloudwatch").put_alarm_mute_rule(
        Name="together",
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": [f"{PREFIX}muted-ErrorRate"]},
    )
    site = Site.build(cloud, flags, "together", AlarmNamePrefix=PREFIX)
    text = json.dumps(alarm_event("first")).replace("FeatureFlag-first", f"{PREFIX}first")

    run = site.run(json.loads(text))

    assert run.output["outcome"] == "rolled_back"
    on = {name for name, flag in site.served()["flags"].items() if flag["enabled"]}
    assert on == {"muted", "quiet"}
    assert site.notices(run.arn)[0]["sweptFlags"] == 1


def test_where_mute_rules_cannot_be_read_each_goes_off_alone_and_the_notice_says_so(
    cloud: EmbeddedCloud,
) -> None:
    flags = new_flags(cloud, {"flags": {name: {"enabled": True} for name in ("first", "firing")}})
    other_alarm(cloud, "Alone-firing-ErrorRate", "ALARM")
    site = Site.build(cloud, flags, "alone", AlarmNamePrefix="Alone-")
    cloud.faults.set(Fault("cloudwatch:ListAlarmMuteRules", 400, "InvalidAction"))
    text = json.dumps(alarm_event("first")).replace("FeatureFlag-first", "Alone-first")

    run = site.run(json.loads(text))
    cloud.faults.clear()

    assert run.output["outcome"] == "rolled_back"
    assert site.served()["flags"]["firing"]["enabled"] is True
    (notice,) = site.notices(run.arn)
    assert notice["sweptFlags"] == 0
    assert "cloudwatch:ListAlarmMuteRules" in notice["notSweptReason"]

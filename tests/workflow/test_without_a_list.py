"""Where AppConfig answers no list, another execution's deployment is found by its number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from local.site import Site, alarm_event, new_flags, other_alarm

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

PREFIX = "NoList-"


def test_a_flag_that_was_swept_along_is_found_off_without_a_list(cloud: EmbeddedCloud) -> None:
    flags = new_flags(cloud, {"flags": {name: {"enabled": True} for name in ("first", "second")}})
    other_alarm(cloud, f"{PREFIX}second-ErrorRate", "ALARM")
    site = Site.build(cloud, flags, "no-list", AlarmNamePrefix=PREFIX)

    def event(flag: str) -> dict[str, object]:
        text = json.dumps(alarm_event(flag)).replace("FeatureFlag-", PREFIX)
        found: dict[str, object] = json.loads(text)
        return found

    second = event("second")  # it fired before the first one's execution began
    first = site.run(event("first"))
    cloud.faults.set(Fault("appconfig:ListDeployments", 429, "ThrottlingException"))
    run = site.run(second)
    cloud.faults.clear()

    assert run.output["flags"] == [
        {"flag": "second", "outcome": "rolled_back", "sweptBy": first.arn.rpartition(":")[2]}
    ]

"""Many alarms at once, on the embedded cloud: few deployments, every flag off, a notice each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from local.faults import Fault
from proofs.benchmarks.alarm_storm import Ended, Storm

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

SIZE = 20
#: How many calls AppConfig throttles, whatever the pace of this machine.
THROTTLED = 10


@pytest.fixture(scope="module")
def storm(cloud: EmbeddedCloud) -> Storm:
    return Storm.brew(cloud, "storm", SIZE, bystander={"enabled": True})


@pytest.fixture(scope="module")
def ended(storm: Storm, cloud: EmbeddedCloud) -> Ended:
    # In this cloud the functions call with the tests' own credentials.
    action, code = "appconfig:ListDeployments", "ThrottlingException"
    cloud.faults.set(Fault(action, 429, code, times=THROTTLED, from_root=True))
    return storm.blow()


def test_few_deployments_turn_every_flag_off(ended: Ended) -> None:
    assert ended.flags_on() == {"bystander"}
    assert 1 <= ended.deployments <= 3
    assert 1 <= ended.versions <= 6
    assert Counter(e["status"] for e in ended.executions) == {"SUCCEEDED": SIZE}


def test_each_flag_has_a_notice_of_its_own(storm: Storm, ended: Ended) -> None:
    told = [[each["flag"] for each in notice["flags"]] for notice in ended.notices]
    assert sorted(told) == [[flag] for flag in sorted(storm.names)]
    assert {notice["outcome"] for notice in ended.notices} == {"rolled_back"}


def test_who_was_swept_names_who_did_it(ended: Ended) -> None:
    by = {execution["name"] for execution in ended.executions}
    results = [each for notice in ended.notices for each in notice["flags"]]
    swept = [each["sweptBy"] for each in results if "sweptBy" in each]
    assert len(swept) == SIZE - ended.deployments
    assert set(swept) <= by
    assert sum(notice["sweptFlags"] for notice in ended.notices) == len(swept)


def test_appconfig_throttled_what_was_too_much(cloud: EmbeddedCloud, ended: Ended) -> None:
    assert ended.executions
    assert cloud.faults.hits("appconfig:ListDeployments") == THROTTLED


def test_what_nobody_wants_swept_stays_on(cloud: EmbeddedCloud) -> None:
    wanted: dict[str, dict[str, Any]] = {
        "muted": {"enabled": True},
        "suppressed": {"enabled": True},
        "opted-out": {"enabled": True, "metadata": {"rollback": "off"}},
        "told-only": {"enabled": True, "metadata": {"rollback": "notify"}},
        "restored": {"enabled": True},
        "swept": {"enabled": True},
    }
    storm = Storm.brew(cloud, "picky", 1, **wanted)
    cloud.client("cloudwatch").put_alarm_mute_rule(
        Name="picky-maintenance",
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": [storm.alarm("muted")]},
    )
    storm.suppress("suppressed")
    with storm.unwatched():
        storm.fire(["restored"])
        storm.release_again()
        storm.fire(["muted", "suppressed", "opted-out", "told-only", "swept"])
    ended = storm.blow()
    assert ended.flags_on() == wanted.keys() - {"swept"}
    assert [notice["sweptFlags"] for notice in ended.notices] == [1]

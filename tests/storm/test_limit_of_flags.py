"""Thirty alarms at once, and ten flags that may go off within the hour."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from proofs.benchmarks.alarm_storm import Ended, Storm

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

SIZE, MOST = 30, 10


@pytest.fixture(scope="module")
def storm(cloud: EmbeddedCloud) -> Storm:
    return Storm.brew(cloud, "limited", SIZE, {"MaxFlagsPerHour": str(MOST)})


@pytest.fixture(scope="module")
def ended(storm: Storm) -> Ended:
    return storm.blow()


def test_as_many_flags_go_off_as_may_and_no_more(storm: Storm, ended: Ended) -> None:
    assert len(set(storm.names) - ended.flags_on()) == MOST
    assert Counter(each["status"] for each in ended.executions) == {"SUCCEEDED": SIZE}


def test_each_of_the_others_is_told_to_be_on_and_asks_for_a_page(
    storm: Storm, ended: Ended
) -> None:
    outcomes = Counter(notice["outcome"] for notice in ended.notices)
    assert outcomes == {"rolled_back": MOST, "held_back": SIZE - MOST}
    held = [notice for notice in ended.notices if notice["outcome"] == "held_back"]
    told = {each["flag"] for notice in held for each in notice["flags"]}
    assert told == ended.flags_on() & set(storm.names)
    for notice in held:
        (flag,) = (each["flag"] for each in notice["flags"])
        assert notice["commands"]["off"].startswith(f"flag-rollback off {flag} ")
        assert notice["deploymentNumber"] is None

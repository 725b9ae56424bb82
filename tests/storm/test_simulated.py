"""The simulated storms of `make storms`, held against the embedded cloud and against the rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from proofs.benchmarks.alarm_storm import Storm as EmbeddedStorm
from proofs.storms.ended import Storm
from proofs.storms.storm import _Run, blow
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

SIZE = 10


@pytest.mark.cloud
def test_the_embedded_cloud_needs_as_much_for_each_alarm(cloud: EmbeddedCloud) -> None:
    embedded, simulated = EmbeddedStorm.brew(cloud, "held", SIZE).blow(), blow(Storm(SIZE, 1000))

    assert not embedded.flags_on()
    assert not simulated.still_on
    assert {embedded.deployments, simulated.deployments} <= {1, 2}
    # How often somebody has to wait for another depends on the pace of this machine.
    assert 2 / 3 <= simulated.transitions / embedded.transitions_per_rollback <= 3 / 2
    assert 2 / 3 <= simulated.tries / embedded.invocations_per_rollback <= 3 / 2


@pytest.mark.parametrize("concurrency", [1000, 10])
@pytest.mark.parametrize("by", ["names", "series"])
def test_off_is_said_of_every_flag_and_of_none_before_it_is(by: str, concurrency: int) -> None:
    ended = blow(Storm(30, concurrency, "series" if by == "series" else "names"))

    assert (ended.red, ended.still_on, ended.untold, ended.told_early) == ([], [], [], [])


def test_seconds_run_from_the_alarm_that_fired_last() -> None:
    ended = blow(Storm(1, 1000))

    assert ended.off_seconds == ended.slowest_off_seconds
    assert ended.off_seconds < ended.told_seconds


def test_where_a_flag_stays_on_the_last_one_is_never_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "MAX_FLAGS_PER_HOUR", "1")
    ended = blow(Storm(2, 1000))

    assert len(ended.still_on) == 1
    assert (ended.off_seconds, ended.told_seconds) == (math.inf, math.inf)


def test_executions_may_start_in_a_burst_again_after_a_pause() -> None:
    run = _Run(Storm(1, 1000))
    starts = run._starts

    assert sum(starts.take() for _ in range(2000)) == 1300
    run.timeline.seconds = 60.0
    assert sum(starts.take() for _ in range(2000)) == 1300


def test_a_seed_tells_how_a_storm_goes() -> None:
    assert blow(Storm(SIZE, 10, seed=3)) == blow(Storm(SIZE, 10, seed=3))

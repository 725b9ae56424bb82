"""The simulated storms of `make storms`, held against the embedded cloud and against the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofs.benchmarks.alarm_storm import Storm as EmbeddedStorm
from proofs.storms.ended import Storm
from proofs.storms.storm import blow

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


def test_a_seed_tells_how_a_storm_goes() -> None:
    assert blow(Storm(SIZE, 10, seed=3)) == blow(Storm(SIZE, 10, seed=3))

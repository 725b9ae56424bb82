"""Orders that are known to break a promise, until it is known which of the two is wrong."""

from __future__ import annotations

import pytest

from tests.interleavings.scenarios import SCENARIOS
from tests.interleavings.test_interleavings import play
from tests.interleavings.world import World

pytestmark = pytest.mark.thorough


@pytest.mark.xfail(strict=True, reason="a careless release comes between two reads of one look")
def test_a_careless_release_within_the_look_that_confirms_off() -> None:
    order = [(0, 1), (0, 11), (2, 2), (0, 1), (0, 1), (0, 1), (0, 13), (0, 14)]
    scenario = next(s for s in SCENARIOS if s.name == "an experiment and a release")
    play(World(sweeping=False), scenario, order, careful=False)


@pytest.mark.xfail(strict=True, reason="a third version is written beside a careless release")
def test_two_executions_of_a_transition_and_a_careless_release() -> None:
    scenario = next(s for s in SCENARIOS if s.name == "the same transition twice and a release")
    play(World(sweeping=True), scenario, [(0, 9), (1, 1), (2, 3)], careful=False)

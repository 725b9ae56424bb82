"""Whatever the order of the calls: no completed change is lost, no rolled-back flag is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interleavings.promises import check
from tests.interleavings.scenarios import SCENARIOS, Scenario
from tests.interleavings.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.interleavings.scheduler import Turns

pytestmark = pytest.mark.thorough

#: Who is next, and for how many calls; once the list is through, all take turns.
ORDERS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 14)), max_size=12)
#: An order takes as long as some documents do: 60 of each scenario in `make test`.
_SHARE = 5


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_order_keeps_the_promises(scenario: Scenario) -> None:
    @settings(max_examples=settings().max_examples // _SHARE)
    @given(order=ORDERS, sweeping=st.booleans(), careful=st.booleans())
    def every_order(order: Sequence[Turns], sweeping: bool, careful: bool) -> None:
        play(World(sweeping=sweeping), scenario, order, careful=careful)

    every_order()


def play(world: World, scenario: Scenario, order: Sequence[Turns], *, careful: bool) -> None:
    """Let a scenario happen in an order, and look at how it ended."""
    with world.in_place_of_aws():
        scenario.set_up(world, careful)
        world.scheduler.run(order)
    try:
        check(world, most_versions=scenario.most_versions)
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *world.scheduler.trace])) from error

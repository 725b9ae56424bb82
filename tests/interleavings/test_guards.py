"""Every guard is needed: without it, some order of calls breaks a promise."""

from __future__ import annotations

import pytest

from tests.interleavings.guards import GUARDS, Guard
from tests.interleavings.playing import play
from tests.interleavings.scenarios import scenario

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("guard", [each for each in GUARDS if not each.why], ids=lambda g: g.name)
def test_some_order_breaks_a_promise_without(guard: Guard) -> None:
    where = scenario(guard.scenario)

    with guard.taken_out():
        stage = where.stage(careful=False, locks=guard.locks)
        played = play(stage, guard.fault, most_states=1500, orders=50)

    assert played.broken

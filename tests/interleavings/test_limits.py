"""What no program could promise: shown, so that it is known when that changes."""

from __future__ import annotations

import pytest

from tests.interleavings.playing import play
from tests.interleavings.stage import Stage

pytestmark = pytest.mark.thorough


def test_a_monitor_may_be_lost_where_two_change_them_at_the_very_same_moment() -> None:
    """UpdateEnvironment replaces all monitors, and has no lock."""
    stage = Stage()
    stage.serve()
    stage.monitor()
    stage.answers("a")
    stage.by_hand("by-hand-b", "b")

    played = play(stage, most_states=50_000)

    assert played.explored.whole
    assert set(played.broken) == {"monitors-return"}

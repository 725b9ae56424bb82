"""Every protection is needed: without it, some order of calls breaks a promise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unittest import mock

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from appconfig_rollback.decision import Look
from tests.interleavings.appconfig import Lock
from tests.interleavings.scenarios import SCENARIOS
from tests.interleavings.scheduler import Turns
from tests.interleavings.test_interleavings import ORDERS, play
from tests.interleavings.world import World

_ALL: frozenset[Lock] = frozenset({"version", "deployment"})


@dataclass(frozen=True)
class Missing:
    """A protection that is taken away, and the promise that breaks in a scenario."""

    name: str
    scenario: str
    breaks: str
    locks: frozenset[Lock] = _ALL
    without: tuple[str, Callable[..., object]] | None = None


def _nothing(*_: object) -> None:
    """Answer as if there were nothing to see."""


MISSING = [
    Missing(
        "LatestDeploymentNumber",
        "two flags and a release",
        "is lost",
        locks=_ALL - {"deployment"},
    ),
    Missing(
        "LatestVersionNumber",
        "the same transition twice",
        "2 versions written",
        locks=_ALL - {"version"},
    ),
    Missing(
        "look before write",
        "the same transition twice",
        "2 versions written",
        without=("_written_before", _nothing),
    ),
    Missing(
        "recognising the transition",
        "restored before the duplicate",
        r"Counter\(.*: 2|went off again",
        without=("_answered_by", _nothing),
    ),
    Missing(
        "looking at what is under way",
        "a rollout in progress",
        "was never off|RollbackBudgetSpentError|its flag is on",
        without=("_under_way", _nothing),
    ),
]


@pytest.mark.parametrize("missing", MISSING, ids=lambda missing: missing.name)
def test_some_order_breaks_a_promise_without(missing: Missing) -> None:
    scenario = next(s for s in SCENARIOS if s.name == missing.scenario)
    name, stand_in = missing.without or ("_ends_soon", Look._ends_soon)

    @settings(max_examples=100, phases=[Phase.generate], report_multiple_bugs=False)
    @given(order=ORDERS, sweeping=st.booleans(), careful=st.booleans())
    def every_order(order: Sequence[Turns], sweeping: bool, careful: bool) -> None:
        with mock.patch.object(Look, name, stand_in):
            play(World(missing.locks, sweeping), scenario, order, careful=careful)

    with pytest.raises(AssertionError, match=missing.breaks):
        every_order()

"""Every protection is needed: without it, some order of calls breaks a promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import check_deployment
import create_version
import fetch_config
from appconfig_rollback import cap, decision, turned_off, under_way
from appconfig_rollback.case import Case
from appconfig_rollback.state import to_turn_off
from tests.appconfig import LOCKS
from tests.interleavings.scenarios import SCENARIOS
from tests.interleavings.test_interleavings import ORDERS, play
from tests.interleavings.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from appconfig_rollback.state import Config
    from tests.appconfig import Lock
    from tests.interleavings.scheduler import Turns

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Missing:
    """A protection that is taken away, and the promise that breaks in a scenario."""

    name: str
    scenario: str
    breaks: str
    locks: frozenset[Lock] = LOCKS
    orders: int = 100
    without: tuple[ModuleType | type, str, Callable[..., object]] | None = None


def _nothing(*_: object, **__: object) -> None:
    """Answer as if there were nothing to see."""


def _no(_: object) -> bool:
    return False


def _as_it_is(_: object, off: object, **__: object) -> object:
    """Let a decision stand."""
    return off


def _zero(*_: object) -> int:
    return 0


def _as_many(also: object, *_: object) -> object:
    """Sweep all there are."""
    return also


def _first(config: Config) -> list[str]:
    """Look at the first flag only."""
    return to_turn_off(config)[:1]


MISSING = [
    Missing(
        "LatestDeploymentNumber",
        "two flags and a release",
        "is lost",
        locks=LOCKS - {"deployment"},
    ),
    Missing(
        "LatestVersionNumber",
        "the same transition twice",
        "2 versions written",
        locks=LOCKS - {"version"},
    ),
    Missing(
        "look before write",
        "the same transition twice",
        "2 versions written",
        without=(decision, "_written_before", _nothing),
    ),
    Missing(
        "recognising the transition",
        "restored before the duplicate",
        r"Counter\(.*: 2|went off again",
        without=(decision, "_answered_by", _nothing),
    ),
    Missing(
        "looking at what is under way",
        "a rollout in progress",
        "was never off|RollbackBudgetSpentError|users get its flag|is lost",
        without=(under_way, "decide", _nothing),
    ),
    Missing(
        "telling of what was stopped, also where another execution answers",
        "a rollout, and the same transition twice",
        "told twice, or not at all",
        without=(fetch_config, "_did_something", _no),
    ),
    Missing(
        "looking at experiments before the word off",
        "only an experiment, twice",
        "Run.*running=True|users get its flag",
        without=(Case, "showing", _nothing),
    ),
    Missing(
        "recognising the transition in a stopped run",
        "only an experiment, twice",
        r"Counter\(.*: 2",
        without=(turned_off, "_with_whoever_stopped_the_experiment", _as_it_is),
    ),
    Missing(
        "not overruling a person while an experiment is looked for",
        "an experiment and a release",
        "went off again",
        orders=1000,  # it takes a release in the few turns in which the run is stopped
        without=(decision, "_refuse_to_overrule", _nothing),
    ),
    Missing(
        "counting what was turned off within the hour",
        "two flags, and room for one",
        "are off",
        without=(cap, "_flags_of", _zero),
    ),
    Missing(
        "the lock on the newest deployment, for the limit",
        "two flags, and room for one",
        "are off|is silent about it",
        locks=LOCKS - {"deployment"},
    ),
    Missing(
        "sweeping no more than is left",
        "two flags, and room for one",
        "are off",
        without=(create_version, "_within", _as_many),
    ),
    Missing(
        "confirming each flag of several",
        "a flag of two alarms is restored",
        "users get its flag",
        orders=1000,
        without=(check_deployment, "to_be_off", _first),
    ),
]


@pytest.mark.parametrize("missing", MISSING, ids=lambda missing: missing.name)
def test_some_order_breaks_a_promise_without(missing: Missing) -> None:
    scenario = next(s for s in SCENARIOS if s.name == missing.scenario)
    module, name, stand_in = missing.without or (decision, "decide", decision.decide)

    @settings(max_examples=missing.orders, phases=[Phase.generate], report_multiple_bugs=False)
    @given(order=ORDERS, sweeping=st.booleans(), careful=st.booleans())
    def every_order(order: Sequence[Turns], sweeping: bool, careful: bool) -> None:
        with mock.patch.object(module, name, stand_in):
            play(World(missing.locks, sweeping), scenario, order, careful=careful)

    with pytest.raises(AssertionError, match=missing.breaks):
        every_order()

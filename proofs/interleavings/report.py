"""The page of `make interleavings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.interleavings.guards import GUARDS
from tests.interleavings.invariants import INVARIANTS, ORDERS_END, Invariant
from tests.interleavings.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from proofs.interleavings.measure import Bounds, Measured, Missed

_FAULTS = {
    "none": "nothing",
    "crash": "a crash",
    "lost": "a lost answer",
    "denied": "a denied call",
}

_ABOUT = """# Orders of calls

Written by `make interleavings`. Several executions, people and AppConfig itself act on one
profile; each AWS call of theirs is a step, and all orders of these steps are gone through, with
the functions and the definition that ship, on an AppConfig in memory (`tests/appconfig.py`,
which is held against the embedded cloud: `tests/local/test_appconfig_in_memory.py`). Orders
that lead to the same state are one from there on. A call that commutes with whatever others may
do (what it reads never changes again) goes along with the call before it;
`tests/interleavings/test_reduction.py` shows that this leaves out no end, against every single
order. A careful person reads while nothing is in progress and passes AppConfig's locks; a
careless one deploys what was written before, whatever has happened since.

Something goes wrong once in an order, at any one call: **a crash** (the call took effect, the
function died, Step Functions tries again by its definition; a function that dies after a read
alone begins again as if it had begun later, so only calls that change something are followed by
one; a person's command that dies is repeated by the person, and not in here), **a lost answer**
(it took effect, and botocore calls again or gives up), **a denied call** (AccessDenied; only
where no person acts). What is red in the end is redriven ten minutes later, without the fault
and with quiet monitors, in all orders again.
"""

_LIMITS = """## What this does not show

- An outcome speaks of its look. What a person releases after an execution's last read cannot be
  seen by it: AppConfig has no read that spans deployments and experiments, and no lock for
  either. So "off" means that there was a moment within the last look at which users did not
  have the flag (`off-is-off`), and the notice says when the look was. A careless release that
  comes between ListDeployments and the reading of an experiment is such a case: the flag was
  off as deployments were listed.
- A careless release may make an execution write again: each version that a person writes and
  each deployment that somebody else makes may cost one more version (`versions-are-few`). No
  version is deployed but on top of what is served.
- Where an execution has stopped an experiment, a person turns the flag on, and the second
  delivery of the same transition comes after that, the second one rolls the release back: by
  deployments alone it cannot tell a person's decision from a release that was under way. Users
  lose the flag, and both acts are announced.
- A release that completes between the reading of a rollout and its stop is reverted:
  StopDeployment has no lock. The notice says so (`stops-are-told`).
- UpdateEnvironment replaces all monitors of the environment and has no lock. Where two take
  monitors off or put them back at the very same moment, each reads before the other writes, and
  a monitor may stay off with nobody told. Executions mostly wait for one another; a person's
  `off` beside an execution may do it (`tests/interleavings/test_limits.py`).
- No time passes while everybody acts, so budgets and waits that run out are not in here, and
  lists are never older than what they list: `make chaos` has both.
"""


def page(played: Sequence[Measured], missed: Sequence[Missed], bounds: Bounds, said: str) -> str:
    """Write the whole page."""
    parts = [
        _ABOUT,
        said + "\n",
        "## Promises\n",
        _table(("promise", "what it says"), ((f"`{i.id}`", i.sentence) for i in _all())),
        "## Scenarios\n",
        f"Whole: all orders. Sampled: above {bounds.states:,} states ({bounds.less:,} where "
        f"something goes wrong) {bounds.orders} orders are drawn, by a fixed seed. Orders are "
        "counted without going in circles, after calls that commute were taken together.\n",
        _table(_HEAD, (_row(each) for each in _sorted(played))),
        "## Guards\n",
        "Each guard is taken out in turn. The scenario is the first in which a promise broke "
        "without it.\n",
        _table(("guard taken out", "broke", "in"), (_missed(each) for each in missed)),
        *_uncaught(missed),
        _LIMITS,
    ]
    return "\n".join(parts)


_HEAD = (
    "scenario",
    "person",
    "goes wrong",
    "states",
    "orders",
    "",
    "ends",
    "redriven",
    "s",
    "broken",
)


def _row(each: Measured) -> tuple[str, ...]:
    person = next(found.person for found in SCENARIOS if found.name == each.run.scenario)
    careful = "careful" if each.run.careful else "careless"
    return (
        each.run.scenario,
        careful if person else "",
        _FAULTS[each.run.fault],
        f"{each.states:,}",
        f"{each.orders:.1e}" if each.orders > 10**6 else f"{each.orders:,}",
        "whole" if each.whole else "sampled",
        f"{each.ends:,}",
        f"{each.redriven:,}" if each.redriven else "",
        f"{each.seconds:.1f}",
        ", ".join(each.broken) or "none",
    )


def _missed(each: Missed) -> tuple[str, ...]:
    broke = ", ".join(f"`{name}`" for name in each.broken)
    where = each.scenario or f"none of {each.tried} scenarios"
    return each.guard, broke or "**nothing**", where


def _uncaught(missed: Sequence[Missed]) -> list[str]:
    why = {guard.name: guard.why for guard in GUARDS}
    return [f"- {each.guard}: {why[each.guard]}\n" for each in missed if not each.broken]


def _sorted(played: Sequence[Measured]) -> list[Measured]:
    names, faults = [each.name for each in SCENARIOS], list(_FAULTS)

    def place(each: Measured) -> tuple[int, bool, int]:
        run = each.run
        return names.index(run.scenario), not run.careful, faults.index(run.fault)

    return sorted(played, key=place)


def _all() -> list[Invariant]:
    return [*INVARIANTS, ORDERS_END]


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines)) + "\n"


def complaints(played: Sequence[Measured], missed: Sequence[Missed]) -> list[str]:
    """Name the broken promises, and guards that nothing misses though something should."""
    found = [
        f"{each.run.scenario} ({each.run.fault}): {name}: {wrong}"
        for each in _sorted(played)
        for name, wrong in each.broken.items()
    ]
    why = {guard.name: guard.why for guard in GUARDS}
    return found + [
        f"nothing misses the guard: {each.guard}"
        for each in missed
        if not each.broken and not why[each.guard]
    ]

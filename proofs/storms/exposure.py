"""From the first error to off for clients: how long each part of the way takes at most.

The parts are those that `flag-rollback doctor` adds up for the alarms of a stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appconfig_rollback.guarding import AlarmNames
from flag_rollback.guards import guard
from flag_rollback.until_off import DEFAULT_POLL, exposure
from proofs.benchmarks.tables import Table

if TYPE_CHECKING:
    from flag_rollback.until_off import Exposure
    from proofs.storms.ended import Ended

#: Of the alarms in examples/alarms.yaml: the period, and how many of the last periods must be bad.
ALARMS = ((60, 2), (10, 3))


@dataclass(frozen=True)
class Stage:
    """A part of the way, the seconds it takes at most, and how that is known."""

    name: str
    seconds: float
    source: str


def ways(alone: Ended) -> dict[str, list[Stage]]:
    """List the stages by the alarm's name; `alone` is one alarm that fired alone."""
    return {
        f"{period} s alarm": _stages(_exposure(period, bad, alone), period, bad)
        for period, bad in ALARMS
    }


def table(alone: Ended) -> Table:
    """Lay out all stages."""
    rows = [
        (alarm, stage.name, stage.source, f"{stage.seconds:.1f}")
        for alarm, stages in ways(alone).items()
        for stage in stages
    ]
    rows += [
        (alarm, "all", "", f"{sum(stage.seconds for stage in stages):.1f}")
        for alarm, stages in ways(alone).items()
    ]
    note = (
        "Seconds at most, from the first error, where errors go on. `flag-rollback doctor` adds up "
        "the same for the alarms of a stack, with what its own rollbacks took. What a metric takes "
        "to arrive in CloudWatch is not in it, nor are cold starts ([speed.md](speed.md)); clients "
        "that ask more rarely wait longer."
    )
    columns = ("alarm", "stage", "how that is known", "seconds at most")
    return Table("From the first error to off for clients", columns, tuple(rows), note, texts=3)


def _exposure(period: int, bad: int, alone: Ended) -> Exposure:
    alarm = {"AlarmName": "FeatureFlag-a-ErrorRate", "Period": period, "EvaluationPeriods": bad}
    guarding = guard(alarm, {}, AlarmNames("FeatureFlag-", "-ErrorRate"))
    assert guarding
    found = exposure(guarding, alone.slowest_off_seconds, DEFAULT_POLL)
    assert found
    return found


def _stages(found: Exposure, period: int, bad: int) -> list[Stage]:
    """Say of each part how it is known."""
    sources = {
        "metric": f"the {period} s during which errors begin may not be bad yet",
        "evaluation": f"{bad} bad periods of {period} s (`examples/alarms.yaml`)",
        "schedule": (
            f"CloudWatch evaluates each {found.schedule} s (its user guide, alarms' evaluation)"
        ),
        "events": "a guess: EventBridge names no bound",
        "rollback": "simulated as above, one alarm alone",
        "poll": "AppConfig Agent's default for clients",
    }
    return [Stage(part, seconds, sources[part]) for part, seconds in found.parts.items()]

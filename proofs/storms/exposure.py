"""From the first error to off for clients: how long each part of the way takes at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.benchmarks.tables import Table

if TYPE_CHECKING:
    from proofs.storms.ended import Ended

#: Of the alarms in examples/alarms.yaml: the period, and how many of the last periods must be bad.
_ALARMS = ((60, 2), (10, 3))
#: EventBridge tells of no bound.
_EVENT_SECONDS = 1.0
#: How often clients ask by default (docs/aws-semantics.md, "AppConfig: deployments").
_POLL_SECONDS = 45.0


@dataclass(frozen=True)
class Stage:
    """A part of the way, the seconds it takes at most, and how that is known."""

    name: str
    seconds: float
    source: str


def ways(alone: Ended) -> dict[str, list[Stage]]:
    """List the stages by the alarm's name; `alone` is one alarm that fired alone."""
    return {
        f"{period} s alarm": [
            Stage(
                "bad periods",
                float(period * bad),
                f"{bad} periods of {period} s (`examples/alarms.yaml`)",
            ),
            Stage(
                "evaluation",
                float(period),
                f"CloudWatch evaluates each {period} s (its user guide, alarms' evaluation)",
            ),
            Stage("event", _EVENT_SECONDS, "a guess: EventBridge names no bound"),
            Stage("rollback", alone.slowest_off_seconds, "simulated as above, one alarm alone"),
            Stage(
                "clients' poll",
                _POLL_SECONDS,
                "AppConfig Agent's default",
            ),
        ]
        for period, bad in _ALARMS
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
        "Seconds at most, from the first error, where errors go on. What a metric takes to arrive "
        "in CloudWatch is not in it, nor are cold starts ([speed.md](speed.md)); clients that ask "
        "more rarely wait longer."
    )
    columns = ("alarm", "stage", "how that is known", "seconds at most")
    return Table("From the first error to off for clients", columns, tuple(rows), note, texts=3)

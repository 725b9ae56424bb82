"""How long users would be exposed: from the first bad request until clients have the flag off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flag_rollback.alarm_judgment import needed, period
from flag_rollback.guards import expressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flag_rollback.guards import Guard

#: From an alarm's change of state until the execution starts. An assumption: AWS promises none.
EVENTS_SECONDS = 2
DEFAULT_POLL = 45

#: The shortest period of an alarm on a custom metric of high resolution, and on any other (Amazon
#: CloudWatch user guide, "Using CloudWatch alarms", "High-resolution metrics").
_SHORTEST, _SHORTEST_STANDARD = 10, 60
#: Fewer data points react to noise.
_FEWEST = 2
#: Each client polls at least this rarely in what is suggested (AppConfig: not below 15 s).
_SHORTEST_POLL = 15
#: An alarm is evaluated each minute, one with a period of 10 s each 10 s (Amazon CloudWatch user
#: guide, "Using Amazon CloudWatch alarms"). Of periods in between this is an upper bound.
_MOST_BETWEEN_EVALUATIONS = 60


@dataclass(frozen=True)
class Exposure:
    """The parts of the time, in seconds, with an alarm whose data points all breach.

    `metric` is the data point during which the fault begins: it may not breach yet. `evaluation`
    are those that have to breach, and `schedule` is how long CloudWatch may take from the last of
    them until it evaluates the alarm. `rollback` is None where none was measured. `shorter` is the
    one change that saves most, if any saves. `measured` is the median of what rollbacks measured
    lately, until the flag was off; None where none did.
    """

    alarm: str
    metric: int
    evaluation: int
    schedule: int
    events: int
    rollback: float | None
    poll: int
    shorter: str | None
    measured: float | None = None

    @property
    def parts(self) -> dict[str, float]:
        """The parts that are known, in their order."""
        found: dict[str, float | None] = {
            "metric": self.metric,
            "evaluation": self.evaluation,
            "schedule": self.schedule,
            "events": self.events,
            "rollback": self.rollback,
            "poll": self.poll,
        }
        return {name: seconds for name, seconds in found.items() if seconds is not None}

    @property
    def seconds(self) -> float:
        """The sum of what is known, at most."""
        return sum(self.parts.values())

    def __str__(self) -> str:
        """Say it in a line."""
        rollback = "not measured yet" if self.rollback is None else f"{self.rollback:.0f} s"
        total = f"{self.seconds:.0f} s" + (" and the rollback" if self.rollback is None else "")
        said = (
            f"With alarm {self.alarm} users are exposed for up to {total}: metric {self.metric} s, "
            f"evaluation {self.evaluation} s, CloudWatch's schedule {self.schedule} s, events "
            f"about {self.events} s, rollback {rollback}, clients' poll {self.poll} s."
        )
        if self.measured is not None:
            said += f" Lately the median was {self.measured:.0f} s, without clients' poll."
        return f"{said} To shorten it most, {self.shorter}." if self.shorter else said


def exposure(
    guard: Guard, rollback: float | None, poll: int, measured: float | None = None
) -> Exposure | None:
    """Add up how long users would be exposed; None where the alarm has no period.

    `rollback` is the seconds that this stack's rollbacks take, None where none was measured; `poll`
    those between two polls of a client; `measured` is the median exposure of lately, if any was.
    """
    seconds, points = period(guard.alarm), needed(guard.alarm)
    if not seconds or not points:
        return None
    saves = max(_changes(guard, seconds, points, poll), default=None)
    return Exposure(
        guard.name,
        seconds,
        seconds * points,
        _between_evaluations(seconds),
        EVENTS_SECONDS,
        rollback,
        poll,
        f"{saves[1]} (saves {saves[0]} s)" if saves else None,
        measured,
    )


def _changes(guard: Guard, seconds: int, points: int, poll: int) -> Iterator[tuple[int, str]]:
    shortest = _SHORTEST if _may_be_of_high_resolution(guard) else _SHORTEST_STANDARD
    if seconds > shortest:
        resolution = " of a high-resolution metric" if shortest < _SHORTEST_STANDARD else ""
        sooner = _between_evaluations(seconds) - _between_evaluations(shortest)
        yield (
            (seconds - shortest) * (points + 1) + sooner,
            f"give the alarm a period of {shortest} s{resolution}",
        )
    if points > _FEWEST:
        yield (points - _FEWEST) * seconds, f"let {_FEWEST} data points suffice (DatapointsToAlarm)"
    if poll > _SHORTEST_POLL:
        yield poll - _SHORTEST_POLL, f"let clients poll every {_SHORTEST_POLL} s"


def _between_evaluations(seconds: int) -> int:
    """Return how long an alarm with a period may wait for its evaluation, at most."""
    return min(seconds, _MOST_BETWEEN_EVALUATIONS)


def _may_be_of_high_resolution(guard: Guard) -> bool:
    """Return whether the alarm may have a period below a minute.

    Metrics of AWS's own are of standard resolution, and queries read data of a minute.
    """
    alarm = guard.alarm
    spaces = [alarm.get("Namespace")] + [
        metric.get("MetricStat", {}).get("Metric", {}).get("Namespace")
        for metric in alarm.get("Metrics", [])
    ]
    queries = any(text.lstrip().upper().startswith("SELECT") for text in expressions(alarm))
    return not queries and not any(str(space).startswith("AWS/") for space in spaces if space)

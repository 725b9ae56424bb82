"""Alarm storms of several sizes, and one of one alarm's series; each without and with time.

The time is what each invocation takes longer.

All functions run in one process, a thread for each invocation, not in a process each as on Lambda;
AppConfig's limits are enforced (10 List*, Create*, StartDeployment a second, 100 Get*).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from local.cloud import EmbeddedCloud
from local.limits import counted
from proofs.benchmarks.alarm_storm import Ended, SeriesStorm, Storm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZES = (1, 10, 50, 100)
#: How many series of one alarm CloudWatch tells of at most (CloudWatch user guide, "Create an alarm
#: based on a multi time series query").
MOST_SERIES = 100
#: What an invocation is assumed to take on Lambda beyond its own computing.
INVOCATION_SECONDS = 0.3
MOST_DEPLOYMENTS, MOST_VERSIONS, MOST_TIMES_ONE = 3, 6, 3.0


@dataclass(frozen=True)
class Measured:
    """A storm that has ended, beside one alarm alone under the same conditions."""

    size: int
    invocation_seconds: float
    by: Literal["names", "series"]
    ended: Ended
    one_alone: float
    throttled_calls: int

    @property
    def times_one(self) -> float:
        """How many times one alone the slowest flag took."""
        return self.ended.slowest_off_seconds / self.one_alone

    def missed(self) -> list[str]:
        """Say which promises, other than that of time, were not kept."""
        ended = self.ended
        notified = Counter(each["flag"] for notice in ended.notices for each in notice["flags"])
        statuses = Counter(execution["status"] for execution in ended.executions)
        kept = {
            f"flags still on: {sorted(ended.flags_on())}": not ended.flags_on(),
            f"notices: {notified}": notified == Counter(ended.document["flags"].keys()),
            f"executions: {statuses}": set(statuses) == {"SUCCEEDED"},
        }
        return [what for what, met in kept.items() if not met]


def measure(
    sizes: Sequence[int] = SIZES, progress: Callable[[str], None] = lambda _: None
) -> list[Measured]:
    """Blow storms of all sizes, first without time for an invocation, then with it."""
    return [
        storm for seconds in (0.0, INVOCATION_SECONDS) for storm in _under(seconds, sizes, progress)
    ]


def _under(
    invocation_seconds: float, sizes: Sequence[int], progress: Callable[[str], None]
) -> Iterator[Measured]:
    one_alone = None
    with _cloud(invocation_seconds) as cloud:
        Storm.brew(cloud, "warming-up", 1).blow()
        throttled = 0
        for size in sizes:
            progress(f"{size} alarms, {invocation_seconds:g} s for each invocation")
            ended = Storm.brew(cloud, f"storm-{size}", size).blow()
            one_alone = one_alone or ended.slowest_off_seconds
            before, throttled = throttled, _throttled(cloud)
            counted_now = throttled - before
            yield Measured(size, invocation_seconds, "names", ended, one_alone, counted_now)
    progress(f"{MOST_SERIES} series of one alarm, {invocation_seconds:g} s for each invocation")
    # In a cloud of its own: other stacks would hear of these series, too.
    with _cloud(invocation_seconds) as cloud:
        warm = Storm.brew(cloud, "warming-up", 1)
        warm.blow()
        with warm.unwatched():
            before = _throttled(cloud)
            ended = SeriesStorm.brew(cloud, "series", MOST_SERIES).blow()
        yield Measured(
            MOST_SERIES,
            invocation_seconds,
            "series",
            ended,
            one_alone or ended.slowest_off_seconds,
            _throttled(cloud) - before,
        )


def _cloud(invocation_seconds: float) -> EmbeddedCloud:
    return EmbeddedCloud(functions="in-process", invocation_seconds=invocation_seconds, limits=True)


def _throttled(cloud: EmbeddedCloud) -> int:
    return sum(counts["throttled"] for counts in counted(cloud.endpoint_url).values())

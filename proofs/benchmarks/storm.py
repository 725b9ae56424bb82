"""Alarm storms of several sizes, with and without time for each invocation.

All functions run in one process, a thread for each invocation, not in a process each as on Lambda;
AppConfig's limits are enforced (10 List*, Create*, StartDeployment a second, 100 Get*).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.cloud import EmbeddedCloud
from local.limits import counted
from proofs.benchmarks.alarm_storm import Ended, Storm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZES = (1, 10, 50, 100)
#: What an invocation is assumed to take on Lambda beyond its own computing.
INVOCATION_SECONDS = 0.3
MOST_DEPLOYMENTS, MOST_VERSIONS, MOST_TIMES_ONE = 3, 6, 3.0


@dataclass(frozen=True)
class Measured:
    """A storm that has ended, beside one alarm alone under the same conditions."""

    size: int
    invocation_seconds: float
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
        notified = Counter(notice["flagName"] for notice in ended.notices)
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
    cloud = EmbeddedCloud(
        functions="in-process", invocation_seconds=invocation_seconds, limits=True
    )
    with cloud:
        Storm.brew(cloud, "warming-up", 1).blow()
        throttled = 0
        for size in sizes:
            progress(f"{size} alarms, {invocation_seconds:g} s for each invocation")
            ended = Storm.brew(cloud, f"storm-{size}", size).blow()
            one_alone = one_alone or ended.slowest_off_seconds
            before, throttled = throttled, _throttled(cloud)
            yield Measured(size, invocation_seconds, ended, one_alone, throttled - before)


def _throttled(cloud: EmbeddedCloud) -> int:
    return sum(counts["throttled"] for counts in counted(cloud.endpoint_url).values())

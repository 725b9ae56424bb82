"""Measures alarm storms: `make bench`."""

from __future__ import annotations

import os
from collections import Counter

from benchmarks.alarm_storm import Ended, Storm
from local.cloud import EmbeddedCloud
from local.limits import counted

_SIZES = (1, 10, 50, 100)
_MOST_DEPLOYMENTS, _MOST_VERSIONS, _MOST_TIMES_ONE = 3, 6, 3.0
#: What an invocation is assumed to take on Lambda beyond its own computing.
_INVOCATION_SECONDS = 0.3

_INTRODUCTION = f"""\
Alarm storms on the embedded cloud, on {os.cpu_count()} processors that everything shares.
All functions run in one process, a thread for each invocation, not in a process each as on Lambda.
AppConfig's limits are enforced (10 List*, Create*, StartDeployment a second, 100 Get*).
"Flag off" is the slowest flag's time from its own alarm to the end of the deployment that has it
off; "all told" is the time to the end of the last execution. Transitions and invocations are per
rollback.
"""
_HEAD = (
    "alarms  deployments  versions  flag off  x one alone  all told  transitions  invocations"
    "  throttled calls"
)


def main() -> None:
    """Blow storms of several sizes, and print what they took."""
    print(_INTRODUCTION)
    missed: list[str] = []
    for seconds in (0.0, _INVOCATION_SECONDS):
        print(f"An invocation takes {seconds:g} s beyond its own computing.\n\n{_HEAD}")
        missed += _measured(seconds)
        print()
    print("\n".join(missed or ["Every bar is met."]))


def _measured(invocation_seconds: float) -> list[str]:
    """Print a line for each size; gives the bars that were missed."""
    missed: list[str] = []
    one_alone = None
    cloud = EmbeddedCloud(
        functions="in-process", invocation_seconds=invocation_seconds, limits=True
    )
    with cloud:
        Storm.brew(cloud, "warming-up", 1).blow()
        throttled = 0
        for size in _SIZES:
            ended = Storm.brew(cloud, f"storm-{size}", size).blow()
            one_alone = one_alone or ended.slowest_off_seconds
            times = ended.slowest_off_seconds / one_alone
            before, throttled = throttled, _throttled(cloud)
            print(
                f"{size:6}  {ended.deployments:11}  {ended.versions:8}  "
                f"{ended.slowest_off_seconds:6.2f} s  {times:11.1f}  "
                f"{ended.last_end_seconds:6.1f} s  {ended.transitions_per_rollback:11.1f}  "
                f"{ended.invocations_per_rollback:11.1f}  {throttled - before:15}",
                flush=True,
            )
            missed += _missed(f"{size} alarms, {invocation_seconds:g} s", ended, times)
    return missed


def _throttled(cloud: EmbeddedCloud) -> int:
    return sum(counts["throttled"] for counts in counted(cloud.endpoint_url).values())


def _missed(what: str, ended: Ended, times: float) -> list[str]:
    """Say which of the bars for a storm were missed."""
    notified = Counter(notice["flagName"] for notice in ended.notices)
    statuses = Counter(execution["status"] for execution in ended.executions)
    bars = {
        f"{ended.deployments} deployments, not at most {_MOST_DEPLOYMENTS}": ended.deployments
        <= _MOST_DEPLOYMENTS,
        f"{ended.versions} versions, not at most {_MOST_VERSIONS}": ended.versions
        <= _MOST_VERSIONS,
        f"{times:.1f} times one alone, not at most {_MOST_TIMES_ONE:g}": times <= _MOST_TIMES_ONE,
        f"flags still on: {sorted(ended.flags_on())}": not ended.flags_on(),
        f"notices: {notified}": notified == Counter(ended.document["flags"].keys()),
        f"executions: {statuses}": set(statuses) == {"SUCCEEDED"},
    }
    return [f"MISSED ({what}): {bar}" for bar, met in bars.items() if not met]


if __name__ == "__main__":
    main()

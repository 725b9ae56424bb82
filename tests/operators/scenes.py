"""Executions whose pages are looked at: how a run may have gone, and what is read of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flag_rollback.execution.metric import Series
from flag_rollback.execution.report import Change, Failure, Report
from flag_rollback.flags.differences import Difference
from tests.operators.reports import (
    FIRED,
    FLAG,
    NOTED,
    NOW,
    OFF,
    ON,
    OTHER_FLAG,
    SHOWN,
    STOP,
    UNKNOWN,
    execution,
    metric,
    report,
    visits,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_RESTORE = f"flag-rollback restore {FLAG}"
_CHANGE = Change(
    3,
    4,
    [
        Difference(f"flags.{FLAG}.enabled", "true", "false"),
        Difference(
            f"flags.{FLAG}.rollback", None, '{"alarm": "FeatureFlag-new-checkout-ErrorRate"}'
        ),
    ],
)
_MONITOR = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-latency"
_REASON = (
    "Threshold Crossed: 2 out of the last 3 datapoints [12.7 (02/03/26 17:00:00), 9.1 (02/03/26 "
    "16:59:00)] were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM "
    "transition)."
)
_UNTIL = "Begin ParseAlarm FetchConfig WhatToDo?"
_FAILED = "MarkFailure WhatRemains? NotifyFailure AwaitRedrive"
_DENIED = Failure(
    "CreateVersion",
    "PermissionDeniedError",
    "appconfig:CreateHostedConfigurationVersion is denied to role rollback-CreateVersion "
    "(AccessDeniedException)",
    "The function's role lacks a permission.",
    1,
    '{"some": "input"}',
)


def _rolled_back() -> Report:
    recovered = FIRED + timedelta(minutes=2)
    return report(
        "rolled_back",
        reason=_REASON,
        visits=visits(),
        change=_CHANGE,
        restore_command=_RESTORE,
        measure=lambda: metric(off=FIRED + timedelta(seconds=21), recovered=recovered),
    )


def _metric_math() -> Report:
    points = [(FIRED + timedelta(minutes=each - 5), float(each * 100)) for each in range(8)]
    parts = [Series("errors", points, watched=False), Series("requests", points, watched=False)]
    told = metric(off=FIRED + timedelta(seconds=21), parts=parts)
    return replace(_rolled_back(), measure=lambda: told)


def _several() -> Report:
    results = [
        {"flag": FLAG, "outcome": "rolled_back"},
        {"flag": OTHER_FLAG, "outcome": "failed", "reason": "it is no switch"},
    ]
    output = {"outcome": "rolled_back", "flags": results}
    return replace(
        report("rolled_back", OFF, ON, reason=_REASON, visits=visits(), change=_CHANGE),
        execution=execution(output, flags=(FLAG, OTHER_FLAG)),
        restore_command=_RESTORE,
    )


def _restored() -> Report:
    return report("rolled_back", ON, reason=_REASON, visits=visits(), change=_CHANGE)


def _already_off() -> Report:
    way = f"{_UNTIL} Settled WhatRemains? Notify RecordMetric Done"
    return report("already_off", OFF, visits=visits(way), reason=_REASON, measure=metric)


def _dry_run() -> Report:
    way = f"{_UNTIL} Settled WhatRemains? Notify RecordMetric Done"
    return report("dry_run", ON, visits=visits(way), reason=_REASON, measure=metric)


def _rollout_stopped() -> Report:
    turn = "StopRollout WaitForTurn FetchConfig WhatToDo?"
    way = f"{_UNTIL} {turn} {turn} {turn} Settled WhatRemains? Notify RecordMetric Done"
    return report("rollout_stopped", OFF, visits=visits(way), reason=_REASON)


def _experiment_stopped() -> Report:
    way = (
        f"{_UNTIL} StopExperiment WaitForTurn FetchConfig WhatToDo? Settled WhatRemains? Notify "
        "RecordMetric Done"
    )
    told = report("experiment_stopped", OFF, visits=visits(way), reason=_REASON)
    return replace(told, stopped_experiments=[NOTED])


def _failed_before() -> Report:
    return report(
        "",
        ON,
        failure=_DENIED,
        reason=_REASON,
        visits=[
            *visits(f"{_UNTIL} CreateVersion", last="caught", error="PermissionDeniedError"),
            *visits(_FAILED, last="failed", error="AwaitingRedrive"),
        ],
        measure=metric,
    )


def _failed_after() -> Report:
    way = (
        f"{_UNTIL} CreateVersion StartDeployment CheckDeployment HowDidItEnd? RolledBack "
        "WhatRemains? Notify"
    )
    return report(
        "",
        OFF,
        failure=replace(_DENIED, state="Notify", cause="sns:Publish is denied"),
        reason=_REASON,
        visits=[
            *visits(way, last="caught", error="PermissionDeniedError"),
            *visits(_FAILED, last="failed", error="AwaitingRedrive"),
        ],
        change=_CHANGE,
    )


def _monitors_missing() -> Report:
    way = (
        f"{_UNTIL} CreateVersion StartDeployment CheckDeployment HowDidItEnd? FindMonitors "
        "SuspendMonitors FetchConfig WhatToDo? CreateVersion StartDeployment CheckDeployment "
        "HowDidItEnd? RolledBack WhatRemains? RestoreMonitors"
    )
    return report(
        "",
        OFF,
        failure=replace(
            _DENIED,
            state="RestoreMonitors",
            error="MonitorsNotRestoredError",
            cause=f"1 monitor is not back: {_MONITOR}",
        ),
        reason=_REASON,
        visits=[
            *visits(way, last="caught", error="MonitorsNotRestoredError"),
            *visits(f"MarkNotRestored {_FAILED[12:]}", last="failed", error="AwaitingRedrive"),
        ],
    )


def _running() -> Report:
    told = report("", ON, visits=visits(f"{_UNTIL} CreateVersion", last="running"), reason=_REASON)
    return replace(told, execution=execution(status="RUNNING"), measure=metric)


def _unknown() -> Report:
    told = report("", UNKNOWN, failure=_DENIED, visits=visits(_UNTIL), reason=_REASON)
    nothing = replace(metric(), series=[], note="CloudWatch could not be asked (AccessDenied).")
    return replace(told, measure=lambda: nothing)


def _long_names() -> Report:
    flag = "the-name-of-a-flag-that-somebody-made-as-long-as-appconfig-lets-it-be-64x"
    told = replace(
        _rolled_back(),
        standings={flag: SHOWN},
        stop_commands={flag: STOP},
        called=replace(_rolled_back().called, environment="production-eu-central-1-blue-fleet"),
    )
    output = {"outcome": "rolled_back", "flags": [{"flag": flag, "outcome": "rolled_back"}]}
    return replace(told, execution=execution(output, flags=(flag,)))


def _waited_long() -> Report:
    turn = "WaitForTurn FetchConfig WhatToDo?"
    way = f"{_UNTIL} {' '.join([turn] * 150)} CreateVersion"
    told = report("", ON, visits=visits(way, last="running"), reason=_REASON)
    return replace(told, execution=execution(status="RUNNING"), read_at=NOW)


SCENES: dict[str, Callable[[], Report]] = {
    "rolled-back": _rolled_back,
    "metric-math": _metric_math,
    "several-flags": _several,
    "restored": _restored,
    "already-off": _already_off,
    "dry-run": _dry_run,
    "rollout-stopped": _rollout_stopped,
    "experiment-stopped": _experiment_stopped,
    "failed-before": _failed_before,
    "failed-after": _failed_after,
    "monitors-missing": _monitors_missing,
    "running": _running,
    "unknown": _unknown,
    "long-names": _long_names,
    "waited-long": _waited_long,
}

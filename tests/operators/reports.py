"""Reports of executions, made by hand: for what is said of them, and how their pages look."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.target import Names
from flag_rollback.execution.finding import Execution
from flag_rollback.execution.machine import read_machine
from flag_rollback.execution.metric import Metric, Series
from flag_rollback.execution.report import Failure, Report
from flag_rollback.execution.visits import Status, Try, Visit
from flag_rollback.flags.served import Standing
from flag_rollback.watched import Place
from tests import samples
from tests.appconfig import SHOWING
from tests.contract.shipped import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
FIRED = NOW - timedelta(minutes=4)
FLAG, OTHER_FLAG = "new-checkout", "search-v2"
ARN = "arn:aws:states:eu-west-1:123456789012:execution:rollback:run-1"
ALARM = "FeatureFlag-new-checkout-ErrorRate"
OFF = Standing("off", "version 3, which is served, has it off", "nothing", None, 3, 7)
ON = Standing("on", "version 3, which is served, has it on", "served", None, 3, 7)
UNKNOWN = Standing("unknown", "AppConfig could not be asked (AccessDeniedException)")
SHOWN = Standing(
    "on", f"{SHOWING} shows it, whatever is deployed", "experiment", None, 3, 7, experiment=SHOWING
)
STOP = "aws appconfig stop-experiment-run --run 3"
FAILURE = Failure("FetchConfig", "ExperimentLeftRunningError", "reason", "what it means", 1, "{}")
NOTED = samples.experiment()

_HAPPY = (
    "Begin ParseAlarm FetchConfig WhatToDo? CreateVersion StartDeployment CheckDeployment "
    "HowDidItEnd? WaitForDeployment CheckDeployment HowDidItEnd? RolledBack WhatRemains? Notify "
    "RecordMetric Done"
)
MACHINE = read_machine(DEFINITION)
_TYPES = {state.name: state.type for state in MACHINE.states}


def execution(
    output: dict[str, Any] | None = None,
    status: str = "SUCCEEDED",
    flags: tuple[str, ...] = (FLAG,),
    **described: object,
) -> Execution:
    described = {
        "executionArn": ARN,
        "name": "run-1",
        "status": status,
        "startDate": NOW,
        "stopDate": NOW,
        **({"output": json.dumps(output)} if output else {}),
        **described,
    }
    return Execution(cast("Any", described), flags, ALARM)


def report(outcome: str = "", *standings: Standing, **more: Any) -> Report:
    """Tell of a run that was for new-checkout, and for search-v2 if that has a standing."""
    failed = more.get("failure") is not None
    now = dict(zip((FLAG, OTHER_FLAG), standings or (OFF,), strict=False))
    results = [{"flag": flag, "outcome": outcome} for flag in now]
    output = {"outcome": outcome, "flags": results} if outcome else None
    return replace(
        Report(
            execution=execution(output, "FAILED" if failed else "SUCCEEDED", tuple(now)),
            visits=[],
            machine=MACHINE,
            reason="",
            failure=None,
            change=None,
            standings=now,
            stopped_experiments=[],
            place=Place("app1234", "env1234", "prof123"),
            called=Names("Storefront", "prod", "flags"),
            redrive_command="flag-rollback redrive run-1",
            restore_command=None,
            off_command="flag-rollback off new-checkout",
            inspect_command="flag-rollback inspect run-1",
            follow_command="flag-rollback inspect run-1 --follow",
            list_command="flag-rollback executions --flag new-checkout",
            doctor_command="flag-rollback doctor",
            stop_commands={flag: STOP for flag, standing in now.items() if standing.experiment},
            read_at=NOW,
            measure=lambda: metric(off=FIRED + timedelta(seconds=21)),
        ),
        **more,
    )


def visits(states: str = _HAPPY, *, last: Status = "succeeded", error: str = "") -> list[Visit]:
    """Visit states one after the other, half a second each; the last one of them ends as told."""
    names = states.split()
    found = []
    for number, name in enumerate(names):
        entered = NOW - timedelta(seconds=0.5 * (len(names) - number))
        left = entered + timedelta(seconds=0.5)
        status: Status = last if number + 1 == len(names) else "succeeded"
        visit = Visit(name, _TYPES.get(name, "Task"), 0, entered, '{"some": "input"}', left)
        visit.status, visit.output = status, '{"some": "output"}'
        if error and number + 1 == len(names):
            visit.tries = [Try(entered, left, error, "the cause")]
        if status == "running":
            visit.left = None
        found.append(visit)
    return found


def metric(
    *,
    off: datetime | None = None,
    recovered: datetime | None = None,
    values: Sequence[float] = (0.4, 0.6, 0.5, 9.1, 12.7, 8.0, 0.3, 0.2),
    parts: Sequence[Series] = (),
) -> Metric:
    """Measure minute by minute; the alarm fires after the fifth."""
    points = [(FIRED + timedelta(minutes=number - 5), value) for number, value in enumerate(values)]
    return Metric(
        title="error rate in percent, of 60 s",
        series=[Series("error rate in percent", points, watched=True), *parts],
        threshold=5.0,
        comparison="GreaterThanThreshold",
        period_seconds=60,
        fired=FIRED,
        off=off,
        recovered=recovered,
        source="CloudWatch",
    )

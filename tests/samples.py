"""Samples of the state data: one rollback of flag `new-checkout`, as its steps leave it.

Each function makes what lies under one key; keyword arguments replace fields by their names in
`state.py`. Version 3 is served by deployment 7, the rollback writes version 6 and deploys it as
deployment 9, and run 3 of an experiment shows the flag.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from appconfig_rollback import state as shapes
from appconfig_rollback.definition import CURRENT
from appconfig_rollback.mark import Mark
from appconfig_rollback.target import Names, Target
from appconfig_rollback.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appconfig_rollback.state import (
        Alarm,
        Config,
        Deployment,
        Execution,
        Experiment,
        FlagExperiment,
        FlagOutcome,
        FlagResult,
        InTheWay,
        Measured,
        Monitor,
        Outcome,
        Refused,
        Release,
        Result,
        StoppedDeployment,
        StoppedExperiment,
        TaskInput,
        Version,
    )

FLAG = "new-checkout"
TARGET = Target("app1234", "env1234", "prof123")
NAMED = TARGET.named(Names("Shop", "prod", "flags"))
MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback"
ARN = f"{MACHINE}:run-1"
CONTEXT = object()
FIRED = datetime(2026, 3, 2, 17, 4, 40, 989_000, tzinfo=UTC)
FIRING: Monitor = {
    "AlarmArn": "arn:firing",
    "AlarmRoleArn": "arn:aws:iam::123456789012:role/monitors",
}

MEASURED: Measured = {
    "values": [9.5, 12.7],
    "threshold": 5.0,
    "periodSeconds": 60,
    "since": "2026-03-02T17:02:00.000Z",
    "statistic": "Average",
}

RELEASE: Release = {
    "deployment": 7,
    "version": 3,
    "description": "to everybody in Spain",
    "at": "2026-03-02T16:30:00.000Z",
}

Shape = TypeVar("Shape")


@cache
def _fields(kind: object) -> frozenset[str]:
    return frozenset(get_type_hints(kind))


def _with(sample: Shape, kind: object, changed: Mapping[str, Any]) -> Shape:
    """Replace fields of a sample; one that its shape does not have is a slip of the pen."""
    unknown = changed.keys() - _fields(kind)
    assert not unknown, f"no field of {kind}: {unknown}"
    return cast("Shape", {**cast("dict[str, Any]", sample), **changed})


def execution(name: str = "run-1", **changed: Any) -> Execution:
    sample: Execution = {
        "Id": f"{MACHINE}:{name}",
        "Name": name,
        "Input": None,
        "StartTime": "2026-03-02T17:04:42.123Z",
    }
    return _with(sample, shapes.Execution, changed)


def alarm(flag: str = FLAG, fired: datetime = FIRED, **changed: Any) -> Alarm:
    """The alarm of a flag, named after it; the time budget began as it fired."""
    sample: Alarm = {
        "flags": [flag],
        "namedBy": "name",
        "contributor": None,
        "policy": "auto",
        "alarmName": f"FeatureFlag-{flag}-ErrorRate",
        "alarmArn": None,
        "state": "ALARM",
        "reason": "12.7 > 5.0",
        "transitionedAt": iso(fired),
        "region": "eu-west-1",
        "account": "123456789012",
        "ignoredReason": None,
        "startedAt": iso(fired),
        "measured": MEASURED,
        "drill": False,
    }
    return _with(sample, shapes.Alarm, changed)


def alarm_begun(minutes: float = 0) -> Alarm:
    """The alarm of a rollback whose time budget began so long ago."""
    return alarm(startedAt=minutes_ago(minutes))


def minutes_ago(minutes: float) -> str:
    return iso(datetime.now(UTC) - timedelta(minutes=minutes))


def marked(base: int, by: str = "run-1", flag: str = FLAG, fired: datetime = FIRED) -> Mark:
    """The mark that an execution leaves in what it writes on top of a version."""
    return Mark.of(alarm(flag, fired), execution(by), base)


def mark(base: int, by: str = "run-1", flag: str = FLAG, fired: datetime = FIRED) -> str:
    """The same mark as a description."""
    return str(marked(base, by, flag, fired))


def config(**changed: Any) -> Config:
    sample: Config = {
        "decision": "roll_back",
        "reason": "",
        "profileType": "AWS.Freeform",
        "servedVersion": 3,
        "servedDeployment": 7,
        "latestVersion": 5,
        "latestDeployment": 8,
        "releasedAt": None,
        "kmsKey": None,
        "own": None,
        "inTheWay": None,
        "experiment": None,
        "flags": [flag_result()],
        "caveats": {},
        "aboutTags": None,
        "result": None,
        "announce": True,
        "lookedAt": "2026-03-02T17:04:45.989Z",
        "attempt": 1,
        "backoffSeconds": 2,
        "release": RELEASE,
        "background": {FLAG: {"percentage": 50.0, "owner": "web", "ticket": "SHOP-12"}},
    }
    return _with(sample, shapes.Config, changed)


def version(**changed: Any) -> Version:
    sample: Version = {
        "fromVersion": 3,
        "toVersion": 6,
        "sweptFlags": 0,
        "bare": False,
        "refusedReason": None,
    }
    return _with(sample, shapes.Version, changed)


def deployment(**changed: Any) -> Deployment:
    """The rollback's deployment, as it was just started."""
    sample: Deployment = {
        "number": 9,
        "state": None,
        "confirmedOff": False,
        "confirmedAt": None,
        "undoneByMonitor": False,
        "lookAgain": False,
        "pollSeconds": 1,
        "result": None,
    }
    return _with(sample, shapes.Deployment, changed)


def confirmed(at: str | None = "2026-03-02T17:04:47.989Z") -> Deployment:
    """The rollback's deployment, once it is complete and the flag was seen off."""
    return deployment(state="COMPLETE", confirmedOff=True, confirmedAt=at)


def in_the_way(**changed: Any) -> InTheWay:
    """A rollout of the flag that is to be stopped."""
    sample: InTheWay = {"number": 8, "version": 5, "profileName": "flags", "ours": True}
    return _with(sample, shapes.InTheWay, changed)


def stopped_deployment(**changed: Any) -> StoppedDeployment:
    """The same rollout once this execution has stopped it."""
    sample: StoppedDeployment = {
        **in_the_way(),
        "confirmed": True,
        "reverted": False,
        "description": "",
    }
    return _with(sample, shapes.StoppedDeployment, changed)


def experiment(**changed: Any) -> Experiment:
    sample: Experiment = {"definition": "exp1234", "name": "checkout-test", "run": 3}
    return _with(sample, shapes.Experiment, changed)


def flag_experiment(flag: str = FLAG, **changed: Any) -> FlagExperiment:
    """The same run, and the flag that it is on."""
    return {**experiment(**changed), "flag": flag}


def stopped_experiment(flag: str = FLAG, *, stopped: bool = True) -> StoppedExperiment:
    return {**flag_experiment(flag), "stopped": stopped}


def flag_result(flag: str = FLAG, outcome: FlagOutcome = "rolled_back", **more: Any) -> FlagResult:
    sample: FlagResult = {"flag": flag, "outcome": outcome}
    return _with(sample, shapes.FlagResult, more)


def refused(cause: str = '{"errorMessage": "no notes allowed"}') -> Refused:
    return {"Error": "BareSwitchRequiredError", "Cause": cause}


def result(outcome: Outcome = "rolled_back", **changed: Any) -> Result:
    """The result of a run for one flag, with its outcome."""
    sample: Result = {
        "outcome": outcome,
        "flags": [flag_result(outcome=cast("FlagOutcome", outcome))],
        "reason": "12.7 > 5.0",
        "fromVersion": 3,
        "toVersion": 6,
        "deploymentNumber": 9,
        "alarmName": f"FeatureFlag-{FLAG}-ErrorRate",
    }
    return _with(sample, shapes.Result, changed)


def undeployed(outcome: Outcome = "already_off", **changed: Any) -> Result:
    """The result of an execution that wrote nothing."""
    return result(outcome, **{"toVersion": None, "deploymentNumber": None, **changed})


def task(run: Execution | None = None, **state: Any) -> TaskInput:
    """A task's input; the state data begins with the alarm."""
    return {
        "definition": CURRENT,
        "execution": run or execution(),
        "state": cast("shapes.State", {"alarm": alarm_begun(), **state}),
    }

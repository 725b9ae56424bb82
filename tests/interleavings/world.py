"""All that the functions talk to, as a value: a call makes another one of it.

No time passes while executions and people meet, so whatever is compared is compared by its order.
A redrive comes ten minutes later.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from tests.appconfig import AppConfig, Deployment, refusal
from tests.appconfig_client import OPERATIONS
from tests.interleavings.replaying import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.interleavings.replaying import Call

#: When everybody meets; the scenarios are set up before.
MET = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REDRIVEN = MET + timedelta(minutes=10)

_FIELDS = attrgetter(*(each.name for each in fields(Deployment)))
_OPERATION_OF = {xform_name(operation): operation for operation in OPERATIONS}
#: The end of an execution, which others see.
END = "(end)"
#: What no call in here changes: whenever it is read, the answer is the same.
_CONSTANT = {
    "GetConfigurationProfile",
    "ListExperimentDefinitions",
    "describe_alarms",
    "list_tags_for_resource",
    "list_alarm_mute_rules",
}
#: What is told is seen by nobody in here, and each execution's by itself.
_TOLD = {"publish", "put_metric_data"}
#: What changes nothing.
READS = ("get_", "list_", "describe_", "put_metric_data")


def alarm_of(flag: str) -> str:
    """Name the alarm of a flag that is named after it."""
    return f"FeatureFlag-{flag}-ErrorRate"


class Clock:
    """What time it is, for AppConfig and for the functions: nobody waits for it to pass."""

    def __init__(self) -> None:
        self.time = MET

    def now(self) -> datetime:
        return self.time


CLOCK = Clock()


@dataclass(frozen=True)
class Fired:
    """The transition of an alarm, with the flags that it guards."""

    alarm: str
    flags: tuple[str, ...]
    at: datetime

    @property
    def transition(self) -> str:
        """When it was, as the event says it."""
        return self.at.isoformat(timespec="milliseconds")


@dataclass
class World:
    """AppConfig, the alarms, what was told by whom, and how executions stand.

    `told` are notices, `ended` the state data of executions that are over, by their names;
    `shown_on` are the experiments' runs that were stopped by whoever had last seen the flag on.
    """

    appconfig: AppConfig
    firing: tuple[Fired, ...] = ()
    monitors_firing: frozenset[str] = frozenset()
    monitors_quiet: frozenset[str] = frozenset()
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    shown_on: frozenset[str] = frozenset()
    answers: dict[tuple[str, Call], Answer] = field(default_factory=dict)

    def copied(self) -> World:
        """Copy what a call may change."""
        made, store = copy.copy(self), copy.copy(self.appconfig)
        store.versions, store.written_by = dict(store.versions), dict(store.written_by)
        store.deployments = {
            number: copy.copy(found) for number, found in store.deployments.items()
        }
        store.ended_at = dict(store.ended_at)
        store.asked = defaultdict(list)
        made.appconfig = store
        made.told, made.ended, made.answers = dict(made.told), dict(made.ended), {}
        return made

    def key(self) -> object:
        """What tells this world from another one."""
        store = self.appconfig
        return (
            tuple(store.versions.items()),
            tuple(store.written_by.items()),
            tuple(store.runs),
            tuple(map(_FIELDS, store.deployments.values())),
            json.dumps(store.monitors) if store.monitors else "",
            tuple(sorted(self.told.items())),
            tuple(sorted(self.ended.items())),
            self.failed,
            self.shown_on,
            self.monitors_firing,
        )

    def notices(self, name: str) -> list[dict[str, Any]]:
        """List what an execution has told."""
        return [json.loads(text) for text in self.told.get(name, ())]

    def shows(self, flag: str) -> bool:
        """Return whether users get a flag from an experiment."""
        store = self.appconfig
        return any(run.running and store.flag_of(run) == flag for run in store.runs)

    def users_get(self, flag: str) -> bool:
        """Return whether users may get a flag: from what is served, rolled out, or tried."""
        store = self.appconfig
        found = store.in_progress()
        return (
            bool(store.flags(store.serves()).get(flag))
            or (found is not None and found.ours and bool(store.flags(found).get(flag)))
            or self.shows(flag)
        )


def is_final(found: Deployment) -> bool:
    """Return whether nobody in here changes a deployment again: they revert only what bakes."""
    undone = found.state in ("ROLLED_BACK", "REVERTED")
    return undone or (found.state == "COMPLETE" and not found.bake_minutes)


def commutes(call: Call, by: str, world: World) -> bool:
    """Return whether a call commutes with whatever the others may call before it or after it.

    A hosted version never changes once it is there, and neither does a deployment that has ended.
    What is not known here does not commute.
    """
    if "AlarmNames" in call.asked:
        return not world.monitors_quiet  # which may fire
    if call.operation in _CONSTANT | _TOLD or _OPERATION_OF.get(call.operation) in _CONSTANT:
        return True
    match call.operation:
        case "get_hosted_configuration_version":
            return call.asked["VersionNumber"] in world.appconfig.versions
        case "get_deployment":
            return is_final(world.appconfig.deployments[call.asked["DeploymentNumber"]])
        case "describe_execution" | "get_execution_history":
            return bool(call.asked["executionArn"].endswith(f":{by}"))
    return False


def perform(world: World, by: str, call: Call) -> tuple[World, Answer]:
    """Let a call take effect: on a copy, unless it changes nothing."""
    if call.operation.startswith(READS):
        key = by, call
        if key not in world.answers:
            try:
                world.answers[key] = Answer.of(_answered(world, by, call.operation, call.asked))
            except ClientError as error:
                world.answers[key] = Answer.of(error)
        return world, world.answers[key]
    changed = world.copied()
    try:
        answer = Answer.of(_answered(changed, by, call.operation, call.asked))
    except ClientError as error:
        return world, Answer.of(error)
    return changed, answer


def _answered(world: World, by: str, method: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if operation := _OPERATION_OF.get(method):
        return OPERATIONS[operation](world.appconfig, by, dict(asked))
    match method:
        case "publish":
            notice = json.loads(asked["Message"])["default"]
            world.told[by] = (*world.told.get(by, ()), notice)
            return {"MessageId": str(len(world.told[by]))}
        case "put_metric_data":
            return {}
        case "list_tags_for_resource":
            return {"Tags": []}
        case "list_alarm_mute_rules":
            return {"AlarmMuteRuleSummaries": []}
        case "describe_alarms":
            return {"MetricAlarms": [*_alarms(world, asked)]}
        case "describe_execution":
            return _execution(world, asked["executionArn"].rpartition(":")[2])
        case "get_execution_history":
            return {"events": _history(world, by)}
        case _ if method == END:
            world.ended[by] = asked["data"]
            if asked["failed"]:
                world.failed |= {by}
            return {}
    raise NotImplementedError(method)


def _alarms(world: World, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe the alarms below a prefix that fire, or monitors by their names."""
    found = [(fired.alarm, _arn(fired.alarm), "ALARM", fired.at) for fired in world.firing]
    for state, arns in (("ALARM", world.monitors_firing), ("OK", world.monitors_quiet)):
        found += [(arn.rpartition(":")[2], arn, state, MET) for arn in sorted(arns)]
    return [
        {
            "AlarmName": name,
            "AlarmArn": arn,
            "StateValue": state,
            "StateReason": "too many errors",
            "StateTransitionedTimestamp": at,
        }
        for name, arn, state, at in found
        if name.startswith(asked.get("AlarmNamePrefix", ""))
        and name in asked.get("AlarmNames", [name])
    ]


def _arn(alarm: str) -> str:
    return f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{alarm}"


def _execution(world: World, name: str) -> dict[str, Any]:
    if name == "gone" or name.startswith("by-hand"):
        raise refusal("DescribeExecution", 400, "ExecutionDoesNotExist")
    if name not in world.ended:
        return {"status": "RUNNING"}
    return {"status": "FAILED" if name in world.failed else "SUCCEEDED"}


def _history(world: World, name: str) -> list[dict[str, Any]]:
    """Tell what is read of a history: whether NotifyFailure has done its work, and the last data.

    Newest and oldest first come to the same here: whoever wants the data reads the first that has
    some.
    """
    data = world.ended.get(name)
    if data is None:
        return [_entered("NotifyFailure", "{}")]
    told = "messageId" in (json.loads(data).get("failureNotice") or {})
    return [
        _entered("NotifyFailure", data),
        {"type": "LambdaFunctionSucceeded" if told else "LambdaFunctionFailed"},
        _entered("AwaitRedrive", data),
        {"type": "ExecutionFailed"},
    ]


def _entered(state: str, data: str) -> dict[str, Any]:
    return {
        "type": "TaskStateEntered",
        "stateEnteredEventDetails": {"name": state, "input": data},
    }


def deployments(world: World) -> list[Deployment]:
    """List all deployments, the oldest first."""
    return list(world.appconfig.deployments.values())

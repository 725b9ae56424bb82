"""What the watch over a rollback has found: an execution of the stack's second state machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from appconfig_rollback.aftercare.watch import turned_off, watch_of
from appconfig_rollback.times import seconds_between
from appconfig_rollback.untyped import json_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from flag_rollback.execution.finding import Execution

#: How far back a watch that has no output is read: its last look is in its last states.
_NEWEST_EVENTS = 20


@dataclass(frozen=True)
class Aftercare:
    """A watch: its ARN and status, as Step Functions has it, and what its looks found.

    `results` are those of appconfig_rollback.aftercare.watch, in the order in which they were told;
    none so far where it is empty. `look` is the last look, and `watch` what is watched; empty where
    that cannot be read. `error` is why it is red.
    """

    arn: str
    status: str
    watch: Mapping[str, Any]
    look: Mapping[str, Any]
    error: str | None = None

    @property
    def results(self) -> tuple[str, ...]:
        """What was told."""
        return tuple(self.look.get("told") or ())

    @property
    def seconds_to_recovery(self) -> float | None:
        """How long after the alarm had fired the last alarm went to OK; None where unknown."""
        fired = (self.watch.get("alarm") or {}).get("transitionedAt")
        recovered = self.look.get("recoveredAt")
        return seconds_between(fired, recovered) if fired and recovered else None

    def document(self) -> dict[str, Any]:
        """Write it for programs, as docs/commands.md describes it."""
        return {
            "arn": self.arn,
            "status": self.status,
            "results": list(self.results),
            "lookedAt": self.look.get("lookedAt"),
            "flags": self.look.get("flags") or [],
            "alarms": self.look.get("alarms") or [],
            "recoveredAt": self.look.get("recoveredAt"),
            "secondsToRecovery": self.seconds_to_recovery,
            "turnedOnAgain": self.look.get("turnedOnAgain"),
            "error": self.error,
        }


def with_aftercare(stepfunctions: SFNClient, execution: Execution) -> Execution:
    """Add what became of a rollback that turned flags off itself, where that is known."""
    if execution.status != "SUCCEEDED" or not turned_off(execution.output):
        return execution
    return replace(execution, aftercare=_found(stepfunctions, watch_of(execution.arn)))


def _found(stepfunctions: SFNClient, arn: str) -> Aftercare | None:
    """Read a watch; None where there is none, or it may not be read."""
    try:
        described = stepfunctions.describe_execution(executionArn=arn)
        look = _object(described.get("output")) or _last_look(stepfunctions, arn)
    except ClientError:
        return None
    watch = _object(described.get("input")).get("watch") or {}
    return Aftercare(arn, described["status"], watch, look, _error(described))


def _last_look(stepfunctions: SFNClient, arn: str) -> Mapping[str, Any]:
    """Read the newest look out of the history of a watch that goes on, or failed."""
    events = stepfunctions.get_execution_history(
        executionArn=arn, reverseOrder=True, maxResults=_NEWEST_EVENTS
    )["events"]
    for event in events:
        for details in ("stateExitedEventDetails", "stateEnteredEventDetails"):
            told: Any = event.get(details, {})
            text = told.get("output") or told.get("input")
            if isinstance(look := _object(text).get("look"), dict):
                return look
    return {}


def _object(text: object) -> Mapping[str, Any]:
    found = json_or_none(text)
    return found if isinstance(found, dict) else {}


def _error(described: DescribeExecutionOutputTypeDef) -> str | None:
    red = described["status"] not in ("RUNNING", "SUCCEEDED", "PENDING_REDRIVE")
    return described.get("error", described["status"]) if red else None

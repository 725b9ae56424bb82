"""Finds executions: by name, by the beginning of a name, by ARN, the latest, or many."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from appconfig_rollback.untyped import json_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from flag_rollback.execution.aftercare import Aftercare
    from flag_rollback.execution.ending import Ending
    from flag_rollback.watched import Watched

RED = ("FAILED", "TIMED_OUT", "ABORTED")
#: How many executions are looked through for the beginning of a name.
_LOOKED_THROUGH = 1000
#: How many executions are named where a name fits several.
_NAMED = 5
_EXECUTION = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^\s:]+:[^\s:]+")
#: Step Functions lets a run be redriven for 14 days, so an older one cannot have moved lately.
_REDRIVABLE_FOR = timedelta(days=14)


class NoSuchExecutionError(click.ClickException):
    """No execution has that name, or one that begins so."""


@dataclass(frozen=True)
class Execution:
    """An execution as DescribeExecution returns it, with what its input says about the alarm.

    `ending` is what its history says; None where that was not read. `aftercare` is what became of
    it; None where nothing was watched, nothing is known, or that was not read.
    """

    description: DescribeExecutionOutputTypeDef
    flags: tuple[str, ...]
    alarm: str | None
    ending: Ending | None = None
    aftercare: Aftercare | None = None

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.description["executionArn"]

    @property
    def name(self) -> str:
        """Its name, with which commands find it again."""
        return self.description["name"]

    @property
    def status(self) -> str:
        """As Step Functions words it."""
        return self.description["status"]

    @property
    def output(self) -> Mapping[str, Any]:
        """The result document; empty until there is one."""
        return as_object(self.description.get("output", ""))

    @property
    def input(self) -> object:
        """What started it."""
        return json_or_none(self.description.get("input", ""))

    @property
    def outcome(self) -> str:
        """The outcome, or the status where there is none."""
        return str(self.output.get("outcome") or self.status)

    @property
    def redrives(self) -> int:
        """How often a person redrove it."""
        return int(self.description.get("redriveCount") or 0)

    @property
    def started(self) -> datetime:
        """When it began, in UTC."""
        return self.description["startDate"].astimezone(UTC)

    def seconds(self) -> float:
        """Say how long it took from start to end, the time until a redrive included."""
        end = self.description.get("stopDate") or datetime.now(UTC)
        return max((end - self.started).total_seconds(), 0.0)


class Executions:
    """The executions of one state machine."""

    def __init__(self, stepfunctions: SFNClient, watched: Watched) -> None:
        self._stepfunctions = stepfunctions
        self._watched = watched
        self._definitions: dict[str, dict[str, Any]] = {}

    def listed(self, *, status: str | None = None, since: datetime | None = None) -> Iterator[str]:
        """List ARNs, the newest first: those that began, or were redriven, after `since`."""
        for item in self._items(status):
            if since and item["startDate"] < since - _REDRIVABLE_FOR:
                return
            moment = max(item["startDate"], item.get("redriveDate") or item["startDate"])
            if since is None or moment >= since:
                yield item["executionArn"]

    def begun(self, *, status: str, since: datetime) -> Iterator[datetime]:
        """List when those of a status began that began after `since`, the newest first."""
        for item in self._items(status):
            if item["startDate"] < since:
                return
            yield item["startDate"].astimezone(UTC)

    def _items(self, status: str | None) -> Iterator[Any]:
        only: dict[str, Any] = {"statusFilter": status} if status else {}
        pages = self._stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=self._watched.state_machine_arn, **only
        )
        for page in pages:
            yield from page["executions"]

    def described(self, arn: str) -> Execution:
        """Describe an execution."""
        try:
            description = self._stepfunctions.describe_execution(executionArn=arn)
        except self._stepfunctions.exceptions.ExecutionDoesNotExist as error:
            raise _not_found(arn.split(":")[-1], self._watched) from error
        flags, alarm = self._watched.flags_and_alarm(json_or_none(description.get("input", "")))
        told = as_object(description.get("output", "")).get("flags")
        results = told if isinstance(told, list) else []
        named = tuple(str(each["flag"]) for each in results if isinstance(each, dict))
        return Execution(description, named or flags, alarm)

    def named(self, text: str) -> Execution:
        """Find what the person wrote: `latest`, an ARN, a name, or the beginning of a name."""
        if text.startswith("arn:"):
            self._refuse_another_machines(text)
            return self.described(text)
        if not text:
            raise click.UsageError("expected an execution: a name, an ARN or latest; got nothing")
        fitting = self._beginning_with(text)
        if len(fitting) == 1:
            return self.described(fitting[0])
        if fitting:
            shown = ", ".join(arn.split(":")[-1] for arn in fitting[:_NAMED])
            more = f" and {len(fitting) - _NAMED} more" if len(fitting) > _NAMED else ""
            raise click.ClickException(
                f"{len(fitting)} executions begin with {text}; write more of the name: "
                f"{shown}{more}"
            )
        raise _not_found(text, self._watched)

    def _beginning_with(self, text: str) -> list[str]:
        """List the ARNs of `latest`, or of those that have a name or a beginning of it."""
        fitting = []
        for number, arn in enumerate(self.listed()):
            name = arn.split(":")[-1]
            if text in ("latest", name):
                return [arn]
            if name.startswith(text):
                fitting.append(arn)
            if number >= _LOOKED_THROUGH:
                break
        return fitting

    def _refuse_another_machines(self, arn: str) -> None:
        """Refuse what is no execution of this state machine: all that is said would be wrong."""
        if not _EXECUTION.fullmatch(arn):
            raise click.UsageError(
                "expected the ARN of an execution, "
                f"arn:aws:states:REGION:ACCOUNT:execution:STATE_MACHINE:NAME; got {arn}"
            )
        machine = ":".join(self._watched.state_machine_arn.split(":")[:7])
        if arn.rpartition(":")[0].replace(":execution:", ":stateMachine:") != machine:
            raise click.ClickException(f"{arn} is no execution of {machine}; name its stack")

    def events(self, arn: str) -> list[Any]:
        """Read the whole history, the oldest event first."""
        pages = self._stepfunctions.get_paginator("get_execution_history").paginate(
            executionArn=arn, includeExecutionData=True
        )
        return [event for page in pages for event in page["events"]]

    def definition(self, arn: str) -> dict[str, Any]:
        """Read the definition that the execution runs, which a redrive keeps."""
        if arn not in self._definitions:
            answer = self._stepfunctions.describe_state_machine_for_execution(executionArn=arn)
            self._definitions[arn] = json.loads(answer["definition"])
        return self._definitions[arn]


def as_object(text: str) -> Mapping[str, Any]:
    """Read a JSON object; an empty one where the text is none."""
    value = json_or_none(text)
    return value if isinstance(value, dict) else {}


def _not_found(text: str, watched: Watched) -> click.ClickException:
    if text == "latest":
        return click.ClickException(f"{watched.stack} has no execution yet")
    return NoSuchExecutionError(f"{watched.stack} has no execution {text}")

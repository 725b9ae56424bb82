"""The shapes of the state data: what each step gets and what it adds.

Every task gets a `TaskInput`. A step's answer lands under one key of the state data, named in the
state machine by `ResultPath`. Times are UTC, ISO 8601, to the millisecond, ending in `Z`.
"""

from datetime import UTC, datetime
from typing import Any, Literal, NotRequired, TypedDict

Outcome = Literal["rolled_back", "already_off", "ignored"]


class Execution(TypedDict):
    """`$$.Execution` of the Step Functions context object; redrive keys exist after a redrive."""

    Id: str
    Name: str
    Input: Any
    StartTime: str
    RedriveCount: NotRequired[int]
    RedriveTime: NotRequired[str]


class Alarm(TypedDict):
    """ParseAlarm's answer, under `alarm`."""

    flag: str
    alarmName: str
    alarmArn: str | None
    state: str
    reason: str
    transitionedAt: str
    region: str | None
    account: str | None
    actionable: bool
    ignoredBecause: str | None
    startedAt: str  # when the time budget began


class OwnWork(TypedDict):
    """What an earlier attempt of the same execution has already written."""

    fromVersion: int
    toVersion: int
    deploymentNumber: int | None


class Config(TypedDict):
    """FetchConfig's answer, under `config`."""

    profileType: str
    servedVersion: int
    servedDeployment: int
    latestVersion: int
    latestDeployment: int
    own: OwnWork | None
    environmentBusy: bool
    rollbackNeeded: bool
    attempt: int
    backoffSeconds: int


class Version(TypedDict):
    """CreateVersion's answer, under `version`."""

    fromVersion: int
    toVersion: int


class Deployment(TypedDict):
    """StartDeployment's and CheckDeployment's answer, under `deployment`."""

    number: int
    state: str | None  # None until CheckDeployment has looked
    confirmedOff: bool
    confirmedAt: str | None
    pollSeconds: int


class Result(TypedDict):
    """The execution's output, put together by the state machine under `result`."""

    outcome: Outcome
    flag: str
    reason: str
    fromVersion: int | None
    toVersion: int | None
    deploymentNumber: int | None
    alarmName: str


class Failure(TypedDict):
    """What a Catch kept, under `failure`; `at` is the moment at which it was marked."""

    caught: dict[str, str]
    at: str


class State(TypedDict, total=False):
    """The state data; a key exists once its step has run."""

    alarm: Alarm
    config: Config
    version: Version
    deployment: Deployment
    result: Result
    failure: Failure


class TaskInput(TypedDict):
    """The input of every task."""

    execution: Execution
    state: State


def iso(moment: datetime) -> str:
    """Write a moment as the state data has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read an ISO 8601 time as AWS writes it (`Z`, `+0000`, 0 to 9 fractional digits).

    Raises:
        ValueError: the text is no such time.
    """
    read = datetime.fromisoformat(text)
    try:
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error

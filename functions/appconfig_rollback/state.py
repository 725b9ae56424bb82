"""The shapes of the state data: what each step gets and what it adds.

Every task gets a `TaskInput`. A step's answer lands under one key of the state data, named in the
state machine by `ResultPath`. Times are UTC, ISO 8601, to the millisecond, ending in `Z`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NotRequired, TypedDict

from appconfig_rollback.policy import Policy

Outcome = Literal[
    "rolled_back",
    "already_off",
    "rollout_stopped",
    "experiment_stopped",
    "held_back",
    "dry_run",
    "duplicate",
    "ignored",
]

#: How it went for one flag of the alarm: an outcome, or why nothing was to be done about it.
#: A run with one that `failed` ends red, once the others are off.
FlagOutcome = Literal[
    "rolled_back",
    "already_off",
    "rollout_stopped",
    "experiment_stopped",
    "held_back",
    "dry_run",
    "opted_out",
    "not_found",
    "failed",
]

#: What of an alarm says which flags it guards; `person` where a person named them, and no alarm.
NamedBy = Literal["contributor", "tag", "name", "person"]

#: What FetchConfig has the state machine do; its `WhatToDo?` has a branch for each. `settle` means
#: that nothing is to be deployed: FetchConfig knows the outcome.
NextStep = Literal["roll_back", "wait", "stop_rollout", "stop_experiment", "settle"]


class Execution(TypedDict):
    """`$$.Execution` of the Step Functions context object; redrive keys exist after a redrive."""

    Id: str
    Name: str
    Input: Any
    StartTime: str
    RedriveCount: NotRequired[int]
    RedriveTime: NotRequired[str]


class Contributor(TypedDict):
    """The series of a multi-series alarm that is in ALARM, with its dimensions."""

    id: str
    attributes: dict[str, str]


class Measured(TypedDict):
    """What an alarm measured: its newest data points, the oldest of them first.

    `since` is when the first of them began, if all that the alarm told are kept.
    """

    values: list[float]
    threshold: float | None
    periodSeconds: int | None
    since: str | None
    statistic: str | None


class Alarm(TypedDict):
    """ParseAlarm's answer, under `alarm`.

    `flags` are those that the alarm guards, and `namedBy` is what of it says so. `policy` is the
    alarm's own, by its tag; None where its tags have not been read. `ignoredReason` is None where
    the alarm calls for a rollback. `drill` says that a person set it to ALARM to practise.
    `breachedSince` is when the first bad data point began; None where the alarm does not say.
    """

    flags: list[str]
    namedBy: NamedBy | None  # None where nothing names a flag: then it is ignored
    contributor: Contributor | None
    policy: Policy | None
    alarmName: str
    alarmArn: str | None
    state: str
    reason: str
    transitionedAt: str
    region: str | None
    account: str | None
    ignoredReason: str | None
    startedAt: str  # when the time budget began
    measured: Measured | None  # this and the next may be missing in an execution of before
    drill: bool
    breachedSince: NotRequired[str | None]


class OwnWork(TypedDict):
    """What an earlier attempt of the same execution has already written."""

    fromVersion: int
    toVersion: int
    deploymentNumber: int | None


class OthersWork(TypedDict):
    """The deployment of another execution that turned the flag off together with its own."""

    execution: str  # its name
    fromVersion: int
    toVersion: int
    deploymentNumber: int


class InTheWay(TypedDict):
    """A deployment that is to be stopped, or was."""

    number: int
    version: int | None  # None where it is no number of a hosted version
    profileName: str
    ours: bool


class Experiment(TypedDict):
    """A run of an experiment: its definition's id and name, and its number."""

    definition: str
    name: str
    run: int


class FlagExperiment(Experiment):
    """A run of an experiment, and the flag that it is on."""

    flag: str


class FlagResult(TypedDict):
    """How it went for one flag; `reason` says why, where the outcome alone does not."""

    flag: str
    outcome: FlagOutcome
    reason: NotRequired[str]
    sweptBy: NotRequired[str]
    stoppedExperiment: NotRequired[Experiment]


class Result(TypedDict):
    """The execution's output, under `result`.

    `outcome` is the strongest of the flags' outcomes; versions and deployment are what it is by.
    `flags` is empty where the flags were not looked at, or where another execution answers.
    """

    outcome: Outcome
    flags: list[FlagResult]
    reason: str
    fromVersion: int | None
    toVersion: int | None
    deploymentNumber: int | None
    alarmName: str
    drill: NotRequired[bool]  # only there where it is one


class Release(TypedDict):
    """The deployment that served what was served when the alarm was first answered."""

    deployment: int
    version: int
    description: str
    at: str | None


class Background(TypedDict, total=False):
    """What the document said of a flag while users had it: its share of the traffic, and whose."""

    percentage: float
    owner: str
    ticket: str


class Config(TypedDict):
    """FetchConfig's answer, under `config`.

    Where a version is to be written, `latestVersion` is the token of the version lock, and
    `releasedAt` when somebody other than this system last released one, as far as is known.
    `kmsKey` encrypts what is served, if any does. `own` is set where an earlier attempt has written
    already, `inTheWay` for `stop_rollout`, `result` for `settle`: it is announced unless `announce`
    is False. `experiment` is the run to stop for `stop_experiment`. `flags` says what becomes of
    each flag of the alarm: for `roll_back`, once the deployment is confirmed. `caveats` are what
    people should know of flags once they are off, by flag. `aboutTags` is a sentence
    on the alarm's tags, where they could not be read or name other flags. `alarmPolicy` is what
    those tags allow, once they have been read. `left` is how
    many flags may still go off within the hour; None where there is no limit. `release` and
    `background`, by flag, are as the first look had them: later ones see what was done since.
    """

    decision: NextStep
    reason: str
    profileType: str
    servedVersion: int
    servedDeployment: int
    latestVersion: int | None
    latestDeployment: int
    releasedAt: str | None
    kmsKey: str | None
    own: OwnWork | None
    inTheWay: InTheWay | None
    experiment: FlagExperiment | None
    flags: list[FlagResult]
    caveats: dict[str, str]
    aboutTags: str | None
    result: Result | None
    announce: bool
    lookedAt: str
    attempt: int
    backoffSeconds: int
    release: Release  # this and the next may be missing in an execution of before
    background: dict[str, Background]
    left: NotRequired[int | None]
    alarmPolicy: NotRequired[Policy | None]


class Ignored(TypedDict):
    """FetchConfig's answer where the alarm calls for nothing: nothing was looked at."""

    decision: Literal["settle"]
    reason: str
    result: Result
    announce: bool


class Version(TypedDict):
    """CreateVersion's answer, under `version`; `sweptFlags` counts the other flags turned off.

    `bare` says that the version has nothing but the switches of the alarm's flags in it, so that
    there is no less to write. `refusedReason` says why AppConfig refused one with more in it; None
    if it has not.
    `notSweptReason` says why flags whose alarms fired with this one were left to their own
    executions, where CloudWatch could not be asked about them, or AppConfig took no version with
    them.
    """

    fromVersion: int
    toVersion: int
    sweptFlags: int
    bare: bool
    refusedReason: str | None
    notSweptReason: NotRequired[str]


class Deployment(TypedDict):
    """StartDeployment's and CheckDeployment's answer, under `deployment`.

    `lookAgain` says that it is complete, and yet users may get the flag by something else, which
    FetchConfig has to look at. `result` is set once the flag is confirmed off.
    """

    number: int
    state: str | None  # None until CheckDeployment has looked
    confirmedOff: bool
    confirmedAt: str | None
    undoneByMonitor: bool
    lookAgain: bool
    pollSeconds: int
    result: Result | None


class StoppedDeployment(InTheWay):
    """One of StopRollout's answer, under `stoppedDeployments`: all that it stopped, oldest first.

    `confirmed` is True where AppConfig answered this execution's call, and False where the
    deployment was found stopped: by this execution, whose answer was lost, or by somebody else.
    `reverted` is True where it had completed and that was undone: then `description` is what its
    owner had written.
    """

    confirmed: bool
    reverted: bool
    description: str


class StoppedExperiment(FlagExperiment):
    """One of StopExperiment's answer, under `experiments`: all that it went to stop, oldest first.

    `stopped` is False where somebody else had stopped the run first.
    """

    stopped: bool


class Monitor(TypedDict):
    """An alarm that AppConfig watches (AppConfig API reference, `Monitor`)."""

    AlarmArn: str
    AlarmRoleArn: NotRequired[str]


class Monitors(TypedDict):
    """FindMonitors', SuspendMonitors' and RestoreMonitors' answer, under `monitors`.

    `suspended` are those that were taken off the environment, or are about to be. A Catch of
    RestoreMonitors adds `failure`.
    """

    suspended: list[Monitor]
    restored: bool
    failure: NotRequired[dict[str, str]]


class Failure(TypedDict):
    """What a Catch kept, under `failure`; `at` is the moment at which it was marked."""

    caught: dict[str, str]
    at: str


class Refused(TypedDict):
    """What a Catch kept of AppConfig's refusal of a version, under `refused`."""

    Error: str
    Cause: str


class State(TypedDict, total=False):
    """The state data; a key exists once its step has run."""

    alarm: Alarm
    config: Config
    version: Version
    deployment: Deployment
    refused: Refused
    stoppedDeployments: list[StoppedDeployment]
    experiments: list[StoppedExperiment]
    monitors: Monitors
    result: Result
    failure: Failure


class TaskInput(TypedDict):
    """The input of every task; `definition` is the version of the state machine's definition."""

    definition: int
    execution: Execution
    state: State


#: The outcomes that say that users lost a flag because of the alarm.
TURNED_OFF = ("rolled_back", "rollout_stopped", "experiment_stopped")

#: What was held back comes first: users still get something, and somebody has to know.
_STRENGTH: tuple[Outcome, ...] = (
    "held_back",
    "rolled_back",
    "rollout_stopped",
    "experiment_stopped",
    "dry_run",
    "already_off",
)


def to_turn_off(config: Config) -> list[str]:
    """List the alarm's flags that this execution's deployment turns off."""
    return [
        each["flag"]
        for each in config["flags"]
        if each["outcome"] == "rolled_back" and "sweptBy" not in each
    ]


def to_be_off(config: Config) -> list[str]:
    """List the alarm's flags that are off once this execution's deployment is complete."""
    return [
        each["flag"] for each in config["flags"] if each["outcome"] in (*TURNED_OFF, "already_off")
    ]


def not_found(config: Config) -> list[str]:
    """List the alarm's flags that were not in what was served: somebody may release them."""
    return [each["flag"] for each in config["flags"] if each["outcome"] == "not_found"]


def strongest(flags: Iterable[FlagResult]) -> Outcome:
    """Find a run's outcome: the strongest of its flags' outcomes.

    A run is `ignored` where the flags' owners want nothing done.
    """
    found = {each["outcome"] for each in flags}
    return next((outcome for outcome in _STRENGTH if outcome in found), "ignored")


def flags_off_at(state: State) -> str | None:
    """Find when flags were confirmed off because of this alarm; None where none was."""
    result = state["result"]
    if result["outcome"] not in TURNED_OFF:
        return None
    mine = any(
        each["outcome"] == "rolled_back" and "sweptBy" not in each for each in result["flags"]
    )
    return state["deployment"]["confirmedAt"] if mine else state["config"]["lookedAt"]

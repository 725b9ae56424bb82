"""The table: what the state machine has to do with each case of the mock configuration."""

from __future__ import annotations

from typing import Any

from tests.contract.shipped import TASKS
from tests.engines.case import REDRIVEN, Case, Difference, EngineName

THROTTLED = "Lambda.TooManyRequestsException"
LAMBDA_FAILED = "Lambda.ServiceException"
TIMED_OUT = "Sandbox.Timedout"

#: The one table of differences. A case that an engine does not walk to its end needs an entry, and
#: an entry that was seen needs an engine that still differs.
DIFFERENCES = (
    Difference(
        engine="moto",
        what="redrive",
        engine_does="does not implement RedriveExecution",
        aws_does="re-enters the state that failed, with its input",
        decided_by='developer guide, "Restarting state machine executions with redrive"',
    ),
    Difference(
        engine="Step Functions Local",
        what="redrive",
        engine_does="has no RedriveExecution: AWS calls it unsupported and without feature parity",
        aws_does="re-enters the state that failed, with its input",
        decided_by='developer guide, "Testing state machines with Step Functions Local"',
        seen=False,
    ),
    Difference(
        engine="moto",
        what="names of Lambda's own errors",
        engine_does='names every refusal of a direct function call "Exception"',
        aws_does='names it "Lambda." and the exception, such as Lambda.TooManyRequestsException',
        decided_by='developer guide, "Handle Lambda service exceptions"',
    ),
)


def difference(engine: EngineName, what: str) -> Difference | None:
    found = (entry for entry in DIFFERENCES if (entry.engine, entry.what) == (engine, what))
    return next(found, None)


_PARSE = ("Begin", "ParseAlarm")
_FETCH = ("FetchConfig", "WhatToDo?")
_READ = (*_PARSE, *_FETCH)
_TURN = ("WaitForTurn", *_FETCH)
_WRITE = ("CreateVersion", "StartDeployment")
_CHECK = ("CheckDeployment", "HowDidItEnd?")
_CHECK_AGAIN = ("WaitForDeployment", *_CHECK)
_DONE = ("RecordMetric", "Done")
_COUNT = ("WhatRemains?", *_DONE)
_TELL = ("WhatRemains?", "Notify", *_DONE)
_SETTLED = ("Settled", *_TELL)
_SETTLED_QUIETLY = ("Settled", *_COUNT)
_OFF = ("RolledBack", *_TELL)
_CONFIRMED = (*_CHECK, *_OFF)
_RED = ("MarkFailure", "WhatRemains?", "NotifyFailure", "AwaitRedrive")
_SUSPENDING = (*_READ, *_WRITE, *_CHECK, "FindMonitors", "SuspendMonitors")
_AGAIN = (*_SUSPENDING, *_FETCH, *_WRITE, *_CHECK, "RolledBack")
_RESTORE = ("WhatRemains?", "RestoreMonitors")

_ALARM = "FeatureFlag-new-checkout-ErrorRate"
_REASON = "Threshold Crossed: 1 datapoint [12.7] was greater than the threshold (5.0)."
_LATER = "AWS throttled the call (ThrottlingException)"
_MISMATCH = "expected an alarm name FeatureFlag-<flag>-ErrorRate; got 'Disk full'"
_NO_FLAG = "expected flag 'new-checkout' in version 7; it has none of that name"
_UNKNOWN = "FetchConfig decided what this definition has no branch for: see decision in its output"
_ONLY_TELLS = "the stack is set to tell, and to do nothing"
_OPTED_OUT = "the flag says rollback: off"
_INVALID = "the profile's validators refuse the document with the flag off"
_REFUSED = "AWS refused StartDeployment as it stands: BadRequestException"
_UNDONE = "expected deployment 12 to complete; got ROLLED_BACK by a CloudWatch alarm"
_NOT_STOPPED = (
    "AWS refused StopExperimentRun as it stands: BadRequestException. "
    "Stop the run by hand, then redrive"
)
_UNSENT = "the run ended rolled_back for new-checkout, but the notice of it could not be sent"
_DENIED = {
    "Error": "PermissionDeniedError",
    "Cause": '{"errorMessage": "the role may not do sns:Publish on the topic",'
    ' "errorType": "PermissionDeniedError"}',
}


_NOT_VALID = {
    "Error": "BareSwitchRequiredError",
    "Cause": '{"errorMessage": "the profile\'s validators refuse a version with notes in it",'
    ' "errorType": "BareSwitchRequiredError"}',
}


def _outcome(outcome: str, **known: Any) -> dict[str, Any]:
    """The output of a run; without `flags` it is for one flag, with that outcome."""
    nothing = {"fromVersion": None, "toVersion": None, "deploymentNumber": None}
    named = {"flags": [_flag(outcome)], "alarmName": _ALARM, "reason": _REASON}
    return {"outcome": outcome, **nothing, **named, **known}


def _flag(outcome: str, name: str = "new-checkout", **more: Any) -> dict[str, Any]:
    return {"flag": name, "outcome": outcome, **more}


_ROLLED_BACK = _outcome("rolled_back", fromVersion=7, toVersion=8, deploymentNumber=12)
_ALREADY_OFF = _outcome("already_off", fromVersion=8)
_ROLLED_BACK_LATER = {**_ROLLED_BACK, "deploymentNumber": 13}
_OTHER_RUN = "another"
_MONITOR = {
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-errors",
    "AlarmRoleArn": "arn:aws:iam::123456789012:role/monitors",
}
_NO_PASS_ROLE = "the role may not do iam:PassRole on the monitors' role"


def _failing(state: str, *errors: str) -> tuple[str, ...]:
    return (state, *(f"{state}!{error}" for error in errors))


def _fifth_time_lucky(*states: str) -> tuple[str, ...]:
    """Each task fails once in each way that a retry fixes."""
    ways = (LAMBDA_FAILED, THROTTLED, "RetryLaterError", TIMED_OUT)
    tasks = TASKS.keys() - {"NotifyFailure", "AwaitRedrive"}
    return tuple(
        step for state in states for step in (_failing(state, *ways) if state in tasks else [state])
    )


def _red(
    name: str,
    trail: tuple[str, ...],
    error: str,
    cause: str,
    **keeps: Any,
) -> Case:
    """A run that ends in AwaitRedrive, under the original error.

    The trail ends with the failure, or with what is done about monitors after it.
    """
    marked = {
        "MarkUnknown": _RED[1:],
        "RestoreMonitors": _RED[1:],
        "MarkNotRestored": _RED[2:],
    }
    last_state = trail[-1].partition("!")[0]
    trail = (*trail, *marked.get(last_state, _RED), f"AwaitRedrive!{error}")
    return Case(name, trail, error=error, cause=cause, keeps=keeps)


_ROUTES = (
    Case("RollsBack", (*_READ, *_WRITE, *_CONFIRMED), _ROLLED_BACK),
    Case(
        "IgnoresAnAlarmThatIsNotActionable",
        (*_READ, *_SETTLED_QUIETLY),
        _outcome("ignored", reason="the alarm went to OK, not to ALARM", flags=[]),
    ),
    Case(
        "FindsTheFlagAlreadyOff",
        (*_READ, *_SETTLED),
        _outcome("already_off", fromVersion=7),
    ),
    Case(
        "WaitsItsTurnThenRollsBack",
        (*_READ, *_TURN, *_TURN, *_WRITE, *_CONFIRMED),
        _ROLLED_BACK,
    ),
    Case("WaitsItsTurnThenFindsTheFlagOff", (*_READ, *_TURN, *_SETTLED), _ALREADY_OFF),
    Case(
        "PollsUntilTheFlagIsConfirmedOff",
        (*_READ, *_WRITE, *_CHECK, *_CHECK_AGAIN, *_CHECK_AGAIN, *_OFF),
        _ROLLED_BACK,
    ),
)

_DECISIONS = (
    Case(
        "StopsTheRolloutOfTheFlag",
        (*_READ, "StopRollout", *_TURN, *_TURN, *_SETTLED),
        _outcome("rollout_stopped", fromVersion=8, toVersion=7, deploymentNumber=12),
    ),
    Case(
        "StopsARolloutThenRollsBack",
        (*_READ, "StopRollout", *_TURN, *_WRITE, *_CONFIRMED),
        _ROLLED_BACK_LATER,
    ),
    Case(
        "FindsTheFlagTurnedOffWithAnotherOne",
        (*_READ, *_TURN, *_SETTLED),
        _outcome(
            "rolled_back",
            fromVersion=7,
            toVersion=8,
            deploymentNumber=12,
            flags=[_flag("rolled_back", sweptBy=_OTHER_RUN)],
        ),
    ),
    Case(
        "FindsTheTransitionAnswered",
        (*_READ, *_SETTLED_QUIETLY),
        _outcome("duplicate", reason="execution another answers the same transition", flags=[]),
    ),
    Case(
        "OnlySaysWhatItWouldDo",
        (*_READ, *_SETTLED),
        _outcome("dry_run", fromVersion=7, flags=[_flag("dry_run", reason=_ONLY_TELLS)]),
    ),
    Case(
        "LeavesAFlagThatOptedOut",
        (*_READ, *_SETTLED_QUIETLY),
        _outcome("ignored", reason=_OPTED_OUT, flags=[_flag("opted_out", reason=_OPTED_OUT)]),
    ),
)

_RUN = {"definition": "exp1234", "name": "checkout-colours", "run": 3}
_STOPPED_RUN = {**_RUN, "flag": "new-checkout", "stopped": True}
_EXPERIMENT_STOPPED = _outcome(
    "experiment_stopped",
    fromVersion=7,
    flags=[_flag("experiment_stopped", stoppedExperiment=_RUN)],
)
_OTHER_EXPERIMENT = {**_RUN, "name": "search-colours"}
_BOTH_OFF = {
    **_ROLLED_BACK,
    "alarmName": "storefront-errors",
    "flags": [
        _flag("rolled_back"),
        _flag("experiment_stopped", "old-search", stoppedExperiment=_OTHER_EXPERIMENT),
    ],
}
_ROLLED_BACK_THEN_EXPERIMENT_STOPPED = (
    *_READ,
    *_WRITE,
    *_CHECK,
    *_TURN,
    "StopExperiment",
    *_TURN,
    *_WRITE,
    *_CONFIRMED,
)

_EXPERIMENTS = (
    Case(
        "StopsTheExperimentThatShowsTheFlag",
        (*_READ, "StopExperiment", *_TURN, *_SETTLED),
        _EXPERIMENT_STOPPED,
        keeps={"experiments": [_STOPPED_RUN]},
    ),
    Case(
        "RollsBackThenStopsTheExperimentThatShowsTheFlag",
        _ROLLED_BACK_THEN_EXPERIMENT_STOPPED,
        {**_ROLLED_BACK, "flags": [_flag("rolled_back", stoppedExperiment=_RUN)]},
        keeps={"experiments": [_STOPPED_RUN]},
    ),
    Case(
        "RollsBackOneOfTwoFlagsAndStopsTheExperimentOnTheOther",
        _ROLLED_BACK_THEN_EXPERIMENT_STOPPED,
        _BOTH_OFF,
        keeps={"experiments": [{**_OTHER_EXPERIMENT, "flag": "old-search", "stopped": True}]},
    ),
    _red(
        "FailsInStopExperiment",
        (*_READ, *_failing("StopExperiment", "ExperimentNotStoppedError")),
        "ExperimentNotStoppedError",
        _NOT_STOPPED,
        experiments=None,
        result=None,
    ),
)

_SUSPENDED = {"suspended": [_MONITOR], "restored": False}
_RESTORED = {**_SUSPENDED, "restored": True}
_NOT_RESTORED = {
    **_SUSPENDED,
    "failure": {
        "Error": "PermissionDeniedError",
        "Cause": f'{{"errorMessage": "{_NO_PASS_ROLE}", "errorType": "PermissionDeniedError"}}',
    },
}

_MONITORS = (
    Case(
        "SuspendsTheMonitorsThatUndoItAndPutsThemBack",
        (*_AGAIN, *_RESTORE, *_TELL),
        _ROLLED_BACK_LATER,
        keeps={"monitors": _RESTORED},
    ),
    Case(
        "RetriesTheStepsForRolloutsAndMonitors",
        (
            *_READ,
            *_fifth_time_lucky("StopRollout"),
            *_TURN,
            *_WRITE,
            *_CHECK,
            *_fifth_time_lucky("FindMonitors", "SuspendMonitors"),
            *_FETCH,
            *_WRITE,
            *_CHECK,
            "RolledBack",
            *_fifth_time_lucky(*_RESTORE),
            *_TELL,
        ),
        _ROLLED_BACK_LATER,
        keeps={"monitors": _RESTORED},
    ),
    _red(
        "FailsInStopRollout",
        (*_READ, *_failing("StopRollout", "RequestRefusedError")),
        "RequestRefusedError",
        _REFUSED,
    ),
    _red(
        "FailsInFindMonitors",
        (*_SUSPENDING[:-2], *_failing("FindMonitors", "PermissionDeniedError")),
        "PermissionDeniedError",
        _NO_PASS_ROLE,
        monitors=None,
    ),
    _red(
        "PutsMonitorsBackAfterAFailureInSuspendMonitors",
        (
            *_SUSPENDING[:-1],
            *_failing("SuspendMonitors", "PermissionDeniedError"),
            "MarkFailure",
            *_RESTORE,
        ),
        "PermissionDeniedError",
        _NO_PASS_ROLE,
        monitors=_RESTORED,
    ),
    _red(
        "PutsMonitorsBackAfterALaterFailure",
        (
            *_SUSPENDING,
            *_FETCH,
            "CreateVersion",
            *_failing("StartDeployment", "RequestRefusedError"),
            "MarkFailure",
            *_RESTORE,
        ),
        "RequestRefusedError",
        _REFUSED,
        monitors=_RESTORED,
    ),
    _red(
        "FailsInRestoreMonitorsAfterTheRollback",
        (
            *_AGAIN,
            "WhatRemains?",
            *_failing("RestoreMonitors", "PermissionDeniedError"),
            "WhatRemains?",
            "MarkNotRestored",
        ),
        "PermissionDeniedError",
        _NO_PASS_ROLE,
        result=_ROLLED_BACK_LATER,
        monitors=_NOT_RESTORED,
    ),
    _red(
        "FailsUnderItsOwnNameWhenRestoreMonitorsFailsToo",
        (
            *_SUSPENDING,
            *_FETCH,
            "CreateVersion",
            *_failing("StartDeployment", "RequestRefusedError"),
            "MarkFailure",
            "WhatRemains?",
            *_failing("RestoreMonitors", "PermissionDeniedError"),
        ),
        "RequestRefusedError",
        _REFUSED,
        monitors=_NOT_RESTORED,
    ),
    Case(
        "PutsMonitorsBackAfterARedriveThatFindsNothingToDo",
        (
            *_AGAIN,
            "WhatRemains?",
            *_failing("RestoreMonitors", "PermissionDeniedError"),
            "WhatRemains?",
            "MarkNotRestored",
            "NotifyFailure",
            "AwaitRedrive",
            *_READ[1:],
            "Settled",
            *_RESTORE,
            *_COUNT,
        ),
        _outcome("ignored", reason="the alarm went to OK, not to ALARM", flags=[]),
        keeps={"monitors": _RESTORED},
    ),
)

_RETRIES = (
    Case(
        "RetriesEveryTaskWhatALaterTryFixes",
        _fifth_time_lucky(*_READ, *_WRITE, *_CONFIRMED),
        _ROLLED_BACK,
    ),
    Case(
        "RetriesTheStepForExperiments",
        (*_READ, *_fifth_time_lucky("StopExperiment"), *_TURN, *_SETTLED),
        _EXPERIMENT_STOPPED,
    ),
    Case(
        "RetriesTheStepsOfAFailedRun",
        (
            "Begin",
            *_failing("ParseAlarm", "AlarmNameMismatchError"),
            "MarkFailure",
            "WhatRemains?",
            *_failing("NotifyFailure", LAMBDA_FAILED, THROTTLED, "RetryLaterError", TIMED_OUT),
            *_failing("AwaitRedrive", LAMBDA_FAILED, THROTTLED, "AlarmNameMismatchError"),
        ),
        error="AlarmNameMismatchError",
        cause=_MISMATCH,
    ),
    Case(
        "SucceedsAtTheLastRetry",
        (
            *_PARSE,
            *_failing("FetchConfig", *["RetryLaterError"] * 10),
            "WhatToDo?",
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK,
    ),
    _red(
        "FailsWhenTheRetriesAreExhausted",
        (*_PARSE, *_failing("FetchConfig", *["RetryLaterError"] * 11)),
        "RetryLaterError",
        _LATER,
    ),
    _red(
        "FailsWhenLambdaFailsBeyondTheRetries",
        (*_READ, "CreateVersion", *_failing("StartDeployment", *[LAMBDA_FAILED] * 7)),
        "LambdaServiceException",
        "The AWS Lambda service encountered an internal error. (Service: Lambda, Status Code: 500, "
        "Request ID: 0)",
    ),
    _red(
        "FailsWhenAFunctionTimesOutTwice",
        (
            *_READ,
            *_WRITE,
            *_failing("CheckDeployment", TIMED_OUT, TIMED_OUT),
        ),
        "SandboxTimedout",
        "RequestId: 0 Error: Task timed out after 50.00 seconds",
    ),
)

_FAILURES = (
    _red(
        "FailsInParseAlarm",
        ("Begin", *_failing("ParseAlarm", "AlarmNameMismatchError")),
        "AlarmNameMismatchError",
        _MISMATCH,
    ),
    _red(
        "FailsInFetchConfig",
        (*_PARSE, *_failing("FetchConfig", "FlagNotFoundError")),
        "FlagNotFoundError",
        _NO_FLAG,
    ),
    _red(
        "FailsWhenTheDecisionIsUnknown",
        (*_READ, "MarkUnknown"),
        "UnknownDecisionError",
        _UNKNOWN,
        result=None,
    ),
    _red(
        "FailsInCreateVersion",
        (*_READ, *_failing("CreateVersion", "InvalidConfigurationError")),
        "InvalidConfigurationError",
        _INVALID,
    ),
    _red(
        "FailsInStartDeployment",
        (*_READ, "CreateVersion", *_failing("StartDeployment", "RequestRefusedError")),
        "RequestRefusedError",
        _REFUSED,
    ),
    _red(
        "FailsInCheckDeployment",
        (
            *_READ,
            *_WRITE,
            *_failing("CheckDeployment", "RolledBackByAppConfigError"),
        ),
        "RolledBackByAppConfigError",
        _UNDONE,
    ),
    _red(
        "FailsInNotify",
        (
            *_READ,
            *_WRITE,
            *_CHECK,
            "RolledBack",
            "WhatRemains?",
            *_failing("Notify", "NoticeNotSentError"),
        ),
        "NoticeNotSentError",
        _UNSENT,
        result=_ROLLED_BACK,
    ),
    Case(
        "FailsUnderItsOwnNameWhenNotifyFailureFailsToo",
        (
            *_READ,
            *_failing("CreateVersion", "InvalidConfigurationError"),
            "MarkFailure",
            "WhatRemains?",
            *_failing("NotifyFailure", "PermissionDeniedError"),
            *_failing("AwaitRedrive", "InvalidConfigurationError"),
        ),
        error="InvalidConfigurationError",
        cause=_INVALID,
        keeps={"failureNotice": _DENIED},
    ),
    Case(
        "StaysGreenWhenTheMetricCannotBeWritten",
        (
            *_READ,
            *_WRITE,
            *_CHECK,
            "RolledBack",
            "WhatRemains?",
            "Notify",
            *_failing("RecordMetric", "PermissionDeniedError"),
            "Done",
        ),
        {**_ROLLED_BACK, "metricFailure": _DENIED},
    ),
)

_LOST_RACES = (
    Case(
        "BeginsAgainWhenCreateVersionLosesTheRace",
        (
            *_READ,
            *_failing("CreateVersion", "RefreshRequiredError"),
            *_TURN,
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK,
    ),
    Case(
        "BeginsAgainWhenStartDeploymentLosesTheRace",
        (
            *_READ,
            "CreateVersion",
            *_failing("StartDeployment", "RefreshRequiredError"),
            *_TURN,
            *_WRITE,
            *_CONFIRMED,
        ),
        {**_ROLLED_BACK, "fromVersion": 8, "toVersion": 9},
    ),
    Case(
        "BeginsAgainWhenStopExperimentLosesTheRace",
        (
            *_READ,
            *_failing("StopExperiment", "RefreshRequiredError"),
            *_TURN,
            "StopExperiment",
            *_TURN,
            *_SETTLED,
        ),
        _EXPERIMENT_STOPPED,
    ),
    Case(
        "LosesTheRaceToSomebodyWhoTurnsTheFlagOff",
        (
            *_READ,
            "CreateVersion",
            *_failing("StartDeployment", "RefreshRequiredError"),
            *_TURN,
            *_SETTLED,
        ),
        _ALREADY_OFF,
    ),
)

_BARE = (
    Case(
        "WritesTheBareSwitchWhereCreateVersionIsRefused",
        (
            *_READ,
            *_failing("CreateVersion", "BareSwitchRequiredError"),
            *_TURN,
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK,
        keeps={"refused": _NOT_VALID},
    ),
    Case(
        "WritesTheBareSwitchWhereStartDeploymentIsRefused",
        (
            *_READ,
            "CreateVersion",
            *_failing("StartDeployment", "BareSwitchRequiredError"),
            *_TURN,
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK,
        keeps={"refused": _NOT_VALID},
    ),
    Case(
        "WritesTheBareSwitchWhereADeploymentIsNotValid",
        (
            *_READ,
            *_WRITE,
            *_failing("CheckDeployment", "BareSwitchRequiredError"),
            *_TURN,
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK_LATER,
        keeps={"refused": _NOT_VALID},
    ),
    _red(
        "FailsWhereTheBareSwitchIsRefusedToo",
        (
            *_READ,
            "CreateVersion",
            *_failing("StartDeployment", "BareSwitchRequiredError"),
            *_TURN,
            "CreateVersion",
            *_failing("StartDeployment", "InvalidConfigurationError"),
        ),
        "InvalidConfigurationError",
        _INVALID,
        refused=_NOT_VALID,
    ),
)

_REFUSED_ONCE = (
    *_READ,
    "CreateVersion",
    *_failing("StartDeployment", "RequestRefusedError"),
    *_RED,
)
_NOT_FOUND = (*_failing("FetchConfig", "FlagNotFoundError"), *_RED)
_GREEN = (*_READ[1:], *_WRITE, *_CONFIRMED)
# AwaitRedrive's answer clears the state data.
_FRESH = {"failure": None, "failureNotice": None}

_REDRIVES = (
    Case(
        "RedrivenToGreen",
        (*_REFUSED_ONCE, "AwaitRedrive!RequestRefusedError", REDRIVEN, *_GREEN),
        _ROLLED_BACK,
        keeps=_FRESH,
        twin="RedrivenToGreenWithItsAnswerMocked",
    ),
    Case(
        "RedrivenToGreenWithItsAnswerMocked",
        (*_REFUSED_ONCE, *_GREEN),
        _ROLLED_BACK,
        keeps=_FRESH,
    ),
    Case(
        "RedrivenWhileStillBrokenThenToGreen",
        (
            *_PARSE,
            *_NOT_FOUND,
            "AwaitRedrive!FlagNotFoundError",
            REDRIVEN,
            *_PARSE[1:],
            *_NOT_FOUND,
            "AwaitRedrive!FlagNotFoundError",
            REDRIVEN,
            *_GREEN,
        ),
        _ROLLED_BACK,
        keeps=_FRESH,
        twin="RedrivenWhileStillBrokenThenToGreenWithItsAnswersMocked",
    ),
    Case(
        "RedrivenWhileStillBrokenThenToGreenWithItsAnswersMocked",
        (*_PARSE, *_NOT_FOUND, *_PARSE[1:], *_NOT_FOUND, *_GREEN),
        _ROLLED_BACK,
        keeps=_FRESH,
    ),
)

CASES = (
    *_ROUTES,
    *_DECISIONS,
    *_EXPERIMENTS,
    *_MONITORS,
    *_RETRIES,
    *_FAILURES,
    *_LOST_RACES,
    *_BARE,
    *_REDRIVES,
)

"""The table: what the state machine has to do with each case of the mock configuration."""

from typing import Any

from tests.engines.case import REDRIVEN, Case, Difference, EngineName

THROTTLED = "Lambda.TooManyRequestsException"
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


_PARSE = ("Begin", "ParseAlarm", "IsAlarmActionable?")
_FETCH = ("FetchConfig", "IsRollbackNeeded?")
_READ = (*_PARSE, *_FETCH)
_TURN = ("WaitForTurn", *_FETCH)
_WRITE = ("CreateVersion", "StartDeployment")
_CHECK = ("WaitForDeployment", "CheckDeployment", "IsFlagConfirmedOff?")
_DONE = ("RecordMetric", "Done")
_TELL = ("Notify", *_DONE)
_CONFIRMED = (*_CHECK, "RolledBack", *_TELL)
_RED = ("MarkFailure", "NotifyFailure", "AwaitRedrive")

_ALARM = "FeatureFlag-new-checkout-ErrorRate"
_REASON = "Threshold Crossed: 1 datapoint [12.7] was greater than the threshold (5.0)."
_LATER = "AWS throttled the call (ThrottlingException)"
_MISMATCH = "expected an alarm name FeatureFlag-<flag>-ErrorRate; got 'Disk full'"
_NO_FLAG = "expected flag 'new-checkout' in version 7; it has none of that name"
_INVALID = "the profile's validators refuse the document with the flag off"
_REFUSED = "AWS refused StartDeployment as it stands: BadRequestException"
_UNDONE = "expected deployment 12 to complete; got ROLLED_BACK by a CloudWatch alarm"
_UNSENT = "flag 'new-checkout' is off (rolled_back), but the notice of it could not be sent"
_DENIED = {
    "Error": "PermissionDeniedError",
    "Cause": '{"errorMessage": "the role may not do sns:Publish on the topic",'
    ' "errorType": "PermissionDeniedError"}',
}


def _outcome(outcome: str, **known: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    nothing = {"fromVersion": None, "toVersion": None, "deploymentNumber": None}
    named = {"flag": "new-checkout", "alarmName": _ALARM, "reason": _REASON}
    return {"outcome": outcome, **nothing, **named, **known}


_ROLLED_BACK = _outcome("rolled_back", fromVersion=7, toVersion=8, deploymentNumber=12)
_ALREADY_OFF = _outcome("already_off", fromVersion=8)


def _failing(state: str, *errors: str) -> tuple[str, ...]:
    return (state, *(f"{state}!{error}" for error in errors))


def _fourth_time_lucky(*states: str) -> tuple[str, ...]:
    """Each task fails once in each way that a retry mends."""
    ways = (THROTTLED, "RetryLaterError", TIMED_OUT)
    tasks = (*_WRITE, "ParseAlarm", "FetchConfig", "CheckDeployment", "Notify", "RecordMetric")
    return tuple(
        step for state in states for step in (_failing(state, *ways) if state in tasks else [state])
    )


def _red(
    name: str, trail: tuple[str, ...], error: str, cause: str, **keeps: dict[str, Any]
) -> Case:
    """A run that ends in AwaitRedrive, under the original error."""
    trail = (*trail, *_RED, f"AwaitRedrive!{error}")
    return Case(name, trail, error=error, cause=cause, keeps=keeps)


_ROUTES = (
    Case("RollsBack", (*_READ, *_WRITE, *_CONFIRMED), _ROLLED_BACK),
    Case(
        "IgnoresAnAlarmThatIsNotActionable",
        (*_PARSE, "Ignored", *_DONE),
        _outcome("ignored", reason="the alarm went to OK, not to ALARM"),
    ),
    Case(
        "FindsTheFlagAlreadyOff",
        (*_READ, "AlreadyOff", *_TELL),
        _outcome("already_off", fromVersion=7),
    ),
    Case(
        "WaitsItsTurnThenRollsBack",
        (*_READ, *_TURN, *_TURN, *_WRITE, *_CONFIRMED),
        _ROLLED_BACK,
    ),
    Case("WaitsItsTurnThenFindsTheFlagOff", (*_READ, *_TURN, "AlreadyOff", *_TELL), _ALREADY_OFF),
    Case(
        "PollsUntilTheFlagIsConfirmedOff",
        (*_READ, *_WRITE, *_CHECK, *_CHECK, *_CONFIRMED),
        _ROLLED_BACK,
    ),
)

_RETRIES = (
    Case(
        "RetriesEveryTaskWhatALaterTryMends",
        _fourth_time_lucky(*_READ, *_WRITE, *_CONFIRMED),
        _ROLLED_BACK,
    ),
    Case(
        "RetriesTheStepsOfAFailedRun",
        (
            "Begin",
            *_failing("ParseAlarm", "AlarmNameMismatchError"),
            "MarkFailure",
            *_failing("NotifyFailure", THROTTLED, "RetryLaterError", TIMED_OUT),
            *_failing("AwaitRedrive", THROTTLED, "AlarmNameMismatchError"),
        ),
        error="AlarmNameMismatchError",
        cause=_MISMATCH,
    ),
    Case(
        "SucceedsAtTheLastRetry",
        (
            *_PARSE,
            *_failing("FetchConfig", *["RetryLaterError"] * 4),
            "IsRollbackNeeded?",
            *_WRITE,
            *_CONFIRMED,
        ),
        _ROLLED_BACK,
    ),
    _red(
        "FailsWhenTheRetriesAreExhausted",
        (*_PARSE, *_failing("FetchConfig", *["RetryLaterError"] * 5)),
        "RetryLaterError",
        _LATER,
    ),
    _red(
        "FailsWhenThrottledBeyondTheRetries",
        (*_READ, "CreateVersion", *_failing("StartDeployment", *[THROTTLED] * 7)),
        "LambdaTooManyRequestsException",
        "Rate Exceeded. (Service: Lambda, Status Code: 429, Request ID: 0)",
    ),
    _red(
        "FailsWhenAFunctionTimesOutTwice",
        (
            *_READ,
            *_WRITE,
            "WaitForDeployment",
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
            "WaitForDeployment",
            *_failing("CheckDeployment", "RolledBackByAppConfigError"),
        ),
        "RolledBackByAppConfigError",
        _UNDONE,
    ),
    _red(
        "FailsInNotify",
        (*_READ, *_WRITE, *_CHECK, "RolledBack", *_failing("Notify", "NoticeNotSentError")),
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
        "LosesTheRaceToSomebodyWhoTurnsTheFlagOff",
        (
            *_READ,
            "CreateVersion",
            *_failing("StartDeployment", "RefreshRequiredError"),
            *_TURN,
            "AlreadyOff",
            *_TELL,
        ),
        _ALREADY_OFF,
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

CASES = (*_ROUTES, *_RETRIES, *_FAILURES, *_LOST_RACES, *_REDRIVES)

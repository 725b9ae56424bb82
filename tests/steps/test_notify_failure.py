"""NotifyFailure tells of each failed attempt once, whichever path leads to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import notify_failure
from appconfig_rollback.adapters import executions
from appconfig_rollback.errors import NothingDeployedError, PermissionDeniedError
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.history import Attempt
from appconfig_rollback.monitors import restore_monitors_command
from tests import samples
from tests.appconfig import BOTH_OFF, OFF, ON, SHOWING, AppConfig
from tests.events import sample
from tests.samples import ARN, CONTEXT, FIRING, task

if TYPE_CHECKING:
    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import Monitors, State, TaskInput
    from appconfig_rollback.untyped import Json

_CAUSE = json.dumps({"errorType": "FlagNotFoundError", "errorMessage": "expected a flag"})
Asked = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    notices: list[Notice] = []

    def publish(notice: Notice) -> str:
        notices.append(notice)
        return "message-1"

    monkeypatch.setattr(notify_failure, "publish", publish)
    return notices


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return _history_says(
        monkeypatch, Attempt("AwaitRedrive", "FetchConfig", 3, notified=False, ended=True)
    )


@pytest.fixture(autouse=True)
def last_data(monkeypatch: pytest.MonkeyPatch) -> State:
    """The state data of the last state, as the history has it."""
    data: State = {}

    def last_state_data(arn: str) -> State:
        assert arn == ARN
        return data

    monkeypatch.setattr(executions, "last_state_data", last_state_data)
    return data


def _history_says(monkeypatch: pytest.MonkeyPatch, attempt: Attempt) -> Asked:
    asked: Asked = []

    def read(arn: str, **which: Any) -> Attempt:
        asked.append({"arn": arn, **which})
        return attempt

    monkeypatch.setattr(executions, "attempt", read)
    return asked


def _from_machine(source: object, monitors: Monitors | None = None, **caught: str) -> TaskInput:
    failure = {"caught": caught, "at": "2026-03-02T17:05:00Z"}
    more = {} if monitors is None else {"monitors": monitors}
    return task(samples.execution(Input=source), failure=failure, **more)


def _before_parse_alarm(source: Json, error: str = "X") -> TaskInput:
    """The task where ParseAlarm itself has failed."""
    given = _from_machine(source, Error=error)
    del given["state"]["alarm"]
    return given


def _by_name(name: str) -> Json:
    return {"detail": {"alarmName": name, "state": {"value": "ALARM"}}}


def _from_event(**detail: Any) -> notify_failure.StatusChange:
    given = {"executionArn": ARN, "status": "FAILED", "input": json.dumps(sample("metric_alarm"))}
    return {"detail": {**given, **detail}}


def _told(published: list[Notice]) -> dict[str, Any]:
    (notice,) = published
    document: dict[str, Any] = json.loads(notice.messages["default"])
    return document


def test_a_caught_failure_is_told_with_what_history_and_appconfig_say(
    published: list[Notice], asked: Asked
) -> None:
    event = _from_machine(sample("metric_alarm"), Error="FlagNotFoundError", Cause=_CAUSE)

    answer = notify_failure.handler(event, CONTEXT)

    told = _told(published)
    assert answer == {"messageId": "message-1"}
    assert asked == [{"arn": ARN, "until": "NotifyFailure"}]
    assert told["error"] == "FlagNotFoundError"
    assert told["cause"] == "expected a flag"
    assert (told["failedState"], told["attempts"]) == ("FetchConfig", 3)
    assert told["flags"] == [{"flag": "new-checkout", "state": "on"}]
    assert told["alarmName"] == "FeatureFlag-new-checkout-ErrorRate"
    assert told["executionArn"] == ARN


def test_what_the_input_says_is_told_where_parse_alarm_has_failed(published: list[Notice]) -> None:
    source = sample("metric_alarm")
    source["detail"]["state"]["reasonData"] = json.dumps(
        {"recentDatapoints": [1.0, 9.0], "flagRollbackDrill": {"by": "ann"}}
    )

    notify_failure.handler(_before_parse_alarm(source), CONTEXT)

    told = _told(published)
    assert told["alarmFiredAt"] == "2026-03-02T17:04:40.989Z"
    assert told["measured"]["values"] == [1.0, 9.0]
    assert told["drill"] is True


def test_an_alarm_without_a_time_is_told_without_one(published: list[Notice]) -> None:
    notify_failure.handler(_before_parse_alarm(_by_name("FeatureFlag-a-ErrorRate")), CONTEXT)

    assert _told(published)["alarmFiredAt"] is None


def test_a_failure_that_says_nothing_of_itself_is_told(published: list[Notice]) -> None:
    notify_failure.handler(_from_machine(sample("metric_alarm")), CONTEXT)

    told = _told(published)
    assert (told["error"], told["cause"]) == ("unknown", "")


@pytest.mark.parametrize("rolling", [True, False])
def test_a_profile_of_appconfigs_own_flags_is_read_as_such(
    published: list[Notice], appconfig: AppConfig, *, rolling: bool
) -> None:
    appconfig.type = FEATURE_FLAGS
    for version, enabled in ((3, False), (5, True)):
        values = {"new-checkout": {"enabled": enabled}}
        appconfig.versions[version] = json.dumps({"version": "1", "values": values})
    if rolling:
        appconfig.put(9, "DEPLOYING", 5)

    notify_failure.handler(_from_machine(sample("metric_alarm"), Error="X"), CONTEXT)

    assert _told(published)["flags"] == [
        {"flag": "new-checkout", "state": "on" if rolling else "off"}
    ]


def test_an_event_without_an_input_is_told_without_a_flag(
    published: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "execution_input", lambda _: "")

    notify_failure.handler(_from_event(input=None), CONTEXT)

    assert _told(published)["flags"] == []


def test_the_flags_state_is_read_from_what_is_served_now(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions[3] = OFF

    notify_failure.handler(_from_machine(sample("metric_alarm"), Error="X"), CONTEXT)

    assert _told(published)["flags"] == [{"flag": "new-checkout", "state": "off"}]


def test_an_input_that_is_no_alarm_is_told_without_a_flag(published: list[Notice]) -> None:
    notify_failure.handler(_before_parse_alarm([], "NotAnAlarmError"), CONTEXT)

    told = _told(published)
    assert (told["flags"], told["alarmName"]) == ([], None)
    assert published[0].subject == "? env1234 a flag: ROLLBACK FAILED"


def test_an_alarm_of_another_name_is_told_without_a_flag(published: list[Notice]) -> None:
    event = _before_parse_alarm(_by_name("Disk full"), "AlarmNameMismatchError")

    notify_failure.handler(event, CONTEXT)

    told = _told(published)
    assert (told["flags"], told["alarmName"]) == ([], "Disk full")
    assert published[0].attributes["flagName"] == ["unknown"]


@pytest.mark.parametrize("error", [NothingDeployedError("none"), PermissionDeniedError("denied")])
def test_what_hinders_reading_the_flag_does_not_hinder_the_notice(
    appconfig: AppConfig,
    published: list[Notice],
    error: NothingDeployedError | PermissionDeniedError,
) -> None:
    appconfig.fail(error, "ListDeployments")

    notify_failure.handler(_from_machine(sample("metric_alarm"), Error="X"), CONTEXT)

    assert _told(published)["flags"] == [{"flag": "new-checkout", "state": "unknown"}]


@pytest.mark.parametrize("redrives", [0, 2])
def test_a_failure_that_no_catch_saw_is_told_on_the_other_road(
    published: list[Notice], asked: Asked, redrives: int
) -> None:
    event = _from_event(error="States.Runtime", cause="no such path", redriveCount=redrives)

    notify_failure.handler(event, CONTEXT)

    told = _told(published)
    assert asked == [{"arn": ARN, "redrive_count": redrives}]
    assert (told["error"], told["cause"]) == ("States.Runtime", "no such path")
    assert told["flags"] == [{"flag": "new-checkout", "state": "on"}]


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED"])
def test_an_end_without_an_error_is_named_by_its_status(
    published: list[Notice], status: str
) -> None:
    notify_failure.handler(_from_event(status=status, error=None), CONTEXT)

    told = _told(published)
    assert (told["error"], told["cause"]) == (f"Execution {status}", "")


def test_the_other_road_is_silent_once_the_state_machine_has_told(
    monkeypatch: pytest.MonkeyPatch, published: list[Notice]
) -> None:
    _history_says(monkeypatch, Attempt("AwaitRedrive", "FetchConfig", 3, notified=True, ended=True))

    assert notify_failure.handler(_from_event(), CONTEXT) == {"messageId": None}
    assert published == []


_MISSING: Monitors = {"suspended": [FIRING], "restored": False}


def _told_of(path: str, monitors: Monitors | None, last_data: State) -> None:
    """Let the failure be told on one of the paths, with such monitors in the state data."""
    if path == "machine":
        notify_failure.handler(_from_machine(sample("metric_alarm"), monitors, Error="X"), CONTEXT)
    else:
        if monitors is not None:
            last_data["monitors"] = monitors
        notify_failure.handler(_from_event(status="ABORTED"), CONTEXT)


@pytest.mark.parametrize("path", ["machine", "event"])
def test_monitors_that_are_still_off_are_told_with_the_command_that_puts_all_of_them_back(
    appconfig: AppConfig, published: list[Notice], last_data: State, path: str
) -> None:
    appconfig.monitors = [{"AlarmArn": "arn:calm"}]

    _told_of(path, _MISSING, last_data)

    told = _told(published)
    assert told["missingMonitors"] == ["arn:firing"]
    assert told["restoreMonitorsCommand"] == restore_monitors_command(
        "app1234", "env1234", [{"AlarmArn": "arn:calm"}, FIRING], "eu-west-1"
    )
    assert told["restoreMonitorsCommand"] in published[0].messages["email"]


@pytest.mark.parametrize("path", ["machine", "event"])
@pytest.mark.parametrize("monitors", [None, {**_MISSING, "restored": True}])
def test_monitors_that_are_back_or_never_were_off_are_not_told_of(
    published: list[Notice], last_data: State, path: str, monitors: Monitors | None
) -> None:
    _told_of(path, monitors, last_data)

    told = _told(published)
    assert (told["missingMonitors"], told["restoreMonitorsCommand"]) == ([], None)


def test_monitors_that_cannot_be_read_do_not_hinder_the_command_for_the_missing_ones(
    appconfig: AppConfig, published: list[Notice], last_data: State
) -> None:
    appconfig.fail(PermissionDeniedError("denied"), "GetEnvironment")

    _told_of("machine", _MISSING, last_data)

    assert _told(published)["restoreMonitorsCommand"] == restore_monitors_command(
        "app1234", "env1234", [FIRING], "eu-west-1"
    )


def test_an_input_that_is_too_long_for_the_event_is_read_from_the_execution(
    monkeypatch: pytest.MonkeyPatch, published: list[Notice]
) -> None:
    texts = {ARN: json.dumps(sample("sns_record"))}
    monkeypatch.setattr(executions, "execution_input", texts.__getitem__)

    notify_failure.handler(_from_event(input=None), CONTEXT)

    assert [each["flag"] for each in _told(published)["flags"]] == ["dark-mode"]


def _flag_state(published: list[Notice]) -> object:
    notify_failure.handler(_from_machine(sample("metric_alarm"), Error="AnyError"), CONTEXT)
    (flag,) = _told(published)["flags"]
    return flag["state"]


def test_a_flag_that_an_experiment_shows_is_on_and_how_to_stop_that_is_told(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions[3] = OFF
    appconfig.runs = [SHOWING]

    assert _flag_state(published) == "on"
    told = _told(published)
    assert told["experiments"] == ["run 3 of experiment 'checkout-test' (exp1234)"]
    assert told["stopExperimentCommands"] == [
        "aws appconfig stop-experiment-run --region eu-west-1 --application-identifier app1234 "
        "--experiment-definition-identifier exp1234 --run 3"
    ]


@pytest.mark.parametrize(("text", "state"), [(ON, "on"), (OFF, "off")])
def test_a_flag_that_is_being_rolled_out_is_not_called_off(
    appconfig: AppConfig, published: list[Notice], text: str, state: str
) -> None:
    appconfig.versions |= {3: OFF, 5: text}
    appconfig.put(8, "DEPLOYING", 5)

    assert _flag_state(published) == state


def test_a_flag_that_appconfigs_own_deployment_has_on_is_not_called_off(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions |= {3: OFF, 5: ON}
    appconfig.put(8, version=5, managed=True)

    assert _flag_state(published) == "unknown"


def test_a_flag_whose_experiments_cannot_be_read_is_not_called_off(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions[3] = OFF
    appconfig.fail(PermissionDeniedError("no"), "ListExperimentDefinitions")

    assert _flag_state(published) == "unknown"


def test_an_experiment_is_named_beside_what_is_served(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.runs = [SHOWING]

    assert _flag_state(published) == "on"
    assert _told(published)["experiments"] == ["run 3 of experiment 'checkout-test' (exp1234)"]


def test_a_release_that_was_reverted_is_told_with_the_failure(published: list[Notice]) -> None:
    given = _from_machine(sample("metric_alarm"), Error="AnyError")
    reverted = samples.stopped_deployment(reverted=True, description="release 4.1")
    given["state"]["stoppedDeployments"] = [reverted]

    notify_failure.handler(given, CONTEXT)

    assert "Deployment 8 (release 4.1)" in published[0].messages["email"]
    assert "reverted: all that it changed is undone" in published[0].messages["email"]


def _tagged(*flags: str) -> Json:
    """News of an alarm of any name whose tag names flags."""
    event = sample("metric_alarm")
    tags = {"feature-flag": " ".join(flags)}
    event["detail"] |= {"alarmName": "Disk", "alarmTags": tags, "alarmTagsStatus": "SUCCESS"}
    return event


def test_the_flags_are_those_that_parse_alarm_has_found(published: list[Notice]) -> None:
    given = _from_machine(_by_name("Disk full"), Error="X")
    given["state"]["alarm"] = samples.alarm(flags=["other", "dark-mode"], alarmName="Disk full")

    notify_failure.handler(given, CONTEXT)

    told = _told(published)
    assert told["alarmName"] == "Disk full"
    assert [each["flag"] for each in told["flags"]] == ["other", "dark-mode"]


def test_where_parse_alarm_has_failed_the_flags_are_read_from_the_alarms_tags(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions[3] = OFF

    notify_failure.handler(_before_parse_alarm(_tagged("new-checkout", "other")), CONTEXT)

    assert _told(published)["flags"] == [
        {"flag": "new-checkout", "state": "off"},
        {"flag": "other", "state": "on"},
    ]
    assert published[0].subject == "ON env1234 1 of 2 flags: ROLLBACK FAILED (other)"
    assert published[0].attributes["flagName"] == ["new-checkout", "other"]


def test_the_flags_of_a_tagged_alarm_are_told_on_the_other_road_too(
    published: list[Notice],
) -> None:
    event = json.dumps(_tagged("new-checkout", "other"))

    notify_failure.handler(_from_event(status="ABORTED", input=event), CONTEXT)

    assert [each["state"] for each in _told(published)["flags"]] == ["on", "on"]


def test_a_flag_that_is_in_no_document_is_unknown_beside_one_that_is_off(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    appconfig.versions[3] = OFF

    notify_failure.handler(_before_parse_alarm(_tagged("new-checkout", "gone")), CONTEXT)

    assert _told(published)["flags"] == [
        {"flag": "new-checkout", "state": "off"},
        {"flag": "gone", "state": "unknown"},
    ]
    assert published[0].subject == "? env1234 1 of 2 flags: ROLLBACK FAILED (gone)"
    assert "OFF" not in published[0].subject


def test_the_runs_of_all_flags_are_told_with_the_commands_that_stop_them(
    appconfig: AppConfig, published: list[Notice]
) -> None:
    another = replace(SHOWING, definition="exp9999", name="other-test", number=1)
    appconfig.runs, appconfig.on = [SHOWING, another], {"exp9999": "other"}
    appconfig.versions[3] = BOTH_OFF

    notify_failure.handler(_before_parse_alarm(_tagged("new-checkout", "other")), CONTEXT)

    told = _told(published)
    assert [each["state"] for each in told["flags"]] == ["on", "on"]
    assert told["experiments"] == [
        "run 3 of experiment 'checkout-test' (exp1234)",
        "run 1 of experiment 'other-test' (exp9999)",
    ]
    assert [command.rpartition("--experiment-definition")[2] for command in told[_COMMANDS]] == [
        "-identifier exp1234 --run 3",
        "-identifier exp9999 --run 1",
    ]


_COMMANDS = "stopExperimentCommands"

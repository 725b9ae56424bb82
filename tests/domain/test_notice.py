"""A notice says to each reader, in that reader's form, what happened and what to do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback import commands
from appconfig_rollback.console import console_url
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, FlagState, failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from appconfig_rollback.plain_text import ascii_line, readable_cause, shortened
from appconfig_rollback.state import FlagResult, Monitor, Outcome, Result, State, to_turn_off
from appconfig_rollback.target import Names
from tests import samples
from tests.samples import ARN, NAMED

if TYPE_CHECKING:
    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import StoppedExperiment

CONSOLE = (
    "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1"
    f"#/v2/executions/details/{ARN}"
)
NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
CONFIG = samples.config(
    reason="the stack is set to tell, and to do nothing", lookedAt="2026-03-02T17:04:44.989Z"
)
ROLLED_BACK = samples.result()
ALREADY_OFF = samples.undeployed("already_off")
BY_RUN_2 = samples.flag_result(sweptBy="run-2")
SWEPT = samples.result(flags=[BY_RUN_2])
ROLLOUT_STOPPED = samples.result("rollout_stopped", fromVersion=6, toVersion=3)
DRY_RUN = samples.undeployed("dry_run")
DUPLICATE = samples.undeployed("duplicate", flags=[], reason="execution run-0 answers it")
STOPPED = samples.stopped_deployment(version=6, profileName="limits", ours=False)
MONITORS: list[Monitor] = [
    {"AlarmArn": "arn:alarm:1", "AlarmRoleArn": "arn:role:1"},
    {"AlarmArn": "arn:alarm:2"},
]
RUN = samples.experiment()
WITHOUT_RUN = samples.flag_result(outcome="experiment_stopped", stoppedExperiment=RUN)
EXPERIMENT_STOPPED = samples.undeployed("experiment_stopped", flags=[WITHOUT_RUN])
FACTS = Facts.of({"alarm": samples.alarm(), "config": samples.config()}, NAMED, ARN)
NOTHING_KNOWN = Facts(NAMED, ARN, ())
FAILED = FailedRun(
    facts=FACTS,
    error="FlagNotFoundError",
    cause="expected a flag",
    failed_state="FetchConfig",
    attempts=1,
    flags={samples.FLAG: "on"},
)


def _outcome(result: Result = ROLLED_BACK, flag: str = samples.FLAG, **more: Any) -> Notice:
    """The notice of a result, with its only flag under another name."""
    result = result.copy()
    state: State = {
        "alarm": samples.alarm(flag, alarmName=result["alarmName"]),
        "config": samples.config(**CONFIG),
        "result": result,
    }
    if flag != samples.FLAG:
        result["flags"] = [_named(each, flag) for each in result["flags"]]
    if result["flags"]:
        state["config"]["flags"] = result["flags"]
    if result["outcome"] == "rolled_back" and to_turn_off(state["config"]):
        state["version"] = samples.version()
        state["deployment"] = samples.confirmed()
    return outcome_notice(cast("State", {**state, **more}), NAMED, ARN, NOW)


def _named(result: FlagResult, flag: str) -> FlagResult:
    renamed = result.copy()
    renamed["flag"] = flag
    return renamed


def _failure(**changed: Any) -> Notice:
    return failure_notice(replace(FAILED, **changed), NOW)


TOLD = [ROLLED_BACK, ALREADY_OFF, SWEPT, ROLLOUT_STOPPED, EXPERIMENT_STOPPED, DRY_RUN]
ALL = [*map(_outcome, TOLD), _failure(), _failure(flags={}, facts=NOTHING_KNOWN)]


KNOWN = {
    "applicationName": "Shop",
    "environmentName": "prod",
    "profileName": "flags",
    "application": "app1234",
    "environment": "env1234",
    "profile": "prof123",
    "stack": "flag-rollback",
    "region": "eu-west-1",
    "account": "123456789012",
    "alarmName": "FeatureFlag-new-checkout-ErrorRate",
    "alarmFiredAt": "2026-03-02T17:04:40.989Z",
    "reason": "12.7 > 5.0",
    "measured": samples.MEASURED,
    "drill": False,
    "release": samples.RELEASE,
    "background": {samples.FLAG: {"percentage": 50.0, "owner": "web", "ticket": "SHOP-12"}},
    "timestamp": "2026-03-02T17:05:00.000Z",
    "executionArn": ARN,
    "consoleUrl": CONSOLE,
    "alarmUrl": "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
    "#alarmsV2:alarm/FeatureFlag-new-checkout-ErrorRate",
    "appConfigUrl": "https://eu-west-1.console.aws.amazon.com/systems-manager/appconfig/"
    "applications/app1234/environments/env1234?region=eu-west-1",
    "commands": {
        "inspect": "flag-rollback inspect run-1 --stack flag-rollback --region eu-west-1",
        "off": "flag-rollback off new-checkout --stack flag-rollback --region eu-west-1",
    },
}


def test_programs_are_told_of_a_rollback_in_json() -> None:
    assert json.loads(_outcome().messages["default"]) == {
        **KNOWN,
        "action": "rollback",
        "outcome": "rolled_back",
        "flags": [{"flag": "new-checkout", "outcome": "rolled_back"}],
        "contributor": None,
        "namedBy": "name",
        "fromVersion": 3,
        "toVersion": 6,
        "deploymentNumber": 9,
        "sweptFlags": 0,
        "notSweptReason": None,
        "refusedReason": None,
        "stoppedDeployments": [],
        "revertedDeployments": [],
        "stoppedExperiments": [],
        "suspendedMonitors": [],
        "restoreCommand": "flag-rollback restore new-checkout --stack flag-rollback "
        "--region eu-west-1",
        "exposure": None,
    }


def test_people_and_programs_are_told_how_long_users_were_exposed() -> None:
    alarm = samples.alarm(breachedSince="2026-03-02T17:03:00.000Z")
    told = _outcome(alarm=alarm)

    assert "Users were exposed for" in told.messages["email"]
    assert "until the alarm fired" in told.messages["email"]
    exposure = json.loads(told.messages["default"])["exposure"]
    assert exposure["noticingSeconds"] == pytest.approx(100.989)


def test_where_the_alarm_does_not_say_when_it_began_that_is_said() -> None:
    assert "How long users were exposed is unknown" in _outcome().messages["email"]


def test_programs_are_told_of_a_failure_in_json() -> None:
    assert json.loads(_failure().messages["default"]) == {
        **KNOWN,
        "action": "rollback_failed",
        "error": "FlagNotFoundError",
        "cause": "expected a flag",
        "failedState": "FetchConfig",
        "attempts": 1,
        "flags": [{"flag": "new-checkout", "state": "on"}],
        "redriveCommand": "aws stepfunctions redrive-execution --region eu-west-1 "
        f"--execution-arn '{ARN}'",
        "missingMonitors": [],
        "restoreMonitorsCommand": None,
        "stoppedDeployments": [],
        "revertedDeployments": [],
        "experiments": [],
        "stopExperimentCommands": [],
    }


@pytest.mark.parametrize("result", TOLD)
def test_programs_are_told_of_every_outcome_in_the_same_form(result: Result) -> None:
    told = json.loads(_outcome(result).messages["default"])

    assert told.keys() == json.loads(_outcome().messages["default"]).keys()
    assert {key: told[key] for key in result.keys() & told.keys()} == {
        key: value for key, value in result.items() if key in told
    }


SUBJECTS = [
    (_outcome(), "OFF prod new-checkout: rolled back"),
    (_outcome(ALREADY_OFF), "OFF prod new-checkout: was off already"),
    (_outcome(SWEPT), "OFF prod new-checkout: rolled back"),
    (_outcome(ROLLOUT_STOPPED), "OFF prod new-checkout: rollout stopped"),
    (_outcome(EXPERIMENT_STOPPED), "OFF prod new-checkout: experiment stopped"),
    (_outcome(DRY_RUN), "ON prod new-checkout: told only, not rolled back"),
    (_outcome(DUPLICATE), "? prod new-checkout: left to another execution"),
    (_failure(), "ON prod new-checkout: ROLLBACK FAILED"),
    (
        _failure(flags={samples.FLAG: "off"}),
        "OFF prod new-checkout: its rollback ended red",
    ),
    (_failure(flags={samples.FLAG: "unknown"}), "? prod new-checkout: ROLLBACK FAILED"),
    (_failure(flags={}), "? prod a flag: ROLLBACK FAILED"),
]


@pytest.mark.parametrize(("notice", "subject"), SUBJECTS)
def test_people_are_told_first_whether_the_flag_is_on_and_where(
    notice: Notice, subject: str
) -> None:
    assert notice.subject == subject
    assert notice.messages["email"].splitlines()[0] == subject
    assert json.loads(notice.messages["https"])["content"]["title"] == subject


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ("a-name-of-16-chr", "a-name-of-16-chr"),
        ("a-name-of-17-char", "a-name-of-17-..."),
        ("production\nteam", "production team"),
        ("\u53d6\u53d6\u53d6", "\\u53d6\\u53d6\\..."),
    ],
)
def test_an_environment_has_room_for_a_flag_beside_it(environment: str, shown: str) -> None:
    target = NAMED.named(Names("Shop", environment, "flags"))
    failed = replace(FAILED, facts=replace(FACTS, target=target))

    assert failure_notice(failed, NOW).subject == f"ON {shown} new-checkout: ROLLBACK FAILED"


def test_an_environment_without_a_name_is_called_by_its_id() -> None:
    failed = replace(FAILED, facts=replace(FACTS, target=samples.TARGET))
    notice = failure_notice(failed, NOW)

    assert notice.subject.startswith("ON env1234 new-checkout")
    assert json.loads(notice.messages["default"])["environmentName"] is None
    assert "environment env1234, profile prof123 (application app1234)" in notice.messages["email"]


_EFFECTS = {"OFF": ("OFF ",), "ON": ("ON ",), "?": ("? ",)}


@given(
    st.text(min_size=1) | st.sampled_from(["\u53d6\u6d88" * 9, '" is still ON', "x" * 300, "OFF"]),
    st.text(min_size=1) | st.sampled_from(["production", "p" * 64, "\U0001f680" * 64]),
    st.booleans(),
)
def test_effect_and_system_are_in_the_first_40_characters(
    flag: str, environment: str, drill: bool
) -> None:
    target = NAMED.named(Names("Shop", environment, "flags"))
    alarm = samples.alarm(flag, drill=drill)
    shown = ascii_line(environment, 16)

    def outcome(result: Result) -> Notice:
        state = {"alarm": alarm, "config": CONFIG, "result": {**result, "flags": []}}
        return outcome_notice(cast("State", state), target, ARN, NOW)

    def failure(state: FlagState) -> Notice:
        facts = Facts.of({"alarm": alarm}, target, ARN)
        return failure_notice(replace(FAILED, facts=facts, flags={flag: state}), NOW)

    for notice, effect in (
        (outcome(ALREADY_OFF), "OFF"),
        (outcome(ROLLOUT_STOPPED), "OFF"),
        (outcome(DRY_RUN), "ON"),
        (outcome(DUPLICATE), "?"),
        (failure("on"), "ON"),
        (failure("off"), "OFF"),
        (failure("unknown"), "?"),
    ):
        begins = " ".join(f"{effect} {'DRILL ' if drill else ''}{shown}".split())
        assert notice.subject[:40].startswith(begins)
        assert notice.messages["sms"][:40].startswith(begins)


def test_a_drill_is_no_emergency() -> None:
    state = {"alarm": samples.alarm(drill=True), "config": CONFIG, "result": ALREADY_OFF}
    notice = outcome_notice(cast("State", state), NAMED, ARN, NOW)

    assert notice.subject == "OFF DRILL prod new-checkout: was off already"
    assert "This was a drill." in notice.messages["email"]
    assert json.loads(notice.messages["default"])["drill"] is True


def test_people_are_told_what_why_when_for_whom_where_and_what_next() -> None:
    email = _outcome().messages["email"]

    assert (
        "Version 6 replaces version 3 in environment prod, profile flags (application Shop)"
        in email
    )
    assert "Alarm FeatureFlag-new-checkout-ErrorRate went to ALARM. 12.7 > 5.0" in email
    assert (
        "fired at 2026-03-02T17:04:40.989Z. Confirmed off at 2026-03-02T17:04:47.989Z, 7" in email
    )
    assert "Clients have this at their next poll" in email
    assert CONSOLE in email
    assert "What to do next:\n  1. Watch alarm" in email


def test_people_are_not_told_of_a_deployment_where_there_was_none() -> None:
    email = _outcome(ALREADY_OFF).messages["email"]

    assert "no version was written" in email
    assert "Confirmed off" not in email
    assert "None" not in email


def test_people_are_told_that_nothing_else_was_changed_only_where_it_is_so() -> None:
    def email(swept: int) -> str:
        return _outcome(version=samples.version(sweptFlags=swept)).messages["email"]

    assert "No other flag was changed." in email(0)
    assert "No other flag was changed." not in email(1)
    assert (
        "1 other flag whose alarms fired at the same time were turned off in the same version; "
        "their own notices say when users lost them."
    ) in email(1)
    assert "2 other flags whose alarms fired" in email(2)
    swept = _outcome(version=samples.version(sweptFlags=2))
    assert json.loads(swept.messages["default"])["sweptFlags"] == 2


def test_people_and_programs_are_told_that_flags_go_off_one_after_the_other() -> None:
    why = "reading the mute rules (cloudwatch:ListAlarmMuteRules): unknown operation"
    notice = _outcome(version=samples.version(notSweptReason=why))

    assert (
        "Other flags whose alarms fire at the same time are turned off one after the other, each "
        f"by an execution of its own. What was in the way: {why}"
    ) in notice.messages["email"]
    assert json.loads(notice.messages["default"])["notSweptReason"] == why
    assert "one after the other" not in _outcome().messages["email"]


def test_people_and_programs_are_told_why_notes_were_left_out() -> None:
    why = "JSON_SCHEMA 'additionalProperties' at '#/flags': no `metadata`"
    notice = _outcome(version=samples.version(bare=True, refusedReason=why))

    assert (
        "Only the switch was written, without notes and without other flags whose alarms fired: "
        f"AppConfig refused the version with more in it. {why}"
    ) in notice.messages["email"]
    assert json.loads(notice.messages["default"])["refusedReason"] == why
    assert "Only the switch" not in _outcome().messages["email"]


@pytest.mark.parametrize("result", [ROLLED_BACK, ALREADY_OFF, SWEPT])
def test_what_clients_have_once_the_flag_is_off_is_told_where_off_is_not_just_off(
    result: Result,
) -> None:
    caveats = {samples.FLAG: "clients then get the default in their own code"}
    config = samples.config(caveats=caveats, flags=result["flags"])

    assert (
        "Mind that clients then get the default in their own code: make sure that this default is "
        "off."
    ) in _outcome(result, config=config).messages["email"]
    assert "Mind that" not in _outcome(result).messages["email"]
    several = samples.alarm(flags=[samples.FLAG, "other"])
    assert (
        f"Mind of {samples.FLAG} that"
        in (_outcome(result, config=config, alarm=several).messages["email"])
    )


@pytest.mark.parametrize("result", [SWEPT, ALREADY_OFF, ROLLOUT_STOPPED])
def test_a_version_that_lost_the_race_tells_nothing(result: Result) -> None:
    lost = {"fromVersion": 3, "toVersion": 5, "sweptFlags": 2}

    notice = _outcome(result, version=lost, stoppedDeployments=[STOPPED])

    assert json.loads(notice.messages["default"])["sweptFlags"] == 0
    assert "went off with it" not in notice.messages["email"]


def test_people_are_told_who_turned_the_flag_off_together_with_another_one() -> None:
    notice = _outcome(SWEPT)

    assert "Another execution turned it off together with" in notice.messages["email"]
    assert BY_RUN_2["sweptBy"] in notice.messages["email"]
    assert "No other flag" not in notice.messages["email"]
    assert "Confirmed off at 2026-03-02T17:04:44.989Z, 4 seconds later" in notice.messages["email"]
    assert json.loads(notice.messages["default"])["flags"] == [BY_RUN_2]


def test_people_are_told_which_rollout_was_stopped_and_what_is_served_without_it() -> None:
    rollout = {**STOPPED, "number": 9, "ours": True}
    notice = _outcome(ROLLOUT_STOPPED, stoppedDeployments=[rollout])

    assert (
        "Deployment 9 was rolling out version 6, which turns the flag on"
        in (notice.messages["email"])
    )
    assert (
        "Version 3, which is served without deployment 9, has the flag off"
        in notice.messages["email"]
    )
    assert "which was in progress" not in notice.messages["email"], "it is said once"
    assert "Confirmed off at 2026-03-02T17:04:44.989Z" in notice.messages["email"]
    assert json.loads(notice.messages["default"])["stoppedDeployments"] == [9]


def test_people_are_told_of_a_deployment_that_was_stopped_on_the_way() -> None:
    notice = _outcome(stoppedDeployments=[STOPPED])

    assert (
        "Deployment 8 of profile 'limits', which was in progress, was stopped."
        in (notice.messages["email"])
    )
    assert json.loads(notice.messages["default"])["stoppedDeployments"] == [8]


def test_people_are_told_what_a_dry_run_would_have_done_and_by_whose_will_it_did_not() -> None:
    email = _outcome(DRY_RUN).messages["email"]

    assert "The flag was left as it is in environment prod" in email
    assert "the stack is set to tell, and to do nothing." in email
    assert "flag-rollback off new-checkout --stack flag-rollback --region eu-west-1" in email
    assert "Clients have this" not in email
    assert "Confirmed off" not in email


@pytest.mark.parametrize("result", TOLD)
def test_people_are_told_of_monitors_that_were_off_for_a_while(result: Result) -> None:
    notice = _outcome(result, monitors={"suspended": MONITORS, "restored": True})

    assert "and are back: arn:alarm:1, arn:alarm:2" in notice.messages["email"]
    assert json.loads(notice.messages["default"])["suspendedMonitors"] == [
        "arn:alarm:1",
        "arn:alarm:2",
    ]


def test_nobody_is_told_of_monitors_where_none_were_taken_off() -> None:
    notice = _outcome(monitors={"suspended": [], "restored": True})

    assert "monitors" not in notice.messages["email"]


def test_monitors_that_are_missing_without_a_command_for_them_are_told() -> None:
    mail = _failure(missing_monitors=MONITORS).messages["email"]

    assert "Put the monitors back, unless a redrive does\n" in mail


def test_people_are_told_of_monitors_that_are_missing_with_the_command_for_them() -> None:
    notice = _failure(missing_monitors=MONITORS, restore_monitors_command="aws appconfig x")

    document = json.loads(notice.messages["default"])
    assert document["missingMonitors"] == ["arn:alarm:1", "arn:alarm:2"]
    assert document["restoreMonitorsCommand"] == "aws appconfig x"
    assert (
        "These are still off the environment: arn:alarm:1, arn:alarm:2"
        in (notice.messages["email"])
    )
    assert (
        "Put the monitors back, unless a redrive does: aws appconfig x"
        in (notice.messages["email"])
    )


@pytest.mark.parametrize("outcome", sorted({*get_args(Outcome)} - {"duplicate", "ignored"}))
def test_every_outcome_but_the_silent_ones_can_be_told(outcome: Outcome) -> None:
    notice = _outcome(samples.result(outcome), deployment=samples.confirmed())

    assert notice.attributes["outcome"] == outcome


def test_people_are_told_of_a_failure_with_the_way_out() -> None:
    email = _failure().messages["email"]

    assert "Step FetchConfig failed after 1 attempt: FlagNotFoundError" in email
    assert "Cause:\n  expected a flag" in email
    assert "If it does harm now: flag-rollback off new-checkout --stack flag-rollback" in email
    assert "here or in the console: flag-rollback redrive run-1 --stack flag-rollback" in email
    assert email.endswith(f"redrive with: {commands.redrive_by_aws(ARN)}")
    assert "after 3 attempts" in _failure(attempts=3).messages["email"]


def test_nobody_is_told_to_turn_off_a_flag_that_is_off() -> None:
    assert "flag-rollback off" not in _failure(flags={samples.FLAG: "off"}).messages["email"]


def test_a_failure_that_nothing_is_known_of_can_be_told() -> None:
    notice = _failure(cause="", failed_state=None, flags={}, facts=NOTHING_KNOWN, attempts=0)

    assert "Step an unknown step failed after 0 attempts" in notice.messages["email"]
    assert "Cause:\n  none was given" in notice.messages["email"]
    assert json.loads(notice.messages["default"])["flags"] == []
    assert notice.attributes == {
        "outcome": "rollback_failed",
        "flagName": ["unknown"],
        "urgency": "page",
    }


def test_a_long_cause_is_cut() -> None:
    cause = json.loads(_failure(cause="x" * 5000).messages["default"])["cause"]

    assert cause == "x" * 997 + "..."


@pytest.mark.parametrize("notice", ALL)
def test_filter_policies_can_tell_notices_apart(notice: Notice) -> None:
    document = json.loads(notice.messages["default"])

    assert notice.attributes == {
        "outcome": document.get("outcome", "rollback_failed"),
        "flagName": [each["flag"] for each in document["flags"]] or ["unknown"],
        "urgency": "info" if document.get("outcome", "held_back") != "held_back" else "page",
    }


NASTY = "<!channel> <https://evil.example|the console> [the console](https://evil.example)"


def test_nobody_can_call_a_channel_or_hide_a_link_on_a_card() -> None:
    told = _outcome(flag=NASTY, alarm=samples.alarm(NASTY, reason=NASTY, alarmName=NASTY))

    card = told.messages["https"]
    assert "<" not in card
    assert "](" not in card
    content = json.loads(card)["content"]
    assert "evil.example" in content["description"]  # it is told, and seen for what it is
    assert NASTY in told.messages["email"]
    assert f"flag-rollback restore '{NASTY}'" in told.messages["email"]


@pytest.mark.parametrize("notice", ALL)
def test_every_protocol_of_the_notice_has_a_text(notice: Notice) -> None:
    assert notice.messages.keys() == {"default", "email", "https", "sms"}


@pytest.mark.parametrize("notice", ALL)
@pytest.mark.parametrize("flag", ["x", "short", "よ" * 17, "a" * 200])
def test_a_phone_gets_a_short_text_that_begins_with_the_state_of_the_flag(
    notice: Notice, flag: str
) -> None:
    for text in (notice.messages["sms"], _failure(flags={flag: "on"}).messages["sms"]):
        assert text.isascii()
        assert len(text) <= 140
        assert re.match(r"(ON|OFF|\?) prod ", text)
        assert not text.startswith("{")


def test_a_phone_is_told_what_to_do_first_if_there_is_room_for_all_of_it() -> None:
    assert _failure(flags={}).messages["sms"] == (
        "? prod a flag: ROLLBACK FAILED. If a flag does harm now, turn it off: "
        "flag-rollback off --help"
    )
    assert _failure().messages["sms"] == (
        "ON prod new-checkout: ROLLBACK FAILED. If it does harm now: flag-rollback off "
        "new-checkout --stack flag-rollback --region eu-west-1"
    )


@given(st.text(min_size=1) | st.sampled_from(["x" * n for n in (20, 40, 100, 200, 300)]))
def test_no_command_is_ever_cut(flag: str) -> None:
    for notice in (
        _outcome(flag=flag),
        _outcome(DRY_RUN, flag),
        _failure(
            flags={flag: "on"},
            facts=replace(FACTS, flags=[flag]),
            missing_monitors=MONITORS * 20,
            restore_monitors_command=f"aws appconfig update-environment {'x' * 400} end",
            experiments={f"experiment {flag}": f"aws appconfig stop {flag} end"},
        ),
    ):
        whole = re.findall(r"(?:flag-rollback|aws) .*$", notice.messages["email"], re.MULTILINE)
        steps = json.loads(notice.messages["https"])["content"]["nextSteps"]
        for text in [notice.messages["sms"], *steps]:
            for found in re.findall(r"(?:flag-rollback|aws) .*$", text):
                assert found in whole or found.removesuffix(")") in whole, text


def _is_chat_notification(text: str) -> bool:
    """The limits of Amazon Q Developer's custom notifications (chatbot admin guide)."""
    chat = json.loads(text)
    content = chat["content"]
    return (
        (chat["version"], chat["source"]) == ("1.0", "custom")
        and chat.keys() == {"version", "source", "content", "metadata"}
        and content.keys() == {"textType", "title", "description", "nextSteps", "keywords"}
        and content["textType"] == "client-markdown"
        and 0 < len(content["title"]) <= 250
        and 0 < len(content["description"]) <= 8000
        and all(0 < len(step) <= 350 for step in content["nextSteps"])
        and all(0 < len(keyword) <= 75 for keyword in content["keywords"])
        and all(isinstance(value, str) for value in chat["metadata"]["additionalContext"].values())
    )


_NAMES = st.text(min_size=1) | st.sampled_from(["x" * 300, "\U0001f680" * 255, '"', "\n", "-rm"])


@given(_NAMES, st.text(), st.sampled_from(["on", "off", "unknown"]))
def test_a_notice_fits_whatever_the_flag_is_called(flag: str, text: str, state: str) -> None:
    result = samples.result(alarmName=flag, reason=text * 500)

    for notice in (
        _outcome(result, flag),
        _failure(
            flags={flag: state},
            facts=replace(FACTS, alarm_name=flag, flags=[flag]),
            cause=text * 500,
        ),
    ):
        assert notice.subject.isascii()
        assert notice.subject.isprintable()
        assert notice.subject == notice.subject.strip()
        assert 0 < len(notice.subject) <= 99
        assert _is_chat_notification(notice.messages["https"])
        assert [each["flag"] for each in json.loads(notice.messages["default"])["flags"]] == [flag]


@pytest.mark.parametrize(
    ("region", "partition", "host"),
    [
        ("us-east-1", "aws", "us-east-1.console.aws.amazon.com"),
        ("cn-north-1", "aws-cn", "console.amazonaws.cn"),
        ("us-gov-west-1", "aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_the_console_has_a_host_per_partition(region: str, partition: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:execution:flag-rollback:a b"

    assert console_url(arn) == (
        f"https://{host}/states/home?region={region}#/v2/executions/details/"
        f"arn:{partition}:states:{region}:123456789012:execution:flag-rollback:a%20b"
    )


@pytest.mark.parametrize(
    ("cause", "readable"),
    [
        ('{"errorType": "X", "errorMessage": "why", "stackTrace": []}', "why"),
        ('{"errorMessage": null}', '{"errorMessage": null}'),
        ('["errorMessage"]', '["errorMessage"]'),
        ("no JSON", "no JSON"),
        ('{"errorMessage": "cut', '{"errorMessage": "cut'),
        ("[" * 100_000, "[" * 100_000),
        ("", ""),
    ],
    ids=range(7),
)
def test_a_cause_is_made_readable_where_it_is_lambdas_json(cause: str, readable: str) -> None:
    assert readable_cause(cause) == readable


@pytest.mark.parametrize(("text", "cut"), [("abcde", "abcde"), ("abcdef", "ab..."), ("", "")])
def test_a_text_is_cut_to_its_limit(text: str, cut: str) -> None:
    assert shortened(text, 5) == cut


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n b\x00c\x7f", "a b c"),
        ("  ü  ", r"\xfc"),
        ("\ud800", r"\ud800"),
        ("x" * 9, "xxxxx..."),
    ],
)
def test_a_line_of_ascii_holds_no_control_characters(text: str, line: str) -> None:
    assert ascii_line(text, 8) == line


_REVERTED = samples.stopped_deployment(
    version=6, profileName="limits", reverted=True, description="release 4.1 by Ada"
)


@pytest.mark.parametrize("result", [ROLLED_BACK, {**ROLLOUT_STOPPED, "deploymentNumber": 8}])
def test_people_are_told_that_a_finished_release_was_undone_and_how_to_release_it_again(
    result: Result,
) -> None:
    mail = _outcome(result, stoppedDeployments=[_REVERTED]).messages["email"]

    assert (
        f"Deployment {STOPPED['number']} (release 4.1 by Ada) of profile "
        f"{STOPPED['profileName']!r} had just completed when it was to be stopped, so this release "
        f"of version {STOPPED['version']} was reverted: all that it changed is undone. To release "
        f"it again, deploy a version made of version {STOPPED['version']}, with this flag off"
    ) in mail
    assert mail.count("Deployment 8 ") == 1
    assert "which was in progress" not in mail
    assert "was rolling out" not in mail


def test_the_runs_that_this_execution_stopped_are_listed_once() -> None:
    stopped, left = samples.stopped_experiment("a"), samples.stopped_experiment("b", stopped=False)
    another: StoppedExperiment = {**stopped, "definition": "exp9999"}
    document = json.loads(
        _outcome(EXPERIMENT_STOPPED, experiments=[stopped, left, another]).messages["default"]
    )

    named = {key: stopped[key] for key in ("definition", "name", "run")}
    assert document["stoppedExperiments"] == [named, {**named, "definition": "exp9999"}]


def test_a_command_that_turns_off_is_given_where_it_is_known_what() -> None:
    assert NOTHING_KNOWN.document()["commands"]["off"] is None


def test_where_no_flag_has_a_result_of_its_own_each_has_that_of_the_run() -> None:
    document = json.loads(_outcome(samples.undeployed("ignored", flags=[])).messages["default"])

    assert document["flags"] == [{"flag": samples.FLAG, "outcome": "ignored"}]


def test_a_release_without_a_description_is_named_by_its_number() -> None:
    reverted = {**_REVERTED, "description": ""}
    mail = _outcome(ROLLED_BACK, stoppedDeployments=[reverted]).messages["email"]

    assert f"Deployment {STOPPED['number']} of profile {STOPPED['profileName']!r} had" in mail


EVERY = [
    *TOLD,
    samples.undeployed("duplicate", flags=[]),
    samples.undeployed("ignored", flags=[]),
]


@pytest.mark.parametrize("result", EVERY, ids=lambda result: result["outcome"])
def test_every_deployment_that_was_stopped_on_the_way_is_told_whatever_the_outcome(
    result: Result,
) -> None:
    stopped = [_REVERTED, {**_REVERTED, "number": 9}, {**STOPPED, "number": 10}]
    stopped.append({**STOPPED, "number": 11, "confirmed": False})
    notice = _outcome({**result, "deploymentNumber": 9}, stoppedDeployments=stopped)

    mail = notice.messages["email"]
    for number in (8, 9):
        assert f"Deployment {number} (release 4.1 by Ada) of profile 'limits' had just" in mail
    assert "Deployment 10 of profile 'limits', which was in progress, was stopped." in mail
    assert (
        "11 of profile 'limits', which was in progress, was stopped, by this execution or" in mail
    )
    document = json.loads(notice.messages["default"])
    assert document["stoppedDeployments"] == [8, 9, 10, 11]
    assert document["revertedDeployments"] == [8, 9]
    assert "Nothing was changed" not in mail


@pytest.mark.parametrize("outcome", ["duplicate", "ignored"])
def test_an_execution_that_leaves_the_flag_to_others_says_neither_on_nor_off(
    outcome: Outcome,
) -> None:
    result = samples.undeployed(outcome, flags=[], reason="run-2 answers it")
    notice = _outcome(result, stoppedDeployments=[STOPPED])

    assert not re.search(r"\b(ON|OFF)\b", notice.messages["email"])
    assert not re.search(r"\b(ON|OFF)\b", notice.subject)
    assert "run-2 answers it" in notice.messages["email"]
    assert "next poll" not in notice.messages["email"], "nothing changes for clients"


@pytest.mark.parametrize(
    "result",
    [EXPERIMENT_STOPPED, samples.result(flags=[samples.flag_result(stoppedExperiment=RUN)])],
)
def test_people_are_told_which_experiment_was_stopped_and_that_it_stays_stopped(
    result: Result,
) -> None:
    notice = _outcome(result)

    assert (
        "Run 3 of experiment 'checkout-test' (exp1234) showed the flag to users, whatever is "
        "deployed, and was stopped. Turning the flag on again does not start it again."
    ) in notice.messages["email"]
    assert json.loads(notice.messages["default"])["stoppedExperiments"] == [RUN]


def test_the_flag_counts_as_off_from_the_look_that_found_no_run_of_the_experiment() -> None:
    assert (
        f"Confirmed off at {CONFIG['lookedAt']}" in _outcome(EXPERIMENT_STOPPED).messages["email"]
    )


def test_people_are_told_how_to_stop_an_experiment_that_still_shows_the_flag() -> None:
    notice = _failure(experiments={"run 3 of experiment 'x' (exp1234)": "aws stop"})

    mail = notice.messages["email"]
    assert "The flag is shown to users by run 3 of experiment 'x' (exp1234)" in mail
    assert "If a redrive does not stop the experiment, do: aws stop" in mail
    told = json.loads(notice.messages["default"])
    assert (told["experiments"], told["stopExperimentCommands"]) == (
        ["run 3 of experiment 'x' (exp1234)"],
        ["aws stop"],
    )


def test_where_the_stack_leaves_experiments_alone_people_stop_them() -> None:
    two = {f"run 3 of experiment {name!r}": f"aws stop {name}" for name in "xy"}
    mail = _failure(experiments=two, error="ExperimentLeftRunningError").messages["email"]

    assert "Stop the experiment: aws stop x" in mail
    assert "redrive does not stop" not in mail
    assert "experiment 'x' The flag is shown to users by run 3 of experiment 'y'" in mail


def test_people_are_told_to_start_anew_where_a_redrive_does_not_help() -> None:
    mail = _failure(error="StartAnewError").messages["email"]

    assert "Start a new execution, a redrive does not help: aws stepfunctions start-exec" in mail
    assert "Redrive the execution" not in mail


def test_to_turn_off_a_flag_that_is_not_served_is_not_offered() -> None:
    notice = _failure(error="FlagNotFoundError", flags={samples.FLAG: "unknown"})

    assert "flag-rollback off" not in notice.messages["email"]
    assert "1. No such flag is served: correct the alarm's tag or name" in notice.messages["email"]

"""CheckDeployment knows every state of a deployment, and believes only what is served."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import check_deployment
from appconfig_rollback.adapters import experiments
from appconfig_rollback.errors import (
    BareSwitchRequiredError,
    BaseRevertedError,
    FlagNotFoundError,
    FlagStillOnError,
    InvalidConfigurationError,
    NotConfirmedOffError,
    PermissionDeniedError,
    RollbackBudgetSpentError,
    RolledBackByAppConfigError,
    SwitchRequiredError,
    UnknownDeploymentStateError,
)
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.times import moment
from tests import samples
from tests.appconfig import BOTH_OFF, OFF, ON, SHOWING, AppConfig
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.adapters.appconfig import AppConfigStore
    from appconfig_rollback.experiments import Experiments
    from appconfig_rollback.state import (
        Deployment,
        Experiment,
        FlagOutcome,
        FlagResult,
        TaskInput,
    )

pytestmark = pytest.mark.usefixtures("redrives")
IN_PROGRESS = ["VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"]


def _input(
    started_minutes_ago: float = 0,
    poll_seconds: int = 1,
    seen: str | None = None,
    **state: Any,
) -> TaskInput:
    return task(
        alarm=samples.alarm_begun(started_minutes_ago),
        config=samples.config(),
        version=samples.version(),
        deployment=samples.deployment(state=seen, pollSeconds=poll_seconds),
        **state,
    )


def _complete(appconfig: AppConfig, text: str, version: int = 6) -> None:
    appconfig.put(9, "COMPLETE", 6)
    appconfig.put(version + 3, version=version)
    appconfig.versions[version] = text


def test_a_complete_deployment_is_confirmed_by_what_is_served(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)

    answer = check_deployment.handler(_input(), CONTEXT)

    confirmed_at = moment(answer["confirmedAt"] or "")
    assert abs(datetime.now(UTC) - confirmed_at) < timedelta(minutes=1)
    assert {**answer, "confirmedAt": None} == samples.deployment(
        state="COMPLETE", confirmedOff=True, result=samples.result()
    )


def test_a_base_that_was_reverted_meanwhile_is_an_error(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)
    reverted = samples.config()["servedDeployment"]
    appconfig.put(reverted, "REVERTED")
    appconfig.put(reverted - 1, version=2)

    given = _for_two(*_BOTH)
    with pytest.raises(BaseRevertedError) as raised:
        check_deployment.handler(given, CONTEXT)

    assert str(raised.value).startswith(
        f"flag 'new-checkout', 'other' is off, but deployment {reverted}, on which the rollback"
    )


def test_a_base_that_was_reverted_before_the_rollback_was_found_made_is_an_error(
    appconfig: AppConfig,
) -> None:
    """An execution that died as it had started the deployment sees what is served by then."""
    given = _input()  # it began before its deployment
    _complete(appconfig, OFF)
    reverted = samples.config()["servedDeployment"]
    appconfig.put(reverted, "REVERTED")
    appconfig.put(reverted - 1, version=2)

    given["state"]["config"]["servedDeployment"] = reverted - 1
    with pytest.raises(BaseRevertedError, match="version 3, on which the rollback is based"):
        check_deployment.handler(given, CONTEXT)


def test_a_rollback_below_which_nothing_is_listed_is_confirmed(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)
    del appconfig.deployments[samples.config()["servedDeployment"]]

    assert check_deployment.handler(_input(), CONTEXT)["confirmedOff"]


def test_a_redrive_confirms_a_rollback_whose_base_was_reverted_in_an_earlier_attempt(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, OFF)
    appconfig.deployments[9].started_at -= timedelta(hours=1)
    reverted = samples.config()["servedDeployment"]
    appconfig.put(reverted, "REVERTED")
    appconfig.put(reverted - 1, version=2)

    given = _input()
    given["state"]["config"]["servedDeployment"] = 9

    assert check_deployment.handler(given, CONTEXT)["confirmedOff"]


def test_a_base_that_is_not_the_oldest_that_was_served_is_no_error(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)
    appconfig.put(samples.config()["servedDeployment"] - 1, version=2)

    assert check_deployment.handler(_input(), CONTEXT)["confirmedOff"]


def _native(*on: str) -> str:
    """A document of AppConfig's own flags."""
    values = {flag: {"enabled": flag in on} for flag in ("new-checkout", "other")}
    return json.dumps({"version": "1", "values": values})


@pytest.fixture
def native(appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch) -> TaskInput:
    """The task in a profile of AppConfig's own flags, whose experiments alone are asked for."""
    appconfig.type = FEATURE_FLAGS
    of_profile = experiments.of_profile

    def asked(profile_type: str) -> Experiments:
        assert profile_type == FEATURE_FLAGS
        return of_profile(profile_type)

    monkeypatch.setattr(experiments, "of_profile", asked)
    given = _input()
    given["state"]["config"] = samples.config(profileType=FEATURE_FLAGS)
    return given


def test_a_profile_of_appconfigs_own_flags_is_read_as_such(
    appconfig: AppConfig, native: TaskInput
) -> None:
    _complete(appconfig, _native("other"))

    assert check_deployment.handler(native, CONTEXT)["confirmedOff"]


def test_a_rollout_of_such_a_profile_is_read_as_such(
    appconfig: AppConfig, native: TaskInput
) -> None:
    _complete(appconfig, _native())
    appconfig.versions[7] = _native("new-checkout")
    appconfig.put(10, "DEPLOYING", 7)

    assert check_deployment.handler(native, CONTEXT)["lookAgain"]


def test_a_flag_of_such_a_profile_that_cannot_be_turned_off_makes_it_red(
    appconfig: AppConfig, native: TaskInput
) -> None:
    _complete(appconfig, _native())
    native["state"]["config"]["flags"].append(samples.flag_result("gone", "failed"))

    with pytest.raises(FlagNotFoundError, match="below 'values'"):
        check_deployment.handler(native, CONTEXT)


def test_a_flag_is_looked_at_again_while_appconfig_makes_a_deployment_of_its_own(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, OFF)
    appconfig.put(10, "DEPLOYING", 6, managed=True)

    answer = check_deployment.handler(_input(), CONTEXT)

    assert (answer["confirmedOff"], answer["lookAgain"]) == (False, True)


def test_a_budget_that_is_spent_does_not_matter_once_the_flag_is_off(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)

    assert check_deployment.handler(_input(started_minutes_ago=600), CONTEXT)["confirmedOff"]


@pytest.mark.parametrize("version", [6, 7])
def test_a_flag_that_is_still_on_is_an_error_whoever_released_it(
    appconfig: AppConfig, version: int
) -> None:
    _complete(appconfig, ON, version)

    with pytest.raises(FlagStillOnError) as raised:
        check_deployment.handler(_input(), CONTEXT)

    assert str(raised.value) == (
        "expected flag 'new-checkout' to be off once deployment 9 is complete; "
        f"version {version}, which is served, has it on"
    )


def test_a_list_from_before_the_deployment_is_not_believed(
    appconfig: AppConfig,
    store: AppConfigStore,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stale = store.served()
    _complete(appconfig, OFF)
    lists = [stale, stale, store.served()]
    monkeypatch.setattr(store, "served", lambda: lists.pop(0))

    assert check_deployment.handler(_input(), CONTEXT)["confirmedOff"]
    assert len(pauses) == 2


def test_a_list_that_stays_as_it_was_is_believed_in_the_end(
    appconfig: AppConfig,
    store: AppConfigStore,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stale = store.served()
    monkeypatch.setattr(store, "served", lambda: stale)
    appconfig.put(9, "COMPLETE", 6)

    with pytest.raises(FlagStillOnError, match="version 3, which is served, has it on"):
        check_deployment.handler(_input(), CONTEXT)

    assert 3 < sum(pauses) < 7


def test_a_flag_that_an_experiment_shows_is_not_confirmed_but_looked_at_again(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, OFF)
    appconfig.runs = [SHOWING]

    answer = check_deployment.handler(_input(), CONTEXT)

    assert answer == samples.deployment(state="COMPLETE", lookAgain=True)


def test_a_flag_that_is_being_rolled_out_again_is_not_confirmed_but_looked_at_again(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, OFF)
    appconfig.put(10, "DEPLOYING", 5)

    answer = check_deployment.handler(_input(), CONTEXT)

    assert (answer["lookAgain"], answer["confirmedOff"]) == (True, False)


@pytest.mark.parametrize("ours", [True, False])
def test_a_rollout_that_leaves_the_flag_off_hinders_nothing(
    appconfig: AppConfig, *, ours: bool
) -> None:
    _complete(appconfig, OFF)
    appconfig.versions[5] = OFF
    appconfig.put(10, "DEPLOYING", 5, ours=ours)

    assert check_deployment.handler(_input(), CONTEXT)["confirmedOff"]


def test_a_later_deployment_of_appconfigs_own_with_the_flag_on_is_an_error(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, OFF)
    appconfig.put(10, managed=True)

    with pytest.raises(NotConfirmedOffError, match="deployment 10, AppConfig's own"):
        check_deployment.handler(_input(), CONTEXT)


def test_experiments_that_cannot_be_read_leave_the_flag_unconfirmed(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)
    appconfig.fail(
        PermissionDeniedError("appconfig:ListExperimentDefinitions"), "ListExperimentDefinitions"
    )

    with pytest.raises(PermissionDeniedError):
        check_deployment.handler(_input(), CONTEXT)


def test_what_fetch_config_found_out_of_each_flag_is_the_outcome(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)
    flags = [
        samples.flag_result(stoppedExperiment=samples.experiment()),
        samples.flag_result("other", "opted_out", reason="the flag says rollback: off"),
    ]

    answer = check_deployment.handler(_for_two(*flags), CONTEXT)

    assert answer["result"] == samples.result(flags=flags)


def _for_two(*results: FlagResult, **state: Any) -> TaskInput:
    """The task of an alarm that guards two flags, with what is to become of them."""
    alarm = samples.alarm(flags=["new-checkout", "other"], namedBy="tag")
    given = _input(**state)
    given["state"] |= {"alarm": alarm, "config": samples.config(flags=list(results))}
    return given


_BOTH = (samples.flag_result(), samples.flag_result("other"))


def test_both_flags_of_the_alarm_are_confirmed(appconfig: AppConfig) -> None:
    _complete(appconfig, BOTH_OFF)

    answer = check_deployment.handler(_for_two(*_BOTH), CONTEXT)

    assert answer["confirmedOff"]
    assert answer["result"] == samples.result(flags=list(_BOTH))


def test_one_flag_that_is_still_on_is_an_error_that_names_it(appconfig: AppConfig) -> None:
    _complete(appconfig, OFF)

    with pytest.raises(FlagStillOnError, match="expected flag 'other' to be off"):
        check_deployment.handler(_for_two(*_BOTH), CONTEXT)


def test_a_flag_that_cannot_be_turned_off_makes_it_red_once_the_others_are_off(
    appconfig: AppConfig,
) -> None:
    text = '{"flags": {"new-checkout": {"enabled": false}, "other": {"size": 3}}}'
    _complete(appconfig, text)
    flags = (samples.flag_result(), samples.flag_result("other", "failed"))

    with pytest.raises(SwitchRequiredError, match="other"):
        check_deployment.handler(_for_two(*flags), CONTEXT)
    _complete(appconfig, text.replace("false", "true"))
    with pytest.raises(FlagStillOnError, match="'new-checkout' to be off"):
        check_deployment.handler(_for_two(*flags), CONTEXT)


def test_one_flag_that_an_experiment_still_shows_is_looked_at_again(appconfig: AppConfig) -> None:
    _complete(appconfig, BOTH_OFF)
    appconfig.runs, appconfig.on = [SHOWING], {SHOWING.definition: "other"}

    answer = check_deployment.handler(_for_two(*_BOTH), CONTEXT)

    assert answer == samples.deployment(state="COMPLETE", lookAgain=True)


@pytest.mark.parametrize("outcome", ["already_off", "rollout_stopped", "experiment_stopped"])
def test_a_flag_that_was_off_before_is_looked_at_too(
    appconfig: AppConfig, outcome: FlagOutcome
) -> None:
    _complete(appconfig, OFF)  # which has the other flag on
    flags = (samples.flag_result(), samples.flag_result("other", outcome))

    with pytest.raises(FlagStillOnError, match="expected flag 'other' to be off"):
        check_deployment.handler(_for_two(*flags), CONTEXT)


@pytest.mark.parametrize("outcome", ["dry_run", "opted_out"])
def test_a_flag_that_is_left_as_it_is_hinders_nothing(
    appconfig: AppConfig, outcome: FlagOutcome
) -> None:
    _complete(appconfig, OFF)
    flags = (samples.flag_result(), samples.flag_result("other", outcome))

    assert check_deployment.handler(_for_two(*flags), CONTEXT)["confirmedOff"]


def test_a_flag_that_was_not_there_is_looked_at_again_once_somebody_releases_it(
    appconfig: AppConfig,
) -> None:
    flags = (samples.flag_result(), samples.flag_result("other", "not_found"))
    _complete(appconfig, '{"flags": {"new-checkout": {"enabled": false}}}')
    assert check_deployment.handler(_for_two(*flags), CONTEXT)["confirmedOff"]

    _complete(appconfig, OFF)  # which has the other flag on

    answer = check_deployment.handler(_for_two(*flags), CONTEXT)
    assert (answer["confirmedOff"], answer["lookAgain"]) == (False, True)


def test_a_flag_that_was_off_before_and_is_gone_by_now_hinders_nothing(
    appconfig: AppConfig,
) -> None:
    _complete(appconfig, '{"flags": {"new-checkout": {"enabled": false}}}')
    flags = (samples.flag_result(), samples.flag_result("other", "rollout_stopped"))

    assert check_deployment.handler(_for_two(*flags), CONTEXT)["confirmedOff"]


def test_a_flag_that_was_turned_off_and_is_gone_by_now_is_an_error(appconfig: AppConfig) -> None:
    _complete(appconfig, '{"flags": {"new-checkout": {"enabled": false}}}')

    with pytest.raises(FlagNotFoundError, match="'other'"):
        check_deployment.handler(_for_two(*_BOTH), CONTEXT)


@pytest.mark.parametrize("state", IN_PROGRESS)
@pytest.mark.parametrize(("waited", "next_wait"), [(1, 2), (4, 8), (8, 15), (15, 15)])
def test_a_deployment_in_progress_is_looked_at_again_ever_later(
    appconfig: AppConfig, state: str, waited: int, next_wait: int
) -> None:
    appconfig.put(9, state)

    answer = check_deployment.handler(_input(poll_seconds=waited, seen=state), CONTEXT)

    expected: Deployment = samples.deployment(state=state, pollSeconds=next_wait)
    assert answer == expected


@pytest.mark.parametrize("state", IN_PROGRESS)
def test_the_second_look_comes_a_second_after_the_first_which_came_at_once(
    appconfig: AppConfig, state: str
) -> None:
    appconfig.put(9, state)

    assert check_deployment.handler(_input(), CONTEXT)["pollSeconds"] == 1


@pytest.mark.parametrize("state", IN_PROGRESS)
def test_a_deployment_that_takes_longer_than_the_budget_is_an_error(
    appconfig: AppConfig, state: str
) -> None:
    appconfig.put(9, state)

    with pytest.raises(RollbackBudgetSpentError, match=f"deployment 9, which is {state}"):
        check_deployment.handler(_input(started_minutes_ago=15.1), CONTEXT)


def test_the_budget_begins_anew_with_a_redrive(
    appconfig: AppConfig, redrives: list[datetime]
) -> None:
    appconfig.put(9, "DEPLOYING")
    redrives.append(datetime.now(UTC) - timedelta(minutes=1))

    answer = check_deployment.handler(_input(started_minutes_ago=600), CONTEXT)

    assert answer["pollSeconds"] == 1


_UNDONE = ["ROLLED_BACK", "REVERTED"]


@pytest.mark.parametrize("state", _UNDONE)
@pytest.mark.parametrize("who", ["USER", "APPCONFIG", "INTERNAL_ERROR", None])
@pytest.mark.parametrize("roles", ["", "arn:aws:iam::123456789012:role/monitors"])
def test_a_deployment_that_was_undone_is_an_error_that_says_by_what(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, state: str, who: str | None, roles: str
) -> None:
    monkeypatch.setenv("MONITOR_ROLE_ARNS", roles)
    appconfig.put(9, state, undone_by=who, went_out=True)

    with pytest.raises(RolledBackByAppConfigError) as raised:
        check_deployment.handler(_input(), CONTEXT)

    assert str(raised.value) == (
        "expected the deployment that turns the flag off to complete; got deployment 9, which is "
        f"{state}: ROLLBACK_STARTED triggered by {who}: why"
    )


@pytest.mark.parametrize("who", ["APPCONFIG", "INTERNAL_ERROR", None])
@pytest.mark.parametrize("seen", [None, "VALIDATING"])
@pytest.mark.parametrize(
    ("bare", "error"), [(False, BareSwitchRequiredError), (True, InvalidConfigurationError)]
)
def test_a_deployment_that_did_not_pass_its_validation_calls_for_the_bare_switch_once(
    appconfig: AppConfig, who: str | None, seen: str | None, error: type[Exception], *, bare: bool
) -> None:
    appconfig.put(9, "ROLLED_BACK", undone_by=who)
    task = _input()
    task["state"]["version"] = samples.version(bare=bare)
    task["state"]["deployment"]["state"] = seen

    with pytest.raises(error) as raised:
        check_deployment.handler(task, CONTEXT)

    assert type(raised.value) is error
    assert str(raised.value) == (
        "expected version 6 to pass its validation; got deployment 9, which is ROLLED_BACK and "
        f"went out to nobody: ROLLBACK_STARTED triggered by {who}: why"
    )


@pytest.mark.parametrize(
    ("who", "seen", "went_out"),
    [
        pytest.param("USER", None, False, id="by a person"),
        pytest.param("APPCONFIG", "DEPLOYING", False, id="seen past its validation"),
        pytest.param("APPCONFIG", None, True, id="past its validation by its log"),
    ],
)
def test_a_deployment_that_was_valid_is_not_tried_again(
    appconfig: AppConfig, who: str, seen: str | None, *, went_out: bool
) -> None:
    appconfig.put(9, "ROLLED_BACK", undone_by=who, went_out=went_out)
    task = _input()
    task["state"]["deployment"]["state"] = seen

    with pytest.raises(RolledBackByAppConfigError):
        check_deployment.handler(task, CONTEXT)


def test_a_deployment_that_a_monitor_undid_goes_on_where_the_monitors_can_be_suspended(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig
) -> None:
    monkeypatch.setenv("MONITOR_ROLE_ARNS", "arn:aws:iam::123456789012:role/monitors")
    appconfig.put(9, "ROLLED_BACK", undone_by="CLOUDWATCH_ALARM")

    answer = check_deployment.handler(_input(), CONTEXT)

    assert answer == samples.deployment(state="ROLLED_BACK", undoneByMonitor=True)


def test_a_deployment_that_a_monitor_undid_is_an_error_that_says_what_to_set_elsewhere(
    appconfig: AppConfig,
) -> None:
    appconfig.put(9, "ROLLED_BACK", undone_by="CLOUDWATCH_ALARM")

    with pytest.raises(RolledBackByAppConfigError) as raised:
        check_deployment.handler(_input(), CONTEXT)

    assert "ROLLBACK_STARTED triggered by CLOUDWATCH_ALARM: why. Set the stack's" in str(
        raised.value
    )
    assert "parameter MonitorRoleArns to the roles of the environment's monitors" in str(
        raised.value
    )


def test_a_state_that_is_not_known_is_an_error(appconfig: AppConfig) -> None:
    appconfig.put(9, "PAUSED")

    with pytest.raises(UnknownDeploymentStateError, match="deployment 9, which is PAUSED"):
        check_deployment.handler(_input(), CONTEXT)


def test_the_run_that_was_to_be_stopped_is_read_by_its_number(
    appconfig: AppConfig, known_runs: list[Experiment | None]
) -> None:
    _complete(appconfig, OFF)

    check_deployment.handler(_input(experiments=[samples.stopped_experiment()]), CONTEXT)
    check_deployment.handler(_input(), CONTEXT)

    assert known_runs == [samples.experiment(), None]

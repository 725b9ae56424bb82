"""FetchConfig looks at AppConfig, decides, and gives the facts that the next steps need."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

import fetch_config
from appconfig_rollback.adapters import executions
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    ExperimentNotStoppedError,
    FlagNotFoundError,
    NothingDeployedError,
    RollbackBudgetSpentError,
    UnreadableDocumentError,
)
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso, moment
from tests import samples
from tests.appconfig import BOTH_OFF, OFF, ON, RELEASED_AT, SHOWING, AppConfig
from tests.samples import ARN, CONTEXT, FIRED, mark, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Config, Execution, Experiment, FlagResult

pytestmark = pytest.mark.usefixtures("redrives")
OPTED_OUT = '{"flags": {"new-checkout": {"enabled": true, "metadata": {"rollback": "off"}}}}'


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The other executions that are running."""
    names: set[str] = set()

    def is_running(like: Execution, name: str) -> bool:
        assert like["Id"] == ARN
        return name in names

    monkeypatch.setattr(executions, "is_running", is_running)
    return names


def _fetched(started_minutes_ago: float = 0, **state: Any) -> Config:
    given = {"alarm": samples.alarm_begun(started_minutes_ago), **state}
    return cast("Config", fetch_config.handler(task(**given), CONTEXT))


def _outcome(config: Config) -> tuple[str, str]:
    result = config["result"]
    assert result
    return config["decision"], result["outcome"]


def test_a_flag_that_is_on_needs_a_rollback_of_what_is_served() -> None:
    config = _fetched()

    looked_at = moment(config["lookedAt"])
    assert 1 <= config["backoffSeconds"] <= 2
    assert abs((datetime.now(UTC) - looked_at).total_seconds()) < 60
    assert config == samples.config(
        releasedAt=iso(RELEASED_AT),
        lookedAt=config["lookedAt"],
        backoffSeconds=config["backoffSeconds"],
        release={**samples.RELEASE, "description": "", "at": "2026-03-02T09:00:00.000Z"},
        background={},
        left=None,
        alarmPolicy="auto",
    )


def test_what_users_had_at_first_is_kept_whatever_is_done_since(appconfig: AppConfig) -> None:
    appconfig.versions[3] = (
        '{"flags": {"new-checkout": {"enabled": true, "rolloutPercentage": 30, '
        '"metadata": {"owner": "web", "ticket": "SHOP-12"}}}}'
    )
    first = _fetched()
    appconfig.versions[4] = OFF
    appconfig.put(9, version=4)

    again = _fetched(config=first)

    known = {samples.FLAG: {"percentage": 30.0, "owner": "web", "ticket": "SHOP-12"}}
    assert first["background"] == again["background"] == known
    assert first["release"] == again["release"]
    assert first["release"]["deployment"] == 7


def test_of_a_release_it_may_be_unknown_when_it_began(appconfig: AppConfig) -> None:
    appconfig.deployments[7].minutes = None

    assert _fetched()["release"]["at"] is None


@pytest.mark.parametrize(("by", "known"), [("Ada", {samples.FLAG: {"owner": "web"}}), (None, {})])
def test_what_users_had_of_a_rollout_is_known_if_a_person_made_it(
    appconfig: AppConfig, by: str | None, known: dict[str, Any]
) -> None:
    appconfig.versions[3] = OFF
    appconfig.versions[5] = '{"flags": {"new-checkout": {"enabled": true, "team": "web"}}}'
    appconfig.put(9, "DEPLOYING", 5, description=by or mark(base=3, by="run-0", flag="other"))

    assert _fetched()["background"] == known


def test_what_users_had_is_looked_up_of_each_flag_that_is_not_known(appconfig: AppConfig) -> None:
    flags = {
        name: {"enabled": True, "metadata": {"owner": name}} for name in ("known", "new", "more")
    }
    appconfig.versions[3] = json.dumps({"flags": {**flags, "broken": {"size": 3}}})
    alarm = samples.alarm(
        flags=["known", "broken", "new", "more"], startedAt=samples.minutes_ago(0)
    )
    before = samples.config(background={"known": {"owner": "somebody"}})

    assert _fetched(alarm=alarm, config=before)["background"] == {
        "known": {"owner": "somebody"},
        "new": {"owner": "new"},
        "more": {"owner": "more"},
    }


def test_a_flag_that_is_off_needs_none_even_if_a_draft_has_it_on(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF

    config = _fetched()

    assert config["decision"] == "settle"
    assert config["result"] == samples.result(
        outcome="already_off", toVersion=None, deploymentNumber=None
    )
    assert (config["announce"], config["flags"]) == (True, [])


def test_the_version_that_is_read_is_the_served_one(appconfig: AppConfig) -> None:
    appconfig.versions[4] = OFF
    appconfig.put(9, version=4, started_at=RELEASED_AT)
    appconfig.put(12, "ROLLED_BACK", 1, ours=False)

    config = _fetched()

    assert (config["servedVersion"], config["servedDeployment"]) == (4, 9)
    assert (config["latestDeployment"], _outcome(config)) == (12, ("settle", "already_off"))


def test_what_this_execution_has_done_is_taken_up_where_it_was_left(appconfig: AppConfig) -> None:
    appconfig.release(8, 6, OFF, mark(base=3))

    config = _fetched()

    assert config["decision"] == "roll_back"
    assert config["own"] == {"fromVersion": 3, "toVersion": 6, "deploymentNumber": 8}


def test_another_execution_that_answered_the_transition_is_named(appconfig: AppConfig) -> None:
    appconfig.release(8, 6, OFF, mark(base=3, by="run-0"))

    config = _fetched()

    assert (_outcome(config), config["own"]) == (("settle", "duplicate"), None)
    assert config["result"]
    assert config["result"]["reason"] == "execution run-0 answers the same transition"


def test_the_deployment_that_swept_the_flag_off_is_told(appconfig: AppConfig) -> None:
    appconfig.release(8, 6, BOTH_OFF, mark(base=3, by="run-2", flag="other"))

    config = _fetched()

    assert config["decision"] == "settle"
    assert config["result"] == samples.result(
        toVersion=6,
        deploymentNumber=8,
        flags=[samples.flag_result(sweptBy="run-2")],
    )


def test_the_newest_version_and_who_wrote_it_are_asked_for(
    appconfig: AppConfig, running: set[str]
) -> None:
    appconfig.versions[6], appconfig.written_by[6] = OFF, mark(base=3, by="run-2")
    running.add("run-2")

    assert _fetched()["reason"] == "execution run-2 to deploy version 6"
    running.clear()
    assert _fetched()["own"] == {"fromVersion": 3, "toVersion": 6, "deploymentNumber": None}


def test_a_version_that_appconfig_has_refused_is_not_taken_up_again(appconfig: AppConfig) -> None:
    noted = OFF.replace("false", 'false, "metadata": {"rollbackReason": "x"}')
    appconfig.versions[6], appconfig.written_by[6] = noted, mark(base=3)

    assert _fetched()["own"]
    config = _fetched(refused=samples.refused())
    assert (config["decision"], config["own"], config["latestVersion"]) == ("roll_back", None, 6)


@pytest.mark.parametrize("state", ["ENABLED", "DISABLED"])
def test_what_people_should_know_of_a_flag_that_is_off_is_looked_up(
    appconfig: AppConfig, state: str
) -> None:
    appconfig.versions[3] = f'{{"flags": {{"new-checkout": {{"state": "{state}"}}}}}}'

    assert _fetched()["caveats"] == {
        "new-checkout": "clients then get the default in their own code"
    }


def test_a_rollout_of_the_flag_is_to_be_stopped(appconfig: AppConfig) -> None:
    appconfig.put(8, "DEPLOYING", 5)

    config = _fetched()

    assert config["decision"] == "stop_rollout"
    assert config["inTheWay"] == samples.in_the_way()


@pytest.mark.parametrize(("setting", "decision"), [("wait", "wait"), ("stop", "stop_rollout")])
def test_a_busy_environment_is_waited_for_or_freed_as_the_stack_says(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, setting: str, decision: str
) -> None:
    monkeypatch.setenv("BUSY_ENVIRONMENT", setting)
    appconfig.put(8, "DEPLOYING", 5, ours=False)

    assert _fetched()["decision"] == decision


@pytest.mark.parametrize(("mode", "decision"), [("auto", "roll_back"), ("notify", "settle")])
def test_the_mode_of_the_stack_decides_whether_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, mode: str, decision: str
) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", mode)

    assert _fetched()["decision"] == decision


def test_a_rollout_that_was_stopped_before_is_remembered(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF

    config = _fetched(stoppedDeployments=[samples.stopped_deployment()])

    assert config["result"] == samples.result(
        outcome="rollout_stopped", fromVersion=5, toVersion=3, deploymentNumber=8
    )
    assert config["inTheWay"] is None


_REVERTED = samples.stopped_deployment(number=6, version=2, reverted=True, description="4.1")
_FOUND_REVERTED = samples.stopped_deployment(number=6, reverted=True, confirmed=False)
_STOPPED = samples.stopped_deployment(number=6, version=2)
_FOUND_STOPPED = samples.stopped_deployment(number=6, version=2, confirmed=False)


@pytest.mark.parametrize(
    ("did", "announced"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"stoppedDeployments": []}, False, id="none"),
        pytest.param({"stoppedDeployments": [_FOUND_STOPPED]}, True, id="found stopped"),
        pytest.param({"stoppedDeployments": [_STOPPED]}, True, id="a stop"),
        pytest.param({"stoppedDeployments": [_FOUND_REVERTED]}, True, id="found reverted"),
        pytest.param(
            {"experiments": [samples.stopped_experiment(stopped=False)]}, False, id="another's stop"
        ),
        pytest.param({"stoppedDeployments": [_REVERTED]}, True, id="a revert"),
        pytest.param({"experiments": [samples.stopped_experiment()]}, True, id="an experiment"),
    ],
)
@pytest.mark.parametrize("outcome", ["duplicate", "ignored"])
def test_who_leaves_the_flag_to_others_tells_people_only_if_it_had_stopped_something(
    appconfig: AppConfig, outcome: str, did: dict[str, Any], *, announced: bool
) -> None:
    text = {"duplicate": OFF, "ignored": OPTED_OUT}[outcome]
    appconfig.release(8, 4, text, mark(base=3, by="another"))

    config = _fetched(**did)

    assert _outcome(config) == ("settle", outcome)
    assert config["announce"] is announced


def test_a_flag_that_opted_out_is_ignored_with_the_reason(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OPTED_OUT

    config = _fetched()

    assert _outcome(config) == ("settle", "ignored")
    assert config["result"]
    assert config["result"]["reason"] == "the flag says rollback: off"


def test_an_alarm_that_calls_for_nothing_is_settled_without_a_look(appconfig: AppConfig) -> None:
    appconfig.fail(NothingDeployedError("nothing"))

    answer = fetch_config.handler(
        task(alarm=samples.alarm(ignoredReason="the alarm is muted")), CONTEXT
    )

    assert answer == {
        "decision": "settle",
        "reason": "the alarm is muted",
        "announce": False,
        "result": samples.undeployed(
            "ignored", reason="the alarm is muted", fromVersion=None, flags=[]
        ),
    }


def test_a_run_of_an_experiment_that_shows_the_flag_is_to_be_stopped(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF
    appconfig.runs = [SHOWING]

    config = _fetched()

    assert (config["decision"], config["experiment"], config["result"]) == (
        "stop_experiment",
        samples.flag_experiment(),
        None,
    )


def test_the_run_that_was_stopped_is_the_outcome(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF
    appconfig.runs = [replace(SHOWING, running=False)]

    config = _fetched(experiments=[samples.stopped_experiment()])

    assert _outcome(config) == ("settle", "experiment_stopped")
    assert config["result"]
    assert config["result"]["flags"] == [_STOPPED_RUN]


_STOPPED_RUN = samples.flag_result(
    outcome="experiment_stopped", stoppedExperiment=samples.experiment()
)


@pytest.mark.parametrize(
    ("served", "flag"),
    [
        (ON, samples.flag_result(stoppedExperiment=samples.experiment())),
        (
            OPTED_OUT,
            samples.flag_result(
                outcome="opted_out",
                reason="the flag says rollback: off",
                stoppedExperiment=samples.experiment(),
            ),
        ),
    ],
)
def test_a_run_that_was_stopped_on_the_way_to_another_outcome_is_named_too(
    appconfig: AppConfig, served: str, flag: FlagResult
) -> None:
    appconfig.versions[3] = served

    config = _fetched(experiments=[samples.stopped_experiment()])

    assert (config["result"] or config)["flags"] == [flag]


def test_a_run_that_somebody_else_stopped_first_is_not_claimed(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF

    assert _outcome(_fetched(experiments=[samples.stopped_experiment(stopped=False)])) == (
        "settle",
        "already_off",
    )


def test_a_run_that_is_not_done_in_time_is_an_error_of_its_own(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF
    appconfig.runs = [SHOWING]

    with pytest.raises(ExperimentNotStoppedError, match=r"waiting for run 3 .* to be DONE"):
        _fetched(started_minutes_ago=15.1)


def test_the_stack_may_leave_experiments_alone(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig
) -> None:
    monkeypatch.setenv("EXPERIMENTS", "leave")
    appconfig.versions[3] = OFF
    appconfig.runs = [SHOWING]

    with pytest.raises(ExperimentLeftRunningError):
        _fetched()


def test_the_key_that_encrypts_what_is_served_is_passed_on(appconfig: AppConfig) -> None:
    appconfig.put(7, "COMPLETE", 3, kms_key="arn:aws:kms:eu-west-1:1:key/1")

    assert _fetched()["kmsKey"] == "arn:aws:kms:eu-west-1:1:key/1"


@pytest.mark.parametrize(
    ("descriptions", "released_at"),
    [
        pytest.param({6: mark(base=3)}, RELEASED_AT, id="by hand, before a rollback"),
        pytest.param({6: "by hand"}, FIRED + timedelta(seconds=1), id="by hand"),
        pytest.param({6: mark(base=3), 3: mark(base=2)}, None, id="by this system alone"),
    ],
)
def test_the_last_release_by_anyone_but_this_system_is_found(
    appconfig: AppConfig, descriptions: dict[int, str], released_at: datetime | None
) -> None:
    earlier = re.sub("transition=[^ ]+", "transition=2026-03-01T00:00:00.000Z", mark(base=3))
    appconfig.release(8, 6, ON, earlier)
    appconfig.written_by |= descriptions

    assert _fetched()["releasedAt"] == (iso(released_at) if released_at else None)


@pytest.mark.parametrize(
    ("state", "waiting_for"),
    [
        ("BAKING", r"deployment 8 of profile 'limits' \(BAKING\), which should end at 20.*Z$"),
        (None, "a moment without other writers$"),
    ],
)
def test_a_spent_budget_ends_the_rollback_and_says_what_it_waited_for(
    appconfig: AppConfig, state: str | None, waiting_for: str
) -> None:
    if state:
        appconfig.put(8, state, 5, ours=False)

    with pytest.raises(RollbackBudgetSpentError, match=f"waiting for {waiting_for}") as raised:
        _fetched(started_minutes_ago=15.1)

    assert "not confirmed off 15 minutes after" in str(raised.value)


def test_no_rollout_is_stopped_any_more_once_the_budget_is_spent(appconfig: AppConfig) -> None:
    appconfig.put(8, "DEPLOYING", 5)

    with pytest.raises(RollbackBudgetSpentError, match="deployment 8 of profile 'flags'"):
        _fetched(started_minutes_ago=15.1)


def test_the_budget_begins_anew_with_a_redrive(redrives: list[datetime]) -> None:
    redrives.append(datetime.now(UTC) - timedelta(minutes=1))

    assert _fetched(started_minutes_ago=600)["decision"] == "roll_back"


def test_a_spent_budget_does_not_matter_once_the_flag_is_off(appconfig: AppConfig) -> None:
    appconfig.versions[3] = OFF

    assert _outcome(_fetched(started_minutes_ago=600)) == ("settle", "already_off")


@pytest.mark.parametrize(("earlier", "longest"), [(None, 2), (1, 4), (3, 16), (500, 30)])
def test_each_turn_waits_longer_up_to_a_bound_and_never_the_same(
    monkeypatch: pytest.MonkeyPatch, earlier: int | None, longest: int
) -> None:
    bounds: list[tuple[int, int]] = []

    def randint(low: int, high: int) -> int:
        bounds.append((low, high))
        return high

    monkeypatch.setattr(random, "randint", randint)
    before: dict[str, Any] = {} if earlier is None else {"config": samples.config(attempt=earlier)}

    config = _fetched(**before)

    assert bounds == [(1, longest)]
    assert (config["attempt"], config["backoffSeconds"]) == ((earlier or 0) + 1, longest)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"flags": {"other": {"enabled": true}}}', FlagNotFoundError),
        ("flags: {}", UnreadableDocumentError),
    ],
)
def test_a_document_without_the_flag_is_an_error(
    appconfig: AppConfig, text: str, error: type[Exception]
) -> None:
    appconfig.versions[3] = text

    with pytest.raises(error):
        _fetched()


def test_an_environment_that_serves_nothing_is_an_error(appconfig: AppConfig) -> None:
    appconfig.deployments.clear()

    with pytest.raises(NothingDeployedError):
        _fetched()


def test_the_run_that_was_to_be_stopped_is_read_by_its_number(
    appconfig: AppConfig, known_runs: list[Experiment | None]
) -> None:
    appconfig.versions[3] = OFF

    _fetched(experiments=[samples.stopped_experiment()])
    _fetched(experiments=[samples.stopped_experiment(stopped=False)])
    _fetched()

    assert known_runs == [samples.experiment(), samples.experiment(), None]


def test_versions_are_not_listed_where_another_execution_has_turned_the_flags_off(
    appconfig: AppConfig,
) -> None:
    appconfig.versions[3] = OFF
    appconfig.release(9, 6, OFF, by=str(Mark(1, "another", None, iso(FIRED), "another", 3)))

    config = _fetched()

    assert config["decision"] == "settle"
    assert len(appconfig.asked["ListDeployments"]) == 1
    assert not appconfig.asked["ListHostedConfigurationVersions"]


def test_versions_are_listed_where_what_came_since_has_the_flag_on(appconfig: AppConfig) -> None:
    appconfig.release(9, 6, ON, by=str(Mark(1, "another", None, iso(FIRED), "another", 3)))

    config = _fetched()

    assert (config["decision"], config["latestVersion"]) == ("roll_back", 6)

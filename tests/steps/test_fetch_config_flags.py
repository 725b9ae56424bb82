"""FetchConfig goes by what the alarm's tags allow, and says what becomes of each of its flags."""

from __future__ import annotations

import json
from threading import Barrier
from typing import TYPE_CHECKING, Any, cast

import pytest

import fetch_config
from appconfig_rollback.adapters import alarms
from appconfig_rollback.errors import (
    PermissionDeniedError,
    ResourceMissingError,
    RetryLaterError,
    RollbackError,
)
from tests import samples
from tests.appconfig import BOTH_OFF, SHOWING, AppConfig
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.adapters.experiments import ExperimentStore
    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.state import Alarm, Config, Experiment

_WITH_A_POLICY = (
    '{"flags": {"new-checkout": {"enabled": true, "metadata": {"rollback": "POLICY"}}}}'
)
_ALARM_ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:FeatureFlag-new-checkout-ErrorRate"


def _fetched(alarm: Alarm, **state: Any) -> Config:
    return cast("Config", fetch_config.handler(task(alarm=alarm, **state), CONTEXT))


def _outcome(config: Config) -> tuple[str, str]:
    assert config["result"]
    return config["decision"], config["result"]["outcome"]


def _of_two(**changed: Any) -> Alarm:
    """An alarm that guards both flags of the document."""
    return samples.alarm(flags=["new-checkout", "other"], namedBy="tag", **changed)


def _untagged(policy: str | None = None) -> Alarm:
    """An alarm whose tags did not come along, unless with a policy."""
    began = samples.minutes_ago(0)
    return samples.alarm(policy=policy, alarmArn=_ALARM_ARN, startedAt=began)


def _tags_are(monkeypatch: pytest.MonkeyPatch, answer: dict[str, str] | RollbackError) -> list[str]:
    """Answer with tags, or why they cannot be read; gives the ARNs that are asked for."""
    asked: list[str] = []

    def read(arn: str) -> dict[str, str]:
        asked.append(arn)
        if isinstance(answer, RollbackError):
            raise answer
        return answer

    monkeypatch.setattr(alarms, "tags", read)
    return asked


def test_tags_that_did_not_come_along_are_read_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig
) -> None:
    both_asked = Barrier(2, timeout=30)

    def read(arn: str) -> dict[str, str]:
        assert arn == _ALARM_ARN
        both_asked.wait()
        return {"feature-flag-rollback": "notify"}

    monkeypatch.setattr(alarms, "tags", read)
    appconfig.meanwhile["GetHostedConfigurationVersion"] = both_asked.wait

    config = _fetched(alarm=_untagged())

    assert _outcome(config) == ("settle", "dry_run")
    assert config["reason"] == (
        "the alarm's tag feature-flag-rollback is set to tell, and to do nothing"
    )
    assert config["aboutTags"] is None


@pytest.mark.parametrize(
    "alarm",
    [
        pytest.param({"policy": "auto", "alarmArn": _ALARM_ARN}, id="they came along"),
        pytest.param({"policy": None, "alarmArn": None}, id="no ARN to read them by"),
    ],
)
def test_tags_are_not_read_where_they_are_known_or_nothing_says_whose(
    monkeypatch: pytest.MonkeyPatch, alarm: dict[str, Any]
) -> None:
    asked = _tags_are(monkeypatch, {"feature-flag-rollback": "off"})

    config = _fetched(alarm=samples.alarm(startedAt=samples.minutes_ago(0), **alarm))

    assert (config["decision"], config["aboutTags"], asked) == ("roll_back", None, [])


@pytest.mark.parametrize(
    "error",
    [
        PermissionDeniedError("no right"),
        ResourceMissingError("no such alarm"),
    ],
)
def test_a_rollback_does_not_hang_on_tags_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, error: RollbackError
) -> None:
    asked = _tags_are(monkeypatch, error)

    config = _fetched(alarm=_untagged())

    about = f"What the alarm's tags allow could not be read, so it was taken for auto: {error}"
    assert (config["decision"], config["aboutTags"]) == ("roll_back", about)
    assert asked == [_ALARM_ARN]


@pytest.mark.parametrize(("throttled", "decision"), [(4, "settle"), (5, "roll_back")])
def test_tags_that_are_throttled_are_asked_for_anew_before_they_are_taken_for_auto(
    monkeypatch: pytest.MonkeyPatch, throttled: int, decision: str
) -> None:
    refusals = iter([RetryLaterError("throttled")] * throttled)

    def read(_arn: str) -> dict[str, str]:
        for refusal in refusals:
            raise refusal
        return {"feature-flag-rollback": "notify"}

    monkeypatch.setattr(alarms, "tags", read)

    config = _fetched(alarm=_untagged())

    assert config["decision"] == decision
    assert (config["aboutTags"] is None) == (throttled < 5)


def test_tags_are_read_once_an_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _tags_are(monkeypatch, {"feature-flag": "more"})
    alarm = _untagged()
    first = _fetched(alarm=alarm)

    again = _fetched(alarm=alarm, config=first)
    assert (again["aboutTags"], again["alarmPolicy"], len(asked)) == (first["aboutTags"], "auto", 1)

    redriven = samples.alarm(policy=None, startedAt=samples.minutes_ago(-1), alarmArn=_ALARM_ARN)
    _fetched(alarm=redriven, config=first)
    assert len(asked) == 2


def test_tags_that_could_not_be_read_are_read_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _tags_are(monkeypatch, PermissionDeniedError("no right"))
    first = _fetched(alarm=_untagged())
    _tags_are(monkeypatch, {"feature-flag-rollback": "notify"})

    again = _fetched(alarm=_untagged(), config=first)

    assert (first["alarmPolicy"], again["alarmPolicy"]) == (None, "notify")
    assert (_outcome(again), again["aboutTags"]) == (("settle", "dry_run"), None)


def test_people_are_told_of_tags_that_name_other_flags_and_do_not_travel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tags = {"feature-flag": "other new-checkout more", "feature-flag-rollback": "notify"}
    _tags_are(monkeypatch, tags)

    config = _fetched(alarm=_untagged())

    assert _outcome(config) == ("settle", "dry_run")
    assert config["aboutTags"] == (
        "The alarm's tags name other, more, too, but do not travel with its events "
        "(AlarmTagsPropagation): its name decided"
    )


_POLICIES = ("auto", "notify", "off")
_OUTCOME_OF = {"auto": "rolled_back", "notify": "dry_run", "off": "opted_out"}


@pytest.mark.parametrize("stack", ["auto", "notify"])
@pytest.mark.parametrize("alarm", _POLICIES)
@pytest.mark.parametrize("flag", _POLICIES)
@pytest.mark.parametrize("came", [True, False])
def test_the_strictest_of_stack_alarm_and_flag_decides(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    stack: str,
    alarm: str,
    flag: str,
    *,
    came: bool,
) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", stack)
    _tags_are(monkeypatch, {"feature-flag-rollback": alarm})
    appconfig.versions[3] = _WITH_A_POLICY.replace("POLICY", flag)

    config = _fetched(alarm=_untagged(alarm if came else None))

    strictest = max((stack, alarm, flag), key=_POLICIES.index)
    told = (config["result"] or config)["flags"]
    assert [each["outcome"] for each in told] == [_OUTCOME_OF[strictest]]
    assert config["decision"] == ("roll_back" if strictest == "auto" else "settle")


def test_what_becomes_of_each_flag_of_the_alarm_is_told(appconfig: AppConfig) -> None:
    opted_out = {"enabled": True, "metadata": {"rollback": "off"}}
    flags = {"a": {"enabled": True}, "b": {"enabled": False}, "c": opted_out}
    appconfig.versions[3] = json.dumps({"flags": flags})
    alarm = samples.alarm(flags=list("abcd"), namedBy="tag", startedAt=samples.minutes_ago(0))

    config = _fetched(alarm=alarm)

    assert config["decision"] == "roll_back"
    assert config["flags"] == [
        samples.flag_result("a", "rolled_back"),
        samples.flag_result("b", "already_off"),
        samples.flag_result("c", "opted_out", reason="the flag says rollback: off"),
        samples.flag_result("d", "not_found", reason="version 3 has no flag of that name"),
    ]


def test_the_runs_of_all_flags_are_asked_for_each_with_the_run_that_is_known(
    appconfig: AppConfig, runs: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Experiment | None] = {}
    running = runs.running

    def noting(flag: str, known: Experiment | None = None) -> list[ExperimentRun]:
        asked[flag] = known
        return running(flag, known)

    monkeypatch.setattr(runs, "running", noting)
    appconfig.versions[3] = BOTH_OFF

    config = _fetched(alarm=_of_two(), experiments=[samples.stopped_experiment("other")])

    assert asked == {"new-checkout": None, "other": samples.experiment()}
    assert _outcome(config) == ("settle", "experiment_stopped")


def test_one_of_two_flags_that_an_experiment_shows_has_its_run_stopped(
    appconfig: AppConfig,
) -> None:
    appconfig.versions[3] = BOTH_OFF
    appconfig.runs, appconfig.on = [SHOWING], {SHOWING.definition: "other"}

    config = _fetched(alarm=_of_two(startedAt=samples.minutes_ago(0)))

    assert config["decision"] == "stop_experiment"
    assert config["experiment"] == samples.flag_experiment("other")

"""What an alarm would do about an experiment, and which one a rollback has stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.errors import PermissionDeniedError, RollbackError
from appconfig_rollback.experiments import ExperimentRun, reason_to_stop
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from flag_rollback.access import Access
from flag_rollback.checks import experiments
from flag_rollback.flags.experiments import Prospect, Rules, stopped_by_rollback
from flag_rollback.surroundings import Surroundings
from flag_rollback.watched import Watched
from tests import samples
from tests.appconfig import SHOWING, AppConfig
from tests.appconfig_client import open_experiments
from tests.operators.profiles import PLACE, FakeProfile, feature_flags
from tests.samples import FIRED, FLAG

if TYPE_CHECKING:
    from flag_rollback.findings import Finding

SHOWS = "run 3 of experiment 'checkout-test' (exp1234) shows new-checkout to users: an alarm would"
STOP, LEAVE = Rules("auto", "stop"), Rules("auto", "leave")


def _prospect(
    rules: Rules, flag: bool | dict[str, object] = False, run: ExperimentRun = SHOWING
) -> Prospect:
    text = feature_flags(new_checkout=flag)
    served = FlagDocument(text.encode(), "application/json", FEATURE_FLAGS)
    return rules.prospect(run, FLAG, served)


def test_it_stops_the_run_after_the_flag_is_off_in_what_is_served() -> None:
    assert _prospect(STOP, flag=True) == Prospect(
        f"{SHOWS} turn new-checkout off in what is served, then stop it"
    )
    assert _prospect(STOP, flag=False) == Prospect(f"{SHOWS} stop it")


def test_a_stack_that_leaves_experiments_fails_and_says_what_to_set() -> None:
    told = _prospect(LEAVE, flag=True)

    assert told.what == (
        f"{SHOWS} turn new-checkout off in what is served, then fail with "
        "ExperimentLeftRunningError and name it, because the stack's Experiments is leave; users "
        "would keep the flag"
    )
    assert told.remedy == "set the stack's parameter Experiments to stop"
    assert _prospect(LEAVE).what.startswith(f"{SHOWS} fail with ExperimentLeftRunningError")


@pytest.mark.parametrize(
    ("rules", "flag", "does"),
    [
        (Rules("off", "leave"), {"enabled": True}, "do nothing, because the stack's Mode is off"),
        (
            Rules("auto", "stop", "off"),
            {"enabled": True},
            "do nothing, because the alarm's tag feature-flag-rollback is off",
        ),
        (
            Rules("auto", "stop", "notify"),
            {"enabled": True},
            "only say that it would be stopped, because the alarm's tag feature-flag-rollback is "
            "notify",
        ),
        (
            LEAVE,
            {"enabled": True, "rollback": "off"},
            "do nothing, because the flag says rollback: off",
        ),
        (
            Rules("notify", "stop"),
            {"enabled": True},
            "only say that it would be stopped, because the stack's Mode is notify",
        ),
        (
            Rules("notify", "leave"),
            {"enabled": True},
            "only say that it would be left running, because the stack's Mode is notify",
        ),
        (
            STOP,
            {"enabled": False, "rollback": "notify"},
            "only say that it would be stopped, because the flag's rollback is notify",
        ),
    ],
)
def test_it_does_nothing_where_the_stack_or_the_flag_holds_it_back(
    rules: Rules, flag: dict[str, object], does: str
) -> None:
    assert _prospect(rules, flag) == Prospect(f"{SHOWS} {does}")


def test_a_run_that_has_the_flag_off_is_left_running() -> None:
    told = _prospect(LEAVE, flag=True, run=replace(SHOWING, shows_flag=False))

    assert told.what.endswith("has new-checkout off for everybody: an alarm would leave it running")
    assert told.remedy is None


def test_a_flag_that_is_not_served_cannot_be_rolled_back() -> None:
    served = FlagDocument(feature_flags().encode(), "application/json", FEATURE_FLAGS)

    for document in (served, None):
        told = STOP.prospect(SHOWING, FLAG, document)
        assert "fail, because what is served has no flag new-checkout" in told.what
        assert told.remedy == "release new-checkout, at least off"


def _checked(profile: FakeProfile, **parameters: str) -> list[Finding]:
    place = {
        "ApplicationId": PLACE.application,
        "EnvironmentId": PLACE.environment,
        "ConfigurationProfileId": PLACE.profile,
    }
    at = Surroundings(Access(), Watched("arn", "stack", {}, place | parameters))
    at.__dict__["profile"] = profile
    return list(experiments(at))


def test_the_doctor_says_it_of_each_run_and_only_what_fails_is_a_fault() -> None:
    profile = FakeProfile(on=True)
    profile.appconfig.runs = [SHOWING, replace(SHOWING, number=4)]

    told = _checked(profile)

    assert [finding.remedy for finding in told] == [None, None]
    assert told[0].what == f"{SHOWS} turn new-checkout off in what is served, then stop it"
    assert told[1].what.startswith("run 4 of experiment")
    (left, _) = _checked(profile, Experiments="leave")
    assert left.remedy == "set the stack's parameter Experiments to stop"
    (quiet, _) = _checked(profile, Mode="off", Experiments="leave")
    assert quiet.remedy is None
    profile.appconfig.runs = []
    assert _checked(profile) == []


def test_without_the_right_to_read_experiments_the_doctor_says_that_it_is_unknown() -> None:
    profile = FakeProfile(on=True)
    profile.experiments_are_denied(PermissionDeniedError("listing the experiments"))

    (told,) = _checked(profile)

    assert told.what == (
        "whether experiments show flags to users is unknown: your AWS credentials do not allow "
        "this: listing the experiments"
    )
    assert "appconfig:ListExperimentDefinitions" in str(told.remedy)


def _ended(number: int, fired: datetime, reasons: str | None = None) -> ExperimentRun:
    mark = samples.marked(3, fired=fired)
    reason = reason_to_stop(mark, "an-alarm", "12.7 > 5.0") if reasons is None else reasons
    return replace(SHOWING, number=number, running=False, reasons=reason)


def _stopped_by_rollback(runs: list[ExperimentRun], since: datetime) -> ExperimentRun | None:
    return stopped_by_rollback(open_experiments(AppConfig(runs=runs)), FLAG, since)


def test_the_run_that_a_rollback_stopped_last_is_known_by_its_mark() -> None:
    runs = [
        _ended(1, FIRED),
        _ended(2, FIRED + timedelta(days=1)),
        _ended(3, FIRED - timedelta(days=1)),
        _ended(4, FIRED + timedelta(days=2), reasons="the treatment lost"),
    ]

    found = _stopped_by_rollback(runs, datetime.fromtimestamp(0, UTC))

    assert found == runs[1]
    assert _stopped_by_rollback(runs[3:], FIRED) is None


def test_what_cannot_be_read_is_not_taken_for_nothing() -> None:
    denied = AppConfig()
    denied.fail(PermissionDeniedError("no"))

    with pytest.raises(RollbackError):
        stopped_by_rollback(open_experiments(denied), FLAG, FIRED)

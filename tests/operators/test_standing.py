"""What users get of a flag now: "off" is told only where nothing that can be read has it on."""

from __future__ import annotations

from dataclasses import replace

from appconfig_rollback.errors import NotHostedError, PermissionDeniedError
from flag_rollback.execution import words
from flag_rollback.flags.served import Standing
from tests.appconfig import SHOWING
from tests.operators.profiles import FakeProfile
from tests.samples import FLAG

DENIED = PermissionDeniedError("listing the experiments (appconfig:ListExperimentDefinitions)")
RUN = "run 3 of experiment 'checkout-test' (exp1234)"


def _told(profile: FakeProfile) -> tuple[str, str]:
    standing = profile.standing(FLAG)
    return standing.state, words.standing(FLAG, standing)


def test_off_is_told_with_what_is_served() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.runs = [replace(SHOWING, shows_flag=False)]

    assert _told(profile) == ("off", "new-checkout is OFF (version 3, deployment 7)")


def test_an_experiment_that_shows_it_is_named() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.runs = [SHOWING]

    state, told = _told(profile)

    assert state == "on"
    assert told.startswith(f"new-checkout is ON: {RUN} shows it, whatever is deployed")
    assert "version 3, deployment 7" in told
    assert profile.standing(FLAG).experiment == SHOWING


def test_an_experiment_that_shows_what_is_on_anyway_is_named_as_well() -> None:
    profile = FakeProfile(on=True)
    profile.appconfig.runs = [SHOWING]

    expected = f"new-checkout is ON (version 3, deployment 7); {RUN} shows it, too"
    assert _told(profile) == ("on", expected)
    assert profile.standing(FLAG).serving == 100.0


def test_what_is_on_is_on_whether_or_not_experiments_can_be_read() -> None:
    profile = FakeProfile(on=True)
    profile.experiments_are_denied(DENIED)

    assert _told(profile) == ("on", "new-checkout is ON (version 3, deployment 7)")


def test_without_the_right_to_read_experiments_off_is_unknown() -> None:
    profile = FakeProfile(on=False)
    profile.experiments_are_denied(DENIED)

    state, told = _told(profile)

    assert state == "unknown"
    assert "because your AWS credentials do not allow this: listing the experiments" in told
    assert "OFF" not in told


def test_a_rollout_that_turns_it_on_counts() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.put(8, "DEPLOYING", 4, percentage=20.0)

    state, told = _told(profile)

    assert state == "on"
    assert told == (
        "new-checkout is ON: a rollout is turning it on, on top of version 3, deployment 7; "
        "deployment 8 of version 4 is DEPLOYING, 20 % done"
    )


def test_a_deployment_of_appconfigs_own_with_the_flag_on_makes_it_unknown() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.put(9, version=4, managed=True)

    state, told = _told(profile)

    assert state == "unknown"
    assert "because deployment 9, AppConfig's own, came after deployment 7" in told


def test_a_deployment_of_appconfigs_own_in_progress_is_told_as_such() -> None:
    profile = FakeProfile(on=True)
    profile.appconfig.put(8, "DEPLOYING", 3, managed=True)

    assert "deployment 8 of version 3, AppConfig's own, is DEPLOYING" in _told(profile)[1]


def test_a_profile_that_is_not_hosted_is_unknown() -> None:
    profile = FakeProfile(on=True)
    elsewhere = NotHostedError("its documents are at s3://bucket")
    profile.appconfig.fail(elsewhere, "GetConfigurationProfile")

    assert profile.standing(FLAG) == Standing(
        "unknown", "its documents are at s3://bucket", version=3, deployment=7
    )

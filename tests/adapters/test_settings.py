"""The settings are read once, and what is missing or unusable is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appconfig_rollback.adapters.settings import Settings, given, settings
from appconfig_rollback.errors import MissingSettingError
from appconfig_rollback.guarding import AlarmNames
from appconfig_rollback.target import Target
from tests.settings import SETTINGS


def test_the_stacks_parameters_become_typed_values() -> None:
    assert Settings.read(SETTINGS) == Settings(
        target=Target("app1234", "env1234", "prof123"),
        flags_at="",
        deployment_strategy="strat12",
        topic="arn:aws:sns:eu-west-1:123456789012:notices",
        alarm_names=AlarmNames("FeatureFlag-", "-ErrorRate"),
        max_alarm_age=timedelta(minutes=15),
        rollback_budget=timedelta(minutes=15),
        sweep=timedelta(minutes=5),
        watch=timedelta(minutes=15),
        mode="auto",
        busy_environment="wait",
        experiments="stop",
        monitor_roles=(),
        max_flags=None,
    )


def test_another_ones_settings_count_only_while_they_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()

    with given({**SETTINGS, "ROLLBACK_MODE": "notify"}):
        assert settings().mode == "notify"
    assert settings().mode == "auto"
    settings.cache_clear()


def test_roles_are_a_list() -> None:
    settings = Settings.read({**SETTINGS, "MONITOR_ROLE_ARNS": "arn:a,arn:b"})

    assert settings.monitor_roles == ("arn:a", "arn:b")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_is_not_there_is_named(name: str) -> None:
    without = {key: value for key, value in SETTINGS.items() if key != name}

    with pytest.raises(MissingSettingError, match=f"environment variable {name}, .*got nothing"):
        Settings.read(without)


def test_what_may_be_empty_may_be_empty_and_nothing_else() -> None:
    may_be_empty = set()
    for name in SETTINGS:
        try:
            Settings.read({**SETTINGS, name: ""})
        except MissingSettingError:
            continue
        may_be_empty.add(name)

    assert may_be_empty == {"ALARM_NAME_SUFFIX", "FLAGS_AT", "MONITOR_ROLE_ARNS"}


def test_what_may_be_empty_has_to_be_there_all_the_same() -> None:
    variables = {name: value for name, value in SETTINGS.items() if name != "FLAGS_AT"}

    with pytest.raises(MissingSettingError, match=r"expected a text in .* FLAGS_AT, .*got nothing"):
        Settings.read(variables)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MAX_ALARM_AGE_MINUTES", "soon", "a number of minutes"),
        ("SWEEP_SECONDS", "long", "a number of seconds"),
        ("ROLLBACK_MODE", "on", "one of auto, notify, off"),
        ("BUSY_ENVIRONMENT", "go", "one of wait, stop"),
        ("EXPERIMENTS", "keep", "one of stop, leave"),
        ("SNS_TOPIC_ARN", "", "a text"),
        ("MAX_FLAGS_PER_HOUR", "many", "a whole number, 0 or more"),
    ],
)
def test_a_value_that_is_no_use_is_named_with_what_was_expected(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(MissingSettingError, match=f"{expected} in .* {name}, .*got '{value}'"):
        Settings.read({**SETTINGS, name: value})

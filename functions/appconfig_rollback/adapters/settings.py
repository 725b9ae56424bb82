"""The functions' settings: environment variables that template.yaml sets, read once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Literal, TypeVar, get_args

from appconfig_rollback.errors import MissingSettingError
from appconfig_rollback.guarding import AlarmNames
from appconfig_rollback.policy import Policy
from appconfig_rollback.target import Target

OnBusy = Literal["wait", "stop"]
OnExperiment = Literal["stop", "leave"]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Settings:
    """What the stack's parameters say; their names in template.yaml say what each is for."""

    target: Target
    flags_at: str
    deployment_strategy: str
    topic: str
    alarm_names: AlarmNames
    max_alarm_age: timedelta
    rollback_budget: timedelta
    sweep: timedelta
    watch: timedelta
    mode: Policy
    busy_environment: OnBusy
    experiments: OnExperiment
    monitor_roles: tuple[str, ...]
    max_flags: int | None

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Settings:
        """Read them from environment variables.

        Raises:
            MissingSettingError: one is not set, or has no usable value.
        """

        def one(name: str, convert: Callable[[str], Value], expected: str) -> Value:
            try:
                return convert(variables[name])
            except (KeyError, ValueError) as error:
                got = repr(variables[name]) if name in variables else "nothing"
                raise MissingSettingError(
                    f"expected {expected} in the environment variable {name}, as template.yaml "
                    f"sets it; got {got}"
                ) from error

        def text(name: str) -> str:
            return one(name, _not_empty, "a text")

        def maybe_empty(name: str) -> str:
            return one(name, str, "a text")

        def one_of(name: str, choices: tuple[Value, ...]) -> Value:
            return one(name, _choosing(choices), f"one of {', '.join(map(str, choices))}")

        def minutes(name: str) -> timedelta:
            return one(name, lambda value: timedelta(minutes=float(value)), "a number of minutes")

        return cls(
            target=Target(
                application=text("APPCONFIG_APPLICATION"),
                environment=text("APPCONFIG_ENVIRONMENT"),
                profile=text("APPCONFIG_PROFILE"),
            ),
            flags_at=maybe_empty("FLAGS_AT"),
            deployment_strategy=text("DEPLOYMENT_STRATEGY_ID"),
            topic=text("SNS_TOPIC_ARN"),
            alarm_names=AlarmNames(text("ALARM_NAME_PREFIX"), maybe_empty("ALARM_NAME_SUFFIX")),
            max_alarm_age=minutes("MAX_ALARM_AGE_MINUTES"),
            rollback_budget=minutes("ROLLBACK_BUDGET_MINUTES"),
            sweep=one(
                "SWEEP_SECONDS",
                lambda value: timedelta(seconds=float(value)),
                "a number of seconds",
            ),
            watch=minutes("WATCH_MINUTES"),
            mode=one_of("ROLLBACK_MODE", get_args(Policy)),
            busy_environment=one_of("BUSY_ENVIRONMENT", get_args(OnBusy)),
            experiments=one_of("EXPERIMENTS", get_args(OnExperiment)),
            max_flags=one("MAX_FLAGS_PER_HOUR", _whole, "a whole number, 0 or more") or None,
            monitor_roles=tuple(filter(None, maybe_empty("MONITOR_ROLE_ARNS").split(","))),
        )


@contextmanager
def given(variables: Mapping[str, str]) -> Iterator[None]:
    """Let the settings be read from these variables: those of a person at a terminal."""
    global _variables
    before, _variables = _variables, variables
    settings.cache_clear()
    try:
        yield
    finally:
        _variables = before
        settings.cache_clear()


@cache
def settings() -> Settings:
    """Read this process's settings, once.

    Raises:
        MissingSettingError: as `Settings.read`.
    """
    return Settings.read(_variables)


_variables: Mapping[str, str] = os.environ


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("it is empty")
    return value


def _whole(value: str) -> int:
    if not value.isdecimal():
        raise ValueError("it is no whole number")
    return int(value)


def _choosing(choices: tuple[Value, ...]) -> Callable[[str], Value]:
    by_text = {str(choice): choice for choice in choices}
    return by_text.__getitem__

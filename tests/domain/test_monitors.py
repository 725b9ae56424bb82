"""Monitors are taken off and put back; what others did to the environment meanwhile stays."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.monitors import merged, restore_monitors_command, without
from appconfig_rollback.state import Monitor

_ONE: Monitor = {"AlarmArn": "arn:one", "AlarmRoleArn": "arn:role"}
_TWO: Monitor = {"AlarmArn": "arn:two"}
_CHANGED: Monitor = {"AlarmArn": "arn:one", "AlarmRoleArn": "arn:other-role"}

_MONITORS = st.lists(
    st.sampled_from("abcde").map(lambda name: Monitor(AlarmArn=name)),
    unique_by=lambda monitor: monitor["AlarmArn"],
)


@pytest.mark.parametrize(
    ("suspended", "left"), [([], [_ONE, _TWO]), ([_TWO], [_ONE]), ([_CHANGED, _TWO], [])]
)
def test_the_suspended_ones_are_left_out_by_their_alarm(
    suspended: list[Monitor], left: list[Monitor]
) -> None:
    assert without([_ONE, _TWO], suspended) == left


def test_what_is_there_by_now_stays_as_it_is() -> None:
    assert merged([_CHANGED], [_ONE, _TWO]) == [_CHANGED, _TWO]


@given(_MONITORS, _MONITORS)
def test_taking_off_and_putting_back_loses_nothing_and_repeats_nothing(
    monitors: list[Monitor], firing: list[Monitor]
) -> None:
    suspended = [monitor for monitor in firing if monitor in monitors]

    back = merged(without(monitors, suspended), suspended)

    assert sorted(monitor["AlarmArn"] for monitor in back) == sorted(
        monitor["AlarmArn"] for monitor in monitors
    )
    assert merged(back, suspended) == back


def test_the_command_for_a_person_sets_all_monitors_at_once() -> None:
    command = restore_monitors_command("app1234", "env1234", [_ONE, _TWO], "eu-west-1")

    *words, monitors = shlex.split(command)
    assert words == [
        *("aws", "appconfig", "update-environment", "--region", "eu-west-1"),
        *("--application-id", "app1234", "--environment-id", "env1234", "--monitors"),
    ]
    assert json.loads(monitors) == [_ONE, _TWO]

"""The monitors that undo the rollback are found, taken off while it deploys, and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import find_monitors
import restore_monitors
import suspend_monitors
from appconfig_rollback.errors import PermissionDeniedError
from tests.samples import CONTEXT, FIRING, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Monitor, Monitors
    from tests.appconfig import AppConfig

CALM: Monitor = {"AlarmArn": "arn:calm"}
GONE: Monitor = {"AlarmArn": "arn:gone"}
NEW: Monitor = {"AlarmArn": "arn:new"}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The alarms' states; an alarm that is gone has none."""
    known = {"arn:firing": "ALARM", "arn:calm": "OK"}

    def read(arns: list[str]) -> dict[str, str]:
        return {arn: known[arn] for arn in arns if arn in known}

    monkeypatch.setattr(find_monitors, "states", read)
    return known


def _found(**state: Any) -> Monitors:
    return find_monitors.handler(task(**state), CONTEXT)


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_every_monitor_that_is_not_ok_is_found_and_nothing_is_changed(
    appconfig: AppConfig, states: dict[str, str], state: str
) -> None:
    states["arn:firing"] = state
    appconfig.monitors = [CALM, FIRING, GONE]

    assert _found() == {"suspended": [FIRING, GONE], "restored": False}
    assert appconfig.set_to == []


@pytest.mark.usefixtures("states")
def test_an_environment_without_monitors_has_none_to_suspend() -> None:
    assert _found() == {"suspended": [], "restored": False}


@pytest.mark.usefixtures("states")
@pytest.mark.parametrize(("restored", "kept"), [(False, [GONE]), (True, [])])
def test_what_is_still_off_is_not_forgotten(
    appconfig: AppConfig, *, restored: bool, kept: list[Monitor]
) -> None:
    appconfig.monitors = [FIRING, CALM]

    found = _found(monitors={"suspended": [GONE], "restored": restored})

    assert found == {"suspended": [*kept, FIRING], "restored": False}


def test_an_environment_in_which_nothing_fires_any_more_is_left_as_it_is(
    appconfig: AppConfig,
) -> None:
    appconfig.monitors = [CALM]
    found: Monitors = {"suspended": [], "restored": False}

    assert suspend_monitors.handler(task(monitors=found), CONTEXT) == found
    assert appconfig.set_to == []


def test_the_monitors_that_were_found_are_taken_off_and_the_others_keep_watching(
    appconfig: AppConfig,
) -> None:
    appconfig.monitors = [CALM, FIRING, NEW]
    found: Monitors = {"suspended": [FIRING, GONE], "restored": False}

    assert suspend_monitors.handler(task(monitors=found), CONTEXT) == found
    assert appconfig.set_to == [[CALM, NEW]]


def test_they_are_put_back_among_those_there_are_by_then(appconfig: AppConfig) -> None:
    changed: Monitor = {"AlarmArn": "arn:calm", "AlarmRoleArn": "arn:new-role"}
    appconfig.monitors = [changed, NEW]
    suspended: list[Monitor] = [FIRING, CALM]

    answer = restore_monitors.handler(
        task(monitors={"suspended": suspended, "restored": False, "failure": {"Error": "x"}}),
        CONTEXT,
    )

    assert answer == {"suspended": suspended, "restored": True}
    assert appconfig.set_to == [[changed, NEW, FIRING]]


def test_putting_them_back_twice_is_putting_them_back_once(appconfig: AppConfig) -> None:
    for _ in range(2):
        restore_monitors.handler(task(monitors={"suspended": [FIRING], "restored": False}), CONTEXT)

    assert appconfig.monitors == [FIRING]


@pytest.mark.parametrize("step", [suspend_monitors, restore_monitors])
def test_monitors_that_cannot_be_changed_are_an_error(appconfig: AppConfig, step: object) -> None:
    appconfig.fail(PermissionDeniedError("no iam:PassRole"))

    with pytest.raises(PermissionDeniedError):
        step.handler(  # type: ignore[attr-defined]
            task(monitors={"suspended": [FIRING], "restored": False}), CONTEXT
        )


def test_where_no_monitor_is_missing_nothing_is_written(appconfig: AppConfig) -> None:
    appconfig.monitors = [FIRING]

    answer = restore_monitors.handler(
        task(monitors={"suspended": [FIRING], "restored": False}), CONTEXT
    )

    assert answer["restored"]
    assert appconfig.set_to == []

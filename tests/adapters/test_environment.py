"""A deployment is stopped, and the environment's monitors are read and replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.errors import PermissionDeniedError, RequestRefusedError, RollbackError

if TYPE_CHECKING:
    from botocore.stub import Stubber
    from mypy_boto3_appconfig.type_defs import MonitorTypeDef

ENVIRONMENT = {"ApplicationId": "app1234", "EnvironmentId": "env1234"}
MONITORS: list[MonitorTypeDef] = [
    {"AlarmArn": "arn:aws:cloudwatch:a", "AlarmRoleArn": "arn:aws:iam::123456789012:role/monitor"},
    {"AlarmArn": "arn:aws:cloudwatch:b"},
]


def _store() -> AppConfigStore:
    return AppConfigStore(client("appconfig"), "app1234", "env1234", "prof123")


@pytest.mark.parametrize(("revert", "allowed"), [(False, {}), (True, {"AllowRevert": True})])
@pytest.mark.parametrize("state", ["ROLLED_BACK", "REVERTED"])
def test_a_deployment_is_stopped_with_leave_to_revert_only_where_asked_and_its_state_told(
    appconfig_stub: Stubber, allowed: dict[str, bool], state: str, *, revert: bool
) -> None:
    appconfig_stub.add_response(
        "stop_deployment",
        {"DeploymentNumber": 8, "State": state, "ConfigurationVersion": "5"},
        {**ENVIRONMENT, "DeploymentNumber": 8, **allowed},
    )

    assert _store().stop_deployment(8, revert=revert).state == state


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("BadRequestException", 400, RequestRefusedError),
        ("AccessDeniedException", 403, PermissionDeniedError),
    ],
)
def test_a_deployment_that_is_not_stopped_is_named(
    appconfig_stub: Stubber, code: str, status: int, error: type[RollbackError]
) -> None:
    appconfig_stub.add_client_error("stop_deployment", code, http_status_code=status)

    with pytest.raises(error, match=r"deployment 8 of environment env1234.*\(appconfig:StopDepl"):
        _store().stop_deployment(8, revert=False)


@pytest.mark.parametrize("answer", [{"Monitors": MONITORS}, {"Monitors": []}, {}])
def test_the_monitors_of_the_environment_are_read(
    appconfig_stub: Stubber, answer: dict[str, Any]
) -> None:
    appconfig_stub.add_response("get_environment", answer, ENVIRONMENT)

    assert _store().monitors() == answer.get("Monitors", [])


@pytest.mark.parametrize("monitors", [MONITORS, []])
def test_the_monitors_of_the_environment_are_replaced(
    appconfig_stub: Stubber, monitors: list[MonitorTypeDef]
) -> None:
    appconfig_stub.add_response("update_environment", {}, {**ENVIRONMENT, "Monitors": monitors})

    _store().set_monitors(monitors)


def test_monitors_whose_role_may_not_be_passed_say_which_permission_it_takes(
    appconfig_stub: Stubber,
) -> None:
    appconfig_stub.add_client_error(
        "update_environment", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError, match=r"UpdateEnvironment, iam:PassRole"):
        _store().set_monitors(MONITORS)

"""A call of AppConfig that is denied says on what it was tried and which permission it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.adapters import appconfig, experiments
from appconfig_rollback.errors import InvalidConfigurationError, PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.stub import Stubber

    from appconfig_rollback.adapters.appconfig import AppConfigStore
    from appconfig_rollback.state import Experiment

_PROFILE = "configuration profile prof123 of application app1234"
_PLACE = "environment env1234 of application app1234"
_RUN: Experiment = {"definition": "exp1234", "name": "test", "run": 3}


@pytest.mark.parametrize(
    ("ask", "operation", "tried"),
    [
        (
            lambda store: store.create_version(b"{}", "application/json", 5, ""),
            "create_hosted_configuration_version",
            f"creating a version of {_PROFILE} after version 5 "
            "(appconfig:CreateHostedConfigurationVersion): ",
        ),
        (
            lambda store: store.deployment(8),
            "get_deployment",
            f"reading deployment 8 of {_PLACE} (appconfig:GetDeployment): ",
        ),
        (
            lambda store: store.stop_deployment(8, revert=False),
            "stop_deployment",
            f"stopping deployment 8 of {_PLACE} (appconfig:StopDeployment): ",
        ),
        (
            lambda store: store.monitors(),
            "get_environment",
            f"reading {_PLACE} (appconfig:GetEnvironment): ",
        ),
        (
            lambda store: store.set_monitors([]),
            "update_environment",
            f"changing the monitors of {_PLACE} (appconfig:UpdateEnvironment, iam:PassRole): ",
        ),
        (
            lambda store: store.served(),
            "list_deployments",
            f"listing the deployments of {_PLACE} (appconfig:ListDeployments): ",
        ),
        (
            lambda store: store.document(3, "AWS.Freeform"),
            "get_hosted_configuration_version",
            f"reading version 3 of {_PROFILE} (appconfig:GetHostedConfigurationVersion): ",
        ),
        (
            lambda store: store.profile_type(),
            "get_configuration_profile",
            f"reading {_PROFILE} (appconfig:GetConfigurationProfile): ",
        ),
        (
            lambda store: store.versions(),
            "list_hosted_configuration_versions",
            f"listing the versions of {_PROFILE} (appconfig:ListHostedConfigurationVersions): ",
        ),
    ],
)
def test_what_is_denied_says_what_was_tried_and_which_permission_it_takes(
    appconfig_stub: Stubber,
    ask: Callable[[AppConfigStore], object],
    operation: str,
    tried: str,
) -> None:
    appconfig_stub.add_client_error(operation, "AccessDeniedException", http_status_code=403)

    with pytest.raises(PermissionDeniedError) as raised:
        ask(appconfig.connect())

    assert str(raised.value).startswith(tried)


@pytest.mark.parametrize(
    ("ask", "operation"),
    [
        (
            lambda store: store.create_version(b"{}", "application/json", 5, ""),
            "create_hosted_configuration_version",
        ),
        (lambda store: store.start_deployment(6, 8, "why"), "start_deployment"),
    ],
)
def test_a_document_that_is_refused_is_refused_by_name_without_details_too(
    appconfig_stub: Stubber, ask: Callable[[AppConfigStore], object], operation: str
) -> None:
    appconfig_stub.add_client_error(operation, "BadRequestException", http_status_code=400)

    with pytest.raises(InvalidConfigurationError):
        ask(appconfig.connect())


def test_a_run_that_is_not_stopped_says_which_permission_it_takes(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_client_error(
        "stop_experiment_run", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError) as raised:
        experiments.connect().stop(_RUN, "why")

    assert str(raised.value).startswith(
        "stopping run 3 of experiment 'test' (exp1234) (appconfig:StopExperimentRun): "
    )


def test_a_run_that_cannot_be_read_says_which_permission_it_takes(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_client_error(
        "get_experiment_run", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError) as raised:
        experiments.connect().run("exp1234", 3)

    assert str(raised.value).startswith(
        "reading run 3 of experiment exp1234 (appconfig:GetExperimentRun): "
    )


def test_runs_that_cannot_be_listed_say_which_permission_it_takes(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "list_experiment_definitions", {"Items": [{"Id": "exp1234", "FlagKey": "a"}]}
    )
    appconfig_stub.add_client_error(
        "list_experiment_runs", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError) as raised:
        experiments.connect().all_ended(datetime(2026, 3, 2, tzinfo=UTC))

    assert str(raised.value).startswith(
        "listing the runs of experiment exp1234 (appconfig:ListExperimentRuns): "
    )

"""One deployment is read by its number: what it deploys, when it ends, and what undid it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.deployments import DeploymentDetails

if TYPE_CHECKING:
    from botocore.stub import Stubber

BEGAN = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)


def _read(stub: Stubber, **answer: Any) -> DeploymentDetails:
    always = {"DeploymentNumber": 7, "State": "COMPLETE", "ConfigurationVersion": "6"}
    stub.add_response(
        "get_deployment",
        {**always, **answer},
        {"ApplicationId": "app1234", "EnvironmentId": "env1234", "DeploymentNumber": 7},
    )
    return AppConfigStore(client("appconfig"), "app1234", "env1234", "prof123").deployment(7)


def test_a_deployment_that_says_little_is_read(appconfig_stub: Stubber) -> None:
    assert _read(appconfig_stub) == DeploymentDetails(
        7, "COMPLETE", "6", "", None, None, "its event log names no rollback"
    )


def test_a_deployment_has_the_description_that_it_was_started_with(
    appconfig_stub: Stubber,
) -> None:
    assert _read(appconfig_stub, Description="who and why").description == "who and why"


def test_a_deployment_is_encrypted_by_the_key_that_it_names(appconfig_stub: Stubber) -> None:
    assert _read(appconfig_stub, KmsKeyIdentifier="alias/flags").kms_key == "alias/flags"
    both = {
        "KmsKeyIdentifier": "alias/flags",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    }
    assert _read(appconfig_stub, **both).kms_key == "arn:aws:kms:eu-west-1:123456789012:key/1"


def test_a_deployment_says_how_far_it_has_gone_out(appconfig_stub: Stubber) -> None:
    assert _read(appconfig_stub, State="DEPLOYING", PercentageComplete=20.0).percentage == 20.0


@pytest.mark.parametrize(
    ("events", "went_out"),
    [
        (["ROLLBACK_STARTED", "DEPLOYMENT_STARTED"], False),
        (["ROLLBACK_STARTED", "PERCENTAGE_UPDATED", "DEPLOYMENT_STARTED"], True),
        (["BAKE_TIME_STARTED", "DEPLOYMENT_STARTED"], True),
    ],
)
def test_a_deployment_says_whether_it_has_gone_out_to_anybody(
    appconfig_stub: Stubber, events: list[str], *, went_out: bool
) -> None:
    log = [{"EventType": event} for event in events]
    assert _read(appconfig_stub, EventLog=log).went_out is went_out


@pytest.mark.parametrize("version", ["6", "s3-version-abc"])
def test_a_version_is_read_whether_or_not_it_is_a_number(
    appconfig_stub: Stubber, version: str
) -> None:
    assert _read(appconfig_stub, ConfigurationVersion=version).version == version


@pytest.mark.parametrize(("rollout", "bake"), [(0, 0), (0, 10), (30, 0), (30, 30)])
def test_a_deployment_ends_after_its_rollout_and_its_bake(
    appconfig_stub: Stubber, rollout: int, bake: int
) -> None:
    details = _read(
        appconfig_stub,
        StartedAt=BEGAN,
        DeploymentDurationInMinutes=rollout,
        FinalBakeTimeInMinutes=bake,
    )

    assert details.should_end_at == BEGAN + timedelta(minutes=rollout + bake)


_COMPLETED = {"EventType": "ROLLBACK_COMPLETED", "TriggeredBy": "APPCONFIG"}
_BY_ALARM = {
    "EventType": "ROLLBACK_STARTED",
    "TriggeredBy": "CLOUDWATCH_ALARM",
    "Description": "arn:aws:cloudwatch:alarm:x",
}
_REVERTED = {"EventType": "REVERT_COMPLETED", "TriggeredBy": "USER"}
_STARTED = {"EventType": "DEPLOYMENT_STARTED", "TriggeredBy": "USER"}


@pytest.mark.parametrize(
    ("log", "undone_by", "undoing"),
    [
        (
            [_COMPLETED, _BY_ALARM, _STARTED],
            "CLOUDWATCH_ALARM",
            "ROLLBACK_STARTED triggered by CLOUDWATCH_ALARM: arn:aws:cloudwatch:alarm:x",
        ),
        ([_REVERTED, _BY_ALARM], "USER", "REVERT_COMPLETED triggered by USER: None"),
        ([_STARTED], None, "its event log names no rollback"),
        ([], None, "its event log names no rollback"),
    ],
)
def test_a_deployment_says_who_undid_it_and_quotes_the_log(
    appconfig_stub: Stubber, log: list[dict[str, str]], undone_by: str | None, undoing: str
) -> None:
    details = _read(appconfig_stub, State="ROLLED_BACK", EventLog=log)

    assert (details.undone_by, details.undoing) == (undone_by, undoing)

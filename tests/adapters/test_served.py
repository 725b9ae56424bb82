"""What is served, where deployments are AppConfig's own or name a version by its label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.deployments import Completed, Running
from appconfig_rollback.errors import (
    InvalidConfigurationError,
    KmsKeyDeniedError,
    NothingDeployedError,
    NotHostedError,
    PermissionDeniedError,
    RollbackError,
)

if TYPE_CHECKING:
    from botocore.stub import Stubber

BEGAN = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
PROFILE = {"ApplicationId": "app1234", "ConfigurationProfileId": "prof123"}
ENVIRONMENT = {"ApplicationId": "app1234", "EnvironmentId": "env1234"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def _store() -> AppConfigStore:
    return AppConfigStore(client("appconfig"), "app1234", "env1234", "prof123", "strat12")


def _item(number: int, state: str = "COMPLETE", version: str = "3", **more: str) -> dict[str, Any]:
    return {
        "DeploymentNumber": number,
        "State": state,
        "ConfigurationVersion": version,
        "ConfigurationName": "flags",
        "ConfigurationProfileId": "prof123",
        "StartedAt": BEGAN + timedelta(minutes=number),
        "Type": "USER",
        **more,
    }


def _list(stub: Stubber, *items: dict[str, Any]) -> None:
    stub.add_response("list_deployments", {"Items": list(items)}, ENVIRONMENT)


def _label(stub: Stubber, label: str, *versions: tuple[int, str]) -> None:
    items = [{"VersionNumber": number, "VersionLabel": named} for number, named in versions]
    stub.add_response(
        "list_hosted_configuration_versions",
        {"Items": items},
        {**PROFILE, "VersionLabel": label},
    )


def test_a_deployment_of_appconfigs_own_is_not_what_is_served(appconfig_stub: Stubber) -> None:
    _list(
        appconfig_stub,
        _item(9, version="2", Type="MANAGED"),
        _item(8, version="x-1", Type="MANAGED"),
        _item(7, version="4"),
        _item(6, version="1", Type="MANAGED"),
    )

    served = _store().served()

    assert (served.latest_deployment, served.version) == (9, 4)
    assert [each.number for each in served.completed] == [7]
    assert served.managed == (
        Completed(9, 2, BEGAN + timedelta(minutes=9)),
        Completed(8, None, BEGAN + timedelta(minutes=8)),
    )


def test_a_deployment_of_appconfigs_own_in_progress_is_told_as_such(
    appconfig_stub: Stubber,
) -> None:
    _list(appconfig_stub, _item(9, "DEPLOYING", "2", Type="MANAGED"), _item(7))

    assert _store().served().in_progress == Running(9, "DEPLOYING", "flags", True, True)


def _unnamed(number: int, state: str) -> dict[str, Any]:
    """A deployment of AppConfig's own that does not say of which profile it is."""
    item = _item(number, state, "2", Type="MANAGED")
    del item["ConfigurationProfileId"]
    return item


def test_a_deployment_of_appconfigs_own_may_be_of_the_profile_where_it_names_none(
    appconfig_stub: Stubber,
) -> None:
    _list(appconfig_stub, _unnamed(9, "DEPLOYING"), _unnamed(8, "COMPLETE"), _item(7))

    served = _store().served()

    assert served.in_progress == Running(9, "DEPLOYING", "flags", True, True)
    assert [each.number for each in served.managed] == [8]


def test_the_profiles_deployments_of_late_are_named_and_the_newest_before(
    appconfig_stub: Stubber,
) -> None:
    _list(
        appconfig_stub,
        _item(9),
        _item(8, Type="MANAGED"),
        _item(7, ConfigurationProfileId="other12"),
        _item(6, "ROLLED_BACK"),
        _item(5),
        _item(4),
    )

    assert _store().served(BEGAN + timedelta(minutes=6)).lately == (9, 6, 5)


def test_where_only_appconfigs_own_deployments_completed_nothing_is_served(
    appconfig_stub: Stubber,
) -> None:
    _list(appconfig_stub, _item(9, Type="MANAGED"))

    with pytest.raises(NothingDeployedError):
        _store().served()


def test_all_that_was_served_is_listed_however_many_pages_it_takes(
    appconfig_stub: Stubber,
) -> None:
    first = [
        _item(9, "DEPLOYING"),
        _item(8, version="release-4.1"),
        _item(7, "ROLLED_BACK"),
        _item(6, Type="MANAGED"),
    ]
    appconfig_stub.add_response(
        "list_deployments", {"Items": first, "NextToken": "more"}, ENVIRONMENT
    )
    appconfig_stub.add_response(
        "list_deployments",
        {"Items": [_item(5, ConfigurationProfileId="other12"), _item(4)]},
        {**ENVIRONMENT, "NextToken": "more"},
    )

    assert list(_store().completed()) == [
        Completed(8, None, BEGAN + timedelta(minutes=8)),
        Completed(4, 3, BEGAN + timedelta(minutes=4)),
    ]


def test_a_version_that_is_named_by_its_label_is_looked_up(appconfig_stub: Stubber) -> None:
    _list(appconfig_stub, _item(9, version="release-4.1"), _item(8, version="release-4.0"))
    _label(appconfig_stub, "release-4.1", (6, "release-4.1"), (9, "release-4.10"))

    served = _store().served()

    assert served.version == 6
    assert [each.version for each in served.completed] == [None, None], "looked up as needed"


def test_a_label_that_no_version_has_is_an_error(appconfig_stub: Stubber) -> None:
    _list(appconfig_stub, _item(9, version="abc"))
    _label(appconfig_stub, "abc")

    with pytest.raises(NotHostedError, match=r"number or label .* deployment 9 .* got 'abc'"):
        _store().served()


def test_a_label_that_cannot_be_looked_up_says_what_was_tried(appconfig_stub: Stubber) -> None:
    _list(appconfig_stub, _item(9, version="abc"))
    appconfig_stub.add_client_error(
        "list_hosted_configuration_versions", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError) as raised:
        _store().served()

    assert str(raised.value).startswith(
        "looking up version 'abc' of configuration profile prof123 of application app1234 "
        "(appconfig:ListHostedConfigurationVersions): "
    )


def test_a_deployment_is_encrypted_with_the_key_that_it_is_given(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "start_deployment",
        {"DeploymentNumber": 9},
        {
            **ENVIRONMENT,
            "ConfigurationProfileId": "prof123",
            "ConfigurationVersion": "6",
            "DeploymentStrategyId": "strat12",
            "Description": "why",
            "LatestDeploymentNumber": 8,
            "KmsKeyIdentifier": KEY,
        },
    )

    assert _store().start_deployment(6, 8, "why", KEY) == 9


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("AccessDeniedException", 403, "not authorized"),
        ("BadRequestException", 400, "The KMS key cannot be used"),
    ],
)
def test_a_key_that_may_not_be_used_says_which_permissions_it_takes(
    appconfig_stub: Stubber, code: str, status: int, message: str
) -> None:
    appconfig_stub.add_client_error("start_deployment", code, message, http_status_code=status)

    with pytest.raises(KmsKeyDeniedError, match=r"kms:GenerateDataKey on that key.*KmsKeyArns"):
        _store().start_deployment(6, 8, "why", KEY)


@pytest.mark.parametrize(
    ("key", "code", "status", "error"),
    [
        (None, "AccessDeniedException", 403, PermissionDeniedError),
        (KEY, "BadRequestException", 400, InvalidConfigurationError),
    ],
)
def test_another_refusal_is_not_put_down_to_the_key(
    appconfig_stub: Stubber, key: str | None, code: str, status: int, error: type[RollbackError]
) -> None:
    appconfig_stub.add_client_error("start_deployment", code, "no", http_status_code=status)

    with pytest.raises(error):
        _store().start_deployment(6, 8, "why", key)

"""Documents are read from, and written to, AppConfig's hosted store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters.appconfig import AppConfigStore, connect
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.deployments import HostedVersions
from appconfig_rollback.errors import NotHostedError, ResourceMissingError

if TYPE_CHECKING:
    from botocore.stub import Stubber

TEXT = '\ufeff{"flags": {"a": {"enabled": true, "n": 1.0}}}\r\n'.encode()


@pytest.fixture
def store(_mocked_aws: None) -> AppConfigStore:
    return _profile()


def _profile(**options: str) -> AppConfigStore:
    appconfig = client("appconfig")
    application = appconfig.create_application(Name="shop")["Id"]
    settings = {"LocationUri": "hosted", **options}
    profile = appconfig.create_configuration_profile(
        ApplicationId=application, Name="flags", **settings
    )["Id"]
    return AppConfigStore(appconfig, application, "env1234", profile)


@pytest.mark.usefixtures("_mocked_aws")
@pytest.mark.parametrize("kind", ["AWS.Freeform", "AWS.AppConfig.FeatureFlags"])
def test_the_type_of_a_profile_is_read(kind: str) -> None:
    assert _profile(Type=kind).profile_type() == kind


@pytest.mark.usefixtures("_mocked_aws")
def test_a_profile_that_is_hosted_elsewhere_is_refused_with_its_place() -> None:
    store = _profile(LocationUri="ssm-parameter://flags")

    with pytest.raises(NotHostedError, match="documents are at ssm-parameter://flags"):
        store.profile_type()


def test_a_profile_without_a_type_is_freeform(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response("get_configuration_profile", {"LocationUri": "hosted"})

    assert _store().profile_type() == "AWS.Freeform"


def test_what_was_written_is_read_byte_for_byte(store: AppConfigStore) -> None:
    version = store.create_version(TEXT, "application/json; charset=utf-8", 0, "by a test")

    document = store.document(version, "AWS.Freeform")

    assert version == 1
    assert (document.content, document.content_type, document.profile_type) == (
        TEXT,
        "application/json; charset=utf-8",
        "AWS.Freeform",
    )


@pytest.mark.usefixtures("_mocked_aws")
def test_an_application_that_is_missing_is_named() -> None:
    store = AppConfigStore(client("appconfig"), "gone123", "env1234", "prof123")

    with pytest.raises(
        ResourceMissingError, match=r"version 1 of configuration profile prof123 of"
    ):
        store.document(1, "AWS.Freeform")


def _store() -> AppConfigStore:
    return AppConfigStore(client("appconfig"), "app1234", "env1234", "prof123")


def test_a_version_is_written_under_the_lock_of_the_latest_one(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "create_hosted_configuration_version",
        {"VersionNumber": 6},
        {
            "ApplicationId": "app1234",
            "ConfigurationProfileId": "prof123",
            "Content": TEXT,
            "ContentType": "application/json",
            "LatestVersionNumber": 5,
            "Description": "who and why",
        },
    )

    assert _store().create_version(TEXT, "application/json", 5, "who and why") == 6


def _page(*numbers: int, more: bool = False) -> dict[str, Any]:
    items = [{"VersionNumber": number, "Description": f"no. {number}"} for number in numbers]
    return {"Items": items, **({"NextToken": "more"} if more else {})}


def _versions(*numbers: int) -> HostedVersions:
    return HostedVersions(max(numbers, default=0), {number: f"no. {number}" for number in numbers})


@pytest.mark.parametrize(
    ("pages", "versions"),
    [
        pytest.param([_page()], _versions(), id="none"),
        pytest.param([_page(4)], _versions(4), id="one"),
        pytest.param([_page(9, 8, 3, more=True)], _versions(9, 8, 3), id="newest first"),
        pytest.param([_page(1, 2, more=True), _page(3)], _versions(1, 2, 3), id="oldest first"),
        pytest.param(
            [_page(2, 5, 1, more=True), _page(4, 3)], _versions(1, 2, 3, 4, 5), id="in no order"
        ),
        pytest.param([_page(1, more=True), _page(2)], _versions(1, 2), id="pages of one"),
    ],
)
def test_the_newest_version_is_found_in_whatever_order_they_are_listed(
    appconfig_stub: Stubber, pages: list[dict[str, Any]], versions: HostedVersions
) -> None:
    asked = {"ApplicationId": "app1234", "ConfigurationProfileId": "prof123"}
    for number, page in enumerate(pages):
        token = {"NextToken": "more"} if number else {}
        appconfig_stub.add_response("list_hosted_configuration_versions", page, asked | token)

    assert _store().versions() == versions


def test_a_version_without_a_description_has_an_empty_one(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "list_hosted_configuration_versions", {"Items": [{"VersionNumber": 4}]}
    )

    assert _store().versions() == HostedVersions(4, {4: ""})


def test_the_profile_to_open_and_the_strategy_are_settings(
    appconfig_stub: Stubber,
) -> None:
    appconfig_stub.add_response(
        "start_deployment",
        {"DeploymentNumber": 9},
        {
            "ApplicationId": "app1234",
            "EnvironmentId": "env1234",
            "ConfigurationProfileId": "prof123",
            "ConfigurationVersion": "6",
            "DeploymentStrategyId": "strat12",
            "Description": "why",
            "LatestDeploymentNumber": 8,
        },
    )

    assert connect().start_deployment(6, 8, "why") == 9

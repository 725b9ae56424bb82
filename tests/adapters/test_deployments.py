"""What is served is told by the deployments, never by the newest version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.deployments import Completed, Running, Served
from appconfig_rollback.errors import (
    NothingDeployedError,
    NotHostedError,
    RefreshRequiredError,
    RetryLaterError,
)

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from appconfig_rollback.untyped import AwsAnswer

BEGAN = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
ENVIRONMENT = {"ApplicationId": "app1234", "EnvironmentId": "env1234"}


def _store() -> AppConfigStore:
    return AppConfigStore(client("appconfig"), "app1234", "env1234", "prof123", "strat12")


def _item(
    number: int, state: str, version: str = "3", profile: str | None = "prof123"
) -> AwsAnswer:
    item = {
        "DeploymentNumber": number,
        "State": state,
        "ConfigurationVersion": version,
        "ConfigurationName": {"prof123": "flags"}.get(profile or "", "limits"),
        "StartedAt": (BEGAN + timedelta(minutes=number)).astimezone(timezone(timedelta(hours=1))),
    }
    return item if profile is None else {**item, "ConfigurationProfileId": profile}


def _list(stub: Stubber, *items: Any, more: bool = False, token: bool = False) -> None:
    answer = {"Items": list(items), **({"NextToken": "more"} if more else {})}
    stub.add_response(
        "list_deployments", answer, ENVIRONMENT | ({"NextToken": "more"} if token else {})
    )


def _running(number: int, state: str, *, ours: bool) -> Running:
    return Running(number, state, "flags" if ours else "limits", ours)


def _served(latest: int, running: Running | None, *completed: tuple[int, int]) -> Served:
    """What is served; of each completed deployment the number and the version."""
    return Served(
        latest,
        running,
        tuple(
            Completed(number, version, BEGAN + timedelta(minutes=number))
            for number, version in completed
        ),
        completed[0][1],
    )


@pytest.mark.parametrize(
    ("items", "served"),
    [
        pytest.param(
            [_item(7, "COMPLETE", "4"), _item(6, "COMPLETE", "9")],
            _served(7, None, (7, 4), (6, 9)),
            id="the newest complete one, not the highest version",
        ),
        pytest.param(
            [_item(9, "ROLLED_BACK", "6"), _item(8, "REVERTED", "5"), _item(7, "COMPLETE", "4")],
            _served(9, None, (7, 4)),
            id="what was undone is not served",
        ),
        pytest.param(
            [_item(9, "COMPLETE", "8", "other12"), _item(7, "COMPLETE", "4")],
            _served(9, None, (7, 4)),
            id="another profile's is not ours",
        ),
        pytest.param(
            [_item(9, "BAKING", "6"), _item(7, "COMPLETE", "4")],
            _served(9, _running(9, "BAKING", ours=True), (7, 4)),
            id="one of this profile is in progress",
        ),
        pytest.param(
            [_item(9, "DEPLOYING", "6", "other12"), _item(7, "COMPLETE", "4")],
            _served(9, _running(9, "DEPLOYING", ours=False), (7, 4)),
            id="one of another profile is in progress",
        ),
        pytest.param(
            [_item(9, "VALIDATING"), _item(8, "ROLLING_BACK"), _item(7, "COMPLETE", "4")],
            _served(9, _running(9, "VALIDATING", ours=True), (7, 4)),
            id="the newest in progress counts",
        ),
        pytest.param(
            [_item(9, "PAUSED"), _item(7, "COMPLETE", "4")],
            _served(9, None, (7, 4)),
            id="an unknown state is not served",
        ),
    ],
)
def test_the_newest_complete_deployment_of_the_profile_is_what_is_served(
    appconfig_stub: Stubber, items: list[Any], served: Served
) -> None:
    _list(appconfig_stub, *items)

    assert _store().served() == served


def test_the_list_is_read_page_by_page_until_what_is_served_is_found(
    appconfig_stub: Stubber,
) -> None:
    _list(
        appconfig_stub,
        *(_item(n, "COMPLETE", "1", "other12") for n in range(80, 30, -1)),
        more=True,
    )
    _list(appconfig_stub, _item(30, "COMPLETE", "4"), _item(29, "COMPLETE"), more=True, token=True)

    assert _store().served() == _served(80, None, (30, 4), (29, 3))


def test_what_was_served_before_is_told_too_as_far_as_the_page_reaches(
    appconfig_stub: Stubber,
) -> None:
    _list(
        appconfig_stub,
        _item(9, "COMPLETE", "6"),
        _item(8, "REVERTED", "5"),
        _item(7, "COMPLETE", "1", "other12"),
        _item(6, "COMPLETE", "4"),
        more=True,
    )

    served = _store().served()

    assert served == _served(9, None, (9, 6), (6, 4))
    assert (served.version, served.deployment) == (6, 9)


def test_a_list_that_names_no_profile_is_worth_another_try(appconfig_stub: Stubber) -> None:
    _list(appconfig_stub, _item(7, "COMPLETE", profile=None))

    with pytest.raises(RetryLaterError, match=r"ListDeployments.*ConfigurationProfileId"):
        _store().served()


@pytest.mark.parametrize(
    ("items", "has"),
    [
        ([], "has no deployment"),
        ([_item(3, "COMPLETE", "1", "other12")], "has 3 deployment"),
        ([_item(1, "ROLLED_BACK")], "has 1 deployment"),
        ([_item(1, "DEPLOYING")], "has 1 deployment"),
    ],
)
def test_an_environment_that_serves_nothing_of_the_profile_is_refused(
    appconfig_stub: Stubber, items: list[Any], has: str
) -> None:
    _list(appconfig_stub, *items)

    with pytest.raises(NothingDeployedError) as raised:
        _store().served()

    assert "expected a completed deployment of configuration profile prof123" in str(raised.value)
    assert f"environment env1234 of application app1234 {has}" in str(raised.value)


def test_a_deployment_of_something_that_is_not_hosted_is_refused(appconfig_stub: Stubber) -> None:
    _list(appconfig_stub, _item(7, "COMPLETE", "s3-version-abc"))
    appconfig_stub.add_response("list_hosted_configuration_versions", {"Items": []})

    with pytest.raises(NotHostedError, match=r"deployment 7 .*got 's3-version-abc'"):
        _store().served()


def _start(stub: Stubber, **lock: int) -> None:
    stub.add_response(
        "start_deployment",
        {"DeploymentNumber": 9},
        {
            **ENVIRONMENT,
            "ConfigurationProfileId": "prof123",
            "ConfigurationVersion": "6",
            "DeploymentStrategyId": "strat12",
            "Description": "who and why",
            **lock,
        },
    )


def test_a_deployment_starts_only_after_the_one_that_was_seen(appconfig_stub: Stubber) -> None:
    _start(appconfig_stub, LatestDeploymentNumber=8)

    assert _store().start_deployment(6, 8, "who and why") == 9


def test_a_conflict_means_to_begin_again_from_what_is_served(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_client_error("start_deployment", "ConflictException", http_status_code=409)

    with pytest.raises(RefreshRequiredError, match="version 6 of configuration profile prof123"):
        _store().start_deployment(6, 8, "who and why")


@pytest.mark.parametrize("call", ["served", "deployment"])
def test_a_failing_read_says_what_was_read_and_which_permission_it_takes(
    appconfig_stub: Stubber, call: str
) -> None:
    operation = {"served": "list_deployments", "deployment": "get_deployment"}[call]
    appconfig_stub.add_client_error(operation, "InternalServerException", http_status_code=500)

    with pytest.raises(RetryLaterError, match=r"environment env1234.*\(appconfig:(List|Get)Dep"):
        _store().served() if call == "served" else _store().deployment(7)

"""AppConfig: locks and descriptions of hosted versions, order of lists, roles that are passed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.replacing import (
    PassOn,
    Request,
    Response,
    replace,
    replace_provisioning,
    replace_requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CREATE_VERSION_PATH = re.compile(
    r"/applications/([^/]+)/configurationprofiles/([^/]+)/hostedconfigurationversions"
)
_MOST_PER_PAGE = 50
_LONGEST_NAME = 64


def lock_on_latest_version_number() -> None:
    """CreateHostedConfigurationVersion with a stale LatestVersionNumber is a conflict.

    botocore, CreateHostedConfigurationVersion: "An optional locking token used to prevent race
    conditions from overwriting configuration updates when creating a new version", sent as the
    header Latest-Version-Number; its errors name ConflictException (409).
    """

    @replace_requests(appconfig)
    async def handle(original: PassOn, request: Request) -> Response:
        expected = request.headers.get("latest-version-number")
        target = CREATE_VERSION_PATH.fullmatch(request.path)
        if request.method == "POST" and target and expected is not None:
            latest = appconfig._latest_hosted_version_number(*target.groups())
            if int(expected) != latest:
                conflict: Response = appconfig._error(
                    409,
                    "ConflictException",
                    f"LatestVersionNumber {expected} is stale: the latest version is {latest}.",
                )
                return conflict
        return await original(*request)


def keep_descriptions_of_versions() -> None:
    """A hosted version keeps its Description, which travels as an HTTP header.

    botocore, shapes CreateHostedConfigurationVersionRequest, HostedConfigurationVersion and
    HostedConfigurationVersionSummary: member Description, in the first two a header.
    """

    @replace_requests(appconfig)
    async def handle(original: PassOn, request: Request) -> Response:
        status, answer_headers, content = await original(*request)
        description = request.headers.get("description")
        target = CREATE_VERSION_PATH.fullmatch(request.path)
        if request.method == "POST" and target and status == 201 and description:
            key = f"{target[1]}/{target[2]}/{answer_headers['Version-Number']}"
            appconfig._hosted_versions[key]["Description"] = description
            answer_headers["Description"] = description
        return status, answer_headers, content

    @replace(appconfig, "_get_hosted_configuration_version")
    def get(
        original: Callable[..., Response], app_id: str, profile_id: str, number: int
    ) -> Response:
        status, headers, content = original(app_id, profile_id, number)
        record = appconfig._hosted_versions.get(f"{app_id}/{profile_id}/{number}")
        if record and record["Description"]:
            headers["Description"] = record["Description"]
        return status, headers, content


def list_deployments_newest_first() -> None:
    """ListDeployments answers by descending number, in pages, with the profile in each item.

    botocore, ListDeployments: "Lists the deployments for an environment in descending deployment
    number order"; shape DeploymentSummary has ConfigurationProfileId; MaxResults is 1 to 50.
    """

    @replace(appconfig, "_list_deployments")
    def list_deployments(
        original: Callable[..., Response], app_id: str, env_id: str, query: dict[str, str]
    ) -> Response:
        status, headers, content = original(app_id, env_id, _everything(query))
        if status != 200:
            return status, headers, content
        items = json.loads(content)["Items"]
        for item in items:
            record = appconfig._deployments[f"{app_id}/{env_id}/{item['DeploymentNumber']}"]
            item["ConfigurationProfileId"] = record["ConfigurationProfileId"]
        return _page(items, "DeploymentNumber", query)


def list_hosted_versions_newest_first() -> None:
    """ListHostedConfigurationVersions answers the newest first, in pages, filtered by label.

    botocore, shape ListHostedConfigurationVersionsRequest: MaxResults 1 to 50, NextToken, and
    VersionLabel, whose value may end in a wildcard. The order is not documented; newest first is
    believed (docs/aws-semantics.md, "AppConfig: hosted versions"), so nothing may depend on it.
    """

    @replace(appconfig, "_list_hosted_configuration_versions")
    def list_versions(
        original: Callable[..., Response], app_id: str, profile_id: str, query: dict[str, str]
    ) -> Response:
        status, headers, content = original(app_id, profile_id, _everything(query))
        if status != 200:
            return status, headers, content
        items = json.loads(content)["Items"]
        if wanted := query.get("version_label"):
            items = [item for item in items if _label_matches(item.get("VersionLabel"), wanted)]
        return _page(items, "VersionNumber", query)


def need_pass_role_for_monitors() -> None:
    """Who gives an environment monitors with roles needs iam:PassRole on those roles.

    IAM user guide, "Grant a user permissions to pass a role to an AWS service": the caller needs
    iam:PassRole on the role, with the condition key iam:PassedToService. That AppConfig asks for
    it in UpdateEnvironment is inferred (docs/aws-semantics.md, "AppConfig: monitors"). Root is
    never asked.
    """

    def checked(original: Callable[..., Response], *request: Any) -> Response:
        monitors = request[-1].get("Monitors") or []
        for role in {monitor.get("AlarmRoleArn") for monitor in monitors} - {None}:
            passed_to = {"iam:passedtoservice": "appconfig.amazonaws.com"}
            if denied := roles.callers_denial("iam:PassRole", role, passed_to):
                refused: Response = appconfig._error(403, "AccessDeniedException", denied)
                return refused
        return original(*request)

    replace(appconfig, "_create_environment")(checked)
    replace(appconfig, "_update_environment")(checked)


def limit_names_of_strategies() -> None:
    """A deployment strategy's name has at most 64 characters, in a stack as well.

    botocore, CreateDeploymentStrategy, Name; CloudFormation holds properties against the same
    schema before it makes a resource.
    """

    @replace_provisioning("AWS::AppConfig::DeploymentStrategy", "create")
    def create(
        original: Callable[..., object], logical_id: str, properties: dict[str, Any], stack: str
    ) -> object:
        length = len(properties.get("Name", ""))
        if length > _LONGEST_NAME:
            raise ValueError(
                f"Properties validation failed for resource {logical_id} with message: #/Name: "
                f"expected maxLength: {_LONGEST_NAME}, actual: {length}"
            )
        return original(logical_id, properties, stack)


GAPS = [
    lock_on_latest_version_number,
    keep_descriptions_of_versions,
    list_deployments_newest_first,
    list_hosted_versions_newest_first,
    need_pass_role_for_monitors,
    limit_names_of_strategies,
]


def _everything(query: dict[str, str]) -> dict[str, str]:
    return {**query, "max_results": str(2**31)}


def _label_matches(label: str | None, wanted: str) -> bool:
    if label is None:
        return False
    return label.startswith(wanted[:-1]) if wanted.endswith("*") else label == wanted


def _page(items: list[dict[str, Any]], number: str, query: dict[str, str]) -> Response:
    """One page, newest first; the token is the last number seen, so new items shift nothing."""
    most = int(query.get("max_results", _MOST_PER_PAGE))
    if not 1 <= most <= _MOST_PER_PAGE:
        refused: Response = appconfig._error(
            400, "BadRequestException", f"MaxResults must be 1 to {_MOST_PER_PAGE}, not {most}."
        )
        return refused
    items = sorted(items, key=lambda item: -int(item[number]))
    if token := query.get("next_token"):
        items = [item for item in items if item[number] < int(token)]
    answer: dict[str, Any] = {"Items": items[:most]}
    if len(items) > most:
        answer["NextToken"] = str(items[most - 1][number])
    page: Response = appconfig._json(200, answer)
    return page

"""AppConfig: who made a deployment, versions that are named by label, and KMS keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    Response = tuple[int, dict[str, str], bytes]


def list_types_of_deployments() -> None:
    """ListDeployments reports who made a deployment: USER, or MANAGED for AppConfig itself.

    botocore, shape DeploymentSummary: member Type. GetDeployment does not return it.
    """

    @replace(appconfig, "_list_deployments")
    def list_deployments(
        original: Callable[..., Response], app_id: str, env_id: str, query: dict[str, str]
    ) -> Response:
        status, headers, content = original(app_id, env_id, query)
        if status != 200:
            return status, headers, content
        page = json.loads(content)
        for item in page["Items"]:
            record = appconfig._deployments[f"{app_id}/{env_id}/{item['DeploymentNumber']}"]
            item["Type"] = record.get("_Type", "USER")
        listed: Response = appconfig._json(status, page)
        return listed


def serve_versions_by_label() -> None:
    """StartDeployment takes a hosted version's label for its number.

    botocore, StartDeployment: "If deploying an AppConfig hosted configuration version, you can
    specify either the version number or version label". Answers then have the label both in
    ConfigurationVersion and in VersionLabel; which of label and number AWS puts in the first is not
    documented, so nothing may depend on it.
    """

    @replace(appconfig, "_start_deployment")
    def start(
        original: Callable[..., Response], app_id: str, env_id: str, asked: dict[str, Any]
    ) -> Response:
        label = asked.get("ConfigurationVersion", "")
        prefix = f"{app_id}/{asked.get('ConfigurationProfileId')}/"
        numbers = [
            version["VersionNumber"]
            for key, version in appconfig._hosted_versions.items()
            if key.startswith(prefix) and version.get("VersionLabel") == label
        ]
        answer = original(app_id, env_id, asked)
        if not numbers:
            return answer
        return _with(answer, VersionLabel=label, _VersionNumber=str(max(numbers)))

    @replace(appconfig, "_served_deployment")
    def served(
        original: Callable[..., dict[str, Any] | None], *where: str
    ) -> dict[str, Any] | None:
        deployment = original(*where)
        if deployment is None or "_VersionNumber" not in deployment:
            return deployment
        return {**deployment, "ConfigurationVersion": deployment["_VersionNumber"]}


def keep_keys_of_deployments() -> None:
    """A deployment keeps its KmsKeyIdentifier, and has a KmsKeyArn.

    botocore, shape Deployment: members KmsKeyIdentifier, as StartDeployment was given it, and
    KmsKeyArn. AWS resolves an alias to its key; here the ARN is that of the alias.
    """

    @replace(appconfig, "_start_deployment")
    def start(
        original: Callable[..., Response], app_id: str, env_id: str, asked: dict[str, Any]
    ) -> Response:
        answer = original(app_id, env_id, asked)
        key = asked.get("KmsKeyIdentifier")
        return _with(answer, KmsKeyIdentifier=key, KmsKeyArn=_key_arn(key)) if key else answer


def need_key_for_deployments() -> None:
    """Who deploys with a KMS key needs kms:GenerateDataKey on it.

    AppConfig API reference, StartDeployment, KmsKeyIdentifier; user guide, "Deploying a
    configuration": the caller needs kms:GenerateDataKey. By which error AppConfig answers otherwise
    is not documented. Root is never asked.
    """

    @replace(appconfig, "_start_deployment")
    def start(
        original: Callable[..., Response], app_id: str, env_id: str, asked: dict[str, Any]
    ) -> Response:
        key = asked.get("KmsKeyIdentifier")
        denied = roles.callers_denial("kms:GenerateDataKey", _key_arn(key)) if key else None
        if denied:
            refused: Response = appconfig._error(403, "AccessDeniedException", denied)
            return refused
        return original(app_id, env_id, asked)


GAPS = [
    list_types_of_deployments,
    serve_versions_by_label,
    keep_keys_of_deployments,
    need_key_for_deployments,
]


def _with(answer: Response, **members: str) -> Response:
    """The answer of StartDeployment, once the deployment that it started has these members."""
    status, headers, content = answer
    if status != 201:
        return status, headers, content
    started = json.loads(content)
    place = (started["ApplicationId"], started["EnvironmentId"], started["DeploymentNumber"])
    record = appconfig._deployments["{}/{}/{}".format(*place)]
    record.update(members)
    amended: Response = appconfig._json(status, appconfig._deployment_view(record))
    return amended


def _key_arn(identifier: str) -> str:
    if identifier.startswith("arn:"):
        return identifier
    resource = identifier if identifier.startswith("alias/") else f"key/{identifier}"
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:{resource}"

"""Puts the template that ships onto the embedded cloud, through its CloudFormation.

The template stays as it is; a copy is changed where this machine differs from Lambda: the
functions run under AWS's own runtime client on this project's Python, and code and definition
are uploaded as ``aws cloudformation package`` would.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY
from local.packaging import bootstrap, packaged
from local.template_permissions import Permission, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef
    from mypy_boto3_s3 import S3Client

    from local.cloud import EmbeddedCloud

TEMPLATE = REPOSITORY / "template.yaml"
ARTIFACT_BUCKET = "deployment-artifacts"
STACK_SECONDS = 60.0
_CAPABILITIES: list[CapabilityType] = [
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
]


class StackFailedError(RuntimeError):
    """A stack operation failed; the message quotes the resources that did and why."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    cloud: EmbeddedCloud
    name: str
    outputs: dict[str, str]

    def delete(self) -> None:
        """Delete the stack and wait until it is gone."""
        delete(self.cloud.client("cloudformation"), self.name)


def deploy(
    cloud: EmbeddedCloud,
    parameters: Mapping[str, str],
    *,
    name: str = "feature-flag-rollback",
    template: Path = TEMPLATE,
    lacking: Permission | None = None,
    functions_endpoint: str = "",
) -> Stack:
    """Create the stack of ``template``; what its CodeUri and DefinitionUri name lies beside it.

    ``lacking`` leaves a permission out, to see what depends on it. ``functions_endpoint`` is where
    the functions find AWS if not at the cloud itself: a proxy in front of it.
    """
    url = _stored(cloud, name, template, lacking, functions_endpoint)
    return Stack(cloud, name, create(cloud.client("cloudformation"), name, url, parameters))


def update(stack: Stack, parameters: Mapping[str, str], *, template: Path = TEMPLATE) -> None:
    """Update a stack in place to another template, and wait until it is done.

    Where nothing differs nothing is done, as with `sam deploy`.

    Raises:
        StackFailedError: it could not be updated; quotes what failed and why.
    """
    cloudformation = stack.cloud.client("cloudformation")
    try:
        cloudformation.update_stack(
            StackName=stack.name,
            TemplateURL=_stored(stack.cloud, stack.name, template),
            Parameters=_as_listed(parameters),
            Capabilities=_CAPABILITIES,
        )
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise
    _await_status(cloudformation, stack.name, "UPDATE_COMPLETE", STACK_SECONDS, 0.05)


def _stored(
    cloud: EmbeddedCloud,
    name: str,
    template: Path,
    lacking: Permission | None = None,
    functions_endpoint: str = "",
) -> str:
    """Package a template and put it into the bucket; returns its address."""
    if not _bucket_exists(cloud):
        cloud.client("s3").create_bucket(Bucket=ARTIFACT_BUCKET)
    document = copy.deepcopy(_parsed(template.read_text("utf-8")))
    if lacking:
        document = without(document, lacking)
    document = packaged(
        document,
        template.parent,
        lambda key, body: _upload(cloud, key, body),
        bootstrap=bootstrap(cloud.wait_scale, functions_endpoint),
    )
    return template_url(cloud.client("s3"), ARTIFACT_BUCKET, f"{name}.template", document)


@cache
def _parsed(template: str) -> dict[str, Any]:
    """Read a template, which takes longer than all else here: once where many stacks are made."""
    document: dict[str, Any] = yaml_parse(template)
    return document


def template_url(s3: S3Client, bucket: str, key: str, document: dict[str, Any]) -> str:
    """Put a template into a bucket, as one above 51,200 bytes has to be; returns its address."""
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def create(
    cloudformation: CloudFormationClient,
    name: str,
    template: str | dict[str, Any],
    parameters: Mapping[str, str],
    *,
    tags: Mapping[str, str] | None = None,
    seconds: float = STACK_SECONDS,
    every: float = 0.05,
) -> dict[str, str]:
    """Create a stack of a packaged template and wait until it is there; returns its outputs.

    `template` is its address in a bucket, or the document itself where it is short.

    Raises:
        StackFailedError: it could not be created; quotes what failed and why.
    """
    given: dict[str, Any] = (
        {"TemplateURL": template}
        if isinstance(template, str)
        else {"TemplateBody": json.dumps(template)}
    )
    cloudformation.create_stack(
        StackName=name,
        **given,
        Parameters=_as_listed(parameters),
        Tags=[{"Key": k, "Value": v} for k, v in (tags or {}).items()],
        Capabilities=_CAPABILITIES,
    )
    _await_status(cloudformation, name, "CREATE_COMPLETE", seconds, every)
    described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}


def delete(
    cloudformation: CloudFormationClient,
    name: str,
    *,
    seconds: float = STACK_SECONDS,
    every: float = 0.05,
) -> None:
    """Delete a stack and wait until it is gone; one that is not there is gone already.

    Raises:
        StackFailedError: it could not be deleted; quotes what failed and why.
    """
    cloudformation.delete_stack(StackName=name)

    def over() -> str | None:
        status = _status(cloudformation, name)
        return status if status in ("DELETE_COMPLETE", "DELETE_FAILED") else None

    status = wait_for(over, f"deletion of stack {name}", seconds=seconds, every=every)
    if status != "DELETE_COMPLETE":
        failures = "\n".join(_failures(cloudformation, name))
        raise StackFailedError(f"stack {name} is {status}:\n{failures}")


def _as_listed(parameters: Mapping[str, str]) -> list[ParameterTypeDef]:
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]


def _await_status(
    cloudformation: CloudFormationClient, name: str, wanted: str, seconds: float, every: float
) -> None:
    status = wait_for(
        lambda: _settled_status(cloudformation, name),
        f"stack {name} to be {wanted}",
        seconds=seconds,
        every=every,
    )
    if status != wanted:
        failures = "\n".join(_failures(cloudformation, name))
        raise StackFailedError(f"stack {name} is {status}:\n{failures}")


def _upload(cloud: EmbeddedCloud, key: str, body: bytes) -> str:
    cloud.client("s3").put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=body)
    return f"s3://{ARTIFACT_BUCKET}/{key}"


def _bucket_exists(cloud: EmbeddedCloud) -> bool:
    buckets = cloud.client("s3").list_buckets()["Buckets"]
    return any(bucket["Name"] == ARTIFACT_BUCKET for bucket in buckets)


def _status(cloudformation: CloudFormationClient, name: str) -> str:
    try:
        described = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return "DELETE_COMPLETE"
        raise
    return described[0]["StackStatus"]


def _settled_status(cloudformation: CloudFormationClient, name: str) -> str | None:
    status = _status(cloudformation, name)
    return None if status.endswith("_IN_PROGRESS") else status


def _failures(cloudformation: CloudFormationClient, name: str) -> Iterator[str]:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    for event in reversed([event for page in pages for event in page["StackEvents"]]):
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            yield f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"

"""Puts the template that ships onto the embedded cloud, through its CloudFormation.

The template stays as it is; a copy is changed where this machine differs from Lambda: the
functions run under AWS's own runtime client on this project's Python, and code and definition
are uploaded as ``aws cloudformation package`` would.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.cloud import REPOSITORY
from local.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from local.cloud import EmbeddedCloud

TEMPLATE = REPOSITORY / "template.yaml"
ARTIFACT_BUCKET = "deployment-artifacts"
LAYER_PARAMETER = "/embedded-cloud/powertools-layer"
STACK_SECONDS = 60.0


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
        self.cloud.client("cloudformation").delete_stack(StackName=self.name)
        wait_for(
            lambda: _status(self.cloud, self.name) == "DELETE_COMPLETE",
            f"deletion of stack {self.name}",
            seconds=STACK_SECONDS,
        )


def deploy(
    cloud: EmbeddedCloud,
    parameters: Mapping[str, str],
    *,
    name: str = "feature-flag-rollback",
    template: Path = TEMPLATE,
    functions_endpoint: str = "",
) -> Stack:
    """Create the stack of ``template``; what its CodeUri and DefinitionUri name lies beside it.

    ``functions_endpoint`` is where the functions find AWS if not at the cloud itself: a proxy in
    front of it.
    """
    if not _bucket_exists(cloud):
        cloud.client("s3").create_bucket(Bucket=ARTIFACT_BUCKET)
    document: dict[str, Any] = yaml_parse(template.read_text("utf-8"))
    values = dict(parameters)
    if "PowertoolsLayerArn" in document.get("Parameters", {}):
        values.setdefault("PowertoolsLayerArn", _layer_parameter(cloud))
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(
            _packaged(cloud, document, template.parent, _bootstrap(cloud, functions_endpoint))
        ),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    status = wait_for(
        lambda: _settled_status(cloud, name), f"creation of stack {name}", seconds=STACK_SECONDS
    )
    if status != "CREATE_COMPLETE":
        raise StackFailedError(f"stack {name} is {status}:\n" + "\n".join(_failures(cloud, name)))
    described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}
    return Stack(cloud, name, outputs)


def _packaged(
    cloud: EmbeddedCloud, document: dict[str, Any], beside: Path, bootstrap: str
) -> dict[str, Any]:
    """The copy of the template that this machine can run."""
    runtime = {"Runtime": "provided.al2023"}
    globals_ = document.get("Globals", {}).get("Function", {})
    globals_.update(runtime if "Runtime" in globals_ else {})
    for logical_id, resource in document["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            code = _function_zip(beside / properties["CodeUri"], bootstrap)
            properties |= runtime | {"CodeUri": _upload(cloud, f"{logical_id}.zip", code)}
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            definition = (beside / properties["DefinitionUri"]).read_bytes()
            properties["DefinitionUri"] = _upload(cloud, f"{logical_id}.asl.json", definition)
    return document


def _bootstrap(cloud: EmbeddedCloud, endpoint: str) -> str:
    """The file that Lambda starts in a custom runtime; it becomes the runtime client.

    It is the place for another endpoint: MiniStack replaces a function's own AWS_ENDPOINT_URL.
    """
    host = REPOSITORY / "local" / "function_host.py"
    elsewhere = f'export AWS_ENDPOINT_URL="{endpoint}"\n' if endpoint else ""
    start = f'exec "{sys.executable}" "{host}" {cloud.wait_scale} "$_HANDLER"'
    return f"#!/bin/sh\n{elsewhere}{start}\n"


def _function_zip(folder: Path, bootstrap: str) -> bytes:
    """The deployment package of ``folder``, started by our bootstrap instead of Lambda's Python."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                package.writestr(_entry(str(path.relative_to(folder))), path.read_bytes())
        package.writestr(_entry("bootstrap", mode=0o755), bootstrap)
    return archive.getvalue()


def _entry(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    """An entry with a fixed date: equal code gives equal packages, which share one process pool."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def _upload(cloud: EmbeddedCloud, key: str, body: bytes) -> str:
    cloud.client("s3").put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=body)
    return f"s3://{ARTIFACT_BUCKET}/{key}"


def _bucket_exists(cloud: EmbeddedCloud) -> bool:
    buckets = cloud.client("s3").list_buckets()["Buckets"]
    return any(bucket["Name"] == ARTIFACT_BUCKET for bucket in buckets)


def _layer_parameter(cloud: EmbeddedCloud) -> str:
    """The name of an SSM parameter with the ARN of a layer, as AWS publishes one for Powertools.

    The layer itself is empty: the functions' Python has Powertools installed.
    """
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr(_entry("python/README"), "Powertools is installed in the local Python.\n")
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="powertools", Content={"ZipFile": empty.getvalue()}
    )
    cloud.client("ssm").put_parameter(
        Name=LAYER_PARAMETER, Value=layer["LayerVersionArn"], Type="String", Overwrite=True
    )
    return LAYER_PARAMETER


def _status(cloud: EmbeddedCloud, name: str) -> str:
    try:
        described = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return "DELETE_COMPLETE"
        raise
    return described[0]["StackStatus"]


def _settled_status(cloud: EmbeddedCloud, name: str) -> str | None:
    status = _status(cloud, name)
    return None if status.endswith("_IN_PROGRESS") else status


def _failures(cloud: EmbeddedCloud, name: str) -> Iterator[str]:
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    for event in reversed(events):
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            yield f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"

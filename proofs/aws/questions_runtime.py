"""What the SDK in Lambda's runtime knows, asked by a function of the template's runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for
from local.packaging import zipped
from proofs.aws.report import Finding, answer
from tests.contract.shipped import TEMPLATE

if TYPE_CHECKING:
    from proofs.aws.account import Account
    from proofs.aws.making import Maker

_CODE = """
import boto3
import botocore

WANTED = {"StartDeployment": "LatestDeploymentNumber", "StopDeployment": "AllowRevert"}


def handler(event, context):
    model = boto3.client("appconfig").meta.service_model
    known = {
        member: member in model.operation_model(operation).input_shape.members
        for operation, member in WANTED.items()
    }
    return {"botocore": botocore.__version__, **known}
"""


def make_role(maker: Maker) -> str:
    """Make the role of the probe function, AppConfig's monitor and TestState; returns its ARN.

    The questions about experiments act as it, too. It is made early: AWS takes a while until every
    service knows a new role.
    """
    services = ["lambda.amazonaws.com", "appconfig.amazonaws.com", "states.amazonaws.com"]
    account = f"arn:{maker.account.partition}:iam::{maker.account.id}:root"
    trusted = {"Service": services, "AWS": account}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    look = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
    iam, name = maker.account.client("iam"), maker.names.common
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=policy(trust),
        Tags=[{"Key": key, "Value": value} for key, value in maker.names.tags.items()],
    )
    iam.put_role_policy(RoleName=name, PolicyName="monitor", PolicyDocument=policy(look))
    return str(made["Role"]["Arn"])


def runtime_sdk(maker: Maker, role: str) -> Finding:
    """Make the probe function and ask it."""
    functions, name = maker.account.client("lambda"), maker.names.common
    settings = TEMPLATE["Globals"]["Function"]
    custom = {"bootstrap": maker.bootstrap} if maker.bootstrap else {}
    functions.create_function(
        FunctionName=name,
        Runtime="provided.al2023" if custom else settings["Runtime"],
        Architectures=settings["Architectures"],
        Handler="probe.handler",
        Role=role,
        Timeout=30,
        Code={"ZipFile": zipped({"probe.py": _CODE.encode()}, custom)},
        Tags=maker.names.tags,
    )
    _await_active(maker.account, name)
    answered = functions.invoke(FunctionName=name)
    told: Any = json.loads(answered["Payload"].read())
    if "FunctionError" in answered:
        raise RuntimeError(f"the probe failed: {told.get('errorMessage')}")
    return answer(
        f"Does the SDK of runtime {settings['Runtime']} know the newer members?",
        "perhaps not; the functions bring a model of what it lacks",
        ", ".join(f"{key} {value}" for key, value in told.items()),
        True,
    )


def _await_active(account: Account, name: str) -> None:
    def active() -> bool:
        found = account.client("lambda").get_function_configuration(FunctionName=name)
        return bool(found.get("State", "Active") == "Active")

    wait_for(active, f"function {name}", seconds=60, every=account.every)


def policy(*statements: dict[str, Any]) -> str:
    """Write an IAM policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

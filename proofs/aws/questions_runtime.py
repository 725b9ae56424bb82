"""Lambda and its runtime, asked by a probe: a function of the template's runtime."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import WaitedTooLongError, turns, wait_for
from local.packaging import zipped
from proofs.aws.report import Observation, answer
from tests.contract.shipped import TASKS, TEMPLATE

if TYPE_CHECKING:
    from proofs.aws.account import Account
    from proofs.aws.making import Maker

#: Lambda takes a while until a new concurrency counts everywhere.
_SETTLED_SECONDS = 60.0
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
    return {"boto3": boto3.__version__, "botocore": botocore.__version__, **known}
"""


def make_role(maker: Maker) -> str:
    """Make the role of the probe function, AppConfig's monitors and TestState; returns its ARN.

    The questions about experiments act as it, too. It is made early: AWS takes a while until every
    service knows a new role.
    """
    services = ["lambda.amazonaws.com", "appconfig.amazonaws.com", "states.amazonaws.com"]
    account = f"arn:{maker.account.partition}:iam::{maker.account.id}:root"
    trusted = {"Service": services, "AWS": account}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    look = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
    iam, name = maker.account.client("iam"), maker.names.common
    probe = maker.account.arn("lambda", f"function:{name}")
    call = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": probe}
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=policy(trust),
        Tags=[{"Key": key, "Value": value} for key, value in maker.names.tags.items()],
    )
    iam.put_role_policy(RoleName=name, PolicyName="monitor", PolicyDocument=policy(look, call))
    return str(made["Role"]["Arn"])


def runtime_sdk(maker: Maker, role: str) -> Observation:
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


def throttled_function(maker: Maker, role: str) -> Observation:
    """Give the probe no concurrency, and have Step Functions call it.

    Lambda developer guide, "Configuring reserved concurrency": with 0 every call is throttled.
    """
    account, name = maker.account, maker.names.common
    account.client("lambda").put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=0
    )
    task = {"Type": "Task", "Resource": account.arn("lambda", f"function:{name}"), "End": True}
    told: dict[str, Any] = {}
    with suppress(WaitedTooLongError):
        for _ in turns(_SETTLED_SECONDS, account.every, "the function to be throttled"):
            told = account.client("stepfunctions").test_state(
                definition=json.dumps(task), roleArn=role, input="{}"
            )
            if told["status"] != "SUCCEEDED":
                break
    error = told.get("error", "no error")
    return answer(
        "What does a Task come to whose function Lambda throttles?",
        "Lambda.TooManyRequestsException, which every step tries again",
        f"{told['status']}, {error}: {told.get('cause')}",
        all(_tries_again(state, error) for state in TASKS.values()),
    )


def _tries_again(state: dict[str, Any], error: str) -> bool:
    """Whether a state tries an error again, and not just once."""
    return any(
        error in retrier["ErrorEquals"] and retrier["MaxAttempts"] > 1 for retrier in state["Retry"]
    )


def _await_active(account: Account, name: str) -> None:
    def active() -> bool:
        found = account.client("lambda").get_function_configuration(FunctionName=name)
        return bool(found.get("State", "Active") == "Active")

    wait_for(active, f"function {name}", seconds=60, every=account.every)


def policy(*statements: dict[str, Any]) -> str:
    """Write an IAM policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

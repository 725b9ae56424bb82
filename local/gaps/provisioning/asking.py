"""CloudFormation may do with a stack's resources what who deploys it may, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services.cloudformation import stacks  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.provisioning.handlers import HANDLERS
from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The ARN of a resource by its type: {0} is its physical id, or the name in its ARN.
_ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::ACCOUNT:role/{0}",
    "AWS::Lambda::Function": "arn:aws:lambda:REGION:ACCOUNT:function:{0}",
    "AWS::Lambda::Permission": "arn:aws:lambda:REGION:ACCOUNT:function:{0}",
    "AWS::Lambda::EventInvokeConfig": "arn:aws:lambda:REGION:ACCOUNT:function:{0}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:REGION:ACCOUNT:stateMachine:{0}",
    "AWS::Events::Rule": "arn:aws:events:REGION:ACCOUNT:rule/{0}",
    "AWS::SQS::Queue": "arn:aws:sqs:REGION:ACCOUNT:{0}",
    "AWS::SQS::QueuePolicy": "arn:aws:sqs:REGION:ACCOUNT:{0}",
    "AWS::SNS::Topic": "arn:aws:sns:REGION:ACCOUNT:{0}",
    "AWS::SNS::Subscription": "arn:aws:sns:REGION:ACCOUNT:{0}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:{0}",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::ACCOUNT:dashboard/{0}",
    "AWS::Logs::LogGroup": "arn:aws:logs:REGION:ACCOUNT:log-group:{0}",
    "AWS::AppConfig::DeploymentStrategy": "arn:aws:appconfig:REGION:ACCOUNT:deploymentstrategy/{0}",
    "AWS::S3::Bucket": "arn:aws:s3:::{0}",
    "AWS::S3::BucketPolicy": "arn:aws:s3:::{0}",
}
#: Which property names a resource, where its template does.
_NAMES = ("StateMachineName", "LogGroupName", "DashboardName", "FunctionName", "TopicArn", "Bucket")


def act_with_the_callers_permissions() -> None:
    """What a stack operation does to a resource is denied where the caller may not do it.

    CloudFormation user guide, "Control CloudFormation access with IAM": without a service role
    CloudFormation uses the caller's credentials. Which actions: see :mod:`.handlers`. MiniStack
    asks nobody. A type that is not in the table is not asked about.
    """

    @replace(stacks, "_provision_resource")
    def create(
        original: Callable[..., object],
        kind: str,
        logical_id: str,
        properties: dict[str, Any],
        stack: str,
    ) -> object:
        physical_id = f"{stack}-{logical_id}-NEW"
        if kind == "AWS::S3::Bucket":  # whose names have no capitals
            physical_id = physical_id.lower()
        _refuse("create", kind, physical_id, properties)
        return original(kind, logical_id, properties, stack)

    @replace(stacks, "_update_resource")
    def update(
        original: Callable[..., object],
        kind: str,
        physical_id: str,
        before: dict[str, Any],
        after: dict[str, Any],
        *more: Any,
    ) -> object:
        if before != after:
            _refuse("update", kind, physical_id, after)
        return original(kind, physical_id, before, after, *more)

    @replace(stacks, "_delete_resource")
    def delete(
        original: Callable[..., object],
        kind: str,
        physical_id: str,
        properties: dict[str, Any],
        *more: Any,
    ) -> object:
        _refuse("delete", kind, physical_id, properties)
        return original(kind, physical_id, properties, *more)


GAPS = [act_with_the_callers_permissions]


def _refuse(operation: str, kind: str, physical_id: str, properties: dict[str, Any]) -> None:
    """Raise as a handler does that was denied an action, which fails the stack's operation."""
    if kind not in HANDLERS:
        return
    for action in getattr(HANDLERS[kind], operation):
        for resource, keys in _asked_about(action, kind, physical_id, properties):
            if denied := roles.callers_denial(action, resource, keys):
                raise ValueError(f"{denied} (HandlerErrorCode: AccessDenied)")


def _asked_about(
    action: str, kind: str, physical_id: str, properties: dict[str, Any]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each resource that the action is about, with the condition keys of the call."""
    if action in HANDLERS[kind].everywhere or action == "cloudwatch:DescribeAlarms":
        yield "*", {}
    elif action == "iam:PassRole":
        for role in _roles(properties):
            yield role, {"iam:passedtoservice": f"{_service(kind)}.amazonaws.com"}
    elif action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        for policy in properties.get("ManagedPolicyArns", []):
            yield _arn(kind, physical_id, properties), {"iam:policyarn": policy}
    elif action == "s3:GetObject":
        for bucket, key in _objects(properties):
            yield f"arn:aws:s3:::{bucket}/{key}", {}
    elif kind == "AWS::SQS::QueuePolicy":
        for url in properties.get("Queues", []):
            yield _arn(kind, url, {}), {}
    else:
        yield _arn(kind, physical_id, properties), {}


def _arn(kind: str, physical_id: str, properties: dict[str, Any]) -> str:
    name = next((str(properties[key]) for key in _NAMES if key in properties), physical_id)
    # ARNs, and URLs of queues, end with the name.
    name = name if name.startswith("/") else name.rsplit("/", 1)[-1]
    name = name.rsplit(":", 1)[-1]
    arn = _ARNS[kind].format(name)
    return arn.replace("REGION", get_region()).replace("ACCOUNT", get_account_id())


def _roles(value: object) -> Iterator[str]:
    """The roles that properties name, of a resource and of its targets."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("Role", "RoleArn") and isinstance(inner, str):
                yield inner
            else:
                yield from _roles(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _roles(inner)


def _objects(properties: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The bucket and key of the code or definition that properties name."""
    code = properties.get("Code", {})
    if "S3Bucket" in code:
        yield code["S3Bucket"], code["S3Key"]
    if location := properties.get("DefinitionS3Location"):
        yield location["Bucket"], location["Key"]


def _service(kind: str) -> str:
    service = kind.split("::")[1].lower()
    return {"stepfunctions": "states"}.get(service, service)

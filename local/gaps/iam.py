"""IAM: condition keys and resources that policies of this project use and MiniStack lacks."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_actions  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import iam  # type: ignore[import-untyped]

from local.gaps.replacing import Response, replace

if TYPE_CHECKING:
    from collections.abc import Callable

#: Of a managed policy, and of such policies of a role.
_MOST_CHARACTERS, _MOST = 6_144, 10


def know_the_namespace_of_put_metric_data() -> None:
    """PutMetricData carries the condition key ``cloudwatch:namespace``.

    Service authorization reference, "Actions, resources, and condition keys for Amazon
    CloudWatch": PutMetricData has no resource type and the one condition key cloudwatch:namespace.
    """

    @replace(iam_actions, "request_tag_context")
    def context(
        original: Callable[..., dict[str, Any]],
        service: str,
        action: str,
        body: bytes,
        params: dict[str, Any],
    ) -> dict[str, Any]:
        found = original(service, action, body, params)
        if action == "cloudwatch:PutMetricData" and (namespace := _namespace(body)):
            found["cloudwatch:namespace"] = namespace
        return found


def know_the_alarm_whose_tags_are_read() -> None:
    """ListTagsForResource is allowed or denied on the alarm that it names.

    Service authorization reference, "Actions, resources, and condition keys for Amazon
    CloudWatch": ListTagsForResource has the resource type alarm, among others.
    """

    @replace(iam_actions, "extract_resource_arn")
    def resource(
        original: Callable[..., str],
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *more: Any,
        **named: Any,
    ) -> str:
        target = headers.get("x-amz-target", "")
        if service == "monitoring" and target.endswith(".ListTagsForResource"):
            return str(json.loads(body)["ResourceARN"])
        return original(service, method, path, headers, body, *more, **named)


def know_rules_of_the_default_bus_by_their_names() -> None:
    """A rule of the default bus has no bus in its ARN, and whose targets are listed is a rule.

    Service authorization reference, "Actions, resources, and condition keys for Amazon
    EventBridge": rule-on-default-event-bus is rule/NAME; ListTargetsByRule has it as a resource
    type. MiniStack asks about rule/default/NAME, and about "*".
    """

    @replace(iam_actions, "extract_resource_arn")
    def resource(
        original: Callable[..., str],
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *more: Any,
        **named: Any,
    ) -> str:
        found = original(service, method, path, headers, body, *more, **named)
        if service != "events":
            return found
        target = headers.get("x-amz-target", "")
        if found == "*" and target.endswith(".ListTargetsByRule"):
            name = json.loads(body)["Rule"]
            found = f"arn:aws:events:{get_region()}:{get_account_id()}:rule/{name}"
        return found.replace(":rule/default/", ":rule/")


def take_every_request_for_encrypted() -> None:
    """A request has the condition key aws:SecureTransport, and it is true.

    IAM user guide, "AWS global condition context keys": whether it was sent over TLS, as every
    request to AWS is by default. The embedded cloud speaks plain HTTP on this machine, and the
    SAM CLI's bucket refuses what was not encrypted.
    """

    @replace(app, "pin_request_origin")
    def pin(original: Callable[..., None], source_ip: str, _: bool) -> None:
        original(source_ip, True)


def know_who_reads_the_account_settings() -> None:
    """GetAccountSettings of Lambda needs lambda:GetAccountSettings, on all resources.

    Service authorization reference, "Actions, resources, and condition keys for AWS Lambda".
    MiniStack asks nobody.
    """

    @replace(iam_actions, "extract_iam_action")
    def action(
        original: Callable[..., str | None], service: str, method: str, path: str, *more: Any
    ) -> str | None:
        if service == "lambda" and path.endswith("/account-settings"):
            return "lambda:GetAccountSettings"
        return original(service, method, path, *more)


def know_the_quotas_of_managed_policies() -> None:
    """A managed policy has at most 6,144 characters without blanks, and a role takes 10 of them.

    IAM user guide, "IAM and AWS STS quotas"; the second is the default quota.
    """

    @replace_action("CreatePolicy")
    def create(original: Callable[..., Response], params: dict[str, Any]) -> Response:
        if len("".join(iam._p(params, "PolicyDocument").split())) > _MOST_CHARACTERS:
            return _above("PolicySize", _MOST_CHARACTERS)
        return original(params)

    @replace_action("AttachRolePolicy")
    def attach(original: Callable[..., Response], params: dict[str, Any]) -> Response:
        role = iam._roles.get(iam._p(params, "RoleName")) or {}
        attached = {*role.get("AttachedPolicies", []), iam._p(params, "PolicyArn")}
        return _above("PoliciesPerRole", _MOST) if len(attached) > _MOST else original(params)


def replace_action(name: str) -> Callable[[Callable[..., Response]], None]:
    """Put the decorated function before what answers an action of IAM's, by MiniStack's table."""
    original = iam._IAM_HANDLERS[name]

    def install(ours: Callable[..., Response]) -> None:
        iam._IAM_HANDLERS[name] = functools.partial(ours, original)

    return install


def _above(quota: str, most: int) -> Response:
    answer: Response = iam._error(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {most}")
    return answer


GAPS = [
    know_the_quotas_of_managed_policies,
    know_the_namespace_of_put_metric_data,
    know_the_alarm_whose_tags_are_read,
    know_rules_of_the_default_bus_by_their_names,
    know_who_reads_the_account_settings,
    take_every_request_for_encrypted,
]


def _namespace(body: bytes) -> str | None:
    """The namespace in a JSON body (today's boto3) or a form (the older query protocol)."""
    if body.startswith(b"{"):
        namespace: str | None = json.loads(body).get("Namespace")
        return namespace
    form = parse_qs(body.decode("utf-8", "replace"))
    return form.get("Namespace", [None])[0]

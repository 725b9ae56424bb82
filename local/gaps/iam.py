"""IAM: condition keys and resources that policies of this project use and MiniStack lacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ministack.core import iam_actions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable


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


GAPS = [know_the_namespace_of_put_metric_data, know_the_alarm_whose_tags_are_read]


def _namespace(body: bytes) -> str | None:
    """The namespace in a JSON body (today's boto3) or a form (the older query protocol)."""
    if body.startswith(b"{"):
        namespace: str | None = json.loads(body).get("Namespace")
        return namespace
    form = parse_qs(body.decode("utf-8", "replace"))
    return form.get("Namespace", [None])[0]

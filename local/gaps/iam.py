"""IAM: condition keys that policies of this project use and MiniStack does not know."""

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


GAPS = [know_the_namespace_of_put_metric_data]


def _namespace(body: bytes) -> str | None:
    """The namespace in a JSON body (today's boto3) or a form (the older query protocol)."""
    if body.startswith(b"{"):
        namespace: str | None = json.loads(body).get("Namespace")
        return namespace
    form = parse_qs(body.decode("utf-8", "replace"))
    return form.get("Namespace", [None])[0]

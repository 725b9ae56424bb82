"""CloudWatch: the series of an alarm on a query with GROUP BY, of which MiniStack knows nothing."""

from __future__ import annotations

import json

from ministack.services import cloudwatch  # type: ignore[import-untyped]

from local import contributors
from local.gaps.replacing import PassOn, Request, Response, replace_requests


def describe_alarm_contributors() -> None:
    """DescribeAlarmContributors lists the series of an alarm that are in ALARM.

    botocore, operation of this name and shape AlarmContributor; an alarm that is not there is a
    ResourceNotFoundException. MiniStack evaluates no query, so which series are in ALARM is what
    somebody has said by :mod:`local.contributors`.
    """

    @replace_requests(cloudwatch)
    async def handle(original: PassOn, request: Request) -> Response:
        if not request.headers.get("x-amz-target", "").endswith(".DescribeAlarmContributors"):
            return await original(*request)
        name = json.loads(request.body)["AlarmName"]
        if name not in cloudwatch._alarms:
            refused: Response = cloudwatch._error(
                "ResourceNotFoundException", f"there is no alarm {name}", 404, use_json=True
            )
            return refused
        answer = json.dumps({"AlarmContributors": contributors.in_alarm(name)}).encode()
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, answer


GAPS = [describe_alarm_contributors]

"""CloudWatch: the mute rules of alarms, which MiniStack does not know."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import (  # type: ignore[import-untyped]
    AccountRegionScopedDict,
    get_account_id,
    get_region,
)
from ministack.services import cloudwatch  # type: ignore[import-untyped]

from local.gaps.replacing import PassOn, Request, Response, replace_requests

_rules: Any = AccountRegionScopedDict()


def keep_mute_rules() -> None:
    """Rules say which alarms are muted: PutAlarmMuteRule, GetAlarmMuteRule, ListAlarmMuteRules.

    botocore, cloudwatch: the operations of these names. A rule here is always ACTIVE, whatever its
    schedule; what reads it asks for nothing else.
    """

    @replace_requests(cloudwatch)
    async def handle(original: PassOn, request: Request) -> Response:
        action = request.headers.get("x-amz-target", "").rpartition(".")[-1]
        answer = {
            "PutAlarmMuteRule": _put,
            "GetAlarmMuteRule": _get,
            "ListAlarmMuteRules": _list,
        }.get(action)
        if answer is None:
            return await original(*request)
        content = json.dumps(answer(json.loads(request.body or b"{}"))).encode()
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, content


def _put(rule: dict[str, Any]) -> dict[str, Any]:
    _rules[rule["Name"]] = rule
    return {}


def _get(asked: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = _rules[asked["AlarmMuteRuleName"]]
    return {**rule, "AlarmMuteRuleArn": _arn(rule["Name"]), "Status": "ACTIVE"}


def _list(_: dict[str, Any]) -> dict[str, Any]:
    names = list(_rules)
    return {
        "AlarmMuteRuleSummaries": [
            {"AlarmMuteRuleArn": _arn(name), "Status": "ACTIVE"} for name in names
        ]
    }


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm-mute-rule:{name}"


GAPS = [keep_mute_rules]

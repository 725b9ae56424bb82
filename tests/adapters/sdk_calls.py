"""Calls that an older SDK cannot make by itself: what each sends, and what it reads in the answer.

As a program it prints that as JSON, by the SDK on its path.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.untyped import AwsClient

#: What differs from one request to the next, and names the SDK.
_VOLATILE = {
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "user-agent",
    "x-amz-date",
}
_DEPLOYMENT = {"ApplicationId": "app1234", "EnvironmentId": "env1234"}
_EXPERIMENT = {"ApplicationIdentifier": "app1234", "ExperimentDefinitionIdentifier": "exp1234"}
_RUN = {
    "ApplicationId": "app1234",
    "ExperimentDefinitionId": "exp1234",
    "Run": 3,
    "Status": "RUNNING",
    "StartedAt": "2026-06-02T17:04:40.989000+00:00",
    "EndedAt": "2026-06-03T17:04:40.989000+00:00",
    "Result": {
        "ExecutiveSummary": "a",
        "ReasonsToLaunch": "b",
        "ReasonsNotToLaunch": "c",
    },
    "ExperimentDefinitionSnapshot": {
        "ApplicationId": "app1234",
        "ConfigurationProfileId": "prof123",
        "EnvironmentId": "env1234",
        "Id": "exp1234",
        "Name": "Checkout",
        "FlagKey": "new-checkout",
        "Control": {"Key": "C", "FlagValue": {"Enabled": False}},
        "Treatments": [{"Key": "T1", "FlagValue": {"Enabled": True}}],
    },
}


@dataclass(frozen=True)
class Call:
    """A call, all pages of it where it has pages, and AWS's answer: a JSON document."""

    service: str
    operation: str
    asked: dict[str, Any]
    answer: dict[str, Any] = field(default_factory=dict)


_appconfig, _cloudwatch = partial(Call, "appconfig"), partial(Call, "cloudwatch")
CALLS = [
    _appconfig(
        "StartDeployment",
        {
            **_DEPLOYMENT,
            "ConfigurationProfileId": "prof123",
            "ConfigurationVersion": "6",
            "DeploymentStrategyId": "strat12",
            "KmsKeyIdentifier": "alias/flags",
            "LatestDeploymentNumber": 8,
        },
        {"DeploymentNumber": 9, "VersionLabel": "v6", "KmsKeyIdentifier": "alias/flags"},
    ),
    _appconfig("StopDeployment", {**_DEPLOYMENT, "DeploymentNumber": 9, "AllowRevert": True}),
    _appconfig(
        "GetDeployment",
        {**_DEPLOYMENT, "DeploymentNumber": 9},
        {"VersionLabel": "v6", "KmsKeyArn": "arn:aws:kms:eu-west-1:1:key/flags"},
    ),
    _appconfig(
        "ListDeployments",
        _DEPLOYMENT,
        {"Items": [{"ConfigurationProfileId": "prof123", "Type": "USER", "VersionLabel": "v6"}]},
    ),
    _appconfig(
        "ListExperimentDefinitions",
        {
            "ApplicationIdentifier": "app1234",
            "ConfigurationProfileIdentifier": "prof123",
            "EnvironmentIdentifier": "env1234",
            "Status": "ACTIVE",
            "PaginationConfig": {"PageSize": 50},
        },
        {
            "Items": [
                {
                    "ApplicationId": "app1234",
                    "ConfigurationProfileId": "prof123",
                    "EnvironmentId": "env1234",
                    "Id": "exp1234",
                    "Name": "Checkout",
                    "FlagKey": "new-checkout",
                    "Status": "ACTIVE",
                }
            ]
        },
    ),
    _appconfig(
        "ListExperimentRuns",
        {**_EXPERIMENT, "Status": "RUNNING", "PaginationConfig": {"PageSize": 50}},
        {
            "Items": [
                {
                    "ExperimentDefinitionId": "exp1234",
                    "Run": 3,
                    "Status": "DONE",
                    "StartedAt": "2026-06-02T17:04:40.989000+00:00",
                    "EndedAt": "2026-06-03T17:04:40.989000+00:00",
                }
            ]
        },
    ),
    _appconfig("GetExperimentRun", {**_EXPERIMENT, "Run": 3}, _RUN),
    _appconfig("StopExperimentRun", {**_EXPERIMENT, "Run": 3, "Result": _RUN["Result"]}, _RUN),
    _cloudwatch(
        "DescribeAlarms",
        {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"], "AlarmNamePrefix": "Flag-"},
        {
            "LogAlarms": [
                {
                    "AlarmName": "a",
                    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:1:alarm:a",
                    "StateValue": "ALARM",
                    "StateReason": "high",
                }
            ]
        },
    ),
    _cloudwatch(
        "ListAlarmMuteRules",
        {"Statuses": ["ACTIVE"], "PaginationConfig": {"PageSize": 100}},
        {
            "AlarmMuteRuleSummaries": [
                {
                    "AlarmMuteRuleArn": "arn:aws:cloudwatch:eu-west-1:1:alarm-mute-rule:night",
                    "Status": "ACTIVE",
                }
            ]
        },
    ),
    _cloudwatch(
        "GetAlarmMuteRule",
        {"AlarmMuteRuleName": "night"},
        {"Name": "night", "MuteTargets": {"AlarmNames": ["a", "b"]}},
    ),
]


def all_made(client: Callable[[str], Any]) -> dict[str, Any]:
    """Make all calls with clients of services, to nobody: what was sent, and read, by operation."""
    return {call.operation: _made(call, client(call.service)) for call in CALLS}


def _made(call: Call, client: AwsClient) -> dict[str, Any]:
    sent: dict[str, Any] = {}

    def answer(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401
        sent.update(
            method=request.method,
            url=request.url,
            headers={
                name: _text(value)
                for name, value in sorted(request.headers.items())
                if name.lower() not in _VOLATILE
            },
            body=_text(request.body or b""),
        )
        return AWSResponse(request.url, 200, HTTPHeaders(), _Body(call.answer))

    method = "".join(f"_{c.lower()}" if c.isupper() else c for c in call.operation).lstrip("_")
    client.meta.events.register_first("before-send", answer)
    try:
        if client.can_paginate(method):
            (read,) = client.get_paginator(method).paginate(**call.asked)
        else:
            read = getattr(client, method)(**call.asked)
    finally:
        client.meta.events.unregister("before-send", answer)
    del read["ResponseMetadata"]
    return {"sent": sent, "read": json.loads(json.dumps(read, default=datetime.isoformat))}


class _Body:
    """The body of an answer, as urllib3 reads it from the network."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._bytes = json.dumps(answer).encode()

    def stream(self, **_: object) -> list[bytes]:
        return [self._bytes]


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


if __name__ == "__main__":
    import botocore

    from appconfig_rollback.adapters.aws import client

    print(json.dumps({"botocore": botocore.__version__, "calls": all_made(client)}))

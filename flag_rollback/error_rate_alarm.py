"""An alarm on a flag's error rate, to copy: as CloudFormation, or as a command of the AWS CLI.

It is the first one of `examples/alarms.yaml`, with names and numbers of the person's own.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Metrics:
    """The metrics of requests that were served with a flag on, each of the one dimension."""

    namespace: str
    errors: str
    requests: str
    dimension: str
    flag: str

    def stat(self, name: str) -> dict[str, Any]:
        """Sum one of the metrics up by the minute, as MetricStat has it."""
        return {
            "Metric": {
                "Namespace": self.namespace,
                "MetricName": name,
                "Dimensions": [{"Name": self.dimension, "Value": self.flag}],
            },
            "Period": 60,
            "Stat": "Sum",
        }


@dataclass(frozen=True)
class ErrorRateAlarm:
    """Fires after two bad minutes within three: more errors than `threshold`, in percent.

    A minute with fewer than `minimum` requests is never bad, and neither is one without any.
    """

    name: str
    metrics: Metrics
    minimum: int
    threshold: float

    def properties(self) -> dict[str, Any]:
        """Spell it as CloudFormation and PutMetricAlarm both do."""
        return {
            "AlarmName": self.name,
            "AlarmDescription": f"Errors of requests that were served with {self.metrics.flag} on.",
            "Metrics": [
                {
                    "Id": "rate",
                    "Expression": f"IF(requests >= {self.minimum}, 100 * errors / requests, 0)",
                    "Label": "error rate in percent",
                    "ReturnData": True,
                },
                {
                    "Id": "errors",
                    "MetricStat": self.metrics.stat(self.metrics.errors),
                    "ReturnData": False,
                },
                {
                    "Id": "requests",
                    "MetricStat": self.metrics.stat(self.metrics.requests),
                    "ReturnData": False,
                },
            ],
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": int(self.threshold) if self.threshold.is_integer() else self.threshold,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "TreatMissingData": "notBreaching",
        }

    def as_cloudformation(self) -> str:
        """Write a template of this alarm alone, in YAML."""
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                # A logical id takes letters and digits.
                f"{re.sub('[^A-Za-z0-9]', '', self.metrics.flag)}ErrorRate": {
                    "Type": "AWS::CloudWatch::Alarm",
                    "Properties": self.properties(),
                }
            },
        }
        return "\n".join(_yaml(template))

    def as_command(self, options: Sequence[str] = ()) -> str:
        """Write the command that makes it, or changes it where it is; `options` go with it."""
        lines = [["aws", "cloudwatch", "put-metric-alarm", *options]]
        for name, value in self.properties().items():
            text = value if isinstance(value, str) else json.dumps(value)
            lines.append([_option(name), text])
        return " \\\n  ".join(map(shlex.join, lines))


def _option(name: str) -> str:
    """Spell a parameter of the API as the AWS CLI does: AlarmName is --alarm-name."""
    return "-" + re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _yaml(part: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Lay out what JSON could say, without a library: its scalars are YAML's, too."""
    for key, value in part.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _yaml(value, f"{indent}  ")
        elif isinstance(value, list):
            yield f"{indent}{key}:"
            for item in value:
                first, *others = _yaml(item, f"{indent}    ")
                yield f"{indent}  - {first.lstrip()}"
                yield from others
        else:
            yield f"{indent}{key}: {_written(value)}"


def _written(value: object) -> str:
    """Write a value as YAML; never as a power of ten, which YAML 1.1 reads as a text."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return json.dumps(value, ensure_ascii=False)

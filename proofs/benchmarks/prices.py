"""What a rollback costs at AWS's list prices, beyond the free tiers.

Prices of us-east-1 in US dollars, as AWS's pricing pages of Lambda, Step Functions, SNS and
CloudWatch had them in June 2026. Not in it: AppConfig's control plane and events of AWS services on
the default bus, which cost nothing; log ingestion, traces, the delivery of notices, and the month's
price of a custom metric, which do not depend on who does the rollback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AS_OF = "June 2026"

#: Lambda, arm64, the first 7.5 billion GB-seconds of a month.
LAMBDA_GB_SECOND = 0.0000133334
LAMBDA_REQUEST = 0.20 / 1_000_000
#: Step Functions, standard workflows.
STATE_TRANSITION = 0.025 / 1_000
#: SNS, standard topics: a request of up to 64 KB.
SNS_PUBLISH = 0.50 / 1_000_000
#: CloudWatch: PutMetricData, DescribeAlarms and the other metered requests.
CLOUDWATCH_REQUEST = 0.01 / 1_000
#: CloudWatch, by the month: an alarm of one metric with a period of a minute, a dashboard, and a
#: custom metric, of the first 10,000 (by the hours in which it has data). The free tier is not
#: taken off.
ALARM_MONTH, DASHBOARD_MONTH, METRIC_MONTH = 0.10, 3.00, 0.30


@dataclass(frozen=True)
class Usage:
    """What a rollback used: invocations, their milliseconds, transitions, and calls by action."""

    invocations: int
    billed_milliseconds: int
    memory_megabytes: int
    transitions: int
    actions: tuple[str, ...]


def price(usage: Usage) -> float:
    """Add up what a rollback costs, in US dollars."""
    gigabyte_seconds = usage.billed_milliseconds / 1000 * usage.memory_megabytes / 1024
    return (
        gigabyte_seconds * LAMBDA_GB_SECOND
        + usage.invocations * LAMBDA_REQUEST
        + usage.transitions * STATE_TRANSITION
        + _count(usage.actions, "sns:Publish") * SNS_PUBLISH
        + _count(usage.actions, "cloudwatch:") * CLOUDWATCH_REQUEST
    )


def _count(actions: Iterable[str], prefix: str) -> int:
    return sum(action.startswith(prefix) for action in actions)

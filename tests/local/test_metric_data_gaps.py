"""CloudWatch: GetMetricData computes what alarms on metric math and on queries watch."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

BEGUN = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)


@pytest.fixture
def namespace(cloud: EmbeddedCloud) -> str:
    """Two metrics of two flags: 3 of 10 requests failed, then 5 of 1, then none."""
    name = f"Shop-{uuid.uuid4().hex[:8]}".replace("-", "")
    for flag, factor in (("new-checkout", 1.0), ("search-v2", 10.0)):
        dimensions = [{"Name": "FeatureFlagName", "Value": flag}]
        for minute, (errors, requests) in enumerate([(3.0, 10.0), (5.0, 1.0), (2.0, 0.0)]):
            at = BEGUN + timedelta(minutes=minute, seconds=5)
            data: list[Any] = [
                {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": at}
                for metric, value in (("Errors", errors * factor), ("Requests", requests))
            ]
            cloud.client("cloudwatch").put_metric_data(Namespace=name, MetricData=data)
    return name


def asked(cloud: EmbeddedCloud, *queries: Any) -> dict[tuple[str, str], list[float]]:
    """What GetMetricData gives, by id and label, the oldest first."""
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=BEGUN, EndTime=BEGUN + timedelta(minutes=10)
    )
    return {
        (result["Id"], result["Label"]): [
            value for _, value in sorted(zip(result["Timestamps"], result["Values"], strict=True))
        ]
        for result in answer["MetricDataResults"]
    }


def stat(namespace: str, name: str, *, told: bool = True) -> dict[str, Any]:
    return {
        "Id": name.lower(),
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": "FeatureFlagName", "Value": "new-checkout"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
        "ReturnData": told,
    }


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("IF(requests >= 5, 100 * errors / requests, 0)", [30.0, 0.0, 0.0]),
        ("errors / requests", [0.3, 5.0]),
        ("-(errors - 1) + 2", [0.0, -2.0, 1.0]),
    ],
)
def test_metric_math_is_computed_and_its_parts_are_given(
    cloud: EmbeddedCloud, namespace: str, expression: str, values: list[float]
) -> None:
    found = asked(
        cloud,
        {"Id": "rate", "Expression": expression, "Label": "error rate"},
        stat(namespace, "Errors"),
        stat(namespace, "Requests", told=False),
    )

    assert found == {
        ("rate", "error rate"): pytest.approx(values),
        ("errors", "errors"): [3.0, 5.0, 2.0],
    }


def test_a_query_gives_a_line_of_each_group(cloud: EmbeddedCloud, namespace: str) -> None:
    query = f"SELECT MAX(Errors) FROM {namespace} GROUP BY FeatureFlagName"  # noqa: S608

    found = asked(cloud, {"Id": "q1", "Expression": query, "Period": 60})

    assert found == {
        ("q1", "new-checkout"): [3.0, 5.0, 2.0],
        ("q1", "search-v2"): [30.0, 50.0, 20.0],
    }

"""What an execution's alarm watched: read from CloudWatch, or else from the alarm's own data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from flag_rollback.access import Access
from flag_rollback.execution.finding import Execution
from flag_rollback.execution.metric import Metric, Metrics
from flag_rollback.execution.report import Reporter
from flag_rollback.picture import page
from flag_rollback.waiting import wait_for
from local.cloud import EmbeddedCloud
from local.demo_flags import breach, create_alarm, recover
from local.site import FLAG, Site, alarm_event, new_flags
from tests.operators.reports import ARN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.cloud

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
FIRED = NOW - timedelta(minutes=2)


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    """A cloud of its own: metrics that breach fire their alarms again."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, new_flags(cloud), "measured")


def run_of(name: str, **event: Any) -> Execution:
    """An execution that an alarm started which fired two minutes ago."""
    source = alarm_event(at=FIRED, name=name, **event)
    described = {"executionArn": ARN, "name": "run-1", "input": json.dumps(source)}
    return Execution(cast("Any", described), (FLAG,), name)


def read(cloud: EmbeddedCloud, execution: Execution, off: datetime | None = None) -> Metric:
    return Metrics(cloud.client("cloudwatch")).of(execution, off)


def put(cloud: EmbeddedCloud, namespace: str, name: str, values: list[float], flag: str) -> None:
    """Put a value of each minute, the last one of the minute in which the alarm fired."""
    data: list[Any] = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "FeatureFlagName", "Value": flag}],
            "Value": value,
            "Timestamp": FIRED - timedelta(minutes=len(values) - 1 - number),
        }
        for number, value in enumerate(values)
    ]
    cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


def test_the_metric_is_read_with_when_it_fired_went_off_and_recovered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in site.cloud.environment().items():
        monkeypatch.setenv(name, value)
    create_alarm(site.cloud, FLAG)
    breach(site.cloud, FLAG)
    (arn,) = wait_for(site.executions, "the execution", seconds=60)
    assert site.await_end(arn).output["outcome"] == "rolled_back"
    reporter = Reporter(Access(stack=site.stack.name))
    found = reporter.report(reporter.executions.named("latest")).metric

    assert found.title == "ErrorRate, Average of 60 s"
    assert found.source == "CloudWatch"
    assert found.threshold == 5.0
    (line,) = found.series
    assert line.watched
    assert max(value for _, value in line.points) > 5.0
    assert found.fired
    assert found.off
    assert found.fired < found.off
    assert found.recovered is None

    # The history's times are whole seconds here.
    later = found.off + timedelta(seconds=1)
    wait_for(lambda: datetime.now(UTC) > later, "the next second", seconds=10)
    recover(site.cloud, FLAG)
    report = Reporter(reporter.access).report(reporter.executions.named("latest"))

    assert report.metric.recovered
    assert report.metric.recovered > found.off
    written = page.of(report)
    assert "From CloudWatch" in written
    assert f">recovered {report.metric.recovered:%H:%M:%S}</text>" in written


def test_metric_math_is_read_with_its_parts(cloud: EmbeddedCloud) -> None:
    put(cloud, "Shop", "Errors", [1.0, 8.0], FLAG)
    put(cloud, "Shop", "Requests", [10.0, 10.0], FLAG)
    stats = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {
                    "Namespace": "Shop",
                    "MetricName": name,
                    "Dimensions": [{"Name": "FeatureFlagName", "Value": FLAG}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name in ("Errors", "Requests")
    ]
    rate = {"Id": "rate", "Expression": "100 * errors / requests", "Label": "error rate"}
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="by-math",
        Metrics=[rate, *stats],  # type: ignore[list-item]
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )

    found = read(cloud, run_of("by-math"))

    assert found.title == "error rate, of 60 s"
    assert [(line.label, line.watched) for line in found.series] == [
        ("error rate", True),
        ("errors", False),
        ("requests", False),
    ]
    assert [value for _, value in found.series[0].points] == [10.0, 80.0]


def test_a_contributor_is_shown_by_its_own_series(cloud: EmbeddedCloud) -> None:
    put(cloud, "Grouped", "ErrorRate", [1.0, 80.0], FLAG)
    put(cloud, "Grouped", "ErrorRate", [2.0, 3.0], "search-v2")
    query = "SELECT AVG(ErrorRate) FROM Grouped GROUP BY FeatureFlagName"
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="by-group",
        Metrics=[{"Id": "q1", "Expression": query, "Period": 60}],
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )

    mine = read(cloud, run_of("by-group", contributor={"FeatureFlagName": FLAG}))
    other = read(cloud, run_of("by-group", contributor={"FeatureFlagName": "search"}))
    whole = read(cloud, run_of("by-group"))

    assert [(line.label, [value for _, value in line.points]) for line in mine.series] == [
        (FLAG, [1.0, 80.0])
    ]
    assert "none of this series alone" in other.note  # "search" is no "search-v2"
    assert "none of this series alone" in whole.note


def test_of_an_alarm_that_is_gone_its_own_data_are_shown(cloud: EmbeddedCloud) -> None:
    found = read(cloud, run_of("gone"), off=FIRED + timedelta(seconds=30))

    assert found.note == "Alarm gone is gone."
    assert found.source == "the alarm's own data"
    assert found.off == FIRED + timedelta(seconds=30)
    assert found.fired == FIRED
    (line,) = found.series
    assert [value for _, value in line.points] == [12.7]


class _Denied:
    """A CloudWatch that says no; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def describe_alarms(self, **_: object) -> Mapping[str, Any]:
        self.asked += 1
        error = {"Error": {"Code": "AccessDenied", "Message": "no"}}
        raise ClientError(error, "DescribeAlarms")  # type: ignore[arg-type]


def test_where_cloudwatch_may_not_be_read_the_alarms_own_data_are_shown() -> None:
    denied = _Denied()
    metrics = Metrics(cast("Any", denied))

    found = metrics.of(run_of("mine"), None)

    assert "CloudWatch could not be asked" in found.note
    assert found.source == "the alarm's own data"
    assert found.series
    assert metrics.of(run_of("mine"), None) is found
    assert denied.asked == 1  # a page that looks each second does not ask each time


def test_what_is_no_alarm_has_nothing_to_show(cloud: EmbeddedCloud) -> None:
    execution = run_of("x")
    nonsense = replace(execution, description={**execution.description, "input": "{}"})

    found = read(cloud, nonsense)

    assert found.series == []
    assert found.note.startswith("There is no alarm to show")

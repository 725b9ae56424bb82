"""What an application emits by the examples is what the alarms of the examples read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from examples import emit
from tests.examples.shipped import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = ["new-checkout", "express-payment"]
QUERY = re.compile(
    r'SELECT SUM\((\w+)\) FROM SCHEMA\("([^"]+)", (\w+)\) GROUP BY (\w+)'  # one dimension
)


def told(line: str) -> dict[str, Any]:
    """A line in the embedded metric format, without its time; each value as a list of numbers."""
    document: dict[str, Any] = json.loads(line)
    assert isinstance(document["_aws"].pop("Timestamp"), int)
    for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
        held = document[metric["Name"]]
        document[metric["Name"]] = [
            float(value) for value in (held if type(held) is list else [held])
        ]
    return document


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("high_resolution", [True, False])
@pytest.mark.parametrize("service", ["", "shop"])
def test_by_hand_and_by_powertools_it_is_the_same(
    failed: bool,
    high_resolution: bool,
    service: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", service)

    emit.with_powertools(FLAGS, failed=failed, high_resolution=high_resolution)

    by_powertools = [told(line) for line in capsys.readouterr().out.splitlines()]
    by_hand = [*map(told, emit.lines(FLAGS, failed=failed, high_resolution=high_resolution))]
    assert by_hand == by_powertools
    assert {document["Errors"][0] for document in by_hand} == {float(failed)}
    resolutions = {
        metric.get("StorageResolution", 60)
        for document in by_hand
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert resolutions == {1 if high_resolution else 60}


def test_powertools_leaves_the_metrics_of_the_rest_of_the_function_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from aws_lambda_powertools.metrics import Metrics, MetricUnit

    own = Metrics(namespace="Shop", service="shop")
    own.add_metric("Orders", MetricUnit.Count, 1)

    emit.with_powertools(FLAGS, failed=True)

    assert "Orders" not in capsys.readouterr().out
    own.flush_metrics()
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


#: Namespace, name, and the dimensions with their values; a value of None is any.
Read = tuple[str, str, tuple[tuple[str, str | None], ...]]


def read(alarm: dict[str, Any]) -> Iterator[Read]:
    """The metrics that an alarm reads."""
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            dimensions = tuple((each["Name"], each["Value"]) for each in metric["Dimensions"])
            yield metric["Namespace"], metric["MetricName"], dimensions
        elif found := QUERY.fullmatch(query["Expression"].strip()):
            assert found[3] == found[4]
            yield found[2], found[1], ((found[3], None),)


def emitted() -> set[Read]:
    """The metrics that the example emits, each also with any value of its dimension."""
    found: set[Read] = set()
    for line in emit.lines(FLAGS, failed=True):
        document = json.loads(line)
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        (names,) = directive["Dimensions"]
        for metric in directive["Metrics"]:
            about = directive["Namespace"], metric["Name"]
            found.add((*about, tuple((name, document[name]) for name in names)))
            found.add((*about, tuple((name, None) for name in names)))
    return found


@pytest.mark.parametrize("name", ALARMS)
def test_what_an_alarm_reads_is_emitted(name: str) -> None:
    metrics = set(read(ALARMS[name]))

    assert metrics
    assert metrics <= emitted()


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_waits_for_more_than_one_point_and_takes_silence_for_health(name: str) -> None:
    alarm = ALARMS[name]

    assert 2 <= alarm["DatapointsToAlarm"] < alarm["EvaluationPeriods"]
    assert alarm["TreatMissingData"] == "notBreaching"
    periods = {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert periods in ([{10}] if name.endswith("Fast") else [{60}, set()])
    for query in alarm["Metrics"]:
        if "/" in query.get("Expression", "") and "FROM" not in query["Expression"]:
            assert re.match(
                r"IF\(requests >= \d+, 100 \* errors / requests, 0\)", query["Expression"]
            )

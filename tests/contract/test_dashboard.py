"""The dashboard draws what the code and AWS emit, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import record_aftercare
import record_metric
from appconfig_rollback.adapters.metrics import NAMESPACE
from appconfig_rollback.console import console_url
from tests import samples, watches
from tests.contract.shipped import RESOURCES, ROOT, TEMPLATE
from tests.contract.test_papers import tables
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Namespace, metric, dimensions: from the user guides of Step Functions ("Monitoring with
#: CloudWatch"), SQS, EventBridge and Lambda ("metrics").
AWS_EMITS = {
    ("AWS/States", "ExecutionsFailed", "StateMachineArn"),
    ("AWS/States", "ExecutionsTimedOut", "StateMachineArn"),
    ("AWS/States", "ExecutionsAborted", "StateMachineArn"),
    ("AWS/States", "ExecutionTime", "StateMachineArn"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    ("AWS/Events", "FailedInvocations", "RuleName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
}
#: The type of resource whose name or ARN is the value of each dimension.
NAMED_BY = {
    "StateMachineArn": "AWS::Serverless::StateMachine",
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": "AWS::Serverless::Function",
}
_SUBSTITUTION = re.compile(r"\$\{(?!!)([^}]+)\}")
_SEARCH = re.compile(r"SEARCH\('\{(\S+?)\} MetricName=\"(\w+)\"', '\w+', (\d+)\)")


def text() -> str:
    body, _ = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return str(body)


def body() -> dict[str, Any]:
    """The dashboard as CloudWatch gets it, each substitution as its own name."""
    shown = _SUBSTITUTION.sub(lambda match: f"<{match[1]}>", text()).replace("${!", "${")
    document: dict[str, Any] = json.loads(shown)
    return document


def metrics() -> Iterator[tuple[str, ...]]:
    """Namespace, name and names of the dimensions of all that is drawn."""
    for widget in body()["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            options = metric[-1] if isinstance(metric[-1], dict) else {}
            if "expression" in options:
                found = _SEARCH.fullmatch(options["expression"])
                assert found, options["expression"]
                namespace, *dimensions = found[1].split(",")
                yield (namespace, found[2], *dimensions)
            else:
                names = [part for part in metric if isinstance(part, str)]
                yield (names[0], names[1], *names[2::2])


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, ...]]:
    """What is written for a rollback, for another outcome, and for a rollback that helped."""
    written: list[Any] = []
    monkeypatch.setattr(record_metric, "put", written.extend)
    monkeypatch.setattr(record_aftercare, "put", written.extend)
    record_aftercare.handler(watches.task(watches.recovered()), CONTEXT)
    deployment = samples.deployment(confirmedAt=samples.alarm_begun()["transitionedAt"])
    for outcome in ("rolled_back", "already_off"):
        result = samples.result(outcome=outcome)
        alarm = samples.alarm(breachedSince="2026-03-02T17:03:00.000Z")
        record_metric.handler(task(alarm=alarm, result=result, deployment=deployment), CONTEXT)
    return {
        (NAMESPACE, m["MetricName"], *(d["Name"] for d in m.get("Dimensions", []))) for m in written
    }


def test_every_metric_is_one_that_the_code_or_aws_emits(emitted: set[tuple[str, ...]]) -> None:
    assert set(metrics()) <= emitted | AWS_EMITS


def test_every_metric_of_the_code_is_drawn(emitted: set[tuple[str, ...]]) -> None:
    assert emitted <= set(metrics())


def test_the_papers_tables_name_every_metric_of_the_code_and_no_other(
    emitted: set[tuple[str, ...]],
) -> None:
    column = "metrics in namespace `FeatureFlags`"
    papers = [ROOT / "README.md", ROOT / "docs" / "behaviour.md"]
    rows = [
        row
        for paper in papers
        for heading, *rows in tables(paper.read_text("utf-8"))
        if heading[-1] == column
        for row in rows
    ]
    named = {name for row in rows for name in re.findall(r"`([A-Z]\w+)`", row[-1])}

    assert named == {part for _, name, *dimensions in emitted for part in (name, *dimensions)}


def test_what_it_names_is_in_the_template() -> None:
    names = {name.split(".")[0] for name in _SUBSTITUTION.findall(text())}
    # SAM names the rule of an event after the machine and the event.
    events = {f"RollbackStateMachine{event}" for event in _events()}

    unknown = names - set(RESOURCES) - set(TEMPLATE["Parameters"]) - events

    assert unknown == {"AWS::StackName", "AWS::Region", "Console"}


def _events() -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES["RollbackStateMachine"]["Properties"]["Events"]
    return found


def test_dimensions_name_resources_of_their_type() -> None:
    for widget in body()["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            names = [part for part in metric if isinstance(part, str)]
            for dimension, value in zip(names[2::2], names[3::2], strict=True):
                if dimension in NAMED_BY:
                    resource = value.strip("<>").split(".")[0]
                    assert RESOURCES[resource]["Type"] == NAMED_BY[dimension]


def test_times_are_drawn_as_median_95th_percentile_and_maximum() -> None:
    for name in ("AlarmToFlagOff", "AlarmToRecovery", "ExecutionTime"):
        drawn = [
            metric[-1]["stat"]
            for widget in body()["widgets"]
            for metric in widget["properties"].get("metrics", [])
            if name in metric
        ]
        assert drawn == ["p50", "p95", "Maximum"]


def test_it_links_to_the_machine_and_the_topic() -> None:
    (links,) = [w["properties"]["markdown"] for w in body()["widgets"] if w["type"] == "text"]

    assert "<RollbackStateMachine>" in links
    assert "<NotificationTopic>" in links


def test_widgets_do_not_overlap_and_fit_the_grid() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in body()["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")],
)
def test_its_links_lead_to_the_console_of_the_partition_as_those_of_notices_do(
    partition: str, region: str
) -> None:
    _, variables = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    holds = {
        name: condition["Fn::Equals"][1] == partition
        for name, condition in TEMPLATE["Conditions"].items()
        if condition.get("Fn::Equals", [None])[0] == {"Ref": "AWS::Partition"}
    }
    host: Any = variables["Console"]
    while "Fn::If" in host:
        condition, then, otherwise = host["Fn::If"]
        host = then if holds[condition] else otherwise
    if isinstance(host, dict):
        host = host["Fn::Sub"].replace("${AWS::Region}", region)

    links = re.findall(r"\(https://([^/]+)", text())
    assert links == ["${Console}"] * 3
    assert f"https://{host}/" in console_url(f"arn:{partition}:states:{region}:1:execution:m:e")

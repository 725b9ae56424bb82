"""What CloudWatch has of a flag's metrics lately, and what that means for an alarm on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

    from flag_rollback.error_rate_alarm import Metrics

HOURS = 3


@dataclass(frozen=True)
class Traffic:
    """The sums of the minutes that had data points, in the last three hours.

    `others` are the sets of dimensions under which CloudWatch has a metric of this name, besides
    the one that was asked for: an alarm sees only the metric with exactly its dimensions.
    """

    requests: Sequence[float]
    errors: Sequence[float]
    others: Mapping[str, Sequence[tuple[str, ...]]]


def look(metrics: Metrics, cloudwatch: CloudWatchClient) -> Traffic:
    """Read what there is of both metrics (cloudwatch:GetMetricData, ListMetrics).

    What ListMetrics returns is two weeks old unless RecentlyActive says otherwise (CloudWatch API
    reference), so that is asked for.
    """
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    names = {"requests": metrics.requests, "errors": metrics.errors}
    sums: dict[str, list[float]] = {id_: [] for id_ in names}
    queries: list[MetricDataQueryTypeDef] = [
        {"Id": id_, "MetricStat": metrics.stat(name)}  # type: ignore[typeddict-item]
        for id_, name in names.items()
    ]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=end - timedelta(hours=HOURS), EndTime=end
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            sums[result["Id"]] += result["Values"]
    others = {
        names[id_]: _dimensions(metrics, names[id_], cloudwatch)
        for id_, found in sums.items()
        if not found
    }
    return Traffic(sums["requests"], sums["errors"], others)


def _dimensions(metrics: Metrics, name: str, cloudwatch: CloudWatchClient) -> list[tuple[str, ...]]:
    """List the sets of dimensions of a metric of this name that is not the one asked for."""
    pages = cloudwatch.get_paginator("list_metrics").paginate(
        Namespace=metrics.namespace, MetricName=name, RecentlyActive="PT3H"
    )
    wanted = [{"Name": metrics.dimension, "Value": metrics.flag}]
    found = {
        tuple(sorted(each["Name"] for each in metric.get("Dimensions", [])))
        for page in pages
        for metric in page["Metrics"]
        if metric.get("Dimensions", []) != wanted
    }
    return sorted(found)


def told(traffic: Traffic, metrics: Metrics, minimum: int) -> Iterator[tuple[bool, str]]:
    """Say what was seen, a sentence each; true before it where it is a warning."""
    if not traffic.requests:
        yield True, _missing(metrics.requests, traffic, metrics)
    if not traffic.errors:
        yield True, _missing(metrics.errors, traffic, metrics)
    if not traffic.requests:
        return
    mean, most = sum(traffic.requests) / (HOURS * 60), max(traffic.requests)
    yield (
        False,
        f"In the last {HOURS} hours there were {_number(mean)} requests a minute with "
        f"{metrics.flag} on, at most {_number(most)}",
    )
    if enough := sum(each >= minimum for each in traffic.requests):
        yield False, f"{enough} of the {HOURS * 60} minutes had the alarm's minimum of {minimum}"
    else:
        yield (
            True,
            f"no minute had the alarm's minimum of {minimum}, so it could not have fired; wait for "
            f"more traffic, or lower it (--minimum {max(1, int(most // 2))})",
        )


def _missing(name: str, traffic: Traffic, metrics: Metrics) -> str:
    """Say that a metric has no data points, and what may be the matter."""
    what = (
        f"{name} in {metrics.namespace} has no data points with {metrics.dimension} "
        f"{metrics.flag} alone in the last {HOURS} hours"
    )
    others = traffic.others.get(name, ())
    if (metrics.dimension,) in others:
        return f"{what}, but other flags have some. Is the flag's name right, and is the flag on?"
    if others:
        seen = ", or by ".join(" and ".join(names) or "no dimension" for names in others[:3])
        return f"{what}; it has some by {seen}, and an alarm takes these for another metric"
    if traffic.requests:
        return f"{what}: well if nothing failed and no zeros are emitted, else the name is wrong"
    return f"{what}; emit them first, as examples/emit.py does"


def _number(mean: float) -> str:
    """Write a number of requests: to three digits, and never as a power of ten."""
    return f"{mean:,.0f}" if mean >= 100 else f"{mean:.3g}"

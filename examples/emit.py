"""What an application emits for the alarms of `alarms.yaml`, in two ways.

Each request is counted once per flag that it was served with *on*, and once for its service; one
that went well as 0 errors. On Lambda a line on standard output is enough: CloudWatch Logs makes
metrics of it (CloudWatch user guide, "Embedded metric format"). Elsewhere the CloudWatch agent
takes the same lines.

    python examples/emit.py            # a request served with two flags, which failed
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

NAMESPACE = "Shop"
SERVICE = "checkout"


def lines(flags: Iterable[str], *, failed: bool, high_resolution: bool = False) -> Iterator[str]:
    """Write a request in the embedded metric format, one line per flag and one for the service.

    With `high_resolution` the metrics have points every second, as alarms of 10 seconds need.
    """
    dimensions = [*(("FeatureFlagName", flag) for flag in flags), ("Service", SERVICE)]
    for name, value in dimensions:
        metrics: list[dict[str, object]] = [
            {"Name": metric, "Unit": "Count"} for metric in ("Requests", "Errors")
        ]
        for metric in metrics if high_resolution else ():
            metric["StorageResolution"] = 1
        directive = {"Namespace": NAMESPACE, "Dimensions": [[name]], "Metrics": metrics}
        yield json.dumps(
            {
                "_aws": {
                    "Timestamp": int(time.time() * 1000),
                    "CloudWatchMetrics": [directive],
                },
                name: value,
                "Requests": 1,
                "Errors": int(failed),
            }
        )


def with_powertools(flags: Iterable[str], *, failed: bool, high_resolution: bool = False) -> None:
    """Do the same by Powertools for AWS Lambda (`aws-lambda-powertools`).

    `Metrics` would share what it holds with the rest of the function, and write that under these
    dimensions, too; so each line has metrics of its own.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricResolution, MetricUnit

    resolution = MetricResolution.High if high_resolution else MetricResolution.Standard
    dimensions = [*(("FeatureFlagName", flag) for flag in flags), ("Service", SERVICE)]
    for name, value in dimensions:
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        # Where POWERTOOLS_SERVICE_NAME is set, Powertools adds a dimension `service`. The alarms
        # look at metrics of one dimension, and would see none of these.
        metrics.service = ""
        metrics.add_dimension(name=name, value=value)
        metrics.add_metric("Requests", MetricUnit.Count, 1, resolution=resolution)
        metrics.add_metric("Errors", MetricUnit.Count, int(failed), resolution=resolution)
        metrics.flush_metrics()


if __name__ == "__main__":
    for line in lines(["new-checkout", "express-payment"], failed=True):
        print(line)

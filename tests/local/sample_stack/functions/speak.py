"""The one function of the sample stack: does what its event says."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

import boto3


class MadeUpError(Exception):
    """Raised on request, to see its name in the execution."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer, raise, overrun, or call AWS."""
    print("the event says", event.get("do"))
    logging.getLogger("speak").info("said %s", event.get("do"), extra={"heard": {"times": 1}})
    match event.get("do"):
        case "raise":
            raise MadeUpError("as asked")
        case "overrun":
            if "mark" in event:
                Path(event["mark"]).touch()
            time.sleep(event["seconds"])
        case "exit":
            os._exit(3)
        case "describe-alarms":
            boto3.client("cloudwatch").describe_alarms()
        case "list-metrics":
            boto3.client("cloudwatch").list_metrics()
        case "put-metric":
            boto3.client("cloudwatch").put_metric_data(
                Namespace=event["namespace"], MetricData=[{"MetricName": "Tried", "Value": 1}]
            )
    return {"process": os.getpid(), "niceness": os.nice(0), "caller": event}

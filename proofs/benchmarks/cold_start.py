"""What each function does before it can call AWS, against the least that could be.

A fresh Python process imports the function's module and makes the clients that the function needs
on its ordinary way, through the adapters as the function does. The least is another fresh process
that imports boto3 and makes one client of the same service. The start of Python itself is in
neither. Processor time is measured: importing only computes, and so what else the machine does at
that moment does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from local.cloud import REGION, REPOSITORY, ROOT_CREDENTIALS

FUNCTIONS = REPOSITORY / "functions"

#: The services that each function calls on its ordinary way, the one it cannot do without first.
SERVICES: dict[str, tuple[str, ...]] = {
    "parse_alarm": (),  # only an old alarm is looked up
    "fetch_config": ("appconfig",),  # only another execution's work is looked up
    "create_version": ("appconfig", "cloudwatch"),
    "start_deployment": ("appconfig",),
    "check_deployment": ("appconfig",),
    "notify": ("sns",),
    "record_metric": ("cloudwatch",),
    "stop_rollout": ("appconfig",),
    "stop_experiment": ("appconfig",),
    "find_monitors": ("appconfig", "cloudwatch"),
    "suspend_monitors": ("appconfig",),
    "restore_monitors": ("appconfig",),
    "notify_failure": ("sns", "stepfunctions"),
    "await_redrive": ("stepfunctions",),
    "start_aftercare": ("stepfunctions",),
    "look_after": ("appconfig", "cloudwatch"),
    "tell_aftercare": ("sns",),
    "record_aftercare": ("cloudwatch",),
}

_FUNCTION = """
import json, sys, time
began = time.process_time()
import importlib
importlib.import_module(sys.argv[1])
if sys.argv[2:]:
    from appconfig_rollback.adapters.aws import client
    for service in sys.argv[2:]:
        client(service)
seconds = time.process_time() - began
print(json.dumps([seconds, not {"boto3", "botocore.session"} & sys.modules.keys()]))
"""
_LEAST = """
import json, sys, time
began = time.process_time()
import boto3
boto3.client(sys.argv[1])
print(json.dumps([time.process_time() - began, False]))
"""


@dataclass(frozen=True)
class ColdStart:
    """A function's cold start and the least there could be: medians, in seconds of the processor.

    `ratio` is the median of how many times the least it took that was measured right before it.
    """

    function: str
    services: tuple[str, ...]
    seconds: float
    least: float
    ratio: float
    without_sdk: bool


def measure(repetitions: int = 7) -> list[ColdStart]:
    """Start every function as often as told, each time right after the least."""
    pairs: dict[str, list[tuple[float, float]]] = {function: [] for function in SERVICES}
    without: dict[str, bool] = {}
    for _ in range(repetitions):
        for function, services in SERVICES.items():
            least, _ = _run(_LEAST, _first(services))
            seconds, without[function] = _run(_FUNCTION, function, *services)
            pairs[function].append((seconds, least))
    return [
        ColdStart(
            function,
            services,
            median(seconds for seconds, _ in pairs[function]),
            median(least for _, least in pairs[function]),
            median(seconds / least for seconds, least in pairs[function]),
            without[function],
        )
        for function, services in SERVICES.items()
    ]


def _first(services: tuple[str, ...]) -> str:
    """The service whose client is the least; what calls none is held against CloudWatch."""
    return services[0] if services else "cloudwatch"


def _run(code: str, *arguments: str) -> tuple[float, bool]:
    """Run code in a fresh process; returns its seconds, and whether it did without the SDK."""
    environment = ROOT_CREDENTIALS | {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(FUNCTIONS),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    seconds, without = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), bool(without)

"""Step Functions Local: AWS's own engine for a desk, as a Docker image."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from flag_rollback.waiting import wait_for
from tests.engines.mocks import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient

IMAGE = "amazon/aws-stepfunctions-local:2.0.0"
#: Where somebody runs the engine already, with tests/workflow/mock_config.json as its mock
#: configuration (SFN_MOCK_CONFIG).
ENDPOINT_VARIABLE = "STEPFUNCTIONS_LOCAL_ENDPOINT"

_PORT = "8083/tcp"
_MOCK_CONFIG_INSIDE = "/home/StepFunctionsLocal/MockConfigFile.json"
_NOT_UP_YET = (ClientError, ConnectionClosedError, EndpointConnectionError)


def why_not() -> str | None:
    """Say why there is no engine; None where there is one."""
    if os.environ.get(ENDPOINT_VARIABLE):
        return None
    try:
        _docker("version", "--format", "{{.Server.Version}}", seconds=20)
    except (OSError, subprocess.SubprocessError):
        return f"no Docker daemon answers, and {ENDPOINT_VARIABLE} names no endpoint"
    return None


@contextmanager
def running() -> Iterator[SFNClient]:
    """Use the endpoint that is given, or start the image and stop it afterwards."""
    if endpoint := os.environ.get(ENDPOINT_VARIABLE):
        yield _client(endpoint)
        return
    _docker("pull", "--quiet", IMAGE, seconds=400)
    container = _docker(
        *("run", "--detach", "--rm", "--publish", f"127.0.0.1::{_PORT}"),
        *("--env", "AWS_DEFAULT_REGION=us-east-1"),
        *("--env", "AWS_ACCESS_KEY_ID=test", "--env", "AWS_SECRET_ACCESS_KEY=test"),
        # AWS documents the scale without saying what it scales; no test relies on it.
        *("--env", "WAIT_TIME_SCALE=0.05", "--env", f"SFN_MOCK_CONFIG={_MOCK_CONFIG_INSIDE}"),
        *("--mount", f"type=bind,source={PATH},destination={_MOCK_CONFIG_INSIDE},readonly"),
        IMAGE,
    )
    try:
        address = _docker("port", container, _PORT).splitlines()[0]
        client = _client(f"http://{address}")
        wait_for(lambda: _is_up(client), f"an answer of {IMAGE}", seconds=60)
        yield client
    finally:
        _docker("rm", "--force", container, seconds=60)


def _is_up(client: SFNClient) -> bool:
    try:
        client.list_state_machines()
    except _NOT_UP_YET:
        return False
    return True


def _client(endpoint: str) -> SFNClient:
    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30),
    )


def _docker(*arguments: str, seconds: float = 30) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=seconds, check=True
    )
    return done.stdout.strip()

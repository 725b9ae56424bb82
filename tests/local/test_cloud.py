"""The embedded cloud's own life: it starts, is alone, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY, CloudNotStartedError, EmbeddedCloud
from local.stack import deploy
from tests.local.conftest import SAMPLE_TEMPLATE
from tests.processes import is_alive

pytestmark = pytest.mark.cloud

# A program that starts a cloud and a function in it, tells of both, and then hangs.
HANGING_PARENT = f"""
import json, time
from pathlib import Path
from local.cloud import EmbeddedCloud
from local.stack import deploy
with EmbeddedCloud() as cloud:
    stack = deploy(cloud, {{}}, name="sample", template=Path({str(SAMPLE_TEMPLATE)!r}))
    said = cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"], Payload=json.dumps({{"do": "say"}})
    )
    print(cloud._process.pid, json.load(said["Payload"])["process"], cloud._home, flush=True)
    time.sleep(600)
"""


def await_end(process_id: int) -> None:
    wait_for(lambda: not is_alive(process_id), f"end of process {process_id}", seconds=60)


def test_two_clouds_live_side_by_side() -> None:
    with EmbeddedCloud() as one, EmbeddedCloud(iam=False) as other:
        assert one.endpoint_url != other.endpoint_url
        one.client("sqs").create_queue(QueueName="only-here")
        assert not other.client("sqs").list_queues().get("QueueUrls")


def test_it_answers_as_the_accounts_root() -> None:
    with EmbeddedCloud() as cloud:
        identity = cloud.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{cloud.account_id}:root"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with EmbeddedCloud() as cloud:
        process, home = cloud._process, cloud._home
        assert process is not None
        stack = deploy(cloud, {}, name="sample", template=SAMPLE_TEMPLATE)
        functions, name = cloud.client("lambda"), stack.outputs["FunctionName"]
        said = functions.invoke(FunctionName=name, Payload="{}")
        function = json.load(said["Payload"])["process"]
        # An idle function ends when its server is gone; a busy one has to be ended.
        mark = tmp_path / "busy"
        busy = json.dumps({"do": "overrun", "seconds": 30, "mark": str(mark)})
        functions.invoke(FunctionName=name, Payload=busy, InvocationType="Event")
        wait_for(mark.exists, "the function to be busy", seconds=60)
    assert process.returncode is not None
    await_end(function)
    assert not home.exists()


def test_it_dies_with_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", HANGING_PARENT],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdout is not None
        server, function, home = parent.stdout.readline().split()
        assert is_alive(int(server))
        assert is_alive(int(function))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=60)
    await_end(int(server))
    await_end(int(function))
    assert not Path(home).exists()


def test_a_cloud_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedCloud, "_command", lambda *_: [sys.executable, "-c", "1 / 0"])
    with pytest.raises(CloudNotStartedError, match="ZeroDivisionError"), EmbeddedCloud():
        pass


def test_a_cloud_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hang = "import time; time.sleep(600)"
    monkeypatch.setattr(EmbeddedCloud, "_command", lambda *_: [sys.executable, "-c", hang])
    with pytest.raises(CloudNotStartedError), EmbeddedCloud(start_seconds=0.5):
        pass


def test_the_users_own_aws_settings_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-real-one")
    with EmbeddedCloud() as cloud:
        assert cloud._process is not None
        environment = Path(f"/proc/{cloud._process.pid}/environ").read_bytes()
    assert b"production" not in environment
    assert b"a-real-one" not in environment


def test_the_users_own_aws_settings_are_not_in_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "config"
    broken.write_text("no section, no key")
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(broken))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "mars-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "mars-north-1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none"))
    with EmbeddedCloud() as cloud:
        sqs = cloud.client("sqs")
        assert sqs.meta.region_name == "us-east-1"
        assert cloud.client("sts").get_caller_identity()["Account"] == cloud.account_id

"""`make verify-aws`, rehearsed on the embedded cloud: what it finds, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY, EmbeddedCloud
from local.faults import Fault
from proofs.aws import __main__ as command
from proofs.aws.account import open_account
from proofs.aws.interruption import Interruption
from proofs.aws.making import PREFIX, TAG
from proofs.aws.single_states import Walker
from tests.engines.cases import CASES
from tests.engines.definition import ROLE_ARN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


def begin(cloud: EmbeddedCloud, *arguments: str) -> subprocess.Popen[str]:
    """Start the command as make does."""
    told = {k: v for k, v in cloud.environment().items() if k != "AWS_ENDPOINT_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "proofs.aws", "--endpoint-url", cloud.endpoint_url, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **told, "PYTHONPATH": "functions", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(cloud: EmbeddedCloud, *arguments: str, said: str = "") -> tuple[int, str]:
    """Run the command to its end in this process; returns its exit code and what it printed."""
    told = {k: v for k, v in cloud.environment().items() if k != "AWS_ENDPOINT_URL"}
    with patch.object(command, "Interruption", Unheard):  # it listens for its whole process
        done = CliRunner(env=told).invoke(
            command.main, ["--endpoint-url", cloud.endpoint_url, *arguments], input=said
        )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


class Unheard(Interruption):
    """Leaves the signals of the tests' own process alone."""

    def listen(self) -> None:
        pass


def left_behind(cloud: EmbeddedCloud) -> list[str]:
    """Name everything in the cloud that carries a run's name."""
    appconfig = cloud.client("appconfig")
    names = [
        *(item["Name"] for item in appconfig.list_applications()["Items"]),
        *(item["Name"] for item in appconfig.list_deployment_strategies()["Items"]),
        *(item["Name"] for item in appconfig.list_experiment_definitions()["Items"]),
        *(s["StackName"] for s in cloud.client("cloudformation").describe_stacks()["Stacks"]),
        *(a["AlarmName"] for a in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]),
        *cloud.client("sqs").list_queues().get("QueueUrls", []),
        *(f["FunctionName"] for f in cloud.client("lambda").list_functions()["Functions"]),
        *(role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]),
        *(g["logGroupName"] for g in cloud.client("logs").describe_log_groups()["logGroups"]),
    ]
    return [name for name in names if PREFIX in name or name.startswith("Verify-")]


def test_it_finds_the_contract_kept_and_every_question_answered(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    path = tmp_path / "verified.md"

    process = begin(cloud, "--yes", "--markdown", str(path))
    try:
        printed, _ = process.communicate(timeout=200)
    finally:
        process.kill()
        process.wait()

    written = path.read_text()
    verdicts = re.findall(r"\| ([\w ]+) \|$", written, re.MULTILINE)
    assert process.returncode == 0, printed
    assert set(verdicts) == {"verdict", "as promised", "measured", "safe"}, written
    for section in ("## Contract", "## Engine cases", "## Open questions"):
        assert section in written
    assert written.count("| safe |") == 29
    for seen in (
        "run 1, RUN_STOPPED: deployment 7, Type MANAGED, ConfigurationVersion 2",
        "not authorized to perform: appconfig:StartDeployment",
        "with it: accepted",
        "FAILED, Lambda.TooManyRequestsException",
        "SuspendMonitors succeeded, 1 of 2 left; RestoreMonitors succeeded, 2 of 2 there",
        "made by hand (MiniStack evaluates no GROUP BY)",
        "the rollback takes the flag to be on (experiment)",
        "the rollback takes the flag to be off (nothing)",
    ):
        assert seen in written
    assert "rolled_back" in printed
    assert "Everything is removed" in printed
    assert left_behind(cloud) == []


def test_a_case_that_walks_otherwise_is_told(
    cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    walker = Walker(open_account(None, None, cloud.endpoint_url), ROLE_ARN)
    case = next(case for case in CASES if case.name == "FailsWhenTheRetriesAreExhausted")
    assert walker.difference(case) == ""

    fewer = replace(case, trail=tuple(s for s in case.trail if s != "NotifyFailure"))
    other = replace(case, error="SomeOtherError")

    assert "NotifyFailure, not AwaitRedrive" in walker.difference(fewer)
    assert "error RetryLaterError, not SomeOtherError" in walker.difference(other)


def test_a_refused_call_is_a_named_error_and_nothing_stays(cloud: EmbeddedCloud) -> None:
    denied = Fault("cloudformation:CreateStack", 403, "AccessDenied", from_root=True)
    cloud.faults.set(denied)
    try:
        code, printed = run(cloud, "--yes")
    finally:
        cloud.faults.clear()

    assert code == 1
    assert "may not do what is needed" in printed
    assert "CreateStack" in printed
    assert "Traceback" not in printed
    assert left_behind(cloud) == []


def test_a_stack_that_fails_is_told_with_its_events(cloud: EmbeddedCloud) -> None:
    denied = Fault("s3:PutObject", 200, "unused", times=1, body="", from_root=True)
    cloud.faults.set(denied)  # the code is not there when CloudFormation looks for it
    try:
        code, printed = run(cloud, "--yes")
    finally:
        cloud.faults.clear()

    assert code == 1
    assert re.search(r"Error: stack \S+ is ROLLBACK_\w+:\n.*object not found", printed), printed
    assert left_behind(cloud) == []


def test_interrupted_it_still_removes_everything(cloud: EmbeddedCloud) -> None:
    process = begin(cloud, "--yes")
    try:
        wait_for(lambda: left_behind(cloud), "the first thing made", seconds=60)
        process.send_signal(signal.SIGTERM)  # which ends Python at once, unless it is listened for
        printed, _ = process.communicate(timeout=100)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 1
    assert "Everything is removed" in printed
    assert left_behind(cloud) == []


def test_where_its_reader_is_gone_it_still_removes_everything(cloud: EmbeddedCloud) -> None:
    denied = Fault("cloudformation:CreateStack", 403, "AccessDenied", from_root=True)
    cloud.faults.set(denied)  # so that what it says next is of the removal
    process = begin(cloud, "--yes")
    try:
        wait_for(lambda: left_behind(cloud), "the first thing made", seconds=60)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=100)
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
        cloud.faults.clear()

    assert left_behind(cloud) == []


def test_unless_somebody_says_yes_nothing_is_made(cloud: EmbeddedCloud) -> None:
    before = len(cloud.client("appconfig").list_applications()["Items"])

    code, printed = run(cloud, said="n\n")

    assert code == 1
    assert "It costs less than" in printed
    assert "AWS bills a run by the hour" in printed
    assert "an experiment on a flag" in printed
    assert "a bucket for the stack's code" in printed
    assert len(cloud.client("appconfig").list_applications()["Items"]) == before


def test_without_experiments_none_is_announced(cloud: EmbeddedCloud) -> None:
    _, printed = run(cloud, "--no-experiments", said="n\n")

    assert "It costs less than" in printed
    assert "experiment" not in printed


def test_what_a_killed_run_left_is_found_and_removed(cloud: EmbeddedCloud) -> None:
    run_id = "0123abcd"
    sqs = cloud.client("sqs")
    sqs.create_queue(QueueName=f"{PREFIX}{run_id}", tags={TAG: run_id})
    assert run_id in run(cloud, "--leftovers")[1]

    first, again = run(cloud, "--clean", run_id), run(cloud, "--clean", run_id)

    assert first[0] == again[0] == 0, first[1] + again[1]
    assert left_behind(cloud) == []
    assert run_id not in run(cloud, "--leftovers")[1]

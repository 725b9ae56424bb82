"""What `make verify-aws` asks of the stack and of Lambda is answered "NOT SAFE" where it is not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.faults import Fault
from local.permissions import taken_away
from local.stack import Stack
from proofs.aws import questions_runtime, questions_stack
from proofs.aws.account import open_account
from proofs.aws.making import Made, Maker, Names
from proofs.aws.removing import remove

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(120)]

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:asked"


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="module")
def maker(cloud: EmbeddedCloud) -> Iterator[Maker]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment().items():
            patch.setenv(name, value)
        account = open_account(None, None, cloud.endpoint_url)
        maker = Maker(account, Names.fresh(), wait_scale=0.004)
        yield maker
        assert remove(account, maker.names, lambda _: None) == []


@pytest.fixture(scope="module")
def role(maker: Maker) -> str:
    return questions_runtime.make_role(maker)


@pytest.fixture(scope="module")
def made(maker: Maker, role: str) -> Made:
    return maker.make(role)


@pytest.mark.parametrize("function", ["SuspendMonitorsFunction", "RestoreMonitorsFunction"])
def test_a_role_that_may_not_pass_the_monitors_roles_is_unsafe_and_quoted(
    cloud: EmbeddedCloud, made: Made, function: str
) -> None:
    stack = Stack(cloud, made.names.common, made.outputs)
    with taken_away(cloud, stack, function, "iam:PassRole"):
        finding = questions_stack.suspend_and_restore_monitors(made)

    assert finding.verdict == "NOT SAFE"
    assert "iam:PassRole" in finding.seen
    assert "PermissionDeniedError" in finding.seen
    assert questions_stack.suspend_and_restore_monitors(made).verdict == "safe"


def test_a_log_without_the_executions_arn_is_unsafe(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_stack, "_LOG_SECONDS", 0.5)

    finding = questions_stack.log_lines(made, f"{EXECUTION}-by-nobody")

    assert finding.verdict == "NOT SAFE"
    assert "0 lines" in finding.seen


def test_a_line_of_the_log_that_is_no_json_is_unsafe_and_quoted(
    cloud: EmbeddedCloud, made: Made
) -> None:
    logs, group = cloud.client("logs"), f"/aws/lambda/{made.names.common}"
    logs.create_log_stream(logGroupName=group, logStreamName="lines")
    for message in (json.dumps({"arn": EXECUTION}), f"[INFO] {EXECUTION} begins"):
        logs.put_log_events(
            logGroupName=group,
            logStreamName="lines",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
        )

    finding = questions_stack.log_lines(made, EXECUTION)

    assert finding.verdict == "NOT SAFE"
    assert "2 lines" in finding.seen
    assert f"[INFO] {EXECUTION} begins" in finding.seen


def test_throttling_under_another_name_is_unsafe(
    cloud: EmbeddedCloud, maker: Maker, role: str
) -> None:
    questions_runtime.runtime_sdk(maker, role)
    assert questions_runtime.throttled_function(maker, role).verdict == "safe"

    otherwise = json.dumps({"status": "FAILED", "error": "Lambda.Unknown", "cause": "429"})
    cloud.faults.set(Fault("states:TestState", 200, body=otherwise, from_root=True))
    try:
        finding = questions_runtime.throttled_function(maker, role)
    finally:
        cloud.faults.clear()

    assert finding.verdict == "NOT SAFE"
    assert "FAILED, Lambda.Unknown: 429" in finding.seen

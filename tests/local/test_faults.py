"""Faults on demand."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from flag_rollback.waiting import wait_for
from local.faults import Fault, FaultBook
from tests.local.machines import ended, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud
    from local.stack import Stack

THROTTLED = Fault(
    "appconfig:ListApplications", 429, "ThrottlingException", "Too fast.", from_root=True
)


@pytest.fixture
def faulty(filled_cloud: EmbeddedCloud) -> Iterator[EmbeddedCloud]:
    yield filled_cloud
    filled_cloud.faults.clear()


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    response = refused.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def test_a_fault_strikes_as_often_as_it_says() -> None:
    book = FaultBook()
    book.add(Fault("a:B", times=2))
    struck = [book.strike("a:B", "", root=False) is not None for _ in range(3)]
    assert struck == [True, True, False]


def test_a_fault_spares_root_other_actions_and_other_requests() -> None:
    book = FaultBook()
    book.add(Fault("a:B", about="this"))
    assert book.strike("a:B", "about this", root=True) is None
    assert book.strike("a:C", "about this", root=False) is None
    assert book.strike("a:B", "about that", root=False) is None
    assert book.strike("a:B", "about this", root=False) is not None


def test_one_fault_can_be_cleared_alone() -> None:
    book = FaultBook()
    held, other = Fault("a:B", held=True), Fault("a:C")
    book.add(held)
    book.add(other)
    struck = book.strike("a:B", "", root=False)
    assert struck is not None
    book.clear(other)
    assert not struck.cleared.is_set()
    book.clear(held)
    assert struck.cleared.is_set()
    assert book.listed() == []


@pytest.mark.cloud
def test_a_held_call_takes_effect_once_it_is_let_go(faulty: EmbeddedCloud) -> None:
    held = Fault("sns:CreateTopic", held=True, from_root=True)
    faulty.faults.set(held)
    sns = faulty.client("sns")

    def topics() -> list[str]:
        return [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]

    with ThreadPoolExecutor() as pool:
        made = pool.submit(sns.create_topic, Name="made-late")
        wait_for(lambda: faulty.faults.hits("sns:CreateTopic"), "the call", seconds=60)
        assert not any("made-late" in topic for topic in topics())
        faulty.faults.clear(held)
        assert made.result()["TopicArn"] in topics()


@pytest.mark.cloud
def test_a_held_invocation_goes_on_once_it_is_let_go(
    faulty: EmbeddedCloud, sample_stack: Stack
) -> None:
    function = sample_stack.outputs["FunctionName"]
    faulty.faults.set(Fault("lambda:InvokeFunction", about=function, held=True))
    execution = start(faulty, sample_stack.outputs["StateMachineArn"], {"do": "say"})
    wait_for(lambda: faulty.faults.hits("lambda:InvokeFunction"), "the call", seconds=60)
    described = faulty.client("stepfunctions").describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING"
    faulty.faults.clear()
    assert ended(faulty, execution)["status"] == "SUCCEEDED"


@pytest.mark.cloud
def test_a_rest_call_fails_as_told(faulty: EmbeddedCloud) -> None:
    faulty.faults.set(THROTTLED)
    with pytest.raises(ClientError) as refused:
        faulty.client("appconfig").list_applications()
    assert code_of(refused) == (429, "ThrottlingException", "Too fast.")
    assert faulty.faults.hits("appconfig:ListApplications") == 1
    faulty.faults.clear()
    faulty.client("appconfig").list_applications()


@pytest.mark.cloud
def test_a_query_call_fails_as_told(faulty: EmbeddedCloud) -> None:
    faulty.faults.set(Fault("sns:ListTopics", 500, "InternalError", "Broken.", from_root=True))
    with pytest.raises(ClientError) as refused:
        faulty.client("sns").list_topics()
    assert code_of(refused) == (500, "InternalError", "Broken.")


@pytest.mark.cloud
def test_a_json_call_fails_as_told(faulty: EmbeddedCloud) -> None:
    action = "states:ListStateMachines"
    faulty.faults.set(Fault(action, 400, "ThrottlingException", "Slow.", from_root=True))
    with pytest.raises(ClientError) as refused:
        faulty.client("stepfunctions").list_state_machines()
    assert code_of(refused) == (400, "ThrottlingException", "Slow.")


@pytest.mark.cloud
def test_a_call_that_fails_changes_nothing(faulty: EmbeddedCloud) -> None:
    faulty.faults.set(Fault("sns:CreateTopic", times=1, from_root=True))
    sns = faulty.client("sns")
    with pytest.raises(ClientError):
        sns.create_topic(Name="never-made")
    assert not any("never-made" in topic["TopicArn"] for topic in sns.list_topics()["Topics"])


@pytest.mark.cloud
def test_an_answer_can_be_malformed_or_late(faulty: EmbeddedCloud) -> None:
    late = Fault(
        "appconfig:ListApplications",
        status=200,
        body='{"Items": [{"Name": "made up"}]}',
        delay_seconds=0.5,
        from_root=True,
    )
    faulty.faults.set(late)
    began = time.monotonic()
    answer = faulty.client("appconfig").list_applications()
    assert time.monotonic() - began >= 0.5
    assert answer["Items"] == [{"Name": "made up"}]


@pytest.mark.cloud
def test_a_function_meets_the_fault_and_root_does_not(
    faulty: EmbeddedCloud, sample_stack: Stack
) -> None:
    faulty.faults.set(Fault("cloudwatch:DescribeAlarms", 400, "ValidationError", "Odd."))
    faulty.client("cloudwatch").describe_alarms()
    execution = start(faulty, sample_stack.outputs["StateMachineArn"], {"do": "describe-alarms"})
    described = ended(faulty, execution)
    assert "An error occurred (ValidationError)" in described["cause"]


@pytest.mark.cloud
def test_an_invocation_can_fail(faulty: EmbeddedCloud, sample_stack: Stack) -> None:
    function = sample_stack.outputs["FunctionName"]
    faulty.faults.set(
        Fault("lambda:InvokeFunction", code="TooManyRequestsException", about=function)
    )
    execution = start(faulty, sample_stack.outputs["StateMachineArn"], {"do": "say"})
    assert ended(faulty, execution)["error"] == "Lambda.TooManyRequestsException"

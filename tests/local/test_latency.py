"""The network between functions and AWS: slower calls, and a record of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.latency import Call, Wire
from tests.local.machines import ended, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud
    from local.stack import Stack

CALL = Call("a:B", "someone", left=1.0, effect=2.0, answered=3.0, status=200)


@pytest.fixture
def recorded(filled_cloud: EmbeddedCloud) -> Iterator[EmbeddedCloud]:
    yield filled_cloud
    filled_cloud.network.clear()


def test_nothing_is_kept_before_a_record_begins_and_after_it_ends() -> None:
    wire = Wire()
    wire.add(CALL)
    assert wire.listed() == []
    wire.begin(0.1)
    wire.add(CALL)
    assert len(wire.listed()) == 1
    wire.end()
    wire.add(CALL)
    assert (wire.listed(), wire.seconds) == ([], 0.0)


@pytest.mark.cloud
def test_a_functions_call_takes_longer_half_before_its_effect_and_half_after(
    recorded: EmbeddedCloud, sample_stack: Stack
) -> None:
    recorded.network.record(0.2)
    execution = start(recorded, sample_stack.outputs["StateMachineArn"], {"do": "describe-alarms"})
    assert ended(recorded, execution)["status"] == "SUCCEEDED"
    (call,) = recorded.network.calls()
    assert call.action == "cloudwatch:DescribeAlarms"
    assert call.by == sample_stack.outputs["FunctionName"]
    assert call.succeeded
    assert call.effect - call.left >= 0.1
    assert call.answered - call.effect >= 0.1


@pytest.mark.cloud
def test_roots_calls_are_neither_slowed_nor_recorded(recorded: EmbeddedCloud) -> None:
    recorded.network.record(20)  # longer than the client would wait
    recorded.client("appconfig").list_applications()
    assert recorded.network.calls() == []


@pytest.mark.cloud
def test_a_refused_call_is_recorded_as_such(recorded: EmbeddedCloud, sample_stack: Stack) -> None:
    recorded.network.record()
    execution = start(recorded, sample_stack.outputs["StateMachineArn"], {"do": "list-metrics"})
    ended(recorded, execution)
    assert [(call.action, call.succeeded) for call in recorded.network.calls()] == [
        ("cloudwatch:ListMetrics", False)
    ]

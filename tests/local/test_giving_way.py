"""What is only warmed up gives way; what is called does not."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from local.giving_way import NICENESS

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud
    from local.stack import Stack


@pytest.mark.cloud
@pytest.mark.parametrize(("event", "expected"), [({"warmUp": True}, NICENESS), ({"do": "say"}, 0)])
def test_only_an_environment_that_a_warm_up_starts_gives_way(
    filled_cloud: EmbeddedCloud, sample_stack: Stack, event: dict[str, object], expected: int
) -> None:
    filled_cloud.environments.end_all()

    answer = filled_cloud.client("lambda").invoke(
        FunctionName=sample_stack.outputs["FunctionName"], Payload=json.dumps(event)
    )

    told, ours = json.loads(answer["Payload"].read()), os.nice(0)
    assert told["niceness"] == min(ours + expected, 19)  # there is no higher one
    if os.geteuid() == 0:  # others may not raise a priority again
        assert os.getpriority(os.PRIO_PROCESS, told["process"]) == ours

"""Functions are forked from a process that has imported the SDK, and are as they would be alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.cloud import EmbeddedCloud
from local.stack import deploy
from tests.local.conftest import SAMPLE_TEMPLATE

if TYPE_CHECKING:
    from local.stack import Stack

pytestmark = pytest.mark.cloud


def asked(stack: Stack) -> dict[str, Any]:
    """Call the sample's function; gives its answer, with the command of its process."""
    called = stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"], Payload=b'{"do": "say"}'
    )
    answer: dict[str, Any] = json.loads(called["Payload"].read())
    command = Path(f"/proc/{answer['process']}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return {**answer, "command": command}


def test_a_function_has_a_process_of_its_own_that_was_forked(sample_stack: Stack) -> None:
    first = asked(sample_stack)
    sample_stack.cloud.environments.end_all()
    second = asked(sample_stack)

    assert "local.forking" in first["command"]
    assert first["process"] != second["process"]


def test_one_with_a_path_of_its_own_is_forked_from_one_that_has_it(
    filled_cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    stack = deploy(filled_cloud, {}, name="own-path", template=SAMPLE_TEMPLATE)
    (tmp_path / "boto3.py").write_text("import os\n\nos.nice(7)\n")
    filled_cloud.client("lambda").update_function_configuration(
        FunctionName=stack.outputs["FunctionName"],
        Environment={"Variables": {"PYTHONPATH": str(tmp_path)}},
    )

    answer = asked(stack)

    assert "local.forking" in answer["command"]
    assert answer["niceness"] == os.nice(0) + 7


def test_where_cold_starts_count_each_starts_by_itself() -> None:
    with EmbeddedCloud(forked=False) as cloud:
        stack = deploy(cloud, {}, name="alone", template=SAMPLE_TEMPLATE)

        assert "function_host.py" in asked(stack)["command"]

"""The table on moto's interpreter, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.engines.cases import CASES, THROTTLED, difference
from tests.engines.engine import Engine, walk_as_the_table_says
from tests.engines.moto_answers import MockedLambda, answered_by, parsing_once, without_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines.case import Case

pytestmark = pytest.mark.thorough

CONFIG: Any = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with mock_aws(config=CONFIG), without_waiting(), parsing_once():
        client = boto3.client(
            "stepfunctions",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        yield Engine.with_machine("moto", client, takes_test_cases=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_moto_walks_the_case_as_the_table_says(engine: Engine, case: Case) -> None:
    mocked = MockedLambda()
    with answered_by(mocked):
        arn = walk_as_the_table_says(engine, case)

    if not case.redrives:
        assert mocked.left(arn.rpartition(":")[2]) == {}


def test_moto_still_names_lambdas_own_errors_otherwise_than_aws(engine: Engine) -> None:
    def throttle(*_: object, **__: object) -> None:
        raise ClientError(
            {"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}}, "Invoke"
        )

    with answered_by(throttle):
        walk = engine.await_end(engine.start("RollsBack"), seconds=60)

    assert difference("moto", "names of Lambda's own errors")
    assert walk.trail[:3] == ("Begin", "ParseAlarm", "ParseAlarm!Exception")
    assert f"ParseAlarm!{THROTTLED}" not in walk.trail

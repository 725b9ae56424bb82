"""Lambda: what becomes of an exception that a Python function raises."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from local.packaging import zipped
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

CODE = """
class TryLaterError(Exception):
    pass


def handler(event, context):
    raise TryLaterError(event["why"])
"""
TRUST = """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}}"""


def test_an_exception_reaches_the_caller_by_the_name_of_its_class(cloud: EmbeddedCloud) -> None:
    name = f"raising-{uuid.uuid4().hex[:8]}"
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="raising.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": zipped({"raising.py": CODE.encode()})},
    )

    answer = cloud.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps({"why": "too many"}).encode()
    )

    told = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert (told["errorType"], told["errorMessage"]) == ("TryLaterError", "too many")

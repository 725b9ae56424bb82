"""The fault proxy in front of nothing: its draws can be repeated, and its answers are AWS's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from proofs.chaos.faults import throttled
from proofs.chaos.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A server that is a program of its own.
pytestmark = pytest.mark.thorough

#: Nothing listens there: a call that is not struck is answered 502.
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def proxy() -> Iterator[FaultProxy]:
    with FaultProxy(NOWHERE) as running:
        yield running


def answers(proxy: FaultProxy, seed: int) -> list[str]:
    """Make some calls under a fault; returns the error code of each."""
    appconfig = boto3.client(
        "appconfig",
        endpoint_url=proxy.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    proxy.strike(throttled(0.5).rules(seed), seed)
    codes = []
    for _ in range(20):
        with pytest.raises(ClientError) as raised:
            appconfig.list_applications()
        codes.append(raised.value.response["Error"]["Code"])
    return codes


def test_equal_seeds_strike_equal_calls(proxy: FaultProxy) -> None:
    first = answers(proxy, 4)
    assert first == answers(proxy, 4)
    assert first != answers(proxy, 5)
    assert set(first) == {"ThrottlingException", "502"}


def test_it_counts_what_it_struck_and_rests(proxy: FaultProxy) -> None:
    struck = answers(proxy, 4).count("ThrottlingException")
    assert proxy.rest() == struck
    assert proxy.rest() == 0

"""Any message of the dead-letter queue is read: what it would start, or that it stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flag_rollback.dead_letters import Letter, read_letter
from flag_rollback.watched import Watched
from local.site import alarm_event

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

STACK = Watched("arn:aws:states:eu-west-1:123456789012:stateMachine:stack", "stack")
ARN = "arn:aws:states:eu-west-1:123456789012:execution:stack:run-1"
CHANGE = "Step Functions Execution Status Change"
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["detail", "detail-type", "requestPayload", "Records", "Message",
                         "AlarmName", "state", "alarmName", "input", "stopDate", "status",
                         "executionArn", "alarmData"]) | st.text(), inner),
    max_leaves=20,
)  # fmt: skip


def read(body: str, **attributes: str) -> Letter:
    message: MessageTypeDef = {
        "MessageId": "id",
        "ReceiptHandle": "receipt",
        "Body": body,
        "MessageAttributes": {
            key: {"StringValue": value, "DataType": "String"} for key, value in attributes.items()
        },
    }
    return read_letter(message, STACK)


def news(**detail: object) -> dict[str, Any]:
    return {"detail-type": CHANGE, "detail": {"executionArn": ARN, "status": "FAILED", **detail}}


def test_an_alarm_says_which_flag_when_and_why_it_was_not_delivered() -> None:
    letter = read(json.dumps(alarm_event("new-checkout")), ERROR_CODE="ACCESS", ERROR_MESSAGE="no")
    assert letter.at is not None

    assert letter.kind == "alarm"
    assert letter.lines(letter.at + timedelta(minutes=90)) == [
        "alarm FeatureFlag-new-checkout-ErrorRate of new-checkout went to ALARM at "
        f"{letter.at:%Y-%m-%d %H:%M:%S} UTC, 1 h 30 min ago",
        "not delivered: ACCESS no",
    ]


def test_a_failure_says_of_which_flag_and_execution() -> None:
    ended = datetime(2026, 3, 2, 9, tzinfo=UTC)
    detail = {"input": json.dumps(alarm_event("f")), "stopDate": int(ended.timestamp() * 1000)}
    record = {"requestPayload": news(**detail), "responsePayload": {"errorMessage": "throttled"}}

    letter = read(json.dumps(record))

    assert letter.kind == "failure"
    assert letter.lines(ended + timedelta(seconds=90)) == [
        "execution run-1 of f, alarm FeatureFlag-f-ErrorRate, FAILED at 2026-03-02 09:00:00 UTC, "
        "1 min 30 s ago",
        'not delivered: {"errorMessage": "throttled"}',
    ]
    assert json.loads(letter.event) == record["requestPayload"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "no JSON"),
        ("hello \n\u2603", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("null", "neither an alarm nor news of a failed execution"),
        ("[]", "neither an alarm nor news of a failed execution"),
        ('{"detail": {"alarmName": "a"}}', "neither an alarm nor news of a failed execution"),
        (json.dumps({"detail-type": CHANGE}), "news of an execution in an unexpected form"),
        (json.dumps(news(stopDate="today")), "news of an execution in an unexpected form"),
        (json.dumps({"requestPayload": 5}), "neither an alarm nor news of a failed execution"),
    ],
)
def test_what_is_neither_is_shown_and_stays(body: str, why: str) -> None:
    letter = read(body)

    assert letter.kind == "unreadable"
    first, shown = letter.lines(datetime.now(UTC))
    assert first.startswith(why)
    assert first.endswith("; it stays")
    assert shown.isascii()
    assert len(shown) <= 300


@given(st.text() | json_values.map(json.dumps))
def test_no_message_is_a_traceback(body: str) -> None:
    assert all(line.isascii() for line in read(body).lines(datetime.now(UTC)))


@given(json_values)
def test_no_news_of_an_execution_is_a_traceback(detail: object) -> None:
    body = json.dumps({"detail-type": CHANGE, "detail": detail})

    assert all(line.isascii() for line in read(body).lines(datetime.now(UTC)))

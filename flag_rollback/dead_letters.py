"""The letters of a stack's dead-letter queue: what each is, and how they are taken and given back.

Three kinds of message come to lie there: an alarm event that could not start an execution, news of
a failed execution that could not reach NotifyFailure, and the record of a NotifyFailure that
failed. Whatever else does is shown and stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.plain_text import ascii_line, shortened
from appconfig_rollback.untyped import json_or_none
from flag_rollback.execution.words import duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from flag_rollback.watched import Watched

#: For how long nobody else gets the letters that a person is shown, and may ponder over.
SECONDS_TO_PONDER = 600
_STATUS_CHANGE = "Step Functions Execution Status Change"


@dataclass(frozen=True)
class Letter:
    """A dead letter: where it was to go, what is in it, and why it could not be delivered.

    `event` is JSON text; of one that is `unreadable` it is whatever came, and `what` says why.
    """

    message_id: str
    receipt: str
    kind: Literal["alarm", "failure", "unreadable"]
    event: str
    what: str
    reason: str
    at: datetime | None = None

    def lines(self, now: datetime) -> list[str]:
        """Show what it is, when that was, and why it was not delivered."""
        if self.kind == "unreadable":
            return [f"{ascii_line(self.what, 300)}; it stays", ascii_line(self.event, 300)]
        when = "at an unknown time"
        if self.at:
            age = duration(max((now - self.at).total_seconds(), 0))
            when = f"at {self.at:%Y-%m-%d %H:%M:%S} UTC, {age} ago"
        reason = ascii_line(self.reason, 300) or "no reason given"
        return [f"{ascii_line(self.what, 300)} {when}", f"not delivered: {reason}"]


def taken(sqs: SQSClient, queue: str, watched: Watched) -> list[Letter]:
    """Take all letters out of the queue; none is deleted, and nobody else gets them for a while.

    Where SQS hands one out twice (SQS developer guide, "at-least-once delivery"), its newest
    receipt counts.
    """
    found: dict[str, Letter] = {}
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=SECONDS_TO_PONDER,
            WaitTimeSeconds=1,
        )
        known = len(found)
        for message in answer.get("Messages", []):
            found[message["MessageId"]] = read_letter(message, watched)
        if len(found) == known:
            return list(found.values())


def still_ours(sqs: SQSClient, queue: str, letter: Letter) -> bool:
    """Keep a letter for another minute; no where its time is up, and somebody may have taken it.

    ChangeMessageVisibility refuses a message that is not in flight any more (SQS API reference).
    """
    try:
        sqs.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=letter.receipt, VisibilityTimeout=60
        )
    except ClientError:
        return False
    return True


def give_back(sqs: SQSClient, queue: str, letters: Iterable[Letter]) -> None:
    """Let others see letters at once; where that fails they do so once the time is up."""
    for letter in letters:
        try:
            sqs.change_message_visibility(
                QueueUrl=queue, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )
        except (BotoCoreError, ClientError):
            continue


def read_letter(message: MessageTypeDef, watched: Watched) -> Letter:
    """Read a message as EventBridge or a Lambda destination left it in the queue."""
    ids = message["MessageId"], message["ReceiptHandle"]
    body = message.get("Body", "")
    attributes = message.get("MessageAttributes", {})
    reason = " ".join(
        attributes[key].get("StringValue", "")
        for key in ("ERROR_CODE", "ERROR_MESSAGE")
        if key in attributes
    )
    try:
        event: Any = json.loads(body)
        if isinstance(event, dict) and "requestPayload" in event:
            reason = shortened(json.dumps(event.get("responsePayload")), 300)
            event = event["requestPayload"]
            body = json.dumps(event)
        if isinstance(event, dict) and event.get("detail-type") == _STATUS_CHANGE:
            what, at = _failure(event["detail"], watched)
            return Letter(*ids, "failure", body, what, reason, at)
        what, at = _alarm(event, watched)
        return Letter(*ids, "alarm", body, what, reason, at)
    except RollbackError:
        why = "neither an alarm nor news of a failed execution"
    except (ValueError, RecursionError) as error:
        why = f"no JSON: {error}"
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        why = f"news of an execution in an unexpected form: {type(error).__name__} {error}"
    return Letter(*ids, "unreadable", body, why, reason)


def _alarm(event: object, watched: Watched) -> tuple[str, datetime | None]:
    change = read_alarm(event)
    flags, _ = watched.flags_and_alarm(event)
    guarded = f"of {', '.join(flags)}" if flags else "that names no flag of this stack"
    return f"alarm {change.name} {guarded} went to {change.state}", change.transitioned_at


def _failure(detail: Mapping[str, Any], watched: Watched) -> tuple[str, datetime | None]:
    name = str(detail["executionArn"]).split(":")[-1]
    flags, alarm = watched.flags_and_alarm(json_or_none(str(detail.get("input"))))
    ended = detail.get("stopDate")
    at = datetime.fromtimestamp(ended / 1000, UTC) if ended else None
    about = f"of {', '.join(flags)}" if flags else "of an unknown flag"
    return f"execution {name} {about}, alarm {alarm or 'unknown'}, {detail['status']}", at

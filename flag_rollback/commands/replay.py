"""Replays what waits in the stack's dead-letter queue: `flag-rollback replay`.

Three kinds of message come to lie there: an alarm event that could not start an execution, news of
a failed execution that could not reach NotifyFailure, and the record of a NotifyFailure that
failed. Each goes where it was meant to go, and only then leaves the queue.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from flag_rollback.access import Access, with_access
from flag_rollback.sentences import OneSentence
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef
    from mypy_boto3_stepfunctions import SFNClient

_STATUS_CHANGE = "Step Functions Execution Status Change"


@dataclass(frozen=True)
class Letter:
    """A dead letter: the event itself as JSON text, and why it could not be delivered."""

    message_id: str
    receipt: str
    event: str
    reason: str

    @property
    def tells_of_an_execution(self) -> bool:
        """Whether it is meant for NotifyFailure and not for the state machine."""
        event = json.loads(self.event)
        return isinstance(event, dict) and event.get("detail-type") == _STATUS_CHANGE


def read_letter(message: MessageTypeDef) -> Letter:
    """Read a message as EventBridge or a Lambda destination left it in the queue."""
    body = message["Body"]
    attributes = message.get("MessageAttributes", {})
    reason = " ".join(
        attributes[key]["StringValue"]
        for key in ("ERROR_CODE", "ERROR_MESSAGE")
        if key in attributes
    )
    record: Any = json.loads(body)
    if isinstance(record, dict) and "requestPayload" in record:
        reason = json.dumps(record.get("responsePayload"))[:300]
        body = json.dumps(record["requestPayload"])
    return Letter(message["MessageId"], message["ReceiptHandle"], body, reason)


def letters(sqs: SQSClient, queue: str) -> Iterator[Letter]:
    """Take the letters out of the queue one after the other; each stays until it is deleted."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=60,
            WaitTimeSeconds=1,
        )
        if not answer.get("Messages"):
            return
        yield from map(read_letter, answer["Messages"])


def start(stepfunctions: SFNClient, state_machine: str, letter: Letter) -> str:
    """Start the execution that could not be started, at most once for a letter."""
    name = f"replay-{letter.message_id}"
    try:
        stepfunctions.start_execution(stateMachineArn=state_machine, name=name, input=letter.event)
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        return f"execution {name} had been started before"
    return f"started execution {name}"


def tell(lambda_: LambdaClient, function: str, letter: Letter) -> str:
    """Tell NotifyFailure of an execution that failed; it stays silent where that is known."""
    answer = lambda_.invoke(FunctionName=function, Payload=letter.event.encode())
    if "FunctionError" in answer:
        raise click.ClickException(f"{function} failed again: {answer['Payload'].read().decode()}")
    return f"told {function}"


@click.command(epilog="Example: flag-rollback replay --stack feature-flag-rollback")
@with_access
def replay(access: Access) -> None:
    """Bring the stack's dead letters to where they were meant to go.

    A replayed alarm that is older than MaxAlarmAgeMinutes acts only if it is still in ALARM.
    """
    watched = find(access)
    cloudformation: CloudFormationClient = access.client("cloudformation")
    notifier = cloudformation.describe_stack_resource(
        StackName=watched.stack, LogicalResourceId="NotifyFailureFunction"
    )["StackResourceDetail"]["PhysicalResourceId"]
    sqs, queue = access.client("sqs"), watched.outputs["DeadLetterQueueUrl"]
    count = 0
    for letter in letters(sqs, queue):
        click.echo(f"{letter.message_id}: {letter.reason or 'no reason given'}")
        if letter.tells_of_an_execution:
            done = tell(access.client("lambda"), notifier, letter)
        else:
            done = start(access.client("stepfunctions"), watched.state_machine_arn, letter)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter.receipt)
        click.echo(f"  {done}")
        count += 1
    click.echo(f"{count} dead letter(s) replayed." if count else "No dead letters.")


if __name__ == "__main__":
    OneSentence(commands=[replay])(["replay", *sys.argv[1:]])

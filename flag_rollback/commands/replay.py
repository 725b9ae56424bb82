"""Replays what waits in the stack's dead-letter queue: `flag-rollback replay`.

Each letter goes where it was meant to go, and only then leaves the queue.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from flag_rollback.access import Access, with_access
from flag_rollback.confirming import confirm
from flag_rollback.dead_letters import Letter, give_back, still_ours, taken
from flag_rollback.interrupting import NOT_DONE, goes_on
from flag_rollback.sentences import OneSentence, sentence
from flag_rollback.watched import Watched, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient


@click.command(epilog="Example: flag-rollback replay --stack feature-flag-rollback")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@with_access
def replay(access: Access, yes: bool) -> None:
    """Bring the stack's dead letters to where they were meant to go.

    An alarm that could not start an execution starts one; a failure that could not be announced is
    announced. What is neither is shown, and stays in the queue. Exit code 1 if any stays.

    A replayed alarm that is older than MaxAlarmAgeMinutes acts only if it is still in ALARM.
    """
    watched = find(access)
    sqs: SQSClient = access.client("sqs")
    queue = watched.outputs.get("DeadLetterQueueUrl")
    if not queue:
        raise click.ClickException(
            f"the outputs of stack {watched.stack} cannot be read, so there is no telling where "
            "its dead letters are; name the stack with --stack"
        )
    letters = taken(sqs, queue, watched)
    left = list(letters)
    try:
        _show(letters, watched)
        if any(letter.kind != "unreadable" for letter in letters):
            confirm(_question(letters), yes=yes)
            with goes_on("What was replayed", access.command("executions")):
                _deliver(access, watched, letters, left)
    finally:
        give_back(sqs, queue, left)
    if not letters:
        click.echo("No dead letters.")
        return
    click.echo(f"{len(letters) - len(left)} replayed, {len(left)} left.")
    if left:
        raise click.exceptions.Exit(NOT_DONE)


def _show(letters: Sequence[Letter], watched: Watched) -> None:
    now, at_most = datetime.now(UTC), watched.parameters.get("MaxAlarmAgeMinutes", "15")
    for letter in letters:
        first, *more = letter.lines(now)
        click.echo(f"{letter.message_id}: {first}")
        for line in more:
            click.echo(f"  {line}")
        minutes = (now - letter.at).total_seconds() / 60 if letter.at else 0
        if letter.kind == "alarm" and at_most.isdecimal() and minutes > int(at_most):
            click.echo(f"  older than {at_most} min: it acts only if the alarm is still in ALARM")


def _question(letters: Sequence[Letter]) -> str:
    count = [sum(letter.kind == kind for letter in letters) for kind in ("alarm", "failure")]
    rollbacks = f"start {count[0]} execution{'s' * (count[0] != 1)}" * bool(count[0])
    failures = f"announce {count[1]} failure{'s' * (count[1] != 1)}" * bool(count[1])
    asked = " and ".join(filter(None, (rollbacks, failures)))
    return f"{asked[0].upper()}{asked[1:]}?"


def _deliver(
    access: Access, watched: Watched, letters: Sequence[Letter], left: list[Letter]
) -> None:
    """Deliver one letter after the other; those that stay in the queue are `left`."""
    sqs: SQSClient = access.client("sqs")
    queue = watched.outputs["DeadLetterQueueUrl"]
    for letter in letters:
        if letter.kind == "unreadable":
            continue
        if not still_ours(sqs, queue, letter):
            click.echo(
                f"{letter.message_id}: its time is up, and somebody else may have it; run the "
                "command again"
            )
            continue
        try:
            done = _delivered(access, watched, letter)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter.receipt)
        except (BotoCoreError, ClientError, click.ClickException) as error:
            told = error.message if isinstance(error, click.ClickException) else sentence(error)
            click.echo(f"{letter.message_id}: not replayed: {told}", err=True)
        else:
            left.remove(letter)
            click.echo(f"{letter.message_id}: {done}")


def _delivered(access: Access, watched: Watched, letter: Letter) -> str:
    if letter.kind == "failure":
        return tell(access.client("lambda"), _notifier(access, watched), letter)
    return start(access.client("stepfunctions"), watched.state_machine_arn, letter)


def start(stepfunctions: SFNClient, state_machine: str, letter: Letter) -> str:
    """Start the execution that could not be started, at most once for a letter."""
    name = f"replay-{letter.message_id}"
    try:
        stepfunctions.start_execution(stateMachineArn=state_machine, name=name, input=letter.event)
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        return f"execution {name} had been started before"
    return f"started execution {name}"


def tell(lambda_: LambdaClient, function: str, letter: Letter) -> str:
    """Pass a failed execution to NotifyFailure; it publishes nothing where a notice was sent."""
    answer = lambda_.invoke(FunctionName=function, Payload=letter.event.encode())
    if "FunctionError" in answer:
        raise click.ClickException(f"{function} failed again: {answer['Payload'].read().decode()}")
    return f"told {function}"


def _notifier(access: Access, watched: Watched) -> str:
    cloudformation: CloudFormationClient = access.client("cloudformation")
    found = cloudformation.describe_stack_resource(
        StackName=watched.stack, LogicalResourceId="NotifyFailureFunction"
    )
    return found["StackResourceDetail"]["PhysicalResourceId"]


if __name__ == "__main__":
    OneSentence(commands=[replay])(["replay", *sys.argv[1:]])

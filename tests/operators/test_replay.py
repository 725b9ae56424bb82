"""`replay` shows what it would start, asks, and leaves what it cannot deliver where it is."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from flag_rollback import dead_letters
from flag_rollback.commands import replay
from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import FLAG, Site, alarm_event
from tests.workflow.test_replay import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operators.person import Person

pytestmark = pytest.mark.cloud


@pytest.fixture(autouse=True)
def _empty_queue(site: Site) -> Iterator[None]:
    sqs, queue = site.cloud.client("sqs"), site.stack.outputs["DeadLetterQueueUrl"]
    sqs.purge_queue(QueueUrl=queue)
    yield
    sqs.purge_queue(QueueUrl=queue)


def lies_dead(site: Site, body: object, reason: str = "") -> str:
    """Put a message into the queue; returns its id."""
    attributes = {"ERROR_CODE": {"DataType": "String", "StringValue": reason}} if reason else {}
    return site.cloud.client("sqs").send_message(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"],
        MessageBody=body if isinstance(body, str) else json.dumps(body),
        MessageAttributes=attributes,  # type: ignore[arg-type]
    )["MessageId"]


def test_it_shows_what_it_would_start_and_who_says_no_has_started_nothing(
    site: Site, person: Person
) -> None:
    letter, known = lies_dead(site, alarm_event(), "NO_PERMISSIONS"), site.executions()

    asked = person.types("replay", answers="n\n", exit_code=1)

    assert f"{letter}: alarm FeatureFlag-{FLAG}-ErrorRate of {FLAG} went to ALARM at 20" in (
        asked.output
    )
    assert " ago\n  not delivered: NO_PERMISSIONS\n" in asked.output
    assert "Start 1 execution? [y/N]" in asked.output
    assert asked.stderr.endswith("Nothing was changed.\n")
    assert site.executions() == known
    assert waiting(site) == 1  # for others at once, not after ten minutes


def test_without_a_terminal_it_names_yes_and_takes_nothing(site: Site, person: Person) -> None:
    lies_dead(site, alarm_event())

    done = person.types("replay", exit_code=2)

    assert "there is no terminal to ask on; pass --yes" in done.output
    assert waiting(site) == 1


def test_what_cannot_be_read_stays_and_the_others_go_on(site: Site, person: Person) -> None:
    broken, letter = lies_dead(site, "{no json"), lies_dead(site, alarm_event())
    odd = lies_dead(site, {"hello": "world"})

    done = person.types("replay", "--yes", exit_code=1)

    assert f"{broken}: no JSON: " in done.output
    assert f"{odd}: neither an alarm nor news of a failed execution; it stays" in done.output
    assert '  {"hello": "world"}\n' in done.output
    assert f"{letter}: started execution replay-{letter}\n" in done.output
    assert done.output.endswith("1 replayed, 2 left.\n")
    assert waiting(site) == 2
    assert site.await_end(site.executions()[0]).output["outcome"] == "rolled_back"


def test_where_nothing_can_be_read_nobody_is_asked(site: Site, person: Person) -> None:
    lies_dead(site, "{no json")

    done = person.types("replay", exit_code=1)

    assert "[y/N]" not in done.output
    assert done.output.endswith("0 replayed, 1 left.\n")


def test_one_that_is_refused_stays_and_the_others_go_on(site: Site, person: Person) -> None:
    letters = [lies_dead(site, alarm_event()) for _ in range(3)]
    denied = Fault("states:StartExecution", 403, "AccessDenied", about=letters[1], from_root=True)
    site.cloud.faults.set(denied)

    done = person.types("replay", "--yes", exit_code=1)

    assert f"{letters[1]}: not replayed: your AWS credentials do not allow this" in done.stderr
    assert done.stdout.endswith("2 replayed, 1 left.\n")
    site.cloud.faults.clear()
    assert person.types("replay", "--yes").output.endswith("1 replayed, 0 left.\n")
    names = [arn.split(":")[-1] for arn in site.executions()]
    assert all(names.count(f"replay-{letter}") == 1 for letter in letters)
    for letter in letters:
        machine = site.stack.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
        site.await_end(f"{machine}:replay-{letter}")


def test_what_somebody_else_replays_meanwhile_is_not_replayed_twice(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, known = lies_dead(site, alarm_event()), site.executions()
    first_to_agree: list[str] = []

    def ponders(question: str, *, yes: bool) -> None:
        assert (question, yes) == ("Start 1 execution?", False)
        patched.undo()
        wait_for(lambda: waiting(site) == 1, "the letter to be visible again", seconds=30)
        first_to_agree.append(person.types("replay", "--yes").output)

    with monkeypatch.context() as patched:
        patched.setattr(dead_letters, "SECONDS_TO_PONDER", 1)
        patched.setattr(replay, "confirm", ponders)
        done = person.types("replay", exit_code=1)

    assert first_to_agree[0].endswith("1 replayed, 0 left.\n")
    assert (
        f"{letter}: its time is up, and somebody else may have it; run the command again\n"
        in done.output
    )
    assert done.output.endswith("0 replayed, 1 left.\n")
    assert len(site.executions()) == len(known) + 1
    site.await_end(site.executions()[0])
    assert person.types("replay").output == "No dead letters.\n"


def test_a_letter_that_was_delivered_but_not_deleted_starts_nothing_twice(
    site: Site, person: Person
) -> None:
    letter = lies_dead(site, alarm_event())
    site.cloud.faults.set(Fault("sqs:DeleteMessage", 403, "AccessDenied", from_root=True))

    person.types("replay", "--yes", exit_code=1)

    site.cloud.faults.clear()
    arn = site.executions()[0]
    site.await_end(arn)
    again = person.types("replay", "--yes").output
    assert f"{letter}: execution replay-{letter} had been started before\n" in again
    assert site.executions()[0] == arn
    assert waiting(site) == 0


def test_a_stack_that_cannot_be_read_is_one_sentence(site: Site, person: Person) -> None:
    machine = site.stack.outputs["StateMachineArn"]
    unread = machine.rsplit(":", 1)[0] + f":{uuid.uuid4().hex}"
    person_elsewhere = type(person)("no-such-stack")

    done = person_elsewhere.types("replay", "--state-machine-arn", unread, exit_code=1)

    assert "the outputs of stack no-such-stack cannot be read" in done.output

"""`executions`, `inspect` and `redrive`: what happened, where, why, and what to press."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event
from tests.operators.person import Person

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cloud

DENIED = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
SCREEN = 20  # lines


def failed(site: Site) -> str:
    site.cloud.faults.set(DENIED)
    run = site.run(alarm_event())
    site.cloud.faults.clear()
    assert run.status == "FAILED"
    return run.arn.split(":")[-1]


@pytest.fixture(scope="module")
def reds() -> list[str]:
    """The failed runs that were made to be read."""
    return []


@pytest.fixture
def red(site: Site, reds: list[str]) -> str:
    """A failed run that nobody has redriven: one for all tests that only read."""
    if not reds or _was_redriven(site, reds[-1]):
        reds.append(failed(site))
    return reds[-1]


def _was_redriven(site: Site, name: str) -> bool:
    machine = site.stack.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    described = site.cloud.client("stepfunctions").describe_execution(
        executionArn=f"{machine}:{name}"
    )
    return described["redriveCount"] > 0


def test_what_inspect_says_of_a_failure_last_is_the_verdict(
    site: Site, person: Person, red: str
) -> None:
    screen = "\n".join(person.types("inspect", red).output.splitlines()[-SCREEN:])

    assert "CreateVersion failed: PermissionDeniedError" in screen
    assert "AccessDeniedException" in screen
    assert f"{FLAG} is ON for 50 %" in screen
    assert "What CreateVersion got" not in screen
    assert f"flag-rollback redrive {red} --follow --stack {site.stack.name}" in screen


def test_json_says_the_same_for_machines(person: Person, red: str) -> None:
    report = json.loads(person.types("inspect", red[:8], "--json").output)

    assert report["execution"]["name"] == red
    assert report["failure"]["state"] == "CreateVersion"
    assert report["failure"]["error"] == "PermissionDeniedError"
    assert report["failure"]["input"]["alarm"]["flags"] == [FLAG]
    assert report["flagsNow"][0]["state"] == "on"
    caught = [visit for visit in report["visits"] if visit["status"] == "caught"]
    assert [visit["state"] for visit in caught] == ["CreateVersion"]
    assert report["visits"][-1]["status"] == "failed"


def test_the_exit_code_says_whether_the_run_has_failed(site: Site, person: Person) -> None:
    name = failed(site)

    person.types("inspect", name)
    person.types("inspect", name, "--exit-status", exit_code=3)
    person.types("inspect", name, "--exit-status", "--json", exit_code=3)
    person.types("redrive", name, "--follow", "--yes")
    person.types("inspect", name, "--exit-status")


def test_a_flag_is_as_good_as_the_name_of_its_last_run(site: Site, person: Person) -> None:
    name = failed(site)
    site.run(alarm_event(flag="search-v2"))

    shown = json.loads(person.types("inspect", FLAG, "--json").output)
    unknown = person.types("inspect", "no-such-flag", exit_code=1).output

    assert shown["execution"]["name"] == name
    assert "has no execution no-such-flag, and" in unknown
    assert "not for a flag of that name" in unknown


def test_a_name_that_could_also_be_a_flag_is_said_to_be_one(site: Site, person: Person) -> None:
    name = f"{FLAG}-by-hand-{uuid.uuid4().hex[:6]}"
    arn = site.cloud.client("stepfunctions").start_execution(
        stateMachineArn=site.stack.outputs["StateMachineArn"],
        name=name,
        input=json.dumps(alarm_event(value="OK")),
    )["executionArn"]
    site.await_end(arn)

    done = person.types("inspect", FLAG, "--json")

    assert json.loads(done.stdout)["execution"]["name"] == name
    assert f"{FLAG} is the beginning of execution {name}, which is shown" in done.stderr
    assert f"flag-rollback executions --flag {FLAG}" in done.stderr


def test_executions_are_found_by_flag_outcome_and_alarm(site: Site, person: Person) -> None:
    red = failed(site)
    green = site.run(alarm_event(flag="search-v2")).arn.split(":")[-1]

    def found(*words: str) -> list[str]:
        listed = json.loads(person.types("executions", "--json", *words).output)
        return [each["name"] for each in listed["executions"]]

    assert found("--flag", FLAG)[0] == red
    assert green not in found("--flag", FLAG)
    assert found("--flag", "search-v2")[0] == green
    assert found("--outcome", "rolled_back")[0] == green
    assert red not in found("--outcome", "rolled_back")
    assert found("--alarm", f"FeatureFlag-{FLAG}-ErrorRate")[0] == red
    assert found("--alarm", "nobody's") == []


def test_a_search_says_how_far_it_looked(site: Site, person: Person) -> None:
    failed(site)
    site.run(alarm_event(flag="search-v2"))

    stopped = ["--flag", FLAG, "--limit", "1", "--look-through", "1"]
    told = person.types("executions", *stopped).output
    listed = json.loads(person.types("executions", *stopped, "--json").output)
    whole = person.types("executions", "--alarm", "nobody's").output

    assert "has no such execution among the newest 1." in told
    assert "There are older ones: go on with --look-through 5." in told
    assert (listed["lookedThrough"], listed["executions"]) == (1, [])
    assert listed["stoppedAt"] is not None
    assert "all that there are." in whole


def test_a_failed_run_is_one_sentence_that_says_no_more_than_is_known(
    person: Person, red: str
) -> None:
    listed = json.loads(person.types("executions", "--json", "--limit", "50").output)
    (told,) = (each for each in listed["executions"] if each["name"] == red)

    assert told["told"] == (
        f"FAILED at CreateVersion: PermissionDeniedError; {FLAG} may still be ON"
    )


def test_a_run_whose_notice_alone_failed_says_that_the_flag_was_turned_off(
    site: Site, person: Person
) -> None:
    site.cloud.faults.set(Fault("sns:Publish", 403, "AuthorizationErrorException"))
    site.run(alarm_event())
    site.cloud.faults.clear()

    (told,) = json.loads(person.types("executions", "--limit", "1", "--json").output)["executions"]

    assert told["told"].startswith("FAILED at Notify: ")
    assert told["told"].endswith(f"; {FLAG} turned OFF")


@pytest.mark.parametrize(
    ("arn", "code", "told"),
    [
        ("arn:", 2, "expected the ARN of an execution"),
        ("arn:aws:lambda:us-east-1:000000000000:function:a", 2, "expected the ARN of an execution"),
        (
            "arn:aws:states:us-east-1:000000000000:execution:another:run",
            1,
            "is no execution of arn:aws:states:us-east-1:123456789012:stateMachine:operated",
        ),
    ],
)
def test_what_is_no_execution_of_this_state_machine_is_refused(
    person: Person, arn: str, code: int, told: str
) -> None:
    assert told in person.types("inspect", arn, exit_code=code).output


def test_a_redrive_turns_it_green_and_shows_what_changed(site: Site, person: Person) -> None:
    name = failed(site)

    followed = person.types("redrive", "latest", "--follow", answers="y\n").output

    assert "Redrive this execution?" in followed
    assert "CheckDeployment" in followed
    assert f"{FLAG} was turned off" in followed
    told = person.types("inspect", name).output
    assert "redrive 1" in told
    assert f"flags.{FLAG}.enabled" in told
    assert f"{FLAG} is OFF" in told
    assert f"by the rollback {name}" in told.replace("\n", "")
    assert f"flag-rollback restore {FLAG}" in told


def test_who_says_no_has_redriven_nothing(person: Person, red: str) -> None:
    told = person.types("redrive", red, answers="n\n", exit_code=1).output
    assert told.endswith("Nothing was changed.\n")

    report = json.loads(person.types("inspect", red, "--json").output)
    assert report["execution"]["redriveCount"] == 0


def test_a_redrive_in_vain_ends_with_an_exit_code(site: Site, person: Person) -> None:
    failed(site)
    site.cloud.faults.set(DENIED)

    done = person.types("redrive", "latest", "--follow", "--yes", exit_code=1)

    assert "still red: CreateVersion failed: PermissionDeniedError" in done.output


def test_all_that_failed_lately_are_redriven_together(site: Site, person: Person) -> None:
    names = {failed(site), failed(site)}

    done = person.types("redrive", "--all-failed", "--since", "10m", "--follow", "--yes")

    assert names <= set(done.output.replace(":", " ").split())
    left = person.types("executions", "--status", "failed", "--since", "10m").output
    assert not any(name[:13] in left for name in names)


def test_only_what_is_red_is_redriven(site: Site, person: Person) -> None:
    site.run(alarm_event())

    done = person.types("redrive", "latest", "--yes", exit_code=1)

    assert "is SUCCEEDED; only what is FAILED" in done.output


def test_the_table_names_flag_alarm_outcome_and_redrives(site: Site, person: Person) -> None:
    failed(site)
    person.types("redrive", "latest", "--yes", "--follow")

    lines = person.types("executions", "--limit", "1").output.splitlines()

    assert "redrives" in lines[0]
    assert f"{FLAG} turned OFF in" in lines[1]
    assert "redriven once" in " ".join(lines)
    assert lines[1].split()[-2] == "1"


def test_a_running_execution_is_followed_to_its_end(site: Site, person: Person) -> None:
    site.cloud.faults.set(Fault("appconfig:ListDeployments", delay_seconds=2, times=1))
    arn = site.cloud.client("stepfunctions").start_execution(
        stateMachineArn=site.stack.outputs["StateMachineArn"], input=json.dumps(alarm_event())
    )["executionArn"]

    told = person.types("inspect", arn, "--follow").output

    assert "FetchConfig" in told
    assert f"{FLAG} was turned off" in told


def test_the_page_is_written(person: Person, red: str, tmp_path: Path) -> None:
    assert "Wrote red.html" in person.types("inspect", red, "--html", "red.html").output

    page = (tmp_path / "red.html").read_text()
    assert "CreateVersion failed: PermissionDeniedError" in page


@pytest.mark.usefixtures("person")
def test_without_the_stack_the_state_machine_is_enough(site: Site, red: str) -> None:
    alone = Person("no-such-stack")
    machine = site.stack.outputs["StateMachineArn"]

    told = alone.types("inspect", red, "--state-machine-arn", machine).output

    assert "CreateVersion failed: PermissionDeniedError" in told
    assert "unknown whether on or off" in told


def test_what_is_no_alarm_is_told_with_what_came(site: Site, person: Person) -> None:
    site.run(["no", "alarm"])

    told = person.types("inspect", "--verbose").output

    assert "ParseAlarm failed: NotAnAlarmError" in told
    assert "the input names no flag" in told
    assert '"no",' in told.split("What ParseAlarm got:")[1]


def test_a_run_that_a_person_stopped(site: Site, person: Person) -> None:
    site.hold("FetchConfig")
    stepfunctions = site.cloud.client("stepfunctions")
    arn = stepfunctions.start_execution(
        stateMachineArn=site.stack.outputs["StateMachineArn"], input=json.dumps(alarm_event())
    )["executionArn"]
    site.await_state(arn, "FetchConfig")
    stepfunctions.stop_execution(executionArn=arn, error="Enough", cause="wrong flag")
    site.await_end(arn)

    told = person.types("inspect", arn).output

    assert "Stopped by a person in FetchConfig" in told
    assert "wrong flag" in told


def test_an_alarm_that_called_for_nothing_asks_for_nothing(site: Site, person: Person) -> None:
    site.run(alarm_event(value="OK"))

    told = person.types("inspect").output

    assert "The alarm called for nothing" in told
    assert "flag-rollback restore" not in told


def test_a_run_for_two_flags_is_told_and_listed_with_both(site: Site, person: Person) -> None:
    both = (FLAG, "search-v2")
    site.run(alarm_event(name="storefront", tags={"feature-flag": " ".join(both)}))

    told = person.types("inspect").output
    report = json.loads(person.types("inspect", "--json").output)
    listed = person.types("executions", "--limit", "1").output

    assert f"{FLAG} and search-v2 were turned off" in told
    assert all(f"{flag} is OFF" in told for flag in both)
    assert report["flags"] == list(both)
    assert [(now["flag"], now["state"]) for now in report["flagsNow"]] == [
        (flag, "off") for flag in both
    ]
    assert f"{FLAG} and search-v2 turned OFF in" in " ".join(listed.split())


def test_a_failed_run_for_two_flags_says_of_each_whether_users_get_it(
    site: Site, person: Person
) -> None:
    document = {"flags": {**DOCUMENT["flags"], "search-v2": {"enabled": False}}}
    site.release(document)
    site.cloud.faults.set(DENIED)
    site.run(alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} search-v2"}))
    site.cloud.faults.clear()

    told = person.types("inspect").output

    assert f"{FLAG} is ON for 50 %" in told
    assert "search-v2 is OFF" in told

"""`executions`, `inspect` and `redrive`: what happened, where, why, and what to press."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event
from tests.operators.person import Person

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cloud

DENIED = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
SCREEN = 40  # lines


def failed(site: Site) -> str:
    site.cloud.faults.set(DENIED)
    run = site.run(alarm_event())
    site.cloud.faults.clear()
    assert run.status == "FAILED"
    return run.arn.split(":")[-1]


def test_a_failed_run_is_told_within_one_screen(site: Site, person: Person) -> None:
    name = failed(site)

    screen = "\n".join(person.types("inspect").output.splitlines()[:SCREEN])

    assert "CreateVersion failed: PermissionDeniedError" in screen
    assert "AccessDeniedException" in screen
    assert f"{FLAG} is ON for 50 %" in screen
    assert f"flag-rollback redrive {name} --follow --stack {site.stack.name}" in screen


def test_json_says_the_same_for_machines(site: Site, person: Person) -> None:
    name = failed(site)

    report = json.loads(person.types("inspect", name[:8], "--json").output)

    assert report["execution"]["name"] == name
    assert report["failure"]["state"] == "CreateVersion"
    assert report["failure"]["error"] == "PermissionDeniedError"
    assert report["failure"]["input"]["alarm"]["flags"] == [FLAG]
    assert report["flagsNow"][0]["state"] == "on"
    caught = [visit for visit in report["visits"] if visit["status"] == "caught"]
    assert [visit["state"] for visit in caught] == ["CreateVersion"]
    assert report["visits"][-1]["status"] == "failed"


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


def test_who_says_no_has_redriven_nothing(site: Site, person: Person) -> None:
    name = failed(site)

    told = person.types("redrive", "latest", answers="n\n", exit_code=1).output
    assert told.endswith("Nothing was changed.\n")

    report = json.loads(person.types("inspect", name, "--json").output)
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
    assert lines[1].split()[2:5] == [FLAG, "rolled", "back"]
    assert lines[1].split()[-2] == "1"


def test_a_running_execution_is_followed_to_its_end(site: Site, person: Person) -> None:
    site.cloud.faults.set(Fault("appconfig:ListDeployments", delay_seconds=2, times=1))
    arn = site.cloud.client("stepfunctions").start_execution(
        stateMachineArn=site.stack.outputs["StateMachineArn"], input=json.dumps(alarm_event())
    )["executionArn"]

    told = person.types("inspect", arn, "--follow").output

    assert "FetchConfig" in told
    assert f"{FLAG} was turned off" in told


def test_the_page_is_written(site: Site, person: Person, tmp_path: Path) -> None:
    failed(site)

    assert "Wrote red.html" in person.types("inspect", "--html", "red.html").output

    page = (tmp_path / "red.html").read_text()
    assert "CreateVersion failed: PermissionDeniedError" in page


@pytest.mark.usefixtures("person")
def test_without_the_stack_the_state_machine_is_enough(site: Site) -> None:
    failed(site)
    alone = Person("no-such-stack")
    machine = site.stack.outputs["StateMachineArn"]

    told = alone.types("inspect", "--state-machine-arn", machine).output

    assert "CreateVersion failed: PermissionDeniedError" in told
    assert "unknown whether on or off" in told


def test_what_is_no_alarm_is_told_with_what_came(site: Site, person: Person) -> None:
    site.run(["no", "alarm"])

    told = person.types("inspect").output

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
    assert f"{FLAG}, search-v2" in " ".join(listed.split())


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

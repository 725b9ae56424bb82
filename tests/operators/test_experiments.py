"""Experiments, as an operator meets them: from the alarm to the restored flag."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.demo_experiments import DemoRun, start_run
from local.demo_flags import create_alarm, read_as_client
from local.faults import Fault
from local.site import FLAG, Site, alarm_event, new_flags
from tests.operators.profiles import feature_flags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.operators.browser import Browser
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

ON, OFF = feature_flags(new_checkout=True), feature_flags(new_checkout=False)
AT_ONCE = ("--strategy", "at-once", "--reason", "fixed", "--yes", "--follow")
NOBODY_STOPS = Fault("appconfig:StopExperimentRun", 403, "AccessDeniedException")


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    """A cloud of its own: the doctor would tell of another stack on the same alarms."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(cloud: EmbeddedCloud) -> Site:
    flags = new_flags(cloud, json.loads(OFF), profile_type="AWS.AppConfig.FeatureFlags")
    site = Site.build(cloud, flags, "experimenting")
    create_alarm(cloud, FLAG)
    return site


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The stack, with its flag off and no faults; no experiment is left running."""
    shared_site.cloud.faults.clear()
    shared_site.release(OFF)
    yield shared_site
    shared_site.cloud.faults.clear()


@pytest.fixture
def run(site: Site) -> Iterator[DemoRun]:
    """A run of an experiment that shows the flag to users."""
    started = start_run(site.cloud, site.flags, FLAG)
    yield started
    if started.read()["Status"] == "RUNNING":
        started.stop()


def named(run: DemoRun) -> str:
    name = run.read()["ExperimentDefinitionSnapshot"]["Name"]
    return f"un {run.number} of experiment {name!r} ({run.definition_id})"


def told(person: Person, *words: str, exit_code: int = 0) -> str:
    """What a command says, without how it is laid out in lines."""
    output = person.types(*words, exit_code=exit_code).output
    return " ".join(output.replace("│", " ").split())


def is_on(site: Site) -> bool:
    return bool(read_as_client(site.cloud, site.flags)[FLAG]["enabled"])


def test_a_run_that_cannot_be_stopped_is_told_with_the_command_that_stops_it(
    site: Site, person: Person, run: DemoRun
) -> None:
    site.release(ON)
    site.cloud.faults.set(NOBODY_STOPS)
    assert site.run(alarm_event()).error == "ExperimentNotStoppedError"
    assert is_on(site)

    shown = told(person, "inspect")

    assert f"{FLAG} is ON: r{named(run)} shows it, whatever is deployed" in shown
    command = (
        f"aws appconfig stop-experiment-run --region {site.cloud.region} --application-identifier "
        f"{run.application_id} --experiment-definition-identifier {run.definition_id} "
        f"--run {run.number}"
    )
    assert command in shown
    assert "flag-rollback off" not in shown
    report = json.loads(person.types("inspect", "--json").output)
    assert report["flagsNow"][0]["state"] == "on"
    assert report["stopExperimentCommands"] == {FLAG: command}
    run.stop()
    assert f"{FLAG} is OFF" in told(person, "inspect")


def test_a_run_that_was_stopped_is_told_and_nothing_says_that_it_comes_back(
    site: Site, person: Person, run: DemoRun
) -> None:
    site.release(ON)
    done = site.run(alarm_event())
    assert done.output["outcome"] == "rolled_back"

    shown = told(person, "inspect")

    assert f"{FLAG} was turned off, and its experiment was stopped" in shown
    assert f"R{named(run)}, which showed the flag to users whatever was deployed" in shown
    assert "StopExperiment" in shown
    assert f"Nothing starts r{named(run)} again" in shown
    assert f"flag-rollback restore {FLAG}" in shown
    assert json.loads(person.types("inspect", "--json").output)["stoppedExperiments"] == [
        {
            "definition": run.definition_id,
            "name": run.read()["ExperimentDefinitionSnapshot"]["Name"],
            "run": run.number,
        }
    ]
    restored = told(person, "restore", FLAG, *AT_ONCE)
    assert f"A rollback stopped r{named(run)}" in restored
    assert f"Restoring {FLAG} does not start it again" in restored
    assert "is RUNNING" not in restored
    assert is_on(site)
    assert run.read()["Status"] == "DONE"


def test_the_page_has_a_command_for_each_step_and_names_the_run(
    site: Site, person: Person, run: DemoRun, browser: Browser, tmp_path: Path
) -> None:
    def page(name: str) -> None:
        person.types("inspect", "--html", name)
        browser.open((tmp_path / name).as_uri())

    site.cloud.faults.set(NOBODY_STOPS)
    failed = site.run(alarm_event())
    page("red.html")

    commands = browser.run(
        "return [...document.querySelectorAll('#next .command')].map((each) => each.innerText)"
    )
    assert browser.text("#status .badge") == "ON"
    assert [command.split()[:3] for command in commands] == [
        ["aws", "appconfig", "stop-experiment-run"],
        ["flag-rollback", "redrive", failed.arn.split(":")[-1]],
    ]
    assert all(command.endswith("Copy") for command in commands)
    assert browser.text(".step.culprit .name") == "StopExperiment"
    site.cloud.faults.clear()
    assert site.redrive(failed.arn).output["outcome"] == "experiment_stopped"
    page("green.html")
    assert browser.text("#status .badge") == "OFF"
    assert browser.text("#headline").endswith("its experiment was stopped.")
    assert f"R{named(run)}, which showed the flag to users" in browser.text(".experiment")
    assert browser.complaints() == []


def test_where_the_experiment_alone_showed_the_flag_there_is_nothing_to_restore(
    site: Site, person: Person, run: DemoRun
) -> None:
    assert site.run(alarm_event()).output["outcome"] == "experiment_stopped"

    shown, refused = told(person, "inspect"), told(person, "restore", FLAG, *AT_ONCE, exit_code=1)

    assert f"{FLAG} was turned off: an experiment was stopped" in shown
    assert f"R{named(run)}, which showed the flag to users" in shown
    assert f"A rollback stopped r{named(run)}" in refused
    listed = told(person, "executions", "--limit", "1")
    assert f"{FLAG} turned OFF in" in listed
    assert "by stopping an" in listed


def test_what_is_restored_under_a_running_experiment_says_that_users_do_not_see_it(
    site: Site, person: Person
) -> None:
    site.release(ON)
    assert site.run(alarm_event()).output["outcome"] == "rolled_back"
    run = start_run(site.cloud, site.flags, FLAG, treatments=[False])

    restored = told(person, "restore", FLAG, *AT_ONCE)

    assert f"R{named(run)} is RUNNING: what is restored does not change what users see" in restored
    assert f"--experiment-definition-identifier {run.definition_id} --run 1" in restored
    assert not is_on(site)
    run.stop()
    assert is_on(site)


def test_restoring_does_not_need_the_right_to_read_experiments(site: Site, person: Person) -> None:
    site.release(ON)
    assert site.run(alarm_event()).output["outcome"] == "rolled_back"
    denied = Fault(
        "appconfig:ListExperimentDefinitions", 403, "AccessDeniedException", from_root=True
    )
    site.cloud.faults.set(denied)

    restored = told(person, "restore", FLAG, *AT_ONCE)

    assert f"Whether a rollback stopped an experiment on {FLAG} is unknown: your AWS" in restored
    assert f"Whether an experiment is running on {FLAG} is unknown: your AWS" in restored
    assert is_on(site)


def test_the_doctor_tells_of_a_running_experiment_and_is_content(
    person: Person, run: DemoRun
) -> None:
    shown = told(person, "doctor")

    assert "✓ no experiment keeps a flag on after its alarm" in shown
    assert f"· r{named(run)} shows {FLAG} to users: an alarm would stop it" in shown


def test_the_doctor_says_what_it_cannot_read(site: Site, person: Person) -> None:
    denied = Fault("appconfig:ListExperimentDefinitions", 403, "AccessDenied", from_root=True)
    site.cloud.faults.set(denied)

    shown = told(person, "doctor")

    assert "? whether experiments show flags to users is unknown: your AWS" in shown


def test_a_drill_says_which_experiment_it_ends(person: Person, run: DemoRun) -> None:
    asked = person.types(
        "drill", FLAG, "--max-percentage", "100", answers="n\n", exit_code=1
    ).output

    assert f"{FLAG} is ON: r{named(run)} shows it" in asked
    assert f"r{named(run)} shows {FLAG} to users: an alarm would stop it." in asked
    assert run.read()["Status"] == "RUNNING"

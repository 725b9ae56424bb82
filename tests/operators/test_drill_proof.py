"""A drill proves that the alarm turns the flag off, or fails; what proves nothing is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback import rehearsing, watched
from flag_rollback.commands import drill
from flag_rollback.flags.served import Standing
from flag_rollback.rehearsing import DrilledAlarm, unproven
from local.cloud import ACCOUNT_ID, REGION
from local.demo_alarms import create_series_alarm
from local.faults import Fault
from local.site import DOCUMENT, Site
from tests.operators.reports import OFF, ON
from tests.operators.reports import report as report_of
from tests.operators.test_drill import alarm_state
from tests.operators.test_inspect import DENIED
from tests.operators.test_interrupting import interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flag_rollback.access import Access
    from flag_rollback.watched import Watched
    from tests.operators.person import Person

FLAG = "search-v2"
ALARM = f"FeatureFlag-{FLAG}-ErrorRate"
ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{ALARM}"
PAGER = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pager"


def refused(site: Site, person: Person, why: str, remedy: str) -> None:
    """A drill is refused before anything is set, and before the person is asked."""
    known = site.executions()

    done = person.types("drill", FLAG, exit_code=1)

    assert done.stderr == f"Error: {why}, so a drill would prove nothing; {remedy}\n"
    assert alarm_state(site, FLAG) == "OK"
    assert site.executions() == known


@pytest.mark.cloud
def test_a_drill_that_turns_the_flag_off_is_a_proof(person: Person) -> None:
    done = person.types("drill", FLAG, "--yes")

    assert f"Proven: alarm {ALARM} has {FLAG} turned off; read again, it is off.\n" in done.output
    assert f"Alarm {ALARM} is in OK again.\n" in done.output
    assert f"flag-rollback restore {FLAG}" in done.output


@pytest.mark.cloud
def test_the_execution_can_tell_that_it_is_a_drill_and_whose(site: Site, person: Person) -> None:
    person.types("drill", FLAG, "--yes")

    arn = site.executions()[0]
    described = site.cloud.client("stepfunctions").describe_execution(executionArn=arn)
    state = json.loads(described["input"])["detail"]["state"]
    assert state["reason"] == "Drill: a person set this alarm to ALARM with flag-rollback"
    me = person.arn_of("drill")
    assert json.loads(state["reasonData"]) == {"flagRollbackDrill": {"by": me}}


@pytest.mark.cloud
def test_a_flag_that_is_off(site: Site, person: Person) -> None:
    version = site.release({"flags": DOCUMENT["flags"] | {FLAG: {"enabled": False}}})

    refused(
        site,
        person,
        f"{FLAG} is off already (version {version}, which is served, has it off)",
        "turn it on first",
    )


@pytest.mark.cloud
@pytest.mark.parametrize("policy", ["notify", "off"])
def test_a_flag_that_its_owner_keeps_from_rollbacks(
    site: Site, person: Person, policy: str
) -> None:
    site.release({"flags": {FLAG: {"enabled": True, "rolloutPercentage": 1,
                                   "metadata": {"rollback": policy}}}})  # fmt: skip

    refused(
        site, person, f"the flag {FLAG} says rollback: {policy}", "set that to auto to drill it"
    )


@pytest.mark.cloud
@pytest.mark.parametrize("policy", ["notify", "off"])
def test_an_alarm_that_may_do_nothing(site: Site, person: Person, policy: str) -> None:
    cloudwatch, key = site.cloud.client("cloudwatch"), "feature-flag-rollback"
    cloudwatch.tag_resource(ResourceARN=ARN, Tags=[{"Key": key, "Value": policy}])
    try:
        refused(
            site,
            person,
            f"the tag {key} of alarm {ALARM} is {policy}",
            "take the tag off, or set it to auto",
        )
    finally:
        cloudwatch.untag_resource(ResourceARN=ARN, TagKeys=[key])


@pytest.mark.cloud
def test_an_alarm_that_is_muted(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "muted", lambda _: {ALARM})

    refused(site, person, f"alarm {ALARM} is muted", "end the mute rule, or wait until it is over")


@pytest.mark.cloud
@pytest.mark.parametrize("mode", ["notify", "off"])
def test_a_stack_that_turns_nothing_off(
    site: Site, person: Person, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(access: Access) -> Watched:
        stack = watched.find(access)
        return replace(stack, parameters={**stack.parameters, "Mode": mode})

    monkeypatch.setattr(drill, "find", found)

    refused(
        site,
        person,
        f"the stack's Mode is {mode}: no alarm turns anything off",
        "set the stack's parameter Mode to auto",
    )


@pytest.fixture
def disabled_rule(site: Site) -> Iterator[str]:
    events, rule = site.cloud.client("events"), site.stack.outputs["AlarmRuleName"]
    events.disable_rule(Name=rule)
    yield rule
    events.enable_rule(Name=rule)


@pytest.mark.cloud
def test_a_flag_that_only_a_series_guards(site: Site, person: Person) -> None:
    alarm, flag = "by-flag", "old-banner"
    create_series_alarm(site.cloud, alarm)
    try:
        own = person.types("drill", flag, exit_code=1)
        named = person.types("drill", flag, "--alarm", alarm, exit_code=1)
    finally:
        site.cloud.client("cloudwatch").delete_alarms(AlarmNames=[alarm])

    assert own.stderr == (
        f"Error: {flag} has no alarm of its own: there is none named FeatureFlag-{flag}-ErrorRate. "
        f"Alarm {alarm} guards it by a series, which a drill cannot set to ALARM: make an alarm of "
        "the flag's own to drill. If one guards it by a tag, name it with --alarm\n"
    )
    assert f"Error: alarm {alarm} guards {flag} by a series, which a drill cannot" in named.stderr


@pytest.mark.cloud
def test_a_stack_that_hears_no_alarm(site: Site, person: Person, disabled_rule: str) -> None:
    refused(
        site,
        person,
        f"rule {disabled_rule} is disabled: no alarm starts a rollback",
        f"enable it: aws events enable-rule --name {disabled_rule}",
    )


@pytest.mark.cloud
def test_an_alarm_that_starts_nothing_fails_the_drill(
    site: Site, person: Person, disabled_rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.cloud.faults.set(Fault("events:DescribeRule", 403, "AccessDenied", from_root=True))
    monkeypatch.setattr(drill, "_SECONDS_TO_BEGIN", 1)

    done = person.types("drill", FLAG, "--yes", exit_code=1)

    assert f"Whether rule {disabled_rule} is enabled is unknown: your AWS cred" in done.output
    assert "Error: the drill failed: the alarm started no execution within 1 s" in done.stderr
    assert f"{FLAG} is ON for 1 %" in done.output
    assert f"Alarm {ALARM} is in OK again.\n" in done.output
    assert alarm_state(site, FLAG) == "OK"


@pytest.mark.cloud
def test_a_rollback_that_fails_fails_the_drill(site: Site, person: Person) -> None:
    site.cloud.faults.set(DENIED)

    done = person.types("drill", FLAG, "--yes", exit_code=1)

    assert "the drill failed: CreateVersion failed: PermissionDeniedError" in done.stderr
    assert f"{FLAG} is ON for 1 %" in done.output.split("is in OK again")[1]
    assert "Proven" not in done.output
    assert alarm_state(site, FLAG) == "OK"


@pytest.mark.cloud
def test_an_alarm_that_cannot_be_put_back_is_said_with_the_command(
    site: Site, person: Person
) -> None:
    site.cloud.faults.set(
        Fault("cloudwatch:SetAlarmState", 403, "AccessDenied", about="over", from_root=True)
    )

    done = person.types("drill", FLAG, "--yes", "--region", REGION, exit_code=1)

    assert f"Alarm {ALARM} may still be in ALARM: your AWS credentials do not" in done.stderr
    assert (
        f"\n  aws cloudwatch set-alarm-state --alarm-name {ALARM} --state-value OK "
        f"--state-reason 'Drill: over' --region {REGION}\n"
    ) in done.stderr
    assert done.stderr.endswith(f"Error: alarm {ALARM} was not put back\n")
    assert alarm_state(site, FLAG) == "ALARM"


@pytest.mark.cloud
def test_who_may_not_set_the_alarm_hears_that_it_is_as_before(site: Site, person: Person) -> None:
    site.cloud.faults.set(Fault("cloudwatch:SetAlarmState", 403, "AccessDenied", from_root=True))

    done = person.types("drill", FLAG, "--yes", exit_code=1)

    assert "Error: the drill failed: your AWS credentials do not allow this" in done.stderr
    assert f"Alarm {ALARM} is in OK again.\n" in done.output
    assert "may still be in ALARM" not in done.output
    assert f"{FLAG} is ON for 1 %" in done.output


@pytest.mark.cloud
def test_who_presses_ctrl_c_has_the_alarm_put_back_and_hears_what_goes_on(
    site: Site, person: Person, request: pytest.FixtureRequest
) -> None:
    site.hold("FetchConfig")
    request.addfinalizer(lambda: site.let_go("FetchConfig"))
    program = "from flag_rollback.cli import main; main()"

    code, shown, told = interrupted(
        program, "drill", FLAG, "--yes", "--stack", person.stack, once="ParseAlarm"
    )

    arn = site.executions()[0]
    name = arn.split(":")[-1]
    assert code == 130
    assert f"Execution {name} goes on; see it with:\n  flag-rollback inspect {name}" in told
    assert "Aborted" not in told
    assert f"Alarm {ALARM} is in OK again.\n" in shown
    assert alarm_state(site, FLAG) == "OK"
    site.let_go("FetchConfig")
    site.await_end(arn)


def drilled(**described: Any) -> list[str]:
    alarm = {"AlarmName": "an-alarm", "StateValue": "OK", "ActionsEnabled": True, **described}
    return list(DrilledAlarm(alarm, {}, (FLAG,)).announced())


def test_whom_the_alarm_pages_is_said() -> None:
    assert drilled(AlarmActions=[PAGER], OKActions=[f"{PAGER}-ok"]) == [
        "The alarm's own actions will fire, as in a real incident:",
        f"  {PAGER}",
        "These will fire when the alarm is put back to OK:",
        f"  {PAGER}-ok",
    ]
    assert drilled(AlarmActions=[]) == [
        "Alarm an-alarm has no actions of its own: it pages nobody."
    ]
    assert drilled(AlarmActions=[PAGER], ActionsEnabled=False) == [
        "The own actions of alarm an-alarm are disabled: it pages nobody."
    ]


@pytest.mark.cloud
def test_whom_the_alarm_pages_is_said_before_it_asks(site: Site, person: Person) -> None:
    cloudwatch = site.cloud.client("cloudwatch")
    (before,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    kept: Any = {
        key: before[key]
        for key in ("AlarmName", "MetricName", "Namespace", "Statistic", "Dimensions", "Period",
                    "EvaluationPeriods", "Threshold", "ComparisonOperator")
    }  # fmt: skip
    cloudwatch.put_metric_alarm(**kept, AlarmActions=[PAGER])
    try:
        asked = person.types("drill", FLAG, answers="n\n", exit_code=1).output
    finally:
        cloudwatch.put_metric_alarm(**kept)

    assert f"as in a real incident:\n  {PAGER}\nSet the alarm to ALARM" in asked


@pytest.mark.parametrize("outcome", ["rolled_back", "rollout_stopped", "experiment_stopped"])
def test_what_was_on_and_is_confirmed_off_is_a_proof(outcome: str) -> None:
    assert unproven(report_of(outcome, OFF), "new-checkout") is None


@pytest.mark.parametrize("outcome", ["already_off", "dry_run", "ignored", "duplicate", "opted_out"])
def test_any_other_outcome_is_no_proof(outcome: str) -> None:
    said = unproven(report_of(outcome, OFF), "new-checkout")

    assert said is not None
    assert f"new-checkout was not turned off by it; it ended as {outcome}" in said


@pytest.mark.parametrize("now", [ON, Standing("unknown", "AppConfig does not answer")])
def test_a_flag_that_is_not_read_again_as_off_is_no_proof(now: Standing) -> None:
    said = unproven(report_of("rolled_back", now), "new-checkout")

    assert said is not None
    assert said.startswith("the execution says rolled_back, but new-checkout")


def test_a_flag_that_another_execution_turned_off_is_no_proof() -> None:
    report = report_of("rolled_back", OFF)
    output = json.dumps(
        {"outcome": "rolled_back",
         "flags": [{"flag": "new-checkout", "outcome": "rolled_back", "sweptBy": "run-7"}]}
    )  # fmt: skip
    description = {**report.execution.description, "output": output}
    swept = replace(report, execution=replace(report.execution, description=description))  # type: ignore[arg-type]

    said = unproven(swept, "new-checkout")

    assert said == "new-checkout was turned off by another execution at the same moment, run-7"

"""The alarms of the examples guard the flags that the template's comments promise."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import AlarmNameMismatchError
from appconfig_rollback.guarding import AlarmNames, Guarded, guarded, policy_of
from flag_rollback.alarm_judgment import judge
from flag_rollback.guards import guard
from local.cloud import EmbeddedCloud
from local.stack import create
from tests.contract.shipped import ROOT
from tests.examples.shipped import ALARMS, DOCUMENT, PARAMETERS, TEMPLATE
from tests.local.eavesdropping import listen

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = AlarmNames("FeatureFlag-", "-ErrorRate")
PROMISED = {
    "OfOneFlag": Guarded(("new-checkout",), "name"),
    "OfAService": Guarded(("new-checkout", "express-payment"), "tag"),
    "OfOneFlagFast": Guarded(("new-checkout",), "tag"),
    "OfAServiceFast": Guarded(("new-checkout", "express-payment"), "tag"),
}


@pytest.mark.thorough
def test_the_template_is_valid() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    done = run([lint, str(TEMPLATE)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_its_names_are_those_of_a_stack_with_defaults() -> None:
    template = (ROOT / "template.yaml").read_text("utf-8")

    assert f"Default: {NAMES.prefix}\n" in template
    assert f"Default: {NAMES.suffix}\n" in template


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud() as running:
        create(running.client("cloudformation"), "alarms", DOCUMENT, PARAMETERS)
        yield running


def fired(cloud: EmbeddedCloud, name: str) -> dict[str, Any]:
    """The event of an alarm that somebody sets to ALARM."""
    next_event = listen(cloud, "aws.cloudwatch")
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="test"
    )
    return next_event()


@pytest.mark.cloud
def test_each_alarm_is_deployed_as_it_stands_there(cloud: EmbeddedCloud) -> None:
    found = {
        alarm["AlarmName"]: alarm
        for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    }

    assert found.keys() == {alarm["AlarmName"] for alarm in ALARMS.values()}
    for alarm in ALARMS.values():
        deployed: Any = found[alarm["AlarmName"]]
        # Neither is told by DescribeAlarms of the pinned SDK.
        kept = {key: alarm[key] for key in alarm.keys() - {"Tags", "ActionConfiguration"}}
        assert json.loads(json.dumps({key: deployed[key] for key in kept})) == kept


@pytest.mark.cloud
@pytest.mark.parametrize("name", PROMISED)
def test_its_event_names_the_flags(cloud: EmbeddedCloud, name: str) -> None:
    change = read_alarm(fired(cloud, ALARMS[name]["AlarmName"]))

    assert guarded(change, change.tags, NAMES) == PROMISED[name]
    assert policy_of(change.tags or {}) == "auto"


@pytest.mark.cloud
def test_each_series_names_its_flag_and_the_alarm_as_a_whole_none(cloud: EmbeddedCloud) -> None:
    name = ALARMS["OfAllFlags"]["AlarmName"]
    next_event = listen(cloud, "aws.cloudwatch")

    cloud.contributors.set(name, [{"FeatureFlagName": "not-made-yet"}])

    of_series, of_alarm = read_alarm(next_event()), read_alarm(next_event())
    if of_alarm.contributor:
        of_series, of_alarm = of_alarm, of_series
    assert guarded(of_series, None, NAMES) == Guarded(("not-made-yet",), "contributor")
    with pytest.raises(AlarmNameMismatchError):
        guarded(of_alarm, None, NAMES)


@pytest.mark.parametrize("name", ALARMS)
def test_the_doctor_has_nothing_to_say_of_it(name: str) -> None:
    properties = ALARMS[name]
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    guards = guard(properties, tags, NAMES)
    served = ("new-checkout", "express-payment")

    assert guards
    assert not list(judge(guards, on=served, served=served, muted=False, tags_are_told=True))

"""`flag-rollback alarm` writes an alarm that AWS takes, and says whether it has what to look at."""

from __future__ import annotations

import json
import shlex
import string
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from botocore import xform_name
from botocore.stub import ANY, Stubber
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from appconfig_rollback.adapters.alarms import tags_of
from flag_rollback.access import Access
from flag_rollback.cli import main
from flag_rollback.commands import alarm as command
from flag_rollback.error_rate_alarm import ErrorRateAlarm, Metrics
from flag_rollback.traffic import Traffic, look, told
from flag_rollback.watched import Watched, find
from local.stack import create, delete
from tests.examples.shipped import ALARMS

if TYPE_CHECKING:
    from click.testing import Result

    from local.site import Site
    from tests.operators.person import Person

METRICS = Metrics("Shop", "Errors", "Requests", "FeatureFlagName", "new-checkout")
ALARM = ErrorRateAlarm("FeatureFlag-new-checkout-ErrorRate", METRICS, 20, 5.0)

NAMES = st.text(string.printable[:95], min_size=1, max_size=20)
MADE = st.builds(
    ErrorRateAlarm,
    st.text(
        st.characters(
            exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\u2028\u2029"
        ),
        min_size=1,
    ),
    st.builds(Metrics, NAMES, NAMES, NAMES, NAMES, NAMES),
    st.integers(1, 10**6),
    st.floats(0, 99.9),
)


# --- What is written ---------------------------------------------------------------------------


def test_it_is_the_first_of_the_examples() -> None:
    assert ALARM.properties() == ALARMS["OfOneFlag"]


@example(replace(ALARM, threshold=1e-05))
@given(MADE)
def test_a_template_says_what_the_alarm_is(made: ErrorRateAlarm) -> None:
    ((_, resource),) = yaml.safe_load(made.as_cloudformation())["Resources"].items()

    assert resource == {"Type": "AWS::CloudWatch::Alarm", "Properties": made.properties()}


@given(MADE)
def test_a_command_says_what_the_alarm_is(made: ErrorRateAlarm) -> None:
    line = made.as_command(["--profile", "a b"]).replace(" \\\n ", "")

    assert said(shlex.split(line)) == made.properties()


def test_a_shell_reads_the_command_so_too() -> None:
    made = replace(ALARM, name='it\'s $HOME `x` "y" \\ *')
    script = f"aws() {{ printf '%s\\0' aws \"$@\"; }}\n{made.as_command(['--profile', 'a b'])}\n"

    heard = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    assert said(heard.split("\0")[:-1]) == made.properties()


def said(words: list[str]) -> dict[str, Any]:
    """What a command tells the AWS CLI, whose options are the API's parameters."""
    assert words[:5] == ["aws", "cloudwatch", "put-metric-alarm", "--profile", "a b"]
    shape = boto3.client("cloudwatch", region_name="eu-west-1").meta.service_model.operation_model(
        "PutMetricAlarm"
    )
    assert shape.input_shape is not None
    types = {
        f"--{xform_name(name, '-')}": (name, member.type_name)
        for name, member in shape.input_shape.members.items()
    }
    found = {}
    for option, text in zip(words[5::2], words[6::2], strict=True):
        name, kind = types[option]
        found[name] = text if kind == "string" else json.loads(text)
    return found


@pytest.mark.thorough
def test_a_template_is_valid(tmp_path: Path) -> None:
    for number, flag in enumerate(["new-checkout", "9", "it's: #1 {x}", "_"]):
        made = ErrorRateAlarm(f"F-{flag}", replace(METRICS, flag=flag), 1, 0.5)
        (tmp_path / f"{number}.yaml").write_text(made.as_cloudformation(), "utf-8")

    done = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


# --- What is said beside it --------------------------------------------------------------------


def sentences(traffic: Traffic, minimum: int = 20) -> list[tuple[bool, str]]:
    return list(told(traffic, METRICS, minimum))


def test_enough_traffic_is_no_warning() -> None:
    assert sentences(Traffic([30.0] * 60 + [10.0] * 60, [0.0] * 120, {})) == [
        (
            False,
            "In the last 3 hours there were 13.3 requests a minute with new-checkout on, "
            "at most 30",
        ),
        (False, "60 of the 180 minutes had the alarm's minimum of 20"),
    ]


@pytest.mark.parametrize(("most", "warned"), [(19.0, True), (20.0, False)])
def test_a_minimum_above_all_traffic_is_a_warning(most: float, warned: bool) -> None:
    _, (warning, what) = sentences(Traffic([most, 1.0], [0.0], {}))

    assert warning == warned
    assert ("could not have fired" in what and "(--minimum 9)" in what) == warned


@pytest.mark.parametrize(
    ("others", "ending"),
    [
        ([], "; emit them first, as examples/emit.py does"),
        ([("FeatureFlagName",)], "Is the flag's name right, and is the flag on?"),
        (
            [("FeatureFlagName", "service"), ()],
            "; it has some by FeatureFlagName and service, or by no dimension, and an alarm takes "
            "these for another metric",
        ),
    ],
)
def test_metrics_without_data_points_are_a_warning(
    others: list[tuple[str, ...]], ending: str
) -> None:
    found = sentences(Traffic([], [], {"Requests": others, "Errors": others}))

    assert [warning for warning, _ in found] == [True, True]
    for name, (_, what) in zip(["Requests", "Errors"], found, strict=True):
        assert what.startswith(
            f"{name} in Shop has no data points with FeatureFlagName new-checkout alone in the "
            "last 3 hours"
        )
        assert what.endswith(ending)


def test_errors_that_have_not_happened_may_be_well() -> None:
    (warning, what), *_ = sentences(Traffic([30.0], [], {"Errors": []}))

    assert warning
    assert what.endswith("well if nothing failed and no zeros are emitted, else the name is wrong")


def test_what_is_missing_is_looked_for_under_other_dimensions() -> None:
    cloudwatch = boto3.client("cloudwatch", region_name="eu-west-1")
    answer: Any = {
        "MetricDataResults": [
            {"Id": "requests", "Values": [3.0, 4.0]},
            {"Id": "errors", "Values": []},
        ]
    }
    flag = {"Name": "FeatureFlagName", "Value": "new-checkout"}
    listed: Any = {
        "Metrics": [
            {"Dimensions": [flag]},
            {"Dimensions": [{"Name": "service", "Value": "x"}, flag]},
            {"Dimensions": [{"Name": "service", "Value": "y"}, flag]},
            {"Dimensions": [{**flag, "Value": "other"}]},
        ]
    }
    with Stubber(cloudwatch) as stub:
        stub.add_response(
            "get_metric_data",
            answer,
            {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY},
        )
        stub.add_response(
            "list_metrics",
            listed,
            {"Namespace": "Shop", "MetricName": "Errors", "RecentlyActive": "PT3H"},
        )

        traffic = look(METRICS, cloudwatch)

    others = [("FeatureFlagName",), ("FeatureFlagName", "service")]
    assert traffic == Traffic([3.0, 4.0], [], {"Errors": others})


# --- The command -------------------------------------------------------------------------------


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Options that lead to an address where nobody answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the SDK's tries
    return ["--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"]


def types(*words: str) -> Result:
    done = CliRunner().invoke(main, ["alarm", *words])
    assert "Traceback" not in done.output
    return done


def test_what_cannot_be_looked_at_is_said_and_the_alarm_is_written(nobody: list[str]) -> None:
    done = types("new-checkout", "--namespace", "Shop", *nobody)

    assert done.exit_code == 0
    assert done.stdout == f"{ALARM.as_cloudformation()}\n"
    named, looked = done.stderr.splitlines()
    assert named.startswith("Warning: the alarm is named as for a stack with default parameters")
    assert looked.startswith("Warning: it is not known whether there are data points: nobody")


def test_the_alarm_has_the_name_that_the_stack_knows_it_by(
    nobody: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = {"AlarmNamePrefix": "Shop/", "AlarmNameSuffix": ""}
    monkeypatch.setattr(command, "find", lambda _: Watched("arn", "shop", {}, parameters))

    done = types("a", "--namespace", "Shop", "--format", "cli", *nobody)

    assert "--alarm-name Shop/a \\" in done.stdout
    assert done.stdout.startswith(
        "aws cloudwatch put-metric-alarm --region eu-west-1 --endpoint-url http://127.0.0.1:9 \\"
    )
    assert "is named as for" not in done.stderr


def test_what_is_given_is_what_the_alarm_reads(nobody: list[str]) -> None:
    words = "--errors E --requests R --dimension D --minimum 7 --threshold 2.5".split()  # noqa: SIM905

    done = types("a", "--namespace", "N", *words, *nobody)

    made = ErrorRateAlarm("FeatureFlag-a-ErrorRate", Metrics("N", "E", "R", "D", "a"), 7, 2.5)
    assert done.stdout == f"{made.as_cloudformation()}\n"


@pytest.mark.parametrize(
    ("words", "exit_code", "told"),
    [
        (["a"], 2, "Missing option '--namespace'"),
        (["ä", "--namespace", "Shop"], 2, "CloudWatch takes"),
        (["a\n", "--namespace", "Shop"], 2, "CloudWatch takes"),
        (["a", "--namespace", " "], 2, "CloudWatch takes"),
        (["a", "--namespace", ":x"], 2, "CloudWatch takes"),
        (["a", "--namespace", "Shop", "--minimum", "0"], 2, "0 is not in the range x>=1"),
        (["a", "--namespace", "Shop", "--threshold", "100"], 2, "0<=x<100"),
        (["a", "--namespace", "Shop", "--threshold", "nan"], 2, "is no number"),
        (["a", "--namespace", "Shop", "--format", "terraform"], 2, "'terraform' is not one of"),
        (["a" * 250, "--namespace", "Shop"], 1, "an alarm's name has at most 255 characters"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    nobody: list[str], words: list[str], exit_code: int, told: str
) -> None:
    done = types(*words, *nobody)

    assert done.exit_code == exit_code
    assert told in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "no region is set; name one with --region"),
        (["--region", "eu-west-1", "--profile", "nobody"], "name one of yours with --profile"),
    ],
)
def test_a_place_that_is_none_is_a_failure(words: list[str], told: str) -> None:
    done = types("a", "--namespace", "Shop", *words)

    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


@pytest.mark.cloud
@pytest.mark.parametrize("format_", ["cloudformation", "cli"])
def test_a_person_copies_it(site: Site, person: Person, format_: str) -> None:
    cloudwatch = site.cloud.client("cloudwatch")
    namespace, flag, at = f"Shop/{format_}", f"copied-{format_}", time.time() - 120
    dimensions: Any = [{"Name": "FeatureFlagName", "Value": flag}]
    data: Any = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": at}
        for name, value in (("Requests", 12.0), ("Requests", 13.0), ("Errors", 0.0))
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    done = person.types("alarm", flag, "--namespace", namespace, "--format", format_)

    assert done.stderr.splitlines() == [
        f"In the last 3 hours there were 0.139 requests a minute with {flag} on, at most 25.",
        "1 of the 180 minutes had the alarm's minimum of 20.",
    ]
    name = f"FeatureFlag-{flag}-ErrorRate"
    try:
        if format_ == "cli":
            words = shlex.split(done.stdout.replace(" \\\n ", ""))
            cloudwatch.put_metric_alarm(**said([*words[:3], "--profile", "a b", *words[3:]]))
        else:
            template = yaml.safe_load(done.stdout)
            create(site.cloud.client("cloudformation"), flag, template, {})
        (made,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        metrics = replace(METRICS, namespace=namespace, flag=flag)
        properties: Any = ErrorRateAlarm(name, metrics, 20, 5.0).properties()
        assert {key: made[key] for key in properties} == properties  # type: ignore[literal-required]
        watched = find(Access(stack=person.stack))
        assert watched.guarded_by(name, tags_of(name, cloudwatch)) == (flag,)
    finally:
        delete(site.cloud.client("cloudformation"), flag)
        cloudwatch.delete_alarms(AlarmNames=[name])


@pytest.mark.cloud
def test_a_person_is_warned_of_metrics_that_are_not_there(person: Person) -> None:
    done = person.types("alarm", "new-checkout", "--namespace", "Nothing")

    assert done.stderr.count("Warning: ") == 2
    assert done.stderr.count("emit them first, as examples/emit.py does") == 2

"""An alarm is read out of every shape in which AWS hands it over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.alarm import DRILL_REASON, AlarmChange, read_alarm
from appconfig_rollback.errors import AlarmNameMismatchError, NotAnAlarmError
from appconfig_rollback.guarding import AlarmNames
from tests.domain.alarms import inputs
from tests.events import NAMES, sample

if TYPE_CHECKING:
    from appconfig_rollback.state import Contributor, Measured


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _alarm(
    flag: str,
    reason: str,
    transitioned_at: str,
    *,
    state: str = "ALARM",
    region: str | None = "eu-west-1",
    account: str | None = "210987654321",
    partition: str = "aws",
    silenced: str | None = None,
    contributor: Contributor | None = None,
) -> AlarmChange:
    name = f"FeatureFlag-{flag}-ErrorRate"
    arn = f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}" if region else None
    at = _at(transitioned_at)
    return AlarmChange(name, state, reason, at, arn, region, account, silenced, contributor)


_CART = (
    "arn:aws:cloudwatch:eu-west-1:210987654321:alarm:cart errors transitioned to ALARM at "
    "Saturday 11 April, 2026 06:31:12 UTC"
)
EXPECTED = {
    "metric_alarm": _alarm(
        "new-checkout",
        "Threshold Crossed: 1 out of the last 1 datapoints [12.7 (02/03/26 17:03:00)] was greater "
        "than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        "2026-03-02T17:04:40.989",
        region="us-east-1",
        account="123456789012",
    ),
    "metric_math_alarm": _alarm(
        "search_v2",
        "Threshold Crossed: 2 out of the last 3 datapoints [31.0 (02/03/26 17:19:00), "
        "28.5 (02/03/26 17:18:00)] were greater than the threshold (5.0) (minimum 2 datapoints "
        "for OK -> ALARM transition).",
        "2026-03-02T17:20:48.554",
        region="us-east-1",
        account="123456789012",
    ),
    "composite_alarm": _alarm("cart", _CART, "2026-04-11T06:31:12.481"),
    "composite_alarm_suppressed": _alarm(
        "cart",
        _CART,
        "2026-04-11T06:31:12.481",
        silenced="the alarm's actions are suppressed by WaitPeriod",
    ),
    "anomaly_alarm": _alarm(
        "recommendations",
        "Thresholds Crossed: 1 out of the last 1 datapoints [9.1 (20/05/26 22:50:00)] was greater "
        "than the upper thresholds [2.5]",
        "2026-05-20T22:55:09.702",
        region="ap-southeast-2",
    ),
    "multi_series_alarm": _alarm(
        "beta.upload", "2 out of 14 time series evaluated to ALARM", "2026-06-02T11:08:00.015"
    ),
    "multi_series_contributor": _alarm(
        "beta.upload",
        "Threshold Crossed: 1 datapoint [44.0 (02/06/26 11:07:00)] was greater than the threshold "
        "(5.0)",
        "2026-06-02T11:08:00.009",
        contributor={"id": "6d442278dba546f6", "attributes": {"Host": "i-0a1b2c3d"}},
    ),
    "log_alarm": _alarm(
        "pdf_export",
        "The query's result 61 was greater than the threshold 20",
        "2026-07-01T00:05:00",
        region="cn-north-1",
        partition="aws-cn",
    ),
    "sns_record": _alarm(
        "dark-mode",
        "Threshold Crossed: 3 datapoints were greater than the threshold (1.0).",
        "2026-08-19T13:37:00.250",
        region="us-gov-west-1",
        partition="aws-us-gov",
    ),
    "lambda_alarm_action": _alarm(
        "größe", "Schwelle überschritten", "2026-09-30T23:59:59.123456", region="eu-central-1"
    ),
    **{
        name: _alarm(
            "live-map",
            "Threshold Crossed: 2 datapoints were greater than the threshold (4.0).",
            "2026-11-03T18:21:07.420",
            region="eu-west-3",
        )
        for name in ("sns_message", "sns_envelope", "alarm_data_with_resources")
    },
    "muted_alarm": _alarm(
        "chat",
        "5 errors",
        "2026-10-05T09:10:00.500",
        silenced="the alarm is muted by "
        "arn:aws:cloudwatch:eu-west-1:210987654321:alarm-mute-rule:release-night",
    ),
    "ok_transition": _alarm("chat", "no errors", "2026-10-05T09:25:00.500", state="OK"),
    "without_previous_state": _alarm("chat", "5 errors", "2026-10-05T09:10:00.500"),
    "without_description": _alarm("chat", "5 errors", "2026-10-05T09:10:00.500"),
    "bare_minimum": _alarm("chat", "", "2026-10-05T09:10:00", region=None, account=None),
}

MEASURED: dict[str, Measured] = {
    "metric_alarm": {
        "values": [12.7],
        "threshold": 5.0,
        "periodSeconds": 60,
        "since": "2026-03-02T17:03:00.000Z",
        "statistic": "Average",
    },
    "metric_math_alarm": {
        "values": [28.5, 31.0],
        "threshold": 5.0,
        "periodSeconds": 60,
        "since": "2026-03-02T17:18:00.000Z",
        "statistic": None,
    },
    "anomaly_alarm": {
        "values": [9.1],
        "threshold": None,
        "periodSeconds": None,
        "since": None,
        "statistic": None,
    },
}


#: When the first bad data point began, where an event says it.
BREACHED = {
    "metric_alarm": datetime(2026, 3, 2, 17, 3, tzinfo=UTC),
    "metric_math_alarm": datetime(2026, 3, 2, 17, 18, tzinfo=UTC),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_of_an_alarm_is_read(name: str) -> None:
    told = {"measured": MEASURED.get(name), "breached_since": BREACHED.get(name)}

    assert read_alarm(sample(name)) == replace(EXPECTED[name], **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_the_flag_is_taken_from_the_alarms_name(name: str) -> None:
    alarm = read_alarm(sample(name))

    names = AlarmNames("FeatureFlag-", "-ErrorRate")
    assert names.alarm_of(names.flag_of(alarm.name)) == alarm.name


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists) | st.text())
def test_whatever_an_alarm_says_that_it_measured_it_is_read(points: object) -> None:
    data = {"recentDatapoints": points, "threshold": points, "period": points, "startDate": points}
    for text in (json.dumps(data), points, json.dumps(points)):
        found = read_alarm(_event(state={"value": "ALARM", "reasonData": text})).measured

        assert found is None or found["values"]
        json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("many", "first", "since"), [(100, 80, None), (20, 0, "2026-03-02T17:03:00.000Z")]
)
def test_of_many_data_points_the_newest_are_kept(many: int, first: int, since: str | None) -> None:
    data = {"recentDatapoints": list(range(many)), "startDate": "2026-03-02T17:03:00Z"}
    measured = read_alarm(_event(state={"value": "ALARM", "reasonData": json.dumps(data)})).measured

    assert measured is not None
    assert (measured["values"][0], measured["values"][-1]) == (first, many - 1)
    assert measured["since"] == since


@pytest.mark.parametrize(
    ("state", "drill"),
    [
        ({"reason": "Drill", "reasonData": '{"flagRollbackDrill": {"by": "ann"}}'}, True),
        ({"reason": DRILL_REASON}, True),
        ({"reason": "Threshold Crossed", "reasonData": '{"recentDatapoints": [1]}'}, False),
        ({"reason": f"not a {DRILL_REASON}"}, False),
        ({}, False),
    ],
)
def test_a_drill_is_told_from_the_real_thing(state: dict[str, str], drill: bool) -> None:
    assert read_alarm(_event(state={"value": "ALARM", **state})).drill is drill
    sns = {"AlarmName": "x", "NewStateValue": "ALARM", "NewStateReason": state.get("reason", "")}
    assert read_alarm(sns).drill is (state.get("reason") == DRILL_REASON)


def _event(**detail: Any) -> dict[str, Any]:
    return {"detail": {"alarmName": "x", "state": {"value": "ALARM"}, **detail}}


def _sns(message: object) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": message}}]}


@pytest.mark.parametrize(
    ("source", "got"),
    [
        (None, "got nothing (null) as the execution's input"),
        ([], "got a list as the execution's input"),
        ("hello", "got the text 'hello' as the execution's input"),
        (True, "got a boolean as the execution's input"),
        (7, "got a number as the execution's input"),
        ({}, "got an object with the keys []"),
        ({"flag": "a", "b": 1}, "got an object with the keys ['b', 'flag']"),
        ({"detail": "x"}, "got the text 'x' at detail"),
        ({"detail": {"alarmName": "x"}}, "got nothing (null) at detail.state"),
        ({"detail": {"alarmName": "x", "state": "y"}}, "got the text 'y' at detail.state"),
        (_event(state={"value": None}), "got nothing (null) at detail.state.value"),
        (_event(state={"value": 1}), "got a number at detail.state.value"),
        (_event(alarmName=""), "got the text '' at detail.alarmName"),
        (_event(alarmName=["x"]), "got a list at detail.alarmName"),
        (_event(alarmName={"x": 1}), "got an object with the keys ['x'] at detail.alarmName"),
        ({"alarmData": {"state": {"value": "ALARM"}}}, "got nothing (null) at alarmData.alarmName"),
        ({"Records": []}, "got no JSON text at Records[0].Sns.Message"),
        ({"Records": {"Sns": 1}}, "got no JSON text at Records[0].Sns.Message"),
        ({"Records": [{"s3": {}}]}, "got no JSON text at Records[0].Sns.Message"),
        (_sns("ALARM: it fires"), "got no JSON text at Records[0].Sns.Message"),
        (_sns({"AlarmName": "x"}), "got no JSON text at Records[0].Sns.Message"),
        (_sns("[" * 100_000), "got no JSON text at Records[0].Sns.Message"),
        (_sns("[1]"), "got a list in the JSON at Records[0].Sns.Message"),
        (_sns('{"AlarmName": "x"}'), "at Records[0].Sns.Message NewStateValue"),
        (_sns('{"NewStateValue": "ALARM"}'), "at Records[0].Sns.Message AlarmName"),
        ({"AlarmName": "x"}, "got nothing (null) at the SNS message NewStateValue"),
        ({"AlarmName": 5, "NewStateValue": "ALARM"}, "a number at the SNS message AlarmName"),
        ({"Message": None}, "got no JSON text at Message"),
        ({"Message": "ALARM: it fires"}, "got no JSON text at Message"),
        ({"Message": "[" * 100_000}, "got no JSON text at Message"),
        ({"Message": "[1]"}, "got a list in the JSON at Message"),
        ({"Message": '{"AlarmName": "x"}'}, "got nothing (null) at Message NewStateValue"),
    ],
)
def test_what_is_no_alarm_is_refused_with_what_was_expected_and_what_came(
    source: object, got: str
) -> None:
    with pytest.raises(NotAnAlarmError) as raised:
        read_alarm(source)

    assert str(raised.value).startswith("expected an EventBridge 'CloudWatch Alarm State Change'")
    assert got in str(raised.value)


def _series(**contributor: object) -> str:
    found = read_alarm(_event(alarmContributor=contributor)).contributor
    assert found is not None
    return found["id"]


def test_a_series_without_a_usable_id_is_known_by_its_attributes() -> None:
    attributes = {"FeatureFlagName": "a"}

    for id_ in (None, "", 7):
        assert _series(id=id_, attributes=attributes) == '{"FeatureFlagName": "a"}'
    assert _series(id="c1", attributes=attributes) == "c1"


def test_what_a_series_says_of_itself_may_be_empty() -> None:
    found = read_alarm(_event(alarmContributor={"id": "c1", "attributes": {"Host": ""}}))

    assert found.contributor == {"id": "c1", "attributes": {"Host": ""}}


def test_a_long_id_of_a_series_is_known_by_its_hash() -> None:
    assert _series(id="x" * 1024) == "x" * 1024
    ids = {_series(id="x" * 1025), _series(id="x" * 1026), _series(id="\ud800" * 1025)}
    assert {len(each) for each in ids} == {64}
    assert len(ids) == 3


def test_names_and_tags_may_be_as_long_as_cloudwatchs() -> None:
    long = _event(alarmName="x" * 255, alarmTags={"feature-flag": "y" * 2048})

    assert read_alarm(long).name == "x" * 255
    with pytest.raises(NotAnAlarmError, match=r"^expected at most 255 characters at .*; got 256$"):
        read_alarm(_event(alarmName="x" * 256))
    with pytest.raises(NotAnAlarmError, match=r"^expected tags of at most 2048 .*'k' has 2049$"):
        read_alarm(_event(alarmTags={"k": "y" * 2049}))


@pytest.mark.parametrize("mute", [None, {}, {"mutedByArn": None}, {"mutedByArn": ""}, "x", ["x"]])
def test_an_alarm_that_nothing_mutes_is_not_silenced(mute: object) -> None:
    assert read_alarm(_event(muteDetail=mute)).silenced is None


@pytest.mark.parametrize("suppressed", [None, ""])
def test_an_alarm_that_nothing_suppresses_is_not_silenced(suppressed: str | None) -> None:
    state = {"value": "ALARM", "actionsSuppressedBy": suppressed}

    assert read_alarm(_event(state=state)).silenced is None


def test_what_mutes_or_suppresses_without_a_name_silences_all_the_same() -> None:
    state = {"value": "ALARM", "actionsSuppressedBy": 7}

    muted = read_alarm(_event(muteDetail={"mutedByArn": 7}))
    suppressed = read_alarm(_event(state=state))

    assert muted.silenced == "the alarm is muted by a rule"
    assert suppressed.silenced == "the alarm's actions are suppressed by something"


@pytest.mark.parametrize(
    ("period", "kept"), [(0, None), (1, 1), (604_800, 604_800), (604_801, None), (-60, None)]
)
def test_a_period_is_kept_that_cloudwatch_allows(period: int, kept: int | None) -> None:
    data = json.dumps({"recentDatapoints": [1.0], "period": period})

    measured = read_alarm(_event(state={"value": "ALARM", "reasonData": data})).measured

    assert measured is not None
    assert measured["periodSeconds"] == kept


@pytest.mark.parametrize("time", ["yesterday", None, 1, "2026-13-01T00:00:00Z", "\ud800"])
def test_a_time_that_is_none_gives_way_to_that_of_the_event(time: object) -> None:
    state = {"value": "ALARM", "timestamp": time}

    alarm = read_alarm({"time": "2026-03-02T17:04:40Z", **_event(state=state)})

    assert alarm.transitioned_at == datetime(2026, 3, 2, 17, 4, 40, tzinfo=UTC)


def test_region_and_account_are_read_without_an_arn_too() -> None:
    told = {"region": "eu-west-1", "accountId": "123456789012"}

    alarm = read_alarm({**told, "alarmData": _event()["detail"]})

    assert (alarm.arn, alarm.region, alarm.account) == (None, "eu-west-1", "123456789012")


def test_region_and_account_are_read_from_the_arn_where_nothing_else_tells_them() -> None:
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x"

    alarm = read_alarm({"resources": [arn], **_event()})

    assert (alarm.arn, alarm.region, alarm.account) == (arn, "eu-west-1", "123456789012")


def test_what_the_event_says_of_region_and_account_goes_before_the_arn() -> None:
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x"

    alarm = read_alarm(
        {"resources": [arn], "region": "eu-west-3", "account": "210987654321", **_event()}
    )

    assert (alarm.region, alarm.account) == ("eu-west-3", "210987654321")


@pytest.mark.parametrize(
    ("message", "account"),
    [
        ({"AWSAccountId": "123456789012"}, "123456789012"),
        ({"AlarmArn": "arn:aws:cloudwatch:eu-west-1:210987654321:alarm:x"}, "210987654321"),
        ({"AlarmArn": "arn:aws:cloudwatch:eu-west-1"}, None),
        ({}, None),
    ],
)
def test_the_account_of_a_message_is_its_own_or_that_of_the_arn(
    message: dict[str, str], account: str | None
) -> None:
    alarm = read_alarm({"AlarmName": "x", "NewStateValue": "ALARM", **message})

    assert (alarm.account, alarm.reason) == (account, "")


@pytest.mark.parametrize("resources", [None, [], "arn", [7], [""]])
def test_resources_that_name_no_alarm_are_no_arn(resources: object) -> None:
    for around in ({"resources": resources}, {"resources": resources, "alarmArn": ""}):
        assert read_alarm({**around, **_event()}).arn is None
        assert read_alarm({**around, "alarmData": _event()["detail"]}).arn is None


def test_the_alarms_own_arn_goes_before_the_resources() -> None:
    told = {"alarmArn": "arn:a", "resources": ["arn:b"], "alarmData": _event()["detail"]}

    assert read_alarm(told).arn == "arn:a"


def test_an_alarm_without_any_time_says_so() -> None:
    assert read_alarm(_event()).transitioned_at is None


@pytest.mark.documents
@given(inputs())
def test_any_input_either_is_an_alarm_or_is_refused_by_name(source: object) -> None:
    try:
        alarm = read_alarm(source)
    except NotAnAlarmError:
        return
    assert alarm.name
    assert alarm.state
    assert alarm.transitioned_at is None or alarm.transitioned_at.tzinfo is UTC


@given(st.text(), st.text(min_size=1), st.text())
def test_what_stands_between_prefix_and_suffix_is_the_flag(
    prefix: str, flag: str, suffix: str
) -> None:
    assert AlarmNames(prefix, suffix).flag_of(prefix + flag + suffix) == flag


@pytest.mark.parametrize(
    ("name", "prefix", "suffix"),
    [
        ("FeatureFlag--ErrorRate", "FeatureFlag-", "-ErrorRate"),
        ("FeatureFlag-ErrorRate", "FeatureFlag-", "-ErrorRate"),
        ("featureflag-a-ErrorRate", "FeatureFlag-", "-ErrorRate"),
        ("FeatureFlag-a-Latency", "FeatureFlag-", "-ErrorRate"),
        ("My FeatureFlag-a-ErrorRate", "FeatureFlag-", "-ErrorRate"),
        ("FeatureFlag-a-ErrorRate ", "FeatureFlag-", "-ErrorRate"),
        ("aba", "ab", "ba"),
        ("ab", "ab", ""),
        ("ab", "", "ab"),
        ("", "", ""),
    ],
)
def test_a_name_of_another_form_is_refused_with_the_form(
    name: str, prefix: str, suffix: str
) -> None:
    with pytest.raises(AlarmNameMismatchError) as raised:
        AlarmNames(prefix, suffix).flag_of(name)

    message = str(raised.value)
    assert f"expected an alarm named {prefix}<flag>{suffix}, or one with the tag" in message
    assert f"got {name!r}" in message

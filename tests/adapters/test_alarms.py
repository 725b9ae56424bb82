"""Alarms of every kind are read from CloudWatch: which fire, which are muted, in which state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import alarms
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.errors import PermissionDeniedError, ResourceMissingError, RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.stub import Stubber

SINCE = datetime(2026, 3, 2, 17, 4, 40, tzinfo=UTC)
KINDS = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]


@pytest.fixture
def stub() -> Iterator[Stubber]:
    from botocore.stub import Stubber

    with Stubber(client("cloudwatch")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def _alarm(name: str, **more: Any) -> dict[str, Any]:
    there = {"StateTransitionedTimestamp": SINCE.astimezone(timezone(timedelta(hours=1)))}
    said = {"AlarmName": name, "AlarmArn": _arn(name), "StateReason": f"{name} is high"}
    return {**said, **there, **more}


def _firing(stub: Stubber, *, token: bool = False, **answer: Any) -> None:
    asked = {
        "AlarmTypes": KINDS,
        "MaxRecords": 100,
        "AlarmNamePrefix": "Flag-",
        "StateValue": "ALARM",
    }
    stub.add_response(
        "describe_alarms",
        {"MetricAlarms": [], **answer},
        asked | ({"NextToken": "more"} if token else {}),
    )


def test_all_that_fire_are_read_of_all_kinds_and_from_all_pages(stub: Stubber) -> None:
    _firing(stub, MetricAlarms=[_alarm("a")], CompositeAlarms=[_alarm("b")], NextToken="more")
    _firing(stub, MetricAlarms=[_alarm("c")], LogAlarms=[_alarm("d")], token=True)

    assert alarms.firing("Flag-") == [
        FiringAlarm(name, f"{name} is high", SINCE, _arn(name)) for name in "abcd"
    ]


def test_an_alarm_that_is_suppressed_does_not_ring(stub: Stubber) -> None:
    _firing(stub, CompositeAlarms=[_alarm("a", ActionsSuppressedBy="WaitPeriod"), _alarm("b")])

    assert [alarm.name for alarm in alarms.firing("Flag-")] == ["b"]


def test_the_name_of_an_alarm_of_several_series_says_nothing(stub: Stubber) -> None:
    def query(text: str) -> list[dict[str, str]]:
        return [{"Id": "m1"}, {"Id": "q1", "Expression": text}]

    grouped = 'SELECT MAX(Errors) FROM "Shop" group\n by FeatureFlagName'
    _firing(
        stub,
        MetricAlarms=[
            _alarm("a", Metrics=query(grouped)),
            _alarm("b", Metrics=query("m1 / 100")),
            _alarm("c"),
        ],
    )

    assert [alarm.name for alarm in alarms.firing("Flag-")] == ["b", "c"]


def test_an_alarm_fires_since_its_last_change_where_no_transition_is_told(stub: Stubber) -> None:
    alarm = {"AlarmName": "a", "AlarmArn": _arn("a"), "StateUpdatedTimestamp": SINCE}
    _firing(stub, MetricAlarms=[alarm])

    assert alarms.firing("Flag-") == [FiringAlarm("a", "", SINCE, _arn("a"))]


@pytest.mark.parametrize(
    ("code", "error"),
    [("Throttling", RetryLaterError), ("AccessDenied", PermissionDeniedError)],
)
def test_what_cannot_be_listed_says_what_was_tried(
    stub: Stubber, code: str, error: type[Exception]
) -> None:
    stub.add_client_error("describe_alarms", code, http_status_code=400)

    with pytest.raises(error, match=r"alarms Flag-\* \(cloudwatch:DescribeAlarms\)"):
        alarms.firing("Flag-")


def test_all_alarms_below_a_prefix_are_named_in_whatever_state(stub: Stubber) -> None:
    asked = {"AlarmTypes": KINDS, "MaxRecords": 100, "AlarmNamePrefix": "Flag-"}
    quiet, firing = _alarm("a", StateValue="OK"), _alarm("b", StateValue="ALARM")
    stub.add_response("describe_alarms", {"MetricAlarms": [quiet], "LogAlarms": [firing]}, asked)

    assert alarms.names_below("Flag-", client("cloudwatch")) == ["a", "b"]


@pytest.mark.usefixtures("stub")
def test_an_operators_own_client_is_asked() -> None:
    from botocore.session import get_session
    from botocore.stub import Stubber

    another: Any = get_session().create_client("cloudwatch")
    with Stubber(another) as theirs:
        answer = {"MetricAlarms": [{"AlarmName": "a", "StateValue": "ALARM"}]}
        theirs.add_response("describe_alarms", answer)

        assert alarms.current_state("a", cloudwatch=another) == "ALARM"


def _series(id_: str, **more: Any) -> dict[str, Any]:
    """One series of alarm `a`, as CloudWatch lists it."""
    there = {"StateTransitionedTimestamp": SINCE.astimezone(timezone(timedelta(hours=1)))}
    attributes = {"FeatureFlagName": f"flag-{id_}"}
    return {
        "ContributorId": id_,
        "ContributorAttributes": attributes,
        "StateReason": f"{id_} is high",
        **there,
        **more,
    }


def _listed(stub: Stubber, *series: dict[str, Any], more: bool = False, token: str = "") -> None:
    stub.add_response(
        "describe_alarm_contributors",
        {"AlarmContributors": list(series), **({"NextToken": "more"} if more else {})},
        {"AlarmName": "a", **({"NextToken": token} if token else {})},
    )


def test_the_series_in_alarm_are_listed_from_all_pages(stub: Stubber) -> None:
    _listed(stub, _series("1"), more=True)
    _listed(stub, _series("2"), token="more")

    assert alarms.contributors("a", arn=_arn("a")) == [
        FiringAlarm(
            "a",
            f"{id_} is high",
            SINCE,
            _arn("a"),
            {"id": id_, "attributes": {"FeatureFlagName": f"flag-{id_}"}},
        )
        for id_ in "12"
    ]


def test_series_that_cannot_be_listed_say_what_was_tried(stub: Stubber) -> None:
    stub.add_client_error("describe_alarm_contributors", "AccessDenied", http_status_code=403)

    with pytest.raises(PermissionDeniedError, match=r"'a' \(cloudwatch:DescribeAlarmContributors"):
        alarms.contributors("a")


@pytest.mark.parametrize(("id_", "state"), [("2", "ALARM"), ("3", "OK")])
def test_a_series_is_in_alarm_while_it_is_listed(stub: Stubber, id_: str, state: str) -> None:
    _listed(stub, _series("1"), _series("2"))

    assert alarms.current_state("a", {"id": id_, "attributes": {}}) == state


def test_a_series_of_an_alarm_that_is_gone_has_no_state(stub: Stubber) -> None:
    stub.add_client_error("describe_alarm_contributors", "ResourceNotFound", http_status_code=404)

    assert alarms.current_state("a", {"id": "1", "attributes": {}}) is None


def test_the_arn_of_an_alarm_is_found_by_its_very_name(stub: Stubber) -> None:
    for found in ([_alarm("A"), _alarm("a")], [_alarm("A")]):
        stub.add_response(
            "describe_alarms",
            {"MetricAlarms": found},
            {"AlarmTypes": KINDS, "MaxRecords": 100, "AlarmNames": ["a"]},
        )

    assert [alarms.arn_of("a"), alarms.arn_of("a")] == [_arn("a"), None]


def test_the_tags_of_an_alarm_are_read_by_its_arn(stub: Stubber) -> None:
    given = [{"Key": "feature-flag", "Value": "a b"}, {"Key": "team", "Value": ""}]
    stub.add_response("list_tags_for_resource", {"Tags": given}, {"ResourceARN": _arn("a")})

    assert alarms.tags(_arn("a")) == {"feature-flag": "a b", "team": ""}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDenied", PermissionDeniedError),
        ("ResourceNotFoundException", ResourceMissingError),
        ("Throttling", RetryLaterError),
    ],
)
def test_tags_that_cannot_be_read_say_whose_and_why(
    stub: Stubber, code: str, error: type[Exception]
) -> None:
    stub.add_client_error("list_tags_for_resource", code, http_status_code=400)

    with pytest.raises(error, match=r"alarm:a \(cloudwatch:ListTagsForResource\)"):
        alarms.tags(_arn("a"))


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"


def test_the_states_of_monitors_are_read_by_the_names_in_their_arns(stub: Stubber) -> None:
    found = [
        {"AlarmName": name, "AlarmArn": _arn(name), "StateValue": state}
        for name, state in (("a:b", "ALARM"), ("c", "OK"))
    ]
    stub.add_response(
        "describe_alarms",
        {"MetricAlarms": found},
        {"AlarmTypes": KINDS, "MaxRecords": 100, "AlarmNames": ["a:b", "gone", "c"]},
    )

    states = alarms.states([_arn("a:b"), _arn("gone"), _arn("c")])

    assert states == {_arn("a:b"): "ALARM", _arn("c"): "OK"}


def test_nobody_is_asked_for_the_states_of_no_alarms(stub: Stubber) -> None:
    stub.assert_no_pending_responses()

    assert alarms.states([]) == {}


def _rule(stub: Stubber, name: str, *muted: str) -> None:
    stub.add_response(
        "get_alarm_mute_rule",
        {"Name": name, "MuteTargets": {"AlarmNames": list(muted)}},
        {"AlarmMuteRuleName": name},
    )


def _rules(stub: Stubber, *names: str, more: bool = False, token: bool = False) -> None:
    prefix = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:"
    summaries = [{"AlarmMuteRuleArn": f"{prefix}{name}", "Status": "ACTIVE"} for name in names]
    stub.add_response(
        "list_alarm_mute_rules",
        {"AlarmMuteRuleSummaries": summaries, **({"NextToken": "more"} if more else {})},
        {"Statuses": ["ACTIVE"], **({"NextToken": "more"} if token else {})},
    )


def test_what_any_active_rule_mutes_is_muted(stub: Stubber) -> None:
    _rules(stub, "night:1", more=True)
    _rule(stub, "night:1", "a", "b")
    _rules(stub, "drill", token=True)
    _rule(stub, "drill", "b", "c")

    assert alarms.muted() == {"a", "b", "c"}


def test_nothing_is_muted_where_there_is_no_rule(stub: Stubber) -> None:
    _rules(stub)

    assert alarms.muted() == set()


def test_how_alarms_stand_is_read_by_a_hundred_names_a_call(stub: Stubber) -> None:
    names = [f"alarm-{number}" for number in range(101)]
    found = [_alarm("alarm-0", StateValue="OK"), _alarm("alarm-100", StateValue="ALARM")]
    for asked, answer in ((names[:100], found[:1]), (names[100:], found[1:])):
        stub.add_response(
            "describe_alarms",
            {"MetricAlarms": answer},
            {"AlarmTypes": KINDS, "MaxRecords": 100, "AlarmNames": asked},
        )

    seen = alarms.seen(names)

    assert {name: each["state"] for name, each in seen.items()} == {
        "alarm-0": "OK",
        "alarm-100": "ALARM",
    }
    assert seen["alarm-0"]["since"] == "2026-03-02T17:04:40.000Z"
    assert seen["alarm-0"]["reason"] == "alarm-0 is high"


@pytest.fixture
def theirs(stub: Stubber) -> Iterator[Stubber]:  # noqa: ARG001 - nothing is asked of the function's
    """An operator's own client."""
    from botocore.session import get_session
    from botocore.stub import Stubber

    with Stubber(get_session().create_client("cloudwatch")) as stubbed:
        yield stubbed
        stubbed.assert_no_pending_responses()


def test_an_alarm_is_read_by_an_operators_own_client(theirs: Stubber) -> None:
    asked = {"AlarmTypes": KINDS, "MaxRecords": 100, "AlarmNames": ["a"]}
    for _ in range(3):
        theirs.add_response("describe_alarms", {"MetricAlarms": [_alarm("a")]}, asked)
    theirs.add_response(
        "list_tags_for_resource",
        {"Tags": [{"Key": "team", "Value": "web"}]},
        {"ResourceARN": _arn("a")},
    )
    cloudwatch: Any = theirs.client

    assert alarms.arn_of("a", cloudwatch) == _arn("a")
    assert alarms.described_alarm("a", cloudwatch) is not None
    assert alarms.tags_of("a", cloudwatch) == {"team": "web"}


def test_an_alarm_that_does_not_exist_has_no_tags(theirs: Stubber) -> None:
    theirs.add_response("describe_alarms", {"MetricAlarms": []})

    cloudwatch: Any = theirs.client

    assert alarms.tags_of("a", cloudwatch) == {}


def test_a_series_is_looked_for_by_an_operators_own_client(theirs: Stubber) -> None:
    _listed(theirs, _series("1"))
    cloudwatch: Any = theirs.client

    assert alarms.current_state("a", {"id": "1", "attributes": {}}, cloudwatch) == "ALARM"


def test_a_series_is_of_an_alarm_without_an_arn_where_none_is_given(stub: Stubber) -> None:
    _listed(stub, _series("1"))

    (found,) = alarms.contributors("a")

    assert found.arn == ""


def test_how_an_alarm_stands_is_said_as_far_as_it_is_known(stub: Stubber) -> None:
    bare = {"AlarmName": "a", "StateValue": "OK", "StateUpdatedTimestamp": SINCE}
    stub.add_response("describe_alarms", {"MetricAlarms": [bare]})

    assert alarms.seen(["a"]) == {
        "a": {
            "alarmName": "a",
            "series": None,
            "state": "OK",
            "since": "2026-03-02T17:04:40.000Z",
            "reason": "",
        }
    }


def test_all_alarms_are_described_for_an_operator(stub: Stubber) -> None:
    stub.add_response(
        "describe_alarms",
        {"MetricAlarms": [_alarm("a")], "LogAlarms": [_alarm("b")]},
        {"AlarmTypes": KINDS, "MaxRecords": 100},
    )

    assert [each["AlarmName"] for each in alarms.described(client("cloudwatch"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("ask", "operation", "tried"),
    [
        (
            lambda: alarms.names_below("Flag-", client("cloudwatch")),
            "describe_alarms",
            "listing the alarms Flag-* (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.described(client("cloudwatch")),
            "describe_alarms",
            "listing the alarms (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.states([_arn("a")]),
            "describe_alarms",
            "reading the states of ['a'] (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.seen(["a"]),
            "describe_alarms",
            "reading the states of ['a'] (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.described_alarm("a"),
            "describe_alarms",
            "reading alarm 'a' (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.current_state("a"),
            "describe_alarms",
            "reading the state of alarm 'a' (cloudwatch:DescribeAlarms): ",
        ),
        (
            lambda: alarms.muted(),
            "list_alarm_mute_rules",
            "reading the mute rules (cloudwatch:ListAlarmMuteRules, GetAlarmMuteRule): ",
        ),
    ],
)
def test_what_is_denied_says_what_was_tried_and_which_permission_it_takes(
    stub: Stubber, ask: Callable[[], object], operation: str, tried: str
) -> None:
    stub.add_client_error(operation, "AccessDenied", http_status_code=403)

    with pytest.raises(PermissionDeniedError) as raised:
        ask()

    assert str(raised.value).startswith(tried)

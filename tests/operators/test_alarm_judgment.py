"""A bad alarm gets one line, with what fixes it; a good one gets none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.guarding import AlarmNames
from flag_rollback.alarm_judgment import judge, often_without_data, seconds_to_fire
from flag_rollback.guards import Guard, guard

if TYPE_CHECKING:
    from flag_rollback.findings import Finding

FLAG = "new-checkout"
NAMES = AlarmNames("FeatureFlag-", "-ErrorRate")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TAGS = {"feature-flag": f"{FLAG} search-v2"}
TRAVEL = {"AlarmTagsPropagation": {"Enabled": True}}


def alarm(**changes: Any) -> dict[str, Any]:
    """A good alarm on a metric, with changes."""
    return {
        "AlarmName": f"FeatureFlag-{FLAG}-ErrorRate",
        "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:it",
        "ActionsEnabled": True,
        "StateValue": "OK",
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FeatureFlagName", "Value": FLAG}],
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "TreatMissingData": "notBreaching",
    } | changes


def ratio(expression: str) -> dict[str, Any]:
    """What makes the good alarm one on a ratio of two metrics."""

    def metric(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    math = {"Id": "rate", "Expression": expression, "ReturnData": True}
    return {"Metrics": [metric("errors"), metric("requests"), math]}


def guarding(tags: dict[str, str] | None = None, **changes: Any) -> Guard:
    found = guard(alarm(**changes), tags or {}, NAMES)
    assert found
    return found


def judged(
    tags: dict[str, str] | None = None,
    *,
    on: tuple[str, ...] = (FLAG,),
    muted: bool | None = False,
    told: bool = True,
    **changes: Any,
) -> list[Finding]:
    served = (FLAG, "search-v2")
    it = guarding(tags, **changes)
    return list(judge(it, on=on, served=served, muted=muted, tags_are_told=told))


@pytest.mark.parametrize(
    ("tags", "changes"),
    [
        ({}, {}),
        ({}, ratio("IF(requests >= 20, 100 * errors / requests, 0)")),
        ({}, ratio("100 * errors / requests * (requests > 20)")),
        (TAGS, {"AlarmName": "of the shop", "ActionConfiguration": TRAVEL}),
        (
            {},
            {
                "AlarmName": "by flag",
                "Dimensions": [],
                "Metrics": [
                    {
                        "Id": "q",
                        "Expression": 'SELECT SUM(Errors) FROM "Shop/Web" GROUP BY FeatureFlagName',
                        "Period": 60,
                    }
                ],
            },
        ),
        ({}, {"EvaluationPeriods": 5, "DatapointsToAlarm": 5}),
    ],
    ids=["name", "IF", "comparison", "tag", "series", "five minutes"],
)
def test_a_good_alarm_gets_no_line(tags: dict[str, str], changes: dict[str, Any]) -> None:
    assert judged(tags, **changes) == []


OF_THE_SHOP = {"AlarmName": "of the shop"}


@pytest.mark.parametrize(
    ("kind", "level", "tags", "changes"),
    [
        ("one-data-point", "warn", {}, {"EvaluationPeriods": 1, "DatapointsToAlarm": 1}),
        ("one-data-point", "warn", {}, {"EvaluationPeriods": 5, "DatapointsToAlarm": 1}),
        ("no-minimum", "warn", {}, ratio("100 * errors / requests")),
        ("no-minimum", "warn", {}, ratio("(errors+e2)/(requests)")),
        ("missing-breaches", "warn", {}, {"TreatMissingData": "breaching"}),
        ("actions-disabled", "warn", {}, {"ActionsEnabled": False}),
        ("slow", "warn", {}, {"Period": 300, "DatapointsToAlarm": 2}),
        ("slow", "warn", {}, {"EvaluationPeriods": 6, "DatapointsToAlarm": 6}),
        ("no-such-flag", "fail", {}, {"AlarmName": "FeatureFlag-gone-ErrorRate", "Dimensions": []}),
        (
            "no-such-flag",
            "fail",
            {"feature-flag": f"{FLAG} gone"},
            OF_THE_SHOP | {"ActionConfiguration": TRAVEL},
        ),
        (
            "other-dimension",
            "warn",
            {},
            {"Dimensions": [{"Name": "FeatureFlagName", "Value": "search-v2"}]},
        ),
        ("tags-stay", "fail", TAGS, OF_THE_SHOP),
        (
            "tags-stay",
            "fail",
            TAGS,
            OF_THE_SHOP
            | {
                "ActionConfiguration": {
                    "AlarmTagsPropagation": {"Enabled": True, "ExcludedTagKeys": ["feature-flag"]}
                }
            },
        ),
        ("fires", "warn", {}, {"StateValue": "ALARM"}),
    ],
)
def test_a_bad_alarm_gets_its_line_and_no_other(
    kind: str, level: str, tags: dict[str, str], changes: dict[str, Any]
) -> None:
    (told,) = judged(tags, **changes)

    assert (told.kind, told.level) == (kind, level)
    assert changes.get("AlarmName", f"FeatureFlag-{FLAG}-ErrorRate") in told.what
    assert told.remedy


def test_an_alarm_that_is_muted_gets_its_line() -> None:
    (told,) = judged(muted=True)

    assert told.what.endswith("is muted now, so it turns nothing off")
    assert judged(muted=None) == []


def test_whether_tags_travel_is_unknown_to_an_sdk_that_does_not_know_them() -> None:
    (told,) = judged(TAGS, told=False, AlarmName="of the shop")

    assert (told.kind, told.level) == ("tags-may-stay", "unknown")


def test_an_alarm_that_fires_while_its_flag_is_off_is_only_a_note() -> None:
    (told,) = judged(on=("search-v2",), StateValue="ALARM")

    assert told.level == "note"


def test_an_alarm_that_only_tells_is_a_note() -> None:
    (told,) = judged({"feature-flag-rollback": "notify"})

    assert (told.kind, told.level) == ("held-back", "note")


def test_an_alarm_that_guards_nothing_is_not_judged() -> None:
    assert guard(alarm(AlarmName="disk full"), {}, NAMES) is None
    assert guard(alarm(), {"feature-flag-rollback": "off"}, NAMES) is None


def test_the_longest_period_counts_and_a_composite_alarm_has_none() -> None:
    of_math = ratio("errors / requests")
    of_math["Metrics"][0]["MetricStat"]["Period"] = 300

    assert seconds_to_fire(alarm(**of_math)) == 600
    assert seconds_to_fire({"AlarmName": "composite", "AlarmRule": "ALARM(a)"}) is None
    assert seconds_to_fire(alarm(DatapointsToAlarm=None)) == 180


def moved(hours_ago: float, state: str) -> dict[str, Any]:
    return {
        "Timestamp": NOW - timedelta(hours=hours_ago),
        "HistorySummary": f"Alarm updated from OK to {state}",
    }


@pytest.mark.parametrize(
    ("history", "hours"),
    [
        ([moved(5, "INSUFFICIENT_DATA"), moved(1, "OK")], "4.0"),
        ([moved(1, "OK"), moved(5, "INSUFFICIENT_DATA")], "4.0"),
        ([moved(3, "INSUFFICIENT_DATA")], "3.0"),
        ([moved(5, "INSUFFICIENT_DATA"), moved(3, "OK")], None),
        ([moved(5, "ALARM"), moved(1, "OK")], None),
    ],
)
def test_an_alarm_that_often_has_no_data_gets_its_line(
    history: list[dict[str, Any]], hours: str | None
) -> None:
    told = [each.what for each in often_without_data(guarding(), history, NOW)]

    assert told == (
        [f"alarm FeatureFlag-{FLAG}-ErrorRate had no data for {hours} h of the last day"]
        if hours
        else []
    )


@pytest.mark.parametrize(("days", "is_told"), [(30, True), (0.05, False)])
def test_one_that_did_not_move_all_day_is_judged_by_its_state(days: float, is_told: bool) -> None:
    since = NOW - timedelta(days=days)
    it = guarding(StateValue="INSUFFICIENT_DATA", StateTransitionedTimestamp=since)

    assert bool(list(often_without_data(it, [], NOW))) is is_told


@pytest.mark.parametrize(
    "expression",
    [
        "IF(requests > 0, 100 * errors / requests, 0)",
        "(errors / requests) > 0.05",
        "IF(errors > 20, errors / requests, 0)",
    ],
)
def test_a_comparison_that_asks_for_no_requests_is_no_minimum(expression: str) -> None:
    assert [each.kind for each in judged(**ratio(expression))] == ["no-minimum"]


def test_of_an_alarm_on_several_metrics_their_periods_count() -> None:
    made = ratio("IF(requests >= 20, 100 * errors / requests, 0)")
    for metric in made["Metrics"][:2]:
        metric["MetricStat"]["Period"] = 10

    assert seconds_to_fire(alarm(**made)) == 20, "the alarm's own Period is a leftover"


def test_an_alarm_that_is_made_of_others_is_said_to_be() -> None:
    it = guard({"AlarmName": "of all", "AlarmRule": "ALARM(a)"}, {"feature-flag": FLAG}, NAMES)
    assert it
    told = judge(it, on=(), served=(FLAG,), muted=False, tags_are_told=False)

    assert [each.kind for each in told] == ["tags-may-stay", "composite"]


@pytest.mark.parametrize(
    ("query", "flag", "guards"),
    [
        ("SELECT SUM(E) FROM S GROUP BY\n FeatureFlagName", FLAG, True),
        ("SELECT SUM(E) FROM S WHERE FeatureFlagName = 'a' GROUP BY FeatureFlagName", FLAG, False),
        ("SELECT SUM(E) FROM S WHERE FeatureFlagName = 'a' GROUP BY FeatureFlagName", "a", True),
    ],
)
def test_a_query_guards_the_flags_that_it_looks_at(query: str, flag: str, *, guards: bool) -> None:
    it = guarding(AlarmName="by flag", Metrics=[{"Id": "q", "Expression": query, "Period": 60}])

    assert (it.by, it.guards(flag)) == ("series", guards)


def test_what_was_before_the_first_change_counts_since_the_alarm_was_made() -> None:
    update = {
        "Timestamp": NOW - timedelta(hours=1),
        "HistorySummary": "Alarm updated from INSUFFICIENT_DATA to OK",
    }
    old = guarding(AlarmConfigurationUpdatedTimestamp=NOW - timedelta(days=9))
    young = guarding(AlarmConfigurationUpdatedTimestamp=NOW - timedelta(hours=2))

    (told,) = often_without_data(old, [update], NOW)
    assert "no data for 23.0 h" in told.what
    assert not list(often_without_data(young, [update], NOW))

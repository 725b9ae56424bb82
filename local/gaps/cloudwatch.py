"""CloudWatch: when an alarm changes state, and how the rest of AWS hears of it."""

from __future__ import annotations

import json
import operator
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ministack.services import cloudwatch, eventbridge  # type: ignore[import-untyped]
from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

Alarm = dict[str, Any]
State = dict[str, Any]

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

# The state that each alarm's last event told, by ARN: the next event's previousState.
_told: dict[str, State] = {}


def tell_eventbridge_of_state_changes() -> None:
    """Every change of an alarm's state is an event "CloudWatch Alarm State Change".

    Amazon CloudWatch user guide, "Alarm events and EventBridge" (cloudwatch-and-eventbridge),
    with sample events for metric, metric-math and composite alarms; the event comes whether or
    not the alarm's actions are enabled.
    """

    @replace(cloudwatch, "_record_history")
    def record(
        original: Callable[..., None],
        name: str,
        old_state: str,
        new_state: str,
        reason: str,
        alarm_type: str = "MetricAlarm",
        reason_data: object = None,
    ) -> None:
        original(name, old_state, new_state, reason, alarm_type, reason_data)
        alarm = _find(name)
        state = _state_now(alarm)
        before = _told.get(alarm["AlarmArn"])
        if before is None or before["value"] != old_state:
            before = _state_at_creation(old_state, state["timestamp"])
        _told[alarm["AlarmArn"]] = state
        if old_state == new_state:  # the entry that MiniStack writes when an alarm is created
            return
        _put_event(alarm, "CloudWatch Alarm State Change", previousState=before, state=state)


def carry_tags_in_events() -> None:
    """An alarm's tags are in its events, where its configuration says so.

    Amazon CloudWatch user guide, "Alarm tags in action payloads" (alarm-tags-in-notifications), and
    API reference, AlarmTagsPropagation: Enabled, and IncludedTagKeys or ExcludedTagKeys; keys that
    begin with aws: never travel. The pinned botocore has no ActionConfiguration in PutMetricAlarm,
    so it is kept from CloudFormation (template reference, AWS::CloudWatch::Alarm), and reading the
    tags never fails here.
    """

    @replace(provisioners, "_cw_metric_alarm_record")
    def record(original: Callable[..., Alarm], name: str, properties: dict[str, Any]) -> Alarm:
        alarm = original(name, properties)
        if "ActionConfiguration" in properties:
            alarm["ActionConfiguration"] = properties["ActionConfiguration"]
        return alarm


def stamp_transitions_of_metric_alarms() -> None:
    """A metric alarm says when it came into its state: StateTransitionedTimestamp.

    botocore, shape MetricAlarm: "The date and time that the alarm's StateValue most recently
    changed", which an update of the alarm's configuration does not touch. Both times are to the
    millisecond; MiniStack's whole seconds may lie before what happened before them.
    """

    @replace(cloudwatch, "_record_history")
    def record(original: Callable[..., None], name: str, *details: object) -> None:
        alarm = _find(name)
        alarm["StateUpdatedTimestamp"] = round(time.time(), 3)
        alarm["StateTransitionedTimestamp"] = alarm["StateUpdatedTimestamp"]
        original(name, *details)

    @replace(cloudwatch, "_put_metric_alarm")
    def put(
        original: Callable[..., object], params: object, request: dict[str, Any], *protocol: bool
    ) -> object:
        existing = cloudwatch._alarms.get(request.get("AlarmName", ""), {})
        answer = original(params, request, *protocol)
        alarm = cloudwatch._alarms.get(request.get("AlarmName", ""))
        if alarm and "StateTransitionedTimestamp" in existing:
            alarm.setdefault("StateTransitionedTimestamp", existing["StateTransitionedTimestamp"])
        return answer


def tell_what_is_suppressed() -> None:
    """A composite alarm keeps its suppressor, and says so where that one is in ALARM by then.

    botocore, shape PutCompositeAlarmInput: ActionsSuppressor and its two periods; CompositeAlarm:
    ActionsSuppressedBy is "Alarm" while the suppressor is in ALARM. Amazon CloudWatch user guide,
    "Alarm events and EventBridge": state.actionsSuppressedBy. The periods pass unnoticed here.
    """

    @replace(cloudwatch, "_put_composite_alarm")
    def put(
        original: Callable[..., object], params: object, request: dict[str, Any], *protocol: bool
    ) -> object:
        answer = original(params, request, *protocol)
        alarm = cloudwatch._composite_alarms.get(request.get("AlarmName", ""))
        if alarm:
            alarm |= {k: v for k, v in request.items() if k.startswith("ActionsSuppressor")}
        return answer

    @replace(cloudwatch, "_record_history")
    def record(original: Callable[..., None], name: str, *details: object) -> None:
        alarm = _find(name)
        suppressor = cloudwatch._alarms.get(str(alarm.get("ActionsSuppressor")).split(":")[-1])
        alarm.pop("ActionsSuppressedBy", None)
        if suppressor and suppressor["StateValue"] == "ALARM":
            alarm["ActionsSuppressedBy"] = "Alarm"
        original(name, *details)


def keep_the_metrics_of_alarms() -> None:
    """An alarm on metric math keeps its Metrics, for DescribeAlarms and for its events.

    botocore, shapes PutMetricAlarmInput and MetricAlarm: member Metrics.
    """

    @replace(cloudwatch, "_put_metric_alarm")
    def put(
        original: Callable[..., object], params: object, request: dict[str, Any], *protocol: bool
    ) -> object:
        answer = original(params, request, *protocol)
        alarm = cloudwatch._alarms.get(request.get("AlarmName", ""))
        if alarm and request.get("Metrics"):
            alarm["Metrics"] = request["Metrics"]
        return answer


def take_the_metrics_of_alarms_from_templates() -> None:
    """A template's alarm may be on metric math or on a query: Metrics instead of MetricName.

    CloudFormation template reference, AWS::CloudWatch::Alarm, Metrics: "If you specify the Metrics
    parameter, you cannot specify MetricName". MiniStack refuses such a template.
    """

    @replace(provisioners, "_cw_metric_alarm_record")
    def record(original: Callable[..., Alarm], name: str, properties: dict[str, Any]) -> Alarm:
        if not properties.get("Metrics"):
            return original(name, properties)
        single = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = original(name, {**single, "MetricName": "none", "Namespace": "none"})
        return {**alarm, "MetricName": None, "Namespace": None, "Metrics": properties["Metrics"]}


def forget_old_reason_data_on_set_alarm_state() -> None:
    """SetAlarmState without StateReasonData leaves none: the old data explains the old state.

    botocore, shape SetAlarmStateInput: StateReasonData is "the reason that this alarm is set to
    this specific state". (That AWS clears it is inferred from this sentence.)
    """

    @replace(cloudwatch, "_set_alarm_state")
    def set_state(
        original: Callable[..., object], params: object, request: dict[str, Any], *protocol: bool
    ) -> object:
        if alarm := cloudwatch._alarms.get(request.get("AlarmName", "")):
            alarm.pop("StateReasonData", None)
        return original(params, request, *protocol)


def evaluate_the_alarms_own_metric() -> None:
    """A metric alarm watches the metric of its own dimensions, period by period.

    Amazon CloudWatch user guide, "Metrics concepts": dimensions are part of a metric's identity;
    "Alarm evaluation": the alarm goes to ALARM when Datapoints to Alarm of the Evaluation Periods
    most recent data points breach. Missing data changes nothing here (TreatMissingData missing).
    The texts of reason and reason data are those of the guide's sample events.
    """

    @replace(cloudwatch, "_evaluate_alarm")
    def evaluate(original: Callable[..., None], alarm: Alarm) -> None:
        if alarm.get("Metrics") or alarm.get("ComparisonOperator") not in _COMPARISONS:
            original(alarm)
            return
        points = _recent_datapoints(alarm)
        if not points:
            return
        breaches, words = _COMPARISONS[alarm["ComparisonOperator"]]
        needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
        breaching = [point for point in points if breaches(point[1], alarm["Threshold"])]
        new_state = "ALARM" if len(breaching) >= needed else "OK"
        old_state = alarm["StateValue"]
        if new_state == old_state:
            return
        shown, verb = (breaching, "was") if new_state == "ALARM" else (points, "was not")
        verb = verb if len(shown) == 1 else verb.replace("was", "were")
        values = ", ".join(f"{value} ({_short_time(start)})" for start, value in shown)
        plural = "" if needed == 1 else "s"
        reason = (
            f"Threshold Crossed: {len(shown)} out of the last {alarm['EvaluationPeriods']} "
            f"datapoints [{values}] {verb} {words} the threshold ({alarm['Threshold']}) "
            f"(minimum {needed} datapoint{plural} for {old_state} -> {new_state} transition)."
        )
        now = time.time()
        alarm["StateValue"] = new_state
        alarm["StateReason"] = reason
        alarm["StateReasonData"] = _reason_data(alarm, points, now)
        alarm["StateUpdatedTimestamp"] = now
        cloudwatch._record_history(alarm["AlarmName"], old_state, new_state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old_state, new_state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)


# Transitions are stamped inside the telling, so the stamp's gap is filled after the telling's.
GAPS = [
    tell_eventbridge_of_state_changes,
    carry_tags_in_events,
    stamp_transitions_of_metric_alarms,
    tell_what_is_suppressed,
    keep_the_metrics_of_alarms,
    take_the_metrics_of_alarms_from_templates,
    forget_old_reason_data_on_set_alarm_state,
    evaluate_the_alarms_own_metric,
]


def tell_of_contributor(name: str, contributor: dict[str, Any]) -> None:
    """Tell EventBridge that a series of an alarm has changed its state.

    Amazon CloudWatch user guide, "Alarm events and EventBridge": the event of a contributor has no
    previousState.
    """
    _put_event(
        _find(name),
        "CloudWatch Alarm Contributor State Change",
        state={
            "value": contributor["State"],
            "reason": contributor["StateReason"],
            "timestamp": _long_time(contributor["StateTransitionedTimestamp"]),
        },
        alarmContributor={
            "id": contributor["ContributorId"],
            "attributes": contributor["ContributorAttributes"],
        },
    )


def sum_up(name: str, firing: int, known: int) -> None:
    """Bring an alarm with several series to the state that these make it have."""
    alarm, state = _find(name), "ALARM" if firing else "OK"
    before = alarm["StateValue"]
    alarm["StateReason"] = f"{firing} out of {known} time series evaluated to ALARM"
    if state != before:
        alarm["StateValue"] = state
        cloudwatch._record_history(name, before, state, alarm["StateReason"])


def _put_event(alarm: Alarm, detail_type: str, **about: object) -> None:
    detail = {
        "alarmName": alarm["AlarmName"],
        "configuration": _configuration(alarm),
        **about,
        **_travelling_tags(alarm),
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": detail_type,
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(detail),
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _travelling_tags(alarm: Alarm) -> dict[str, Any]:
    """The tags of an alarm that its events carry, as they do."""
    asked = alarm.get("ActionConfiguration", {}).get("AlarmTagsPropagation", {})
    if str(asked.get("Enabled")).lower() != "true":
        return {}
    tags = cloudwatch._resource_tags.get(alarm["AlarmArn"], {})
    included, excluded = asked.get("IncludedTagKeys", tags), asked.get("ExcludedTagKeys", ())
    travelling = {
        key: value
        for key, value in tags.items()
        if key in included and key not in excluded and not key.startswith("aws:")
    }
    return {"alarmTags": travelling, "alarmTagsStatus": "SUCCESS"}


def _find(name: str) -> Alarm:
    alarm: Alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms[name]
    return alarm


def _state_now(alarm: Alarm) -> State:
    state = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": _long_time(time.time()),
    }
    if alarm.get("StateReasonData"):
        state["reasonData"] = alarm["StateReasonData"]
    if alarm.get("ActionsSuppressedBy"):
        state["actionsSuppressedBy"] = alarm["ActionsSuppressedBy"]
    return state


def _state_at_creation(value: str, timestamp: str) -> State:
    reason = "Unchecked: Initial alarm creation"
    return {"value": value, "reason": reason, "timestamp": timestamp}


def _configuration(alarm: Alarm) -> dict[str, Any]:
    """What the event says about the alarm itself; a description only if there is one."""
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if "AlarmRule" in alarm:
        suppressor = {
            "actionsSuppressor": alarm.get("ActionsSuppressor"),
            "actionsSuppressorWaitPeriod": alarm.get("ActionsSuppressorWaitPeriod"),
            "actionsSuppressorExtensionPeriod": alarm.get("ActionsSuppressorExtensionPeriod"),
        }
        given = {key: value for key, value in suppressor.items() if value is not None}
        return described | {"alarmRule": alarm["AlarmRule"]} | given
    metrics = alarm.get("Metrics") or [_single_metric(alarm)]
    return described | {"metrics": [_event_metric(metric) for metric in metrics]}


def _single_metric(alarm: Alarm) -> dict[str, Any]:
    """The alarm on one metric, in the form of an alarm on several."""
    return {
        "Id": "m1",
        "MetricStat": {
            "Metric": {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")},
            "Period": alarm["Period"],
            "Stat": alarm.get("ExtendedStatistic") or alarm["Statistic"],
        },
        "ReturnData": True,
    }


def _event_metric(query: dict[str, Any]) -> dict[str, Any]:
    """One MetricDataQuery as the event spells it; ReturnData is true unless it says otherwise."""
    entry: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if expression := query.get("Expression"):
        entry["expression"] = expression
        entry |= {key.lower(): query[key] for key in ("Label", "Period") if key in query}
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        entry["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []},
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    return entry


def _recent_datapoints(alarm: Alarm) -> list[tuple[float, float]]:
    """(start of period, statistic) of the alarm's most recent periods with data, newest first."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    period, evaluated = alarm["Period"], alarm["EvaluationPeriods"]
    oldest = time.time() - period * evaluated
    periods: dict[float, list[Any]] = {}
    for point in cloudwatch._metrics.get(key) or []:
        if point["Timestamp"] >= oldest:
            periods.setdefault(point["Timestamp"] // period * period, []).append(point)
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    values = [
        (start, cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points))
        for start, points in sorted(periods.items(), reverse=True)
    ]
    return [(start, value) for start, value in values if value is not None][:evaluated]


def _reason_data(alarm: Alarm, points: list[tuple[float, float]], now: float) -> str:
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": _long_time(now),
            "startDate": _long_time(points[-1][0]),
            "statistic": alarm.get("ExtendedStatistic") or alarm["Statistic"],
            "period": alarm["Period"],
            "recentDatapoints": [value for _, value in reversed(points)],
            "threshold": alarm["Threshold"],
        },
        separators=(",", ":"),
    )


def _long_time(epoch: float) -> str:
    """As in the events: milliseconds, and an offset without a colon."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _short_time(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%d/%m/%y %H:%M:%S")

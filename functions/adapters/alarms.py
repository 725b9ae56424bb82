"""Reads alarms from CloudWatch."""

from typing import TYPE_CHECKING

from adapters.aws import client, named_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def current_state(alarm_name: str) -> str | None:
    """Ask in which state an alarm is now; None where there is no such alarm.

    DescribeAlarms gives metric alarms alone unless other types are named (CloudWatch API
    reference), so all that the SDK at hand knows are asked for.
    """
    cloudwatch: CloudWatchClient = client("cloudwatch")
    members = cloudwatch.meta.service_model.operation_model("DescribeAlarms").input_shape
    kinds = members.members["AlarmTypes"].member.enum  # type: ignore[union-attr]
    with named_errors(f"reading the state of alarm {alarm_name!r} (cloudwatch:DescribeAlarms)"):
        answer = cloudwatch.describe_alarms(AlarmNames=[alarm_name], AlarmTypes=kinds)
        for group, alarms in answer.items():
            if group.endswith("Alarms") and isinstance(alarms, list):
                for alarm in alarms:
                    if alarm["AlarmName"] == alarm_name:
                        return str(alarm["StateValue"])
        if "MetricAlarms" not in answer:
            raise LookupError("the answer lists no alarms")
    return None

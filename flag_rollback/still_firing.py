"""Whether an alarm that turns a flag off fires: then it is no time to turn the flag on again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.adapters.alarms import contributors, current_state, tags_of
from appconfig_rollback.errors import ResourceMissingError
from appconfig_rollback.guarding import DIMENSION

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from appconfig_rollback.mark import Mark
    from flag_rollback.access import Access
    from flag_rollback.watched import Watched


def still_firing(access: Access, watched: Watched, flag: str, mark: Mark | None) -> str | None:
    """Say which alarm of a flag is in ALARM; None where none is.

    It looks at the alarm of the flag's name, and at the one whose rollback left its `mark`, if that
    guards the flag and has not only swept it along.
    """
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    name = watched.alarm_of(flag)
    if current_state(name, cloudwatch=cloudwatch) == "ALARM":
        return f"alarm {name} is in ALARM"
    if mark and mark.contributor and _series_fires(mark.alarm, flag, cloudwatch):
        return f"the series of {flag} of alarm {mark.alarm} is in ALARM"
    if mark and not mark.contributor and _fires_for(watched, flag, mark.alarm, cloudwatch):
        return f"alarm {mark.alarm} is in ALARM"
    return None


def _fires_for(watched: Watched, flag: str, alarm: str, cloudwatch: CloudWatchClient) -> bool:
    if flag not in watched.guarded_by(alarm, tags_of(alarm, cloudwatch)):
        return False
    return current_state(alarm, cloudwatch=cloudwatch) == "ALARM"


def _series_fires(alarm: str, flag: str, cloudwatch: CloudWatchClient) -> bool:
    try:
        found = contributors(alarm, cloudwatch)
    except ResourceMissingError:
        return False
    series = (each.contributor["attributes"] for each in found if each.contributor)
    return any(attributes.get(DIMENSION) == flag for attributes in series)

"""What a look found out about a rollback, and whether a notice is due."""

from __future__ import annotations

from collections.abc import Sequence

from appconfig_rollback.aftercare.pace import next_wait
from appconfig_rollback.aftercare.watch import (
    AftercareResult,
    AlarmSeen,
    FlagSeen,
    Look,
    TurnedOnAgain,
    Watch,
)
from appconfig_rollback.times import moment


def of_alarms(alarms: Sequence[AlarmSeen]) -> AftercareResult:
    """Return the state of the alarms together: one that fires counts before one without data."""
    states = {each["state"] for each in alarms}
    if "ALARM" in states:
        return "still_firing"
    return "recovered" if states == {"OK"} else "no_data"


def judge(
    watch: Watch,
    before: Look,
    alarms: Sequence[AlarmSeen],
    flags: Sequence[FlagSeen],
    turned_on: TurnedOnAgain | None,
    looked_at: str,
    jitter: float,
) -> Look:
    """Return a look from what was seen: which notice is due, and how long to wait after it.

    `turned_on` says by what flags are on at this look. Recovery, and that a flag was turned on
    again, are told as soon as they are seen, each once; that the alarm fires still, or has no
    data, only once the time is over, and unless recovery was told. The watch goes on for the other
    one until then: a flag may be turned on long after its alarm has recovered.
    """
    waited = before["waitedSeconds"] + before["waitSeconds"]
    timely = waited < watch["watchSeconds"]
    told, standing = before["told"], of_alarms(alarms)
    ended = any(each != "turned_on_again" for each in told)
    result: AftercareResult | None = None
    if turned_on and "turned_on_again" not in told:
        result = "turned_on_again"
    elif not ended and (standing == "recovered" or not timely):
        result = standing
    told = [*told, result] if result else told
    both = "turned_on_again" in told and len(told) > 1
    looks = before["looks"] + 1
    return {
        "looks": looks,
        "waitedSeconds": waited,
        "waitSeconds": next_wait(looks, waited, watch["watchSeconds"], jitter),
        "lookedAt": looked_at,
        "alarms": list(alarms),
        "flags": list(flags),
        "recoveredAt": before["recoveredAt"]
        if "recovered" in before["told"]
        else _recovered_at(watch, alarms, looked_at),
        "turnedOnAgain": before["turnedOnAgain"] or turned_on,
        "result": result,
        "told": told,
        "over": both or not timely,
    }


def _recovered_at(watch: Watch, alarms: Sequence[AlarmSeen], looked_at: str) -> str | None:
    """Find when the last alarm went to OK; the look itself where one does not say when."""
    if of_alarms(alarms) != "recovered":
        return None
    last = max((each["since"] or looked_at for each in alarms), key=moment)
    return last if moment(last) >= moment(watch["alarm"]["transitionedAt"]) else None

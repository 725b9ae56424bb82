"""Which contributors of an alarm are in ALARM, said by hand: MiniStack evaluates no GROUP BY.

On AWS the alarm's query says so. The client part is ``EmbeddedCloud.contributors``; the server part
listens at /_local/contributors. What changes is told as CloudWatch tells it (Amazon CloudWatch user
guide, "Alarm events and EventBridge" and "Create an alarm based on a multi time series query"): an
event for each contributor, and one for the alarm as a whole where its state changes.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from local.front import say, with_control

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.front import AsgiApp

PATH = "/_local/contributors"
#: By the alarm's name and the contributor's id: all that have ever been told of.
KNOWN: dict[str, dict[str, dict[str, Any]]] = {}


class Contributors:
    """The client part, for one embedded cloud."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def set(
        self, alarm: str, series: Iterable[Mapping[str, str]], *, state: str = "ALARM"
    ) -> float:
        """Let the series with these dimensions go to a state, at one moment; returns it."""
        said = {"alarm": alarm, "series": [dict(each) for each in series], "state": state}
        return float(say(self._url, "POST", said)["at"])


def install(serve: AsgiApp) -> AsgiApp:
    """Listen for contributors, in this process."""

    def control(_: str, said: dict[str, Any]) -> dict[str, Any]:
        at = round(time.time(), 3)
        _change(said["alarm"], said["series"], said["state"], at)
        return {"at": at}

    return with_control(serve, PATH, control)


def contributor_id(dimensions: Mapping[str, str]) -> str:
    """Name a series by its dimensions: always the same."""
    return hashlib.sha256(json.dumps(dict(dimensions), sort_keys=True).encode()).hexdigest()[:16]


def in_alarm(alarm: str) -> list[dict[str, Any]]:
    """List the contributors that are in ALARM, as DescribeAlarmContributors spells them."""
    return [
        {key: value for key, value in each.items() if key != "State"}
        for each in KNOWN.get(alarm, {}).values()
        if each["State"] == "ALARM"
    ]


def _change(alarm: str, series: list[dict[str, str]], state: str, at: float) -> None:
    from local.gaps import cloudwatch

    known = KNOWN.setdefault(alarm, {})
    for dimensions in series:
        id_ = contributor_id(dimensions)
        known[id_] = {
            "ContributorId": id_,
            "ContributorAttributes": dimensions,
            "State": state,
            "StateReason": f"Set to {state} by hand: MiniStack evaluates no GROUP BY.",
            "StateTransitionedTimestamp": at,
        }
        cloudwatch.tell_of_contributor(alarm, known[id_])
    cloudwatch.sum_up(alarm, len(in_alarm(alarm)), len(known))

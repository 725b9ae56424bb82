"""The events of alarms with tags and with series: do they look as ours, which the tests use?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.site import alarm_event
from proofs.aws.differences import differences
from proofs.aws.listening import CHANGE, CONTRIBUTOR_CHANGE, DIMENSION
from proofs.aws.report import Observation, answer

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json
    from proofs.aws.listening import Listening

_ASSUMED = "yes, it has every field of our sample, with the same type"


def tags_in_events(listening: Listening) -> Observation:
    """Let an alarm fire whose tags are to travel in its event."""
    alarm = listening.tagged_alarm()
    real = listening.await_event(alarm, CHANGE)
    ours = alarm_event(name=alarm, tags=listening.tags)
    del ours["detail"]["previousState"]["reasonData"]  # nobody evaluated a new alarm before
    question = "Has the event of an alarm its tags, in the form that the rule and the code read?"
    if real is None:
        return _unheard(question, None)
    status = real["detail"].get("alarmTagsStatus")
    if isinstance(status, str) and status != "SUCCESS":
        # No answer: the rule lets it through, and ParseAlarm reads the tags itself.
        seen = f"alarmTagsStatus {status}: CloudWatch could not read the tags"
        return answer(question, _ASSUMED, seen, None)
    told = real["detail"].get("alarmTags")
    same = isinstance(told, dict) and listening.tags.items() <= told.items()
    return _compared(question, ours, real, "" if same else f"alarmTags is {json.dumps(told)}")


def events_of_series(listening: Listening) -> Observation:
    """Let a series of an alarm fire."""
    alarm = listening.alarm_of_series()
    real = listening.await_event(alarm, CONTRIBUTOR_CHANGE)
    series = {DIMENSION: listening.names.flag}
    question = "Has a series that fires an event of its own, in the form that the code reads?"
    by_hand = "made by hand (MiniStack evaluates no GROUP BY); " * listening.account.rehearsal
    if real is None:
        of_alarm = "the alarm's own event came, none of its series"
        return _unheard(question, of_alarm if listening.has_heard(alarm) else None)
    told = real["detail"].get("alarmContributor")
    same = isinstance(told, dict) and told.get("attributes") == series
    other = "" if same else f"alarmContributor is {json.dumps(told)}"
    ours = alarm_event(name=alarm, contributor=series)
    return _compared(question, ours, real, other, by_hand)


def _compared(
    question: str, ours: Json, real: Json, other_values: str, how: str = ""
) -> Observation:
    found = differences(ours, real)
    seen = f"{how}differences: {found}" + (f"; {other_values}" if other_values else "")
    return answer(question, _ASSUMED, seen, found.are_harmless and not other_values)


def _unheard(question: str, instead: str | None) -> Observation:
    """Nothing came: no answer, unless something else did, so that it should have."""
    return answer(
        question, _ASSUMED, instead or "no event came in time", False if instead else None
    )

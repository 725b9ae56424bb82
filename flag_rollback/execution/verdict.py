"""What users get of the flags of an execution, as its page, the terminal and JSON say it first.

The words are those of the notices. What users get is as it was read; why is what the execution
did, and so in the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appconfig_rollback.notices.effect import BECAUSE, Effect, Headline
from appconfig_rollback.plain_text import capitalized
from appconfig_rollback.state import TURNED_OFF
from flag_rollback.execution.told import is_drill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flag_rollback.execution.report import Report

_EFFECTS: Mapping[str, Effect] = {"on": "ON", "off": "OFF", "unknown": "?"}
#: Why, where an execution did nothing about a flag of several.
_LEFT: Mapping[str, tuple[str, str]] = {
    "opted_out": ("its owner wants it left as it is", "their owners want them left as they are"),
    "not_found": ("it was not in what is served", "they were not in what is served"),
    "failed": ("it could not be turned off", "they could not be turned off"),
}
#: What an execution found, or left behind, where its result has the flag off.
_OFF_THEN = (*TURNED_OFF, "already_off")


@dataclass(frozen=True)
class Verdict:
    """What users get, and why.

    `effect` is the worst of all flags: "ON" before "?" before "OFF". `now` says what users get in
    one sentence, `then` the same of the moment at which it was read, for whoever reads it later.
    """

    effect: Effect
    now: str
    then: str


def verdict(report: Report) -> Verdict:
    """Say what users get of the flags, and why."""
    groups = _by_effect(report)
    worst = next(effect for effect in ("ON", "?", "OFF") if effect in groups)
    drill = is_drill(report.execution)
    said = [_sentence(report, effect, flags, drill=drill) for effect, flags in groups.items()]
    at = f"{report.read_at:%Y-%m-%d %H:%M:%S} UTC"
    then = [_then(effect, flags, report) for effect, flags in groups.items()]
    return Verdict(worst, " ".join(said), f"At {at}: {'; '.join(then)}.")


def _by_effect(report: Report) -> dict[Effect, list[str]]:
    """Group the flags by what users get, the worst first; a flag without a name is unknown."""
    found: dict[Effect, list[str]] = {}
    for effect in ("ON", "?", "OFF"):
        flags = [flag for flag, now in report.standings.items() if _EFFECTS[now.state] == effect]
        if flags:
            found[effect] = flags
    return found or {"?": []}


def _sentence(report: Report, effect: Effect, flags: list[str], *, drill: bool) -> str:
    because = _because(report, flags)
    on = "still ON"
    if effect == "ON" and _was_off(report, flags):
        on, because = "ON again", f"{because}, and {_since(report, flags)}"
    of = len(report.standings)
    said = Headline(effect, flags, of, report.environment, "", (because, because), drill, on=on)
    return said.sentence


def _because(report: Report, flags: Sequence[str]) -> str:
    """Say in a clause what the execution did about the flags, or that it is not over."""
    several = len(flags) > 1
    if report.is_running:
        return "the rollback is still running"
    results = report.execution.output.get("flags") or []
    outcomes = {str(each["outcome"]) for each in results if each["flag"] in flags}
    outcome = outcomes.pop() if len(outcomes) == 1 else str(report.execution.output.get("outcome"))
    if report.failure is None:
        told = BECAUSE.get(outcome) or _LEFT.get(outcome)
        return told[several] if told else f"the rollback ended: {outcome.replace('_', ' ')}"
    if all(report.standings[flag].state == "off" for flag in flags) and flags:
        return f"{'their' if several else 'its'} rollback ended red all the same"
    return "rollback FAILED"


def _was_off(report: Report, flags: Sequence[str]) -> bool:
    """Whether the execution says that all of these were off when it ended."""
    results = report.execution.output.get("flags") or []
    off = {each["flag"] for each in results if each["outcome"] in _OFF_THEN}
    return bool(flags) and not report.failure and off >= set(flags)


def _since(report: Report, flags: Sequence[str]) -> str:
    """Say what users get them by since, where one thing is to be said of all."""
    which = "them" if len(flags) > 1 else "it"
    by = {report.standings[flag].by for flag in flags}
    if by == {"experiment"}:
        return f"an experiment shows {which} since"
    if by == {"rollout"}:
        return f"a rollout is turning {which} on"
    return f"{'have' if len(flags) > 1 else 'has'} been turned on since"


def _then(effect: Effect, flags: list[str], report: Report) -> str:
    were, where = "were" if len(flags) > 1 else "was", report.environment
    if effect == "?":
        return f"nobody could tell whether users got {_names(flags) or 'a flag'} in {where}"
    return f"{_names(flags)} {were} {effect} in {where}"


def _names(flags: Sequence[str]) -> str:
    return ", ".join(f'"{flag}"' for flag in flags)


def one_line(report: Report) -> str:
    """Name effect, system and flags as a notice's subject does: a page's title."""
    told = verdict(report)
    flags = list(report.standings)
    which = f"{len(flags)} flags" if len(flags) > 2 else ", ".join(flags) or "a flag"
    drill = " DRILL" if is_drill(report.execution) else ""
    return capitalized(f"{told.effect}{drill} {report.environment} {which}")

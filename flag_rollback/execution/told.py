"""One sentence on an execution: what it did by then, and never what users get by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import RollbackError
from flag_rollback.execution.finding import RED
from flag_rollback.execution.words import became, duration, names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flag_rollback.execution.finding import Execution

_TOLD = {
    "rolled_back": "{flags} turned OFF in {took}",
    "rollout_stopped": "{flags} turned OFF in {took} by stopping a rollout",
    "experiment_stopped": "{flags} turned OFF in {took} by stopping an experiment",
    "already_off": "{flags} {was} OFF already, nothing was done",
    "held_back": "{flags} NOT turned off: held back, more flags than an hour allows",
    "dry_run": "nothing was turned off: only said what would be done about {flags}",
    "ignored": "nothing was done: {reason}",
    "duplicate": "nothing was done: another execution answered the same alarm",
}
_ENDED = {"FAILED": "FAILED", "TIMED_OUT": "TIMED OUT", "ABORTED": "STOPPED by a person"}


def told(execution: Execution) -> str:
    """Say how an execution ended, or that it has not; a drill is called one.

    What became of it follows, where that is known.
    """
    sentence = _sentence(execution)
    if execution.aftercare:
        sentence += f"; {became(execution.aftercare)}"
    return f"DRILL: {sentence}" if is_drill(execution) else sentence


def is_drill(execution: Execution) -> bool:
    """Whether a person set its alarm to ALARM to practise, as its result or its input says."""
    if _result(execution).get("drill") is True:
        return True
    try:
        return read_alarm(execution.input).drill
    except RollbackError:
        return False


def outcomes_of(execution: Execution) -> set[str]:
    """List the outcomes of the run and of each of its flags."""
    result = _result(execution)
    return {str(result.get("outcome") or ""), *(str(o["outcome"]) for o in _results(result))}


def _sentence(execution: Execution) -> str:
    if execution.status in RED:
        return f"{_how(execution)}; {_by_then(execution)}"
    if execution.status != "SUCCEEDED":
        where = execution.ending.state if execution.ending else None
        now = execution.status.replace("_", " ") + (f" at {where}" if where else "")
        return f"{now}; {names(execution.flags)} not confirmed OFF so far"
    result = _result(execution)
    outcome = str(result.get("outcome") or "")
    if outcome not in _TOLD:
        return f"ended without an outcome that is known here: {outcome or 'none'}"
    sentence = _done(result, execution)
    others = [
        f"{each['flag']}: {str(each['outcome']).replace('_', ' ')}"
        for each in _results(result)
        if each["outcome"] != outcome
    ]
    return "; ".join([sentence, *others])


def _how(execution: Execution) -> str:
    ended = _ENDED[execution.status]
    where = execution.ending.state if execution.ending else None
    error = execution.description.get("error", "")
    return f"{ended}{f' at {where}' if where else ''}{f': {error}' if error else ''}"


def _by_then(execution: Execution) -> str:
    """Say what a red execution had done to the flags, as far as it is known."""
    result = _result(execution)
    if result.get("outcome") in _TOLD:
        return _done(result, execution, took=False)
    if not execution.flags:
        return "which flag is unknown"
    return f"{names(execution.flags)} may still be ON"


def _done(result: Mapping[str, Any], execution: Execution, *, took: bool = True) -> str:
    outcome = result["outcome"]
    about = [each["flag"] for each in _results(result) if each["outcome"] == outcome]
    flags = about or execution.flags
    template = _TOLD[outcome] if took else _TOLD[outcome].replace(" in {took}", "")
    done = template.format(
        flags=names(flags),
        was="was" if len(flags) < 2 else "were",
        took=duration(execution.seconds()) + _redriven(execution.redrives),
        reason=result.get("reason") or "the alarm called for nothing",
    )
    by = {str(each["sweptBy"]).rsplit(":", 1)[-1] for each in _results(result) if "sweptBy" in each}
    return f"{done}, by execution {by.pop()}" if len(by) == len(flags) == 1 else done


def _redriven(times: int) -> str:
    return {0: "", 1: ", redriven once"}.get(times, f", redriven {times} times")


def _result(execution: Execution) -> Mapping[str, Any]:
    if execution.output:
        return execution.output
    return execution.ending.result if execution.ending else {}


def _results(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        each
        for each in result.get("flags") or []
        if isinstance(each, dict) and {"flag", "outcome"} <= each.keys()
    ]

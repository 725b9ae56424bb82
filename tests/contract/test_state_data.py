"""No state names a path that may be absent: that is States.Runtime on AWS, and no Catch sees it."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, datetime
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints, is_typeddict

import pytest

import await_redrive
from appconfig_rollback.adapters import executions
from appconfig_rollback.definition import CURRENT
from appconfig_rollback.state import Config, NextStep, Result, State, TaskInput
from tests.contract.shipped import DEFINITION, STATES, TASKS, step_of
from tests.typed_dicts import optional_keys, required_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Where something is, such as `("alarm", "flags")`.
Path = tuple[str, ...]
#: A set of paths that are there, as the sum of their bits: there are some ten thousand of them.
Paths = int
_BITS: dict[Path, int] = {}

#: The fields whose value is a path that is read; ResultPath is written.
_READS = re.compile(r"\.\$$|^Variable$|(?<!Result)Path$")

#: What the context object always has.
CONTEXT = {"$$.Execution", "$$.State.EnteredTime"}
#: What functions promise with a value, beside their answer's type: only what settles a run may come
#: without a look at AppConfig, and it says how the run ends, as does what confirms the flag off.
#: tests/contract/test_outcomes and tests/steps hold FetchConfig and CheckDeployment to it.
PROMISED: dict[tuple[str, str | bool], tuple[str, Any]] = {
    **{
        ("$.config.decision", step): ("$.config", Config)
        for step in get_args(NextStep)
        if step != "settle"
    },
    ("$.config.decision", "settle"): ("$.config.result", Result),
    ("$.deployment.confirmedOff", True): ("$.deployment.result", Result),
}
#: What AwaitRedrive may keep of the state data.
KEPT = ("refused", "stoppedDeployments", "experiments", "monitors")


def _bit(path: Path) -> int:
    return _BITS.setdefault(path, 1 << len(_BITS))


def _set(paths: Iterable[Path]) -> Paths:
    return reduce(or_, map(_bit, paths), 0)


def _listed(paths: Paths) -> list[Path]:
    return [path for path, bit in _BITS.items() if paths & bit]


NOTHING_IN_IT = _set([()])
ERROR_OUTPUT = _set([(), ("Error",), ("Cause",)])


@cache
def _keys(path: str) -> tuple[str, ...]:
    assert path == "$" or path.startswith("$."), path
    return tuple(path.split(".")[1:])


@cache
def _answers(task: str) -> list[Paths]:
    """The paths of a task's answer, in each form that its handler's type allows."""
    hint = get_type_hints(importlib.import_module(step_of(task)).handler)["return"]
    if hint is State:
        kept = {key: _of_type(get_type_hints(State)[key]) for key in KEPT}
        return _with_or_without(NOTHING_IN_IT, kept)
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return [form for kind in kinds for form in _forms(kind)]


def _forms(kind: Any) -> list[Paths]:  # noqa: ANN401 - a type hint
    keys = optional_keys(kind) if is_typeddict(kind) else ()
    optional = {key: _of_type(get_type_hints(kind)[key]) for key in keys}
    return _with_or_without(_of_type(kind), optional)


def _with_or_without(always: Paths, optional: dict[str, Paths]) -> list[Paths]:
    forms = [always]
    for key, paths in optional.items():
        forms += [_put(form, f"$.{key}", paths) for form in forms]
    return forms


@cache
def _of_type(hint: Any) -> Paths:  # noqa: ANN401 - a type hint
    if not is_typeddict(hint):
        return NOTHING_IN_IT
    inner = {
        (key, *path)
        for key in required_keys(hint)
        for path in _listed(_of_type(get_type_hints(hint)[key]))
    }
    return _set({(), *inner})


def _put(before: Paths, where: str, what: Paths) -> Paths:
    """The paths that are there once `what` was written to `where`."""
    return _without(before, where) | _written(where, what)


def _without(before: Paths, where: str) -> Paths:
    return before & ~_at_or_below(_keys(where), len(_BITS))


@cache
def _at_or_below(at: Path, _known: int) -> Paths:
    """All of these paths, of those that are known by now."""
    return _set([path for path in _BITS if path[: len(at)] == at])


@cache
def _written(where: str, what: Paths) -> Paths:
    at = _keys(where)
    above = [at[:length] for length in range(len(at))]
    return _set([*above, *((*at, *path) for path in _listed(what))])


def _below(before: Paths, at: Path) -> Paths:
    return _cut(before & _at_or_below(at, len(_BITS)), len(at))


@cache
def _cut(paths: Paths, length: int) -> Paths:
    return _set(path[length:] for path in _listed(paths))


def _of_constant(value: object) -> Paths:
    inner = value.items() if isinstance(value, dict) else ()
    return _set(
        [(), *((key, *path) for key, held in inner for path in _listed(_of_constant(held)))]
    )


def _pass_result(state: dict[str, Any], before: Paths) -> Paths:
    if "Result" in state:
        return _of_constant(state["Result"])
    given = _below(before, _keys(state.get("InputPath", "$")))
    if "Parameters" not in state:
        return given
    result = NOTHING_IN_IT
    for key, value in state["Parameters"].items():
        if not key.endswith(".$"):
            inner = _of_constant(value)
        elif value.startswith("$$"):
            inner = NOTHING_IN_IT
        else:
            inner = _below(given, _keys(value))
        result |= _written(f"$.{key.removesuffix('.$')}", inner)
    return result


def _is_there(path: Path, paths: Paths) -> bool:
    return bool(_bit(path) & paths)


def _matches(rule: dict[str, Any], before: Paths) -> bool | None:
    """Whether a rule of a choice applies; None where that depends on a value."""
    if "And" in rule:
        parts = [_matches(part, before) for part in rule["And"]]
        return False if False in parts else (None if None in parts else True)
    if "IsPresent" in rule:
        return _is_there(_keys(rule["Variable"]), before) is rule["IsPresent"]
    return None


def _compared(rule: dict[str, Any], before: Paths) -> Iterator[str]:
    """The paths whose values a rule compares: those behind an IsPresent that holds."""
    for part in rule.get("And", [rule]):
        if "IsPresent" not in part:
            yield part["Variable"]
        elif not _matches(part, before):
            return


def _promised_with(rule: dict[str, Any], before: Paths) -> Paths:
    """What is there once a rule on a value applies."""
    value = rule.get("StringEquals", rule.get("BooleanEquals", ""))
    where, what = PROMISED.get((rule.get("Variable", ""), value), ("", None))
    return _put(before, where, _of_type(what)) if what else before


def _leaving(name: str, before: Paths) -> Iterator[tuple[str, Paths]]:
    """The states that may follow, each with what is there then."""
    state = STATES[name]
    for catch in state.get("Catch", []):
        yield catch["Next"], _put(before, catch["ResultPath"], ERROR_OUTPUT)
    for rule in state.get("Choices", []):
        matches = _matches(rule, before)
        if matches is not False:
            yield rule["Next"], _promised_with(rule, before)
        if matches:
            return
    if "Default" in state:
        yield state["Default"], before
    if "Next" in state:
        if state["Type"] == "Task":
            for answer in _answers(name):
                yield state["Next"], _put(before, state["ResultPath"], answer)
        elif state["Type"] == "Pass":
            result = _pass_result(state, before)
            yield state["Next"], _put(before, state.get("ResultPath", "$"), result)
        else:
            yield state["Next"], before


@cache
def _entering() -> dict[str, set[Paths]]:
    """What is there on each way into a state, until no further way is found."""
    entering: dict[str, set[Paths]] = {name: set() for name in STATES}
    ahead: list[tuple[str, Paths]] = [(DEFINITION["StartAt"], NOTHING_IN_IT)]
    while ahead:
        name, before = ahead.pop()
        if before not in entering[name]:
            entering[name].add(before)
            ahead += _leaving(name, before)
    return entering


def _named(value: object, key: str = "") -> Iterator[str]:
    """All paths that a state names: in its fields, parameters and choices."""
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from _named(inner, inner_key)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
    elif isinstance(value, str) and _READS.search(key):
        yield value


@pytest.mark.parametrize("name", STATES)
def test_every_path_that_a_state_names_is_there_on_every_way_to_it(name: str) -> None:
    fields = {key: value for key, value in STATES[name].items() if key not in ("Catch", "Choices")}
    context = {path for path in _named(fields) if path.startswith("$$")}
    always = set(_named(fields)) - context
    missing = {
        path
        for before in _entering()[name]
        for path in always | _all_compared(name, before)
        if not _is_there(_keys(path), before)
    }

    assert _entering()[name]
    assert context <= CONTEXT
    assert missing == set()


def _all_compared(name: str, before: Paths) -> set[str]:
    """The paths that a choice compares, up to a rule that surely applies."""
    compared: set[str] = set()
    for rule in STATES[name].get("Choices", []):
        compared |= set(_compared(rule, before))
        if _matches(rule, before):
            break
    return compared


@pytest.mark.parametrize("name", TASKS)
def test_a_task_answers_under_a_key_of_its_own(name: str) -> None:
    shared = [other for other in TASKS if TASKS[other]["ResultPath"] == TASKS[name]["ResultPath"]]

    # One goes on with what another one began.
    assert set(shared) in (
        {name},
        {"StartDeployment", "CheckDeployment"},
        {"FindMonitors", "SuspendMonitors", "RestoreMonitors"},
    )


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, catch["ResultPath"]) for name in TASKS for catch in TASKS[name].get("Catch", [])],
)
def test_an_error_is_kept_where_there_is_an_object_to_hold_it(name: str, where: str) -> None:
    assert all(_is_there(_keys(where)[:-1], before) for before in _entering()[name])


def test_await_redrive_keeps_what_is_expected_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "redriven_at", lambda *_, **__: datetime.now(UTC))
    anything = {"suspended": [], "restored": False, "at": "2026-03-02T17:04:41.123Z"}
    everything = dict.fromkeys(get_type_hints(State), anything)
    task = cast(
        "TaskInput", {"definition": CURRENT, "execution": {"Id": "unused"}, "state": everything}
    )

    assert await_redrive.handler(task, None).keys() == set(KEPT)

"""No state names a path that may be absent: that is States.Runtime on AWS, and no Catch sees it."""

import importlib
import re
from collections.abc import Iterator
from typing import Any, get_type_hints, is_typeddict

import pytest

from tests.contract.shipped import DEFINITION, STATES, TASKS, step_of

#: A set of paths that are there, such as `("alarm", "flag")`.
Paths = frozenset[tuple[str, ...]]

#: The fields whose value is a path that is read; ResultPath is written.
_READS = re.compile(r"\.\$$|^Variable$|(?<!Result)Path$")

#: What the context object always has.
CONTEXT = {"$$.Execution", "$$.State.EnteredTime"}
ERROR_OUTPUT: Paths = frozenset({(), ("Error",), ("Cause",)})


def _keys(path: str) -> tuple[str, ...]:
    assert path == "$" or path.startswith("$."), path
    return tuple(path.split(".")[1:])


def _answer(task: str) -> Paths:
    """The paths of a task's answer: the keys that its handler's type promises."""
    return _of_type(get_type_hints(importlib.import_module(step_of(task)).handler)["return"])


def _of_type(hint: Any) -> Paths:  # noqa: ANN401 - a type hint
    if not is_typeddict(hint):
        return frozenset({()})
    inner = {
        (key, *path)
        for key in hint.__required_keys__
        for path in _of_type(get_type_hints(hint)[key])
    }
    return frozenset({(), *inner})


def _put(before: Paths, where: str, what: Paths) -> Paths:
    """The paths that are there once `what` was written to `where`."""
    at = _keys(where)
    kept = {path for path in before if path[: len(at)] != at}
    above = {at[:length] for length in range(len(at))}
    return frozenset(kept | above | {(*at, *path) for path in what})


def _below(before: Paths, path: tuple[str, ...]) -> Paths:
    return frozenset(there[len(path) :] for there in before if there[: len(path)] == path)


def _pass_result(state: dict[str, Any], before: Paths) -> Paths:
    if "Result" in state:
        return frozenset({(), *((key,) for key in state["Result"])})
    if "Parameters" not in state:
        return before
    result: set[tuple[str, ...]] = {()}
    for key, value in state["Parameters"].items():
        taken = key.endswith(".$") and not value.startswith("$$")
        inner = _below(before, _keys(value)) if taken else {()}
        result |= {(key.removesuffix(".$"), *path) for path in inner}
    return frozenset(result)


def _leaving(name: str, before: Paths) -> Iterator[tuple[str, Paths]]:
    """The states that may follow, each with what is there then."""
    state = STATES[name]
    for catch in state.get("Catch", []):
        yield catch["Next"], _put(before, catch["ResultPath"], ERROR_OUTPUT)
    for choice in state.get("Choices", []):
        yield choice["Next"], before
    if "Default" in state:
        yield state["Default"], before
    if "Next" in state:
        after = before
        if state["Type"] == "Task":
            after = _put(before, state["ResultPath"], _answer(name))
        elif state["Type"] == "Pass":
            after = _put(before, state.get("ResultPath", "$"), _pass_result(state, before))
        yield state["Next"], after


def _entering() -> dict[str, Paths]:
    """What is there on every way into a state: the ways' common part, until nothing changes."""
    entering: dict[str, Paths] = {DEFINITION["StartAt"]: frozenset({()})}
    ahead = [DEFINITION["StartAt"]]
    while ahead:
        name = ahead.pop()
        for after, paths in _leaving(name, entering[name]):
            common = entering.get(after, paths) & paths
            if entering.get(after) != common:
                entering[after] = common
                ahead.append(after)
    return entering


ENTERING = _entering()


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
    fields = {key: value for key, value in STATES[name].items() if key != "Catch"}
    context = {path for path in _named(fields) if path.startswith("$$")}
    missing = {path for path in set(_named(fields)) - context if _keys(path) not in ENTERING[name]}

    assert context <= CONTEXT
    assert missing == set()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_answers_under_a_key_of_its_own(name: str) -> None:
    shared = [other for other in TASKS if TASKS[other]["ResultPath"] == TASKS[name]["ResultPath"]]

    # CheckDeployment goes on with what StartDeployment began.
    assert set(shared) in ({name}, {"StartDeployment", "CheckDeployment"})


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, catch["ResultPath"]) for name in TASKS for catch in TASKS[name].get("Catch", [])],
)
def test_an_error_is_kept_where_there_is_an_object_to_hold_it(name: str, where: str) -> None:
    assert _keys(where)[:-1] in ENTERING[name]


def test_every_outcome_has_the_same_result() -> None:
    results = [
        {key.removesuffix(".$") for key in state["Parameters"]}
        for state in STATES.values()
        if state.get("ResultPath") == "$.result"
    ]

    assert (
        results
        == [
            {
                "outcome",
                "flag",
                "reason",
                "fromVersion",
                "toVersion",
                "deploymentNumber",
                "alarmName",
            }
        ]
        * 3
    )

"""Walks the state machine that ships, with the functions that ship, in this process.

Of Amazon States Language it knows what `rollback.asl.json` uses, and stops at anything else.
"""

from __future__ import annotations

import importlib
import json
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = Any

#: Beside this package, in the repository and where the commands are installed.
_DEFINITION = Path(__file__).parents[2] / "state_machine" / "rollback.asl.json"


class ExecutionFailedError(Exception):
    """The execution ended FAILED, with the error of its last state."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class _TaskFailedError(Exception):
    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.name = type(error).__name__
        self.output = {
            "Error": self.name,
            "Cause": json.dumps({"errorType": self.name, "errorMessage": str(error)}),
        }


@dataclass
class Walk:
    """One execution of the machine.

    `execution` is `$$.Execution`, `now` says the time as the context object does, and `wait` lets
    that many seconds pass. `instead` are tasks that are done otherwise than by their function, by
    the state's name. `entering` is told each state's name as it is entered, with the state data.
    `largest` is how many bytes the state data had at most. `machine` is its definition: that of
    the rollback unless another one is given.
    """

    execution: dict[str, Any]
    now: Callable[[], str]
    wait: Callable[[float], None]
    instead: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    entering: Callable[[str, Value], None] = lambda _state, _data: None
    states: list[str] = field(default_factory=list)
    data: Value = None
    largest: int = 0
    machine: Value = None

    def run(self, start: str | None = None, data: Value = None) -> Value:
        """Walk to the end; returns the output.

        It begins with the execution's input, or else at the state `start` with `data`.

        Raises:
            ExecutionFailedError: it ended FAILED.
        """
        name: str | None = start or self._machine["StartAt"]
        self.data = data if start else self.execution["Input"]
        while name is not None:
            name = self.step(name)
            self.largest = max(self.largest, len(json.dumps(self.data)))
        return self.data

    def step(self, name: str) -> str | None:
        """Go through one state; returns the next one's name, None at the end.

        Raises:
            ExecutionFailedError: it ended FAILED.
        """
        self.states.append(name)
        self.entering(name, self.data)
        return self._visit(name, self._machine["States"][name])

    def given(self, name: str) -> Value:
        """Write what a task's function is given."""
        template = self._machine["States"][name]["Parameters"]
        filled = _filled(template, self.data, self._context())
        return json.loads(json.dumps(filled))

    @property
    def _machine(self) -> Value:
        return self.machine or definition()

    def _context(self) -> Value:
        return {"Execution": self.execution, "State": {"EnteredTime": self.now()}}

    def _visit(self, name: str, state: Value) -> str | None:
        match state["Type"]:
            case "Succeed":
                self.data = _at(self.data, state.get("OutputPath", "$"))
                return None
            case "Choice":
                chosen = (c["Next"] for c in state["Choices"] if _holds(c, self.data))
                return str(next(chosen, state["Default"]))
            case "Wait":
                self.wait(_at(self.data, state["SecondsPath"]))
            case "Pass":
                result = state.get("Result")
                if state.get("InputPath"):
                    result = _at(self.data, state["InputPath"])
                if "Parameters" in state:
                    result = _filled(state["Parameters"], self.data, self._context())
                self.data = _with(self.data, state["ResultPath"], result)
            case "Task":
                return self._task(name, state)
            case other:
                raise NotImplementedError(other)
        return str(state["Next"])

    def _task(self, name: str, state: Value) -> str:
        perform = self.instead.get(name) or function_of(state["Resource"])
        given = self.given(name)
        tries: dict[int, int] = {}
        while True:
            try:
                result = json.loads(json.dumps(_performed(perform, given)))
            except _TaskFailedError as failed:
                pause = _pause_before_retry(state, failed, tries)
                if pause is not None:
                    self.wait(pause)
                    continue
                for catcher in state.get("Catch", []):
                    if _fits(catcher, failed):
                        self.data = _with(self.data, catcher["ResultPath"], failed.output)
                        return str(catcher["Next"])
                raise ExecutionFailedError(failed.name, f"{name}: {failed}") from failed
            self.data = _with(self.data, state["ResultPath"], result)
            return str(state["Next"])


@cache
def definition() -> Value:
    """Read the definition that ships."""
    return json.loads(_DEFINITION.read_text("utf-8"))


@cache
def function_of(resource: str) -> Callable[[Value], Value]:
    """Find the function behind `${FetchConfigFunctionArn}`: `fetch_config.handler`."""
    name = resource.removeprefix("${").removesuffix("FunctionArn}")
    module = importlib.import_module(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
    handler: Callable[[Value, object], Value] = module.handler
    return lambda given: handler(given, None)


def _performed(perform: Callable[[Value], Value], given: Value) -> Value:
    try:
        return perform(given)
    except Exception as error:
        raise _TaskFailedError(error) from error


def _pause_before_retry(
    state: Value, failed: _TaskFailedError, tries: dict[int, int]
) -> float | None:
    """Choose how long to wait before the task is tried again; None where it is not."""
    for index, retrier in enumerate(state.get("Retry", [])):
        if _fits(retrier, failed):
            tries[index] = tried = tries.get(index, 0) + 1
            if tried > int(retrier["MaxAttempts"]):
                return None
            interval = float(retrier.get("IntervalSeconds", 1))
            longest = float(retrier.get("MaxDelaySeconds", 60))
            pause = min(interval * float(retrier.get("BackoffRate", 2)) ** (tried - 1), longest)
            jittered = retrier.get("JitterStrategy") == "FULL"
            return random.uniform(0, pause) if jittered else pause  # noqa: S311 - no secret
    return None


def _fits(rule: Value, failed: _TaskFailedError) -> bool:
    return failed.name in rule["ErrorEquals"] or rule["ErrorEquals"] == ["States.ALL"]


def _filled(template: Value, data: Value, context: Value) -> Value:
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): (
            _at(context, path[1:]) if path.startswith("$$") else _at(data, path)
        )
        if key.endswith(".$")
        else _filled(path, data, context)
        for key, path in template.items()
    }


def _at(data: Value, path: str) -> Value:
    for key in path.split(".")[1:]:
        data = data[key]
    return data


def _with(data: Value, path: str, result: Value) -> Value:
    if path == "$":
        return result
    key, *rest = path.split(".")[1:]
    return {**data, key: _with(data[key], ".".join(["$", *rest]), result) if rest else result}


def _holds(rule: Value, data: Value) -> bool:
    if "And" in rule:
        return all(_holds(part, data) for part in rule["And"])
    try:
        value = _at(data, rule["Variable"])
    except KeyError:
        if "IsPresent" in rule:
            return rule["IsPresent"] is False
        raise
    for test, expected in rule.items():
        if test in ("StringEquals", "BooleanEquals"):
            return type(value) is type(expected) and bool(value == expected)
        if test == "IsPresent":
            return expected is True
        if test == "IsString":
            return isinstance(value, str) is expected
    raise NotImplementedError(rule)

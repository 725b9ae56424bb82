"""Walks the state machine that ships, with the functions that ship, in this process.

Of Amazon States Language it knows what `rollback.asl.json` uses, and stops at anything else.
"""

from __future__ import annotations

import copy
import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Value = Any
_DEFINITION = Path(__file__).parents[2] / "state_machine" / "rollback.asl.json"


class ExecutionFailedError(Exception):
    """The execution ended FAILED, with the error of its last state."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error


class _TaskFailedError(Exception):
    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.name = type(error).__name__
        self.output = {
            "Error": self.name,
            "Cause": json.dumps({"errorType": self.name, "errorMessage": str(error)}),
        }


class Walk:
    """One execution of the machine; `wait` is what a Wait state does.

    `largest` is how many bytes its state data had at most.
    """

    def __init__(
        self, execution: dict[str, Any], now: Callable[[], str], wait: Callable[[], None]
    ) -> None:
        self._execution = execution
        self._now = now
        self._wait = wait
        self.states: list[str] = []
        self.data: Value = None
        self.largest = 0

    def run(self) -> Value:
        """Walk to the end; returns the output.

        Raises:
            ExecutionFailedError: it ended FAILED.
        """
        machine = _definition()
        name: str | None = machine["StartAt"]
        self.data = self._execution["Input"]
        while name is not None:
            self.states.append(name)
            name = self._visit(name, machine["States"][name])
            self.largest = max(self.largest, len(json.dumps(self.data)))
        return self.data

    def _visit(self, name: str, state: Value) -> str | None:
        context = {"Execution": self._execution, "State": {"EnteredTime": self._now()}}
        match state["Type"]:
            case "Succeed":
                self.data = _at(self.data, state.get("OutputPath", "$"))
                return None
            case "Choice":
                chosen = (c["Next"] for c in state["Choices"] if _holds(c, self.data))
                return str(next(chosen, state["Default"]))
            case "Wait":
                assert _at(self.data, state["SecondsPath"]) >= 0
                self._wait()
            case "Pass":
                result = state.get("Result")
                if state.get("InputPath"):
                    result = _at(self.data, state["InputPath"])
                if "Parameters" in state:
                    result = _filled(state["Parameters"], self.data, context)
                self.data = _with(self.data, state["ResultPath"], result)
            case "Task":
                return self._task(name, state, context)
            case other:
                raise NotImplementedError(other)
        return str(state["Next"])

    def _task(self, name: str, state: Value, context: Value) -> str:
        handler = _handler(state["Resource"])
        given = json.loads(json.dumps(_filled(state["Parameters"], self.data, context)))
        tries: dict[int, int] = {}
        while True:
            try:
                result = json.loads(json.dumps(_invoked(handler, given)))
            except _TaskFailedError as failed:
                if self._may_try_again(state, failed, tries):
                    self._wait()
                    continue
                for catcher in state.get("Catch", []):
                    if _fits(catcher, failed):
                        self.data = _with(self.data, catcher["ResultPath"], failed.output)
                        return str(catcher["Next"])
                raise ExecutionFailedError(failed.name, f"{name}: {failed}") from failed
            self.data = _with(self.data, state["ResultPath"], result)
            return str(state["Next"])

    def _may_try_again(self, state: Value, failed: _TaskFailedError, tries: dict[int, int]) -> bool:
        for index, retrier in enumerate(state.get("Retry", [])):
            if _fits(retrier, failed):
                tries[index] = tries.get(index, 0) + 1
                return tries[index] <= int(retrier["MaxAttempts"])
        return False


@cache
def _definition() -> Value:
    return json.loads(_DEFINITION.read_text())


@cache
def _handler(resource: str) -> Callable[[Value, object], Value]:
    """Find the function behind `${FetchConfigFunctionArn}`: `fetch_config.handler`."""
    name = resource.removeprefix("${").removesuffix("FunctionArn}")
    module = importlib.import_module(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
    handler: Callable[[Value, object], Value] = module.handler
    return handler


def _invoked(handler: Callable[[Value, object], Value], given: Value) -> Value:
    try:
        return handler(given, None)
    except Exception as error:
        raise _TaskFailedError(error) from error


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
    return copy.deepcopy(data)


def _with(data: Value, path: str, result: Value) -> Value:
    if path == "$":
        return result
    *way, last = path.split(".")[1:]
    data = copy.deepcopy(data)
    place = data
    for key in way:
        place = place[key]
    place[last] = result
    return data


def _holds(rule: Value, data: Value) -> bool:
    if "And" in rule:
        return all(_holds(part, data) for part in rule["And"])
    try:
        value = _at(data, rule["Variable"])
    except KeyError:
        if rule.get("IsPresent") is True:
            return False
        raise
    for test, expected in rule.items():
        if test in ("StringEquals", "BooleanEquals"):
            return type(value) is type(expected) and bool(value == expected)
        if test == "IsPresent":
            return bool(expected)
    raise NotImplementedError(rule)

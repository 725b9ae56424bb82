"""A mocked answer has the shape that the function promises, so that mocks cannot drift."""

from __future__ import annotations

import importlib
import json
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from appconfig_rollback.state import Ignored
from tests.contract.shipped import step_of
from tests.engines.mocks import TEST_CASES, Return, Throw, tries
from tests.typed_dicts import required_keys

#: The answer of functions of another release, which is not what these functions promise.
OF_ANOTHER_RELEASE = {"UnknownDecision": "FetchConfig.decision: 'freeze' is no "}
MOCKS = sorted({(state, name) for mocks in TEST_CASES.values() for state, name in mocks.items()})


def misfits(value: Any, hint: Any, where: str) -> list[str]:  # noqa: ANN401 - JSON, a type hint
    """Say where a JSON value is not what a type hint promises."""
    if is_typeddict(hint):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        wrong = required_keys(hint) - value.keys() | value.keys() - get_type_hints(hint).keys()
        inner = {key: kind for key, kind in get_type_hints(hint).items() if key in value}
        return [f"{where}.{key}" for key in sorted(wrong)] + [
            misfit for key in inner for misfit in misfits(value[key], inner[key], f"{where}.{key}")
        ]
    if get_origin(hint) in (Union, types.UnionType):
        tried = [misfits(value, option, where) for option in get_args(hint)]
        return [] if [] in tried else tried[0]
    if get_origin(hint) in (list, dict) and isinstance(value, get_origin(hint)):
        *_, kind = get_args(hint)  # the keys of an object are texts
        held = value.values() if isinstance(value, dict) else value
        return [misfit for item in held for misfit in misfits(item, kind, f"{where}[]")]
    fits = value in get_args(hint) if get_origin(hint) is Literal else type(value) is hint
    return [] if fits else [f"{where}: {value!r} is no {hint}"]


@pytest.mark.parametrize("state", sorted({state for state, _ in MOCKS}))
def test_a_mocked_answer_is_what_the_function_promises(state: str) -> None:
    promised = get_type_hints(importlib.import_module(step_of(state)).handler)["return"]
    for response in (response for of, response in MOCKS if of == state):
        found = [misfits(answer, promised, state) for answer in answers(response)]

        if told := OF_ANOTHER_RELEASE.get(response):
            (misfit,) = (misfit for each in found for misfit in each)
            assert misfit.startswith(told)
        else:
            assert found == [[]] * len(found), response


def answers(response: str) -> list[Any]:
    return [answer.answer for answer in tries(response) if isinstance(answer, Return)]


@pytest.mark.parametrize("response", [name for state, name in MOCKS if state == "FetchConfig"])
def test_a_mocked_decision_comes_with_what_the_next_step_needs_and_nothing_else(
    response: str,
) -> None:
    for config in answers(response):
        decision = config["decision"]
        writes = decision == "roll_back" and config["own"] is None

        assert (config["result"] is not None) is (decision == "settle")
        if config.keys() != required_keys(Ignored):
            assert (config["inTheWay"] is not None) is (decision == "stop_rollout")
            assert (config["latestVersion"] is not None) is writes
            assert config["own"] is None or decision == "roll_back"
            assert (config["experiment"] is not None) is (decision == "stop_experiment")
            assert bool(config["flags"]) is (decision == "roll_back")


@pytest.mark.parametrize("response", [name for state, name in MOCKS if state == "CheckDeployment"])
def test_a_mocked_check_has_a_result_where_it_confirms_that_the_flag_is_off(response: str) -> None:
    for deployment in answers(response):
        assert (deployment["result"] is not None) is deployment["confirmedOff"]
        assert (deployment["confirmedAt"] is not None) is deployment["confirmedOff"]
        # Each of these is the reason for another way on.
        assert [deployment[f] for f in ("confirmedOff", "undoneByMonitor", "lookAgain")].count(
            True
        ) <= 1


def test_a_mocked_error_of_a_function_has_the_cause_that_lambda_gives_it() -> None:
    thrown = {(name, each) for _, name in MOCKS for each in tries(name) if isinstance(each, Throw)}

    assert thrown
    for response, error in thrown:
        # Lambda's own errors are told in plain words.
        if not error.error.startswith("Lambda."):
            assert json.loads(error.cause)["errorType"] == error.error, response


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, str | None, ["x: 1 is no <class 'str'>"]),
        (True, int, ["x: True is no <class 'int'>"]),
        ([1, "2"], list[int], ["x[]: '2' is no <class 'int'>"]),
        ({"a": 1, "b": "2"}, dict[str, int], ["x[]: '2' is no <class 'int'>"]),
        ({"a": 1}, list[int], ["x: {'a': 1} is no list[int]"]),
        ("on", Literal["on", "off"], []),
        (None, str | None, []),
    ],
)
def test_a_value_that_does_not_fit_is_told(value: object, hint: object, expected: object) -> None:
    assert misfits(value, hint, "x") == expected

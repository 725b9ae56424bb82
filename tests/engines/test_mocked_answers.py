"""A mocked answer has the shape that the function promises, so that mocks cannot drift."""

import importlib
import json
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from tests.contract.shipped import step_of
from tests.engines.mocks import TEST_CASES, Return, Throw, tries

MOCKS = sorted({(state, name) for mocks in TEST_CASES.values() for state, name in mocks.items()})


def misfits(value: Any, hint: Any, where: str) -> list[str]:  # noqa: ANN401 - JSON, a type hint
    """Say where a JSON value is not what a type hint promises."""
    if is_typeddict(hint):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        wrong = hint.__required_keys__ - value.keys() | value.keys() - get_type_hints(hint).keys()
        inner = {key: kind for key, kind in get_type_hints(hint).items() if key in value}
        return [f"{where}.{key}" for key in sorted(wrong)] + [
            misfit for key in inner for misfit in misfits(value[key], inner[key], f"{where}.{key}")
        ]
    if get_origin(hint) in (Union, types.UnionType):
        tried = [misfits(value, option, where) for option in get_args(hint)]
        return [] if [] in tried else tried[0]
    if get_origin(hint) is list:
        (kind,) = get_args(hint)
        return [misfit for item in value for misfit in misfits(item, kind, f"{where}[]")]
    fits = value in get_args(hint) if get_origin(hint) is Literal else type(value) is hint
    return [] if fits else [f"{where}: {value!r} is no {hint}"]


@pytest.mark.parametrize(("state", "response"), MOCKS)
def test_a_mocked_answer_is_what_the_function_promises(state: str, response: str) -> None:
    promised = get_type_hints(importlib.import_module(step_of(state)).handler)["return"]
    answers = [answer.answer for answer in tries(response) if isinstance(answer, Return)]

    assert [misfits(answer, promised, state) for answer in answers] == [[]] * len(answers)


@pytest.mark.parametrize("response", sorted({response for _, response in MOCKS}))
def test_a_mocked_error_of_a_function_has_the_cause_that_lambda_gives_it(response: str) -> None:
    errors = [error for error in tries(response) if isinstance(error, Throw)]

    for error in errors:
        # Lambda's own errors are told in plain words.
        if not error.error.startswith("Lambda."):
            assert json.loads(error.cause)["errorType"] == error.error


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, str | None, ["x: 1 is no <class 'str'>"]),
        (True, int, ["x: True is no <class 'int'>"]),
        ([1, "2"], list[int], ["x[]: '2' is no <class 'int'>"]),
        ("on", Literal["on", "off"], []),
        (None, str | None, []),
    ],
)
def test_a_value_that_does_not_fit_is_told(value: object, hint: object, expected: object) -> None:
    assert misfits(value, hint, "x") == expected

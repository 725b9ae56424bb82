"""JSONPaths that lead nowhere, and the errors that no Catch sees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.untyped import Json

_TERMINAL_ERRORS = ("States.Runtime", "States.DataLimitExceeded")


class PathNotFoundError(Exception):
    """A path of the definition names nothing in its data: States.Runtime, beyond any Catch."""


def fail_on_missing_paths() -> None:
    """A path that names nothing fails the execution with States.Runtime.

    Step Functions developer guide, "Handling errors" (concepts-error-handling): States.Runtime
    reports what an execution could not process, such as a path applied to data without it; it is
    not retriable and always fails the execution.
    """

    @replace(stepfunctions, "_resolve_path")
    def resolve(original: Callable[..., Any], path: str, data: object) -> object:
        found = original(path, data)
        # MiniStack answers null both for a null and for nothing.
        if found is None and not _is_present(path, data):
            shown = json.dumps(data)[:500]
            raise PathNotFoundError(
                f"The JSONPath '{path}' could not be found in the input '{shown}'"
            )
        return found


def ask_is_present_of_missing_paths() -> None:
    """Choice's IsPresent is the one test that a missing Variable does not fail.

    Amazon States Language, "Data-Test Expression": IsPresent asks whether the Variable's path
    finds something, and null is something.
    """

    @replace(stepfunctions, "_evaluate_rule")
    def evaluate(
        original: Callable[..., bool], rule: dict[str, Any], data: object, ctx: object = None
    ) -> bool:
        if "IsPresent" not in rule:
            return original(rule, data, ctx)
        try:
            stepfunctions._resolve_path_or_ctx(rule["Variable"], data, ctx)
        except PathNotFoundError:
            return rule["IsPresent"] is False
        return rule["IsPresent"] is True


def match_no_terminal_error_by_wildcard() -> None:
    """States.ALL and States.TaskFailed match neither States.Runtime nor DataLimitExceeded.

    Step Functions developer guide, "Handling errors" (concepts-error-handling): States.ALL can
    catch neither the terminal error States.DataLimitExceeded nor States.Runtime.
    """

    @replace(stepfunctions, "_error_matches")
    def matches(original: Callable[..., bool], error_equals: list[str], error: str) -> bool:
        if error == "States.Runtime":
            return False
        if error in _TERMINAL_ERRORS:
            return error in error_equals
        return original(error_equals, error)


GAPS = [
    fail_on_missing_paths,
    ask_is_present_of_missing_paths,
    match_no_terminal_error_by_wildcard,
]


def _is_present(path: str, data: Json) -> bool:
    """Whether a path without wildcards leads to something, be it null."""
    for kind, key in stepfunctions._parse_jsonpath_tokens(path) or [("invalid", path)]:
        within = (kind == "field" and isinstance(data, dict) and key in data) or (
            kind == "index" and isinstance(data, list) and -len(data) <= key < len(data)
        )
        if not within:
            return False
        data = data[key]
    return True

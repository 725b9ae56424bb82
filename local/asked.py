"""What IAM was asked: every action that a caller needed, on which resource, and whether it had it.

The server part notes each question that MiniStack or one of our gaps puts to IAM for a caller that
policies bind; root is bound by none, and so never noted. The client part is ``Asked``; both speak
at /_local/asked: GET reads the record, DELETE begins a new one.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.front import say, with_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.front import AsgiApp

PATH = "/_local/asked"


@dataclass(frozen=True, order=True)
class Question:
    """May ``who`` (an ARN) do ``action`` (IAM's name) on ``resource`` (an ARN, or "*")?"""

    who: str
    action: str
    resource: str
    allowed: bool


class Asked:
    """The client part: reads what IAM of one embedded cloud was asked."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def of(self, who: str) -> list[Question]:
        """List what was asked about a caller, by its ARN, each question once."""
        questions = [Question(**each) for each in say(self._url)]
        return sorted(question for question in questions if question.who == who)

    def clear(self) -> None:
        """Begin a new record."""
        say(self._url, "DELETE")


_lock = threading.Lock()
_questions: set[Question] = set()


def note(who: str, action: str, resource: str, *, allowed: bool) -> None:
    """Add a question to the record, in the server's process."""
    with _lock:
        _questions.add(Question(who, action, resource, allowed))


def install(serve: AsgiApp) -> AsgiApp:
    """Note what MiniStack asks IAM, in this process."""
    from ministack.core import iam_evaluator  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    @replace(iam_evaluator, "enforce")
    def enforce(
        original: Callable[..., object],
        key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        *rest: object,
        **more: object,
    ) -> object:
        answer: Any = original(key, action, service, region, resource_arn, *rest, **more)
        if not iam_evaluator.is_root_access_key(key):
            note(iam_evaluator.caller_arn(), action, resource_arn, allowed=answer is None)
        return answer

    def control(method: str, _: object) -> list[dict[str, Any]]:
        with _lock:
            if method == "DELETE":
                _questions.clear()
            return [asdict(question) for question in _questions]

    return with_control(serve, PATH, control)

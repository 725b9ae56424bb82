"""Faults on demand: calls of a named AWS action that fail before they take effect.

The server part sits in front of MiniStack; the client part is ``EmbeddedCloud.faults``. Both
speak at /_local/faults: POST adds a fault, GET lists them with their hits, DELETE clears them.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.front import Request, say, see_requests, with_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.front import AsgiApp, PassOn, Response

PATH = "/_local/faults"


@dataclass(frozen=True)
class Fault:
    """What happens to calls of ``action`` (IAM's name, such as appconfig:StartDeployment).

    ``times`` None is for ever. ``about`` narrows it to requests whose user agent, path or body (for
    lambda:InvokeFunction, the function's ARN) contains that text. Root's calls, which are the
    tests' own, pass unless ``from_root``. ``body`` answers that text instead of an error, and
    ``delay_seconds`` holds the answer back.
    """

    action: str
    status: int = 500
    code: str = "InternalServerException"
    message: str = "Injected fault."
    times: int | None = None
    about: str = ""
    from_root: bool = False
    body: str | None = None
    delay_seconds: float = 0


class Faults:
    """The client part: sets and clears the faults of one embedded cloud."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def set(self, fault: Fault) -> None:
        """Add a fault; of several that fit a call, the first one added counts."""
        say(self._url, "POST", asdict(fault))

    def clear(self) -> None:
        """Remove every fault."""
        say(self._url, "DELETE")

    def hits(self, action: str) -> int:
        """How many calls of ``action`` the present faults have answered."""
        listed: list[dict[str, Any]] = say(self._url)
        return sum(entry["hits"] for entry in listed if entry["action"] == action)


class FaultBook:
    """The server part's memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, list[None]]] = []

    def add(self, fault: Fault) -> None:
        """Remember a fault."""
        with self._lock:
            self._faults.append((fault, []))

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Every fault with its hits."""
        with self._lock:
            return [asdict(fault) | {"hits": len(hits)} for fault, hits in self._faults]

    def strike(self, action: str, text: str, *, root: bool) -> Fault | None:
        """The fault that this call meets, counted; None lets the call pass."""
        with self._lock:
            for fault, hits in self._faults:
                spent = fault.times is not None and len(hits) >= fault.times
                fits = fault.action == action and fault.about in text
                if fits and not spent and (fault.from_root or not root):
                    hits.append(None)
                    return fault
        return None


def install(serve: AsgiApp) -> AsgiApp:
    """Put the faults in front of MiniStack, in this process."""
    from ministack.services import stepfunctions  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    book = FaultBook()

    async def strike(request: Request, pass_on: PassOn) -> Response:
        service, action = request.called
        agent = request.headers.get("user-agent", "")
        text = f"{agent}\n{request.path}{request.body.decode('utf-8', 'replace')}"
        fault = book.strike(action, text, root=request.is_from_root)
        if fault is None:
            return await pass_on()
        await asyncio.sleep(fault.delay_seconds)
        return _answer(fault, service, request)

    see_requests(strike)

    @replace(stepfunctions, "_call_lambda")
    def call(original: Callable[..., object], function: str, event: object) -> object:
        fault = book.strike("lambda:InvokeFunction", function, root=False)
        if fault is None:
            return original(function, event)
        raise stepfunctions._ExecutionError(f"Lambda.{fault.code}", fault.message)

    def control(method: str, said: dict[str, Any]) -> list[dict[str, Any]]:
        if method == "POST":
            book.add(Fault(**said))
        elif method == "DELETE":
            book.clear()
        return book.listed()

    return with_control(serve, PATH, control)


def _answer(fault: Fault, service: str, request: Request) -> Response:
    """The error as that service writes errors, or the text that the fault names."""
    from ministack.core import iam_actions  # type: ignore[import-untyped]

    _, answer_headers, body = iam_actions.access_denied_response(
        service,
        fault.action,
        "",
        request.id,
        error_code=fault.code,
        message=fault.message,
        headers=request.headers,
    )
    if fault.body is not None:
        body = fault.body.encode()
    return fault.status, answer_headers, body

"""Faults on demand: calls of a named AWS action that fail before they take effect, or are held.

The server part sits in front of MiniStack; the client part is ``EmbeddedCloud.faults``. Both
speak at /_local/faults: POST adds a fault, GET lists them with their hits, DELETE clears them, or
the one that it names.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import asdict, dataclass, field
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
    ``delay_seconds`` holds the answer back. What is ``held`` does not fail: it waits until the
    fault is cleared, and takes effect then.
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
    held: bool = False


class Faults:
    """The client part: sets and clears the faults of one embedded cloud."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def set(self, fault: Fault) -> None:
        """Add a fault; of several that fit a call, the first one added counts."""
        say(self._url, "POST", asdict(fault))

    def clear(self, fault: Fault | None = None) -> None:
        """Remove a fault, or every one; what they held goes on."""
        say(self._url, "DELETE", fault and asdict(fault))

    def hits(self, action: str) -> int:
        """How many calls of ``action`` the present faults have answered."""
        listed: list[dict[str, Any]] = say(self._url)
        return sum(entry["hits"] for entry in listed if entry["action"] == action)


@dataclass(frozen=True)
class Struck:
    """A fault in force: how many calls met it, and whether it was cleared."""

    fault: Fault
    hits: list[None] = field(default_factory=list)
    cleared: threading.Event = field(default_factory=threading.Event)


class FaultBook:
    """The server part's memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Struck] = []

    def add(self, fault: Fault) -> None:
        """Remember a fault."""
        with self._lock:
            self._faults.append(Struck(fault))

    def clear(self, fault: Fault | None = None) -> None:
        """Forget a fault, or all of them."""
        with self._lock:
            for struck in [each for each in self._faults if fault in (None, each.fault)]:
                self._faults.remove(struck)
                struck.cleared.set()

    def listed(self) -> list[dict[str, Any]]:
        """Every fault with its hits."""
        with self._lock:
            return [asdict(each.fault) | {"hits": len(each.hits)} for each in self._faults]

    def strike(self, action: str, text: str, *, root: bool) -> Struck | None:
        """The fault that this call meets, counted; None lets the call pass."""
        with self._lock:
            for struck in self._faults:
                fault = struck.fault
                spent = fault.times is not None and len(struck.hits) >= fault.times
                fits = fault.action == action and fault.about in text
                if fits and not spent and (fault.from_root or not root):
                    struck.hits.append(None)
                    return struck
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
        struck = book.strike(action, text, root=request.is_from_root)
        if struck is None:
            return await pass_on()
        if struck.fault.held:
            while not struck.cleared.is_set():
                await asyncio.sleep(0.02)
            return await pass_on()
        await asyncio.sleep(struck.fault.delay_seconds)
        return _answer(struck.fault, service, request)

    see_requests(strike)

    @replace(stepfunctions, "_call_lambda")
    def call(original: Callable[..., object], function: str, event: object) -> object:
        struck = book.strike("lambda:InvokeFunction", function, root=False)
        if struck and not struck.fault.held:
            raise stepfunctions._ExecutionError(f"Lambda.{struck.fault.code}", struck.fault.message)
        if struck:
            struck.cleared.wait()
        return original(function, event)

    def control(method: str, said: dict[str, Any] | None) -> list[dict[str, Any]]:
        if method == "POST" and said:
            book.add(Fault(**said))
        elif method == "DELETE":
            book.clear(Fault(**said) if said else None)
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

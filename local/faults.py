"""Faults on demand: calls of a named AWS action that fail before they take effect.

The server part sits in front of MiniStack; the client part is ``EmbeddedCloud.faults``. Both
speak at /_local/faults: POST adds a fault, GET lists them with their hits, DELETE clears them.
"""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
    Response = tuple[int, dict[str, str], bytes]

PATH = "/_local/faults"
_ROOT_KEY = "test"


@dataclass(frozen=True)
class Fault:
    """What happens to calls of ``action`` (IAM's name, such as appconfig:StartDeployment).

    ``times`` None is for ever. ``about`` narrows it to requests whose path or body (for
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
        self._send("POST", json.dumps(asdict(fault)).encode())

    def clear(self) -> None:
        """Remove every fault."""
        self._send("DELETE")

    def hits(self, action: str) -> int:
        """How many calls of ``action`` the present faults have answered."""
        listed: list[dict[str, Any]] = json.loads(self._send("GET"))
        return sum(entry["hits"] for entry in listed if entry["action"] == action)

    def _send(self, method: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self._url, body, method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content


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


def install() -> AsgiApp:
    """Put the faults in front of MiniStack in this process; answers the application to serve."""
    from ministack import app  # type: ignore[import-untyped]
    from ministack.services import stepfunctions  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    book = FaultBook()

    @replace(app, "_dispatch_service_request")
    async def dispatch(
        original: Callable[..., Awaitable[Response]],
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        request_id: str,
    ) -> Response:
        request = (method, path, headers, body, query)
        service, action = called(*request)
        root = app.extract_access_key_id(headers, query) == _ROOT_KEY
        fault = book.strike(action, path + body.decode("utf-8", "replace"), root=root)
        if fault is None:
            return await original(*request, request_id)
        await asyncio.sleep(fault.delay_seconds)
        return _answer(fault, service, headers, request_id)

    @replace(stepfunctions, "_call_lambda")
    def call(original: Callable[..., object], function: str, event: object) -> object:
        fault = book.strike("lambda:InvokeFunction", function, root=False)
        if fault is None:
            return original(function, event)
        raise stepfunctions._ExecutionError(f"Lambda.{fault.code}", fault.message)

    return _with_control(app.app, book)


def called(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> tuple[str, str]:
    """The service and IAM's name of the action that a request calls."""
    from ministack import app
    from ministack.core import iam_actions  # type: ignore[import-untyped]

    parameters = app._routing_params(method, path, headers, body, query)
    service = app.detect_service(method, path, headers, parameters)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, parameters)
    return service, action or ""


def _answer(fault: Fault, service: str, headers: dict[str, str], request_id: str) -> Response:
    """The error as that service writes errors, or the text that the fault names."""
    from ministack.core import iam_actions

    _, answer_headers, body = iam_actions.access_denied_response(
        service,
        fault.action,
        "",
        request_id,
        error_code=fault.code,
        message=fault.message,
        headers=headers,
    )
    if fault.body is not None:
        body = fault.body.encode()
    return fault.status, answer_headers, body


def _with_control(serve: AsgiApp, book: FaultBook) -> AsgiApp:
    """The application that answers at our path itself and leaves the rest to ``serve``."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await serve(scope, receive, send)
            return
        if scope["method"] == "POST":
            book.add(Fault(**json.loads((await receive())["body"])))
        elif scope["method"] == "DELETE":
            book.clear()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(book.listed()).encode()})

    return application

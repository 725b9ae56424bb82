"""The network between functions and AWS: each call takes longer, and is written down.

On this machine a call takes a few milliseconds; between Lambda and AWS it takes some tens. The
server part sits in front of MiniStack and adds the same time to each call that has credentials of a
role: half before the call takes effect and half after, as a network would. Step Functions reaches
functions inside MiniStack, so invocations are no slower. Root's calls, which are the tests' own,
are left alone. The client part is ``Network``; both speak at /_local/latency: POST sets the time
and begins a new record, GET reads the record, DELETE ends it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.faults import called

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.faults import AsgiApp, Message, Receive, Response, Send

PATH = "/_local/latency"
_ROOT_KEY = "test"


@dataclass(frozen=True)
class Call:
    """A call of an AWS action (IAM's name): by whom, and when.

    ``by`` names the function, or the session of another role. The times are of this machine's
    clock, in seconds since 1970: it ``left`` the caller, took ``effect``, and was ``answered``.
    """

    action: str
    by: str
    left: float
    effect: float
    answered: float
    status: int

    @property
    def succeeded(self) -> bool:
        """Tell whether it was no error."""
        return self.status < 400


class Network:
    """The client part: sets the network of one embedded cloud, and reads what passed it."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def record(self, seconds: float = 0.0) -> None:
        """Let each call take so much longer from now on, and begin a new record."""
        self._send("POST", json.dumps({"seconds": seconds}).encode())

    def calls(self) -> list[Call]:
        """Read the calls that were answered since the record began, in the order of leaving."""
        found = [Call(**entry) for entry in json.loads(self._send("GET"))]
        return sorted(found, key=lambda call: call.left)

    def clear(self) -> None:
        """End the record; calls take no longer than they do."""
        self._send("DELETE")

    def _send(self, method: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self._url, body, method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content


class Wire:
    """The server part's memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] | None = None
        self.seconds = 0.0

    def begin(self, seconds: float) -> None:
        """Begin a new record."""
        with self._lock:
            self.seconds, self._calls = seconds, []

    def end(self) -> None:
        """Forget the record, and keep none."""
        with self._lock:
            self.seconds, self._calls = 0.0, None

    def add(self, call: Call) -> None:
        """Remember a call, if there is a record."""
        with self._lock:
            if self._calls is not None:
                self._calls.append(call)

    def listed(self) -> list[dict[str, Any]]:
        """Every call of the record."""
        with self._lock:
            return [asdict(call) for call in self._calls or []]


def install() -> Wire:
    """Put the network in front of MiniStack, in this process."""
    from ministack import app  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    wire = Wire()

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
        key = app.extract_access_key_id(headers, query)
        if key == _ROOT_KEY:
            return await original(*request, request_id)
        left, half = time.time(), wire.seconds / 2
        await asyncio.sleep(half)
        answer = await original(*request, request_id)
        effect = time.time()
        await asyncio.sleep(half)
        _, action = called(*request)
        wire.add(Call(action, _caller(key), left, effect, time.time(), answer[0]))
        return answer

    return wire


def with_control(serve: AsgiApp, wire: Wire) -> AsgiApp:
    """The application that answers at our path itself and leaves the rest to ``serve``."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await serve(scope, receive, send)
            return
        if scope["method"] == "POST":
            wire.begin(json.loads((await receive())["body"])["seconds"])
        elif scope["method"] == "DELETE":
            wire.end()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(wire.listed()).encode()})

    return application


def _caller(key: str) -> str:
    """Name the session that a key belongs to; Lambda names it after the function."""
    from ministack.services import sts  # type: ignore[import-untyped]

    return str(sts._sessions.get(key, {}).get("Arn", "")).rpartition("/")[2]

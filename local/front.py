"""What stands in front of MiniStack: it sees each request first, and has a path of its own.

Faults, limits, the network and the record of invocations have a server part in MiniStack's process
and a client part in ours; they speak JSON at that path.
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appconfig_rollback.untyped import Json

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
    #: Status, headers and body.
    Response = tuple[int, dict[str, str], bytes]
    PassOn = Callable[[], Awaitable[Response]]

_ROOT_KEY = "test"


@dataclass(frozen=True)
class Request:
    """A request, as MiniStack has read it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, Any]
    id: str

    @property
    def key(self) -> str:
        """The id of the access key that signed it."""
        from ministack import app  # type: ignore[import-untyped]

        return str(app.extract_access_key_id(self.headers, self.query))

    @property
    def is_from_root(self) -> bool:
        """Return whether root sent it: the tests' own calls, not the functions'."""
        return self.key == _ROOT_KEY

    @property
    def called(self) -> tuple[str, str]:
        """The service and IAM's name of the action that it calls."""
        from ministack import app
        from ministack.core import iam_actions  # type: ignore[import-untyped]

        request = (self.method, self.path, self.headers, self.body)
        parameters = app._routing_params(*request, self.query)
        service = app.detect_service(self.method, self.path, self.headers, parameters)
        action = iam_actions.extract_iam_action(service, *request, parameters)
        return service, action or ""


def see_requests(handle: Callable[[Request, PassOn], Awaitable[Response]]) -> None:
    """Let a coroutine answer every request in this process, or pass it on."""
    from ministack import app

    from local.gaps.replacing import replace

    @replace(app, "_dispatch_service_request")
    async def dispatch(original: Callable[..., Awaitable[Response]], *request: Any) -> Response:
        return await handle(Request(*request), lambda: original(*request))


def with_control(serve: AsgiApp, path: str, answer: Callable[[str, Any], object], /) -> AsgiApp:
    """The application that answers at a path itself, and leaves the rest to `serve`.

    `answer` is given the method and what was said, None for nothing; what it gives is told.
    """

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != path:
            await serve(scope, receive, send)
            return
        said = (await receive())["body"]
        told = json.dumps(answer(scope["method"], json.loads(said) if said else None))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": told.encode()})

    return application


def say(url: str, method: str = "GET", what: object = None) -> Json:
    """Speak to a server part at its address; returns what it tells."""
    body = None if what is None else json.dumps(what).encode()
    request = urllib.request.Request(url, body, method=method)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read())

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
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.front import Request, say, see_requests, with_control

if TYPE_CHECKING:
    from local.front import AsgiApp, PassOn, Response

PATH = "/_local/latency"


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
        """Return whether it was no error."""
        return self.status < 400


class Network:
    """The client part: sets the network of one embedded cloud, and reads what passed it."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def record(self, seconds: float = 0.0) -> None:
        """Let each call take so much longer from now on, and begin a new record."""
        say(self._url, "POST", {"seconds": seconds})

    def calls(self) -> list[Call]:
        """Read the calls that were answered since the record began, in the order of leaving."""
        found = [Call(**entry) for entry in say(self._url)]
        return sorted(found, key=lambda call: call.left)

    def clear(self) -> None:
        """End the record; calls take no longer than they do."""
        say(self._url, "DELETE")


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


def install(serve: AsgiApp) -> AsgiApp:
    """Put the network in front of MiniStack, in this process."""
    wire = Wire()

    async def carry(request: Request, pass_on: PassOn) -> Response:
        if request.is_from_root:
            return await pass_on()
        left, half = time.time(), wire.seconds / 2
        await asyncio.sleep(half)
        answer = await pass_on()
        effect = time.time()
        await asyncio.sleep(half)
        _, action = request.called
        wire.add(Call(action, _caller(request.key), left, effect, time.time(), answer[0]))
        return answer

    def control(method: str, said: dict[str, Any]) -> list[dict[str, Any]]:
        if method == "POST":
            wire.begin(said["seconds"])
        elif method == "DELETE":
            wire.end()
        return wire.listed()

    see_requests(carry)
    return with_control(serve, PATH, control)


def _caller(key: str) -> str:
    """Name the session that a key belongs to; Lambda names it after the function."""
    from ministack.services import sts  # type: ignore[import-untyped]

    return str(sts._sessions.get(key, {}).get("Arn", "")).rpartition("/")[2]

"""A fault proxy in front of the embedded cloud: start it, tell it what to break, stop it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any, Self

from local.cloud import REPOSITORY
from proofs.chaos.proxy_server import SEED_PATH

if TYPE_CHECKING:
    from types import TracebackType

#: A rule of microburst: what it strikes (service, operation), how often, and what happens then.
Rule = dict[str, Any]

_ANSWER_SECONDS = 30


class FaultProxy:
    """microburst between functions and a cloud, for as long as the `with` block lasts."""

    def __init__(self, upstream: str) -> None:
        self.endpoint_url = ""
        self._upstream = upstream
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            # By its name: in an address with dots microburst looks for a service's name, for which
            # it reads every service's model, for seconds.
            self.endpoint_url = f"http://localhost:{listener.getsockname()[1]}"
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "proofs.chaos.proxy_server",
                    str(listener.fileno()),
                    self._upstream,
                ],
                cwd=REPOSITORY,
                # Nothing of this user's AWS settings: it must not sign requests anew.
                env={"PATH": os.environ.get("PATH", os.defpath)},
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
            )
        try:
            self.rest()  # answered once it serves: its socket already queues our request meanwhile
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()

    def strike(self, rules: list[Rule], seed: int) -> None:
        """Break what the rules name from now on; equal seeds give equal draws."""
        self._ask("POST", SEED_PATH, str(seed))
        self._ask("POST", "/_microburst/rules", json.dumps(rules))

    def rest(self) -> int:
        """Break nothing from now on; gives how many calls have been struck since `strike`."""
        rules: list[Rule] = json.loads(self._ask("GET", "/_microburst/rules"))
        self._ask("POST", "/_microburst/rules", "[]")
        return sum(rule["fired_count"] for rule in rules)

    def fired(self) -> list[dict[str, Any]]:
        """List what was struck lately, the oldest first: service, operation, action."""
        found: list[dict[str, Any]] = json.loads(self._ask("GET", "/_microburst/fired?limit=2000"))
        return found

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - our own process
            self.endpoint_url + path, body.encode() if body is not None else None, method=method
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

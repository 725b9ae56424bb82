"""The process of one fault proxy: microburst, whose draws can be repeated.

Run by :class:`proofs.chaos.proxy.FaultProxy` as `python -m proofs.chaos.proxy_server <fd> <cloud>`.
It serves on the listening socket that its parent opened, and ends with its parent.

microburst does the work: it finds out which operation a request calls, decides by its rules, and
answers with AWS's errors. Three things are added.

- It draws from Python's shared generator and takes no seed: a path of our own seeds that generator.
- It renames the host, on which the signature depends: the functions' requests keep theirs, so that
  the cloud can tell which role calls.
- It sends an answer's headers before it breaks the connection off. A lost answer has to be lost
  altogether, for AppConfig tells a new version's number in a header.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import threading

from aiohttp import web
from microburst.app import make_control_app  # type: ignore[import-untyped]
from microburst.core.pipeline import Microburst  # type: ignore[import-untyped]
from microburst.forward import Upstream  # type: ignore[import-untyped]

SEED_PATH = "/_chaos/seed"


class _SignedUpstream(Upstream):  # type: ignore[misc]
    """The cloud, asked under the host that its callers have signed."""

    def _outbound_headers(self, request: web.Request) -> dict[str, str]:
        headers: dict[str, str] = super()._outbound_headers(request)
        return headers | {"host": request.headers["Host"]}


class _PatientMicroburst(Microburst):  # type: ignore[misc]
    """A microburst that does not mind callers who give up before they are answered."""

    async def handle_proxy(self, request: web.Request) -> web.StreamResponse:
        """Strike the request, or pass it on."""
        try:
            answer: web.StreamResponse = await super().handle_proxy(request)
        except ConnectionResetError:
            return web.Response()  # nobody will read it
        return answer


def end_with_parent() -> None:
    """Wait for the parent to close our stdin, then end."""
    sys.stdin.buffer.read()
    os._exit(0)


async def seed(request: web.Request) -> web.Response:
    """Begin the draws anew from the number that is posted."""
    random.seed(int(await request.text()))
    return web.Response()


def main() -> None:
    """Stand in front of the upstream until the parent goes away."""
    listener, upstream = sys.argv[1:]
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Headers go out with the first byte of the body, of which a lost answer has none.
    web.StreamResponse._send_headers_immediately = False
    microburst = _PatientMicroburst(upstream)
    microburst.upstream = _SignedUpstream(upstream, stats=microburst.stats)
    app = make_control_app(microburst)
    app.on_startup.append(microburst.start)
    app.on_cleanup.append(microburst.stop)
    app.router.add_post(SEED_PATH, seed)
    app.router.add_route("*", "/{tail:.*}", microburst.handle_proxy)
    web.run_app(app, sock=socket.socket(fileno=int(listener)), print=None, access_log=None)


if __name__ == "__main__":
    main()

"""The server process of the embedded cloud: MiniStack, with its gaps filled.

Run by :class:`local.cloud.EmbeddedCloud` as ``python -m local.server <fd> <home> filled``. It
serves on the listening socket that its parent opened (so no port can be lost between choosing and
binding it) and lives only as long as its standard input stays open (so nothing outlives a parent
that was killed). With ``plain`` for ``filled`` MiniStack stays as it is, which is how the tests
see that a gap is still there.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import shutil
import signal
import sys
import threading
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config


def end_with_parent(home: str) -> None:
    """Wait for the parent to close our stdin, then end this process and every function's."""
    sys.stdin.buffer.read()
    shutil.rmtree(home, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Serve the embedded cloud until the parent goes away."""
    listener, home, filled = sys.argv[1:4]
    threading.Thread(target=end_with_parent, args=(home,), daemon=True).start()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))

    # What is loaded here stays: it need not be looked through for garbage again and again.
    gc.disable()
    # MiniStack reads its settings from the environment, at import; our parent has prepared it.
    from ministack import app  # type: ignore[import-untyped]

    from local import (
        asked,
        contributors,
        denials,
        faults,
        forking,
        gaps,
        giving_way,
        in_process,
        invocations,
        latency,
        limits,
        validating,
    )

    denials.install()
    if filled == "filled":
        gaps.fill()
    giving_way.install()
    if os.environ.get("FUNCTIONS") == "in-process":
        in_process.install()
    elif os.environ.get("FORKED_FUNCTIONS") == "true":
        forking.install()
    application: Any = app.app
    if os.environ.get("APPCONFIG_LIMITS") == "true":
        application = limits.install(application)
    for part in (asked, contributors, faults, latency, invocations, validating):
        application = part.install(application)

    gc.freeze()
    gc.enable()

    config = Config()
    config.bind = [f"fd://{listener}"]
    config.keep_alive_timeout = 75
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()

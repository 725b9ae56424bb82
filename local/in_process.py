"""Hosts the project's functions in one process of their own, with a thread for each invocation.

Lambda gives every invocation that runs at the same time a process of its own, and so does the
embedded cloud by default. For an alarm storm that is more than a small machine can bear, so
`EmbeddedCloud(functions="in-process")` lets this host answer instead. What differs: the functions
come from this repository's `functions/`, they share their clients, they call AWS as root, and they
write no logs.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

_FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"
_LONGEST_SECONDS = 60


class _Invocation(BaseHTTPRequestHandler):
    """Answers a POST of {handler, environment, event} with what the function answers."""

    def do_POST(self) -> None:
        """Run a function in this request's thread."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(_answer(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Host(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a storm's invocations come at once


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    time.sleep(float(os.environ.get("INVOCATION_SECONDS", "0")))
    # All functions of the stack have the same settings, so threads may share the environment.
    if not asked["environment"].items() <= os.environ.items():
        os.environ.update(asked["environment"])
        settings.cache_clear()
    module, _, name = asked["handler"].rpartition(".")
    try:
        handler: Callable[[object, object], object] = getattr(importlib.import_module(module), name)
        return {"body": json.loads(json.dumps(handler(asked["event"], None)))}
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its answer
        told = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return {"body": told, "error": True}


def host(wait_scale: float) -> None:
    """Serve invocations; the first line of output is the port."""
    if wait_scale != 1.0:
        sleep = time.sleep
        time.sleep = lambda seconds: sleep(float(seconds) * wait_scale)
    logging.disable()
    sys.path.insert(0, str(_FUNCTIONS))
    server = _Host(("127.0.0.1", 0), _Invocation)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def install() -> None:
    """Let MiniStack, in this process, send invocations to a host that is started here.

    The host belongs to this process's group, with which it is ended.
    """
    from ministack.services import lambda_svc  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    process = subprocess.Popen(
        [sys.executable, "-m", "local.in_process", os.environ.get("SFN_WAIT_SCALE", "1")],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    url = f"http://127.0.0.1:{int(process.stdout.readline())}"

    # Behind this MiniStack has counted the invocation, and would have throttled it.
    @replace(lambda_svc, "_execute_function_dispatch")
    def execute(
        _original: Callable[..., object],
        _function: object,
        config: dict[str, Any],
        event: object,
        *_about: object,
    ) -> dict[str, Any]:
        asked = {
            "handler": config["Handler"],
            "environment": config.get("Environment", {}).get("Variables", {}),
            "event": event,
        }
        request = urllib.request.Request(url, json.dumps(asked).encode())
        with urllib.request.urlopen(request, timeout=_LONGEST_SECONDS) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
            return found


if __name__ == "__main__":
    host(float(sys.argv[1]))

"""Function processes are forked from one that has imported what all of them import.

Starting Python and importing the SDK and the functions' package is nine tenths of a cold start. The
embedded cloud does that once: its server asks a process of its own, the nursery, to fork each
function's process, which then becomes the function as `local.function_host` has it. Every
environment is still a process of its own, with the function's own code, credentials and settings.

A function with a `PYTHONPATH` of its own, whose SDK may be another one, is forked from a nursery
that was started with it. `EmbeddedCloud(forked=False)` starts each function by itself: only then is
a cold start as long as it is.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from local import function_host, import_ahead, read_ahead

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 1 << 20
_REGION = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}


class Forked:
    """A function's process, as MiniStack handles the `subprocess.Popen` of a bootstrap."""

    def __init__(self, pid: int, stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        try:
            self._process: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._process, self.returncode = None, 1

    def poll(self) -> int | None:
        """Return None while it runs; how it ended is not known, so 1 afterwards."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self._ended_within(timeout) is None:
            raise subprocess.TimeoutExpired("a function", timeout or 0)
        return 1

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, what: signal.Signals) -> None:
        if self._process is not None:
            signal.pidfd_send_signal(self._process, what)

    def _ended_within(self, seconds: float | None) -> int | None:
        if self._process is not None:
            waiting = select.poll()
            waiting.register(self._process, select.POLLIN)
            if waiting.poll(None if seconds is None else seconds * 1000):
                os.close(self._process)
                self._process, self.returncode = None, 1
        return self.returncode


class Nursery:
    """The process that forks, as its server sees it."""

    def __init__(self, python_path: str = "") -> None:
        ours, theirs = socket.socketpair()
        self._asked, self._lock = ours, threading.Lock()
        # It belongs to the server's process group, with which it is ended.
        subprocess.Popen(
            [sys.executable, "-m", "local.forking", str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": python_path},
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def fork(self, words: list[str], folder: str, environment: Mapping[str, str]) -> Forked:
        """Fork a process that becomes a function; `words` are those of `local.function_host`."""
        read, write = os.pipe()
        asked = {"words": words, "folder": folder, "environment": dict(environment)}
        with self._lock:
            socket.send_fds(self._asked, [json.dumps(asked).encode() + b"\n"], [write])
            os.close(write)
            pid = int(self._asked.recv(32))
        return Forked(pid, os.fdopen(read, "rb"))


def install() -> None:
    """Let MiniStack, in this process, have functions forked."""
    from ministack.core import lambda_runtime  # type: ignore[import-untyped]

    nurseries, one_at_a_time = {"": Nursery()}, threading.Lock()

    def nursery(python_path: str) -> Nursery:
        with one_at_a_time:
            if python_path not in nurseries:
                nurseries[python_path] = Nursery(python_path)
            return nurseries[python_path]

    class Subprocess:
        """The module `subprocess`, but for how our bootstrap is started."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is there
            return getattr(subprocess, name)

        def Popen(self, command: list[str], **about: Any) -> Any:  # noqa: ANN401, N802
            words = _words_of(command[0]) if command[0].endswith("/bootstrap") else None
            if words is None:
                return subprocess.Popen(command, **about)
            environment = about["env"]
            words[-1] = environment["_HANDLER"]
            forking = nursery(environment.get("PYTHONPATH", ""))
            return forking.fork(words, about["cwd"], environment)

    lambda_runtime.subprocess = Subprocess()


def _words_of(bootstrap: str) -> list[str] | None:
    """Read the command of a bootstrap of ours: scale and handler; None where it does more."""
    lines = Path(bootstrap).read_text("utf-8", "replace").splitlines()
    host = function_host.__file__
    if len(lines) != 2 or f'"{host}"' not in lines[1]:
        return None
    return lines[1].partition(f'"{host}"')[2].split()


def _serve(asked: socket.socket) -> None:
    """Fork whatever is asked for, until the server is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    _import_what_all_import()
    while True:
        text, fds = b"", list[int]()
        while not text.endswith(b"\n"):
            more, found, _, _ = socket.recv_fds(asked, _MOST_BYTES, 1)
            if not more:
                return
            text, fds = text + more, [*fds, *found]
        wanted = json.loads(text)
        modules = import_ahead.modules_of(wanted["folder"])
        pid = os.fork()
        if not pid:
            asked.close()
            sys.modules.update(modules)
            _become(wanted, fds[0])
        os.close(fds[0])
        asked.send(str(pid).encode())


def _import_what_all_import() -> None:
    """Make clients as functions do, and drop them.

    The runtime client is left out: its library reads the address of the runtime API when it loads.
    """
    import concurrent.futures.thread  # noqa: F401 - the functions'

    import simplejson  # type: ignore[import-untyped]  # noqa: F401 - the runtime client's

    read_ahead.install()
    # What is here stays: no function need look through it for garbage, and so copy it.
    gc.freeze()


def _become(asked: dict[str, Any], output: int) -> None:
    """Be the function from here on; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.close(output)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        random.seed()
        sys.argv = [function_host.__file__, *asked["words"]]
        function_host.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))

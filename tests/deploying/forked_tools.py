"""The SAM CLI and the AWS CLI, forked from a process that has imported them once.

Importing is most of what each takes, and the papers' commands call them forty times. What is
forked becomes the tool that was called, by its own script, with the words, the environment, the
folder and the streams of whoever called it.

Run by the tools' own Python it is that process. It knows nothing but Python's own library.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What `make test` installs (see the Makefile).
INSTALLED = Path(sys.prefix, "sam", "bin")
#: How wide the terminal is of whoever calls them.
WIDTH = "110"
#: What each tool imports when it starts, or while it runs.
_IMPORTED = {
    "aws": ["awscli.clidriver", "awscli.handlers", "awscli.formatter"],
    "sam": [
        "samcli.cli.main",
        "samcli.commands.delete.delete_context",
        "samcli.commands.deploy.command",
        "samcli.commands.deploy.deploy_context",
        "samcli.commands.deploy.guided_context",
        "samcli.commands.package.package_context",
    ],
}
#: Stands where a tool would: hands over what it was called with, and ends as the tool does.
_STANDING_IN = """#!{python} -IS
import json, os, socket, sys
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as there:
    there.connect({address!r})
    socket.send_fds(there, [b"."], [0, 1, 2])
    there.sendall(asked)
    there.shutdown(socket.SHUT_WR)
    sys.exit(int(there.recv(9) or b"70"))
"""


@contextmanager
def forked_tools() -> Iterator[Path]:
    """A folder with what stands for each of the tools that are installed."""
    with tempfile.TemporaryDirectory(prefix="tools-") as made, ExitStack() as started:
        folder = Path(made)
        for tool in _IMPORTED:
            started.enter_context(_listening(tool, folder))
        yield folder


@contextmanager
def _listening(tool: str, folder: Path) -> Iterator[None]:
    """Each tool has a process of its own: both change how Python logs when they are imported."""
    python, address = INSTALLED / "python", str(folder / f"{tool}.socket")
    path = folder / tool
    path.write_text(_STANDING_IN.format(python=python, address=address))
    path.chmod(0o755)
    process = subprocess.Popen(
        [python, __file__, tool, address],
        env={**os.environ, "COLUMNS": WIDTH},  # SAM takes it when it is imported
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == b"listening\n"
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _serve(tool: str, address: str) -> None:
    _read_yaml_by_libyaml()
    before = dict(os.environ)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("listening", flush=True)
        while True:
            asking, _ = listener.accept()
            with asking:
                _, streams, _, _ = socket.recv_fds(asking, 1, 3)
                with asking.makefile("rb") as asked:
                    words, folder, environment = json.load(asked)
                for name in _IMPORTED[tool]:
                    importlib.import_module(name)
                gc.freeze()
                # The AWS CLI says there where its data is, when it is imported.
                environment |= dict(os.environ.items() - before.items())
                if not (child := os.fork()):
                    listener.close()
                    _become(
                        Path(sys.executable).with_name(tool), words, folder, environment, streams
                    )
                for stream in streams:
                    os.close(stream)
                _, status = os.waitpid(child, 0)
                asking.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())


def _read_yaml_by_libyaml() -> None:
    """SAM reads the template nine times in a deployment: half of its time in PyYAML's Python.

    `sam validate` is tested as it is installed, and so reads the template by that.
    """
    yaml: Any = importlib.import_module("yaml")
    if yaml.__with_libyaml__:
        yaml.SafeLoader = yaml.CSafeLoader


def _become(
    script: Path, words: list[str], folder: str, environment: dict[str, str], streams: list[int]
) -> None:
    """Run a tool in this process, to the end of the process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ |= environment
    sys.argv = [str(script), *words]
    runpy.run_path(str(script), run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    _serve(*sys.argv[1:])

"""Serves the page of a running execution on this machine, and keeps it up to date."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from flag_rollback.execution.following import settled, watch
from flag_rollback.picture import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report, Reporter

#: How long an open page may take to fetch how the execution ended.
_GRACE_SECONDS = 5.0


class Latest:
    """The newest report, and whether a page has been told of the last one."""

    def __init__(self, report: Report) -> None:
        self._lock = threading.Lock()
        self._report = report
        self.told_the_end = threading.Event()
        self.was_asked = threading.Event()

    def put(self, report: Report) -> None:
        """Replace the report."""
        with self._lock:
            self._report = report

    def get(self) -> Report:
        """Give the report."""
        with self._lock:
            return self._report


def serve(reporter: Reporter, execution: Execution, say: Callable[[str], None]) -> Report:
    """Serve the page until the execution ends, and hand over its last report.

    `say` is told the address. An open page gets to see the end before the server goes.
    """
    latest = Latest(reporter.report(execution))
    with _server(latest) as address:
        say(address)
        for _ in watch(reporter, execution, execution.redrives):
            now = reporter.report(reporter.executions.described(execution.arn))
            if now.is_running:
                latest.put(now)
        latest.put(reporter.report(settled(reporter, execution, execution.redrives)))
        if latest.was_asked.is_set():
            latest.told_the_end.wait(_GRACE_SECONDS)
    return latest.get()


@contextmanager
def _server(latest: Latest) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # A page of another site must not read this one through a name that leads here.
            if not self.headers.get("Host", "").startswith("127.0.0.1:"):
                self.send_error(403)
                return
            latest.was_asked.set()
            report = latest.get()
            if self.path == "/":
                self._answer("text/html", page.of(report, live=True))
            elif self.path == "/report.json":
                self._answer("application/json", json.dumps(page.model(report)))
                if not report.is_running:
                    latest.told_the_end.set()
            else:
                self.send_error(404)

        def _answer(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the terminal for what the person asked for."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

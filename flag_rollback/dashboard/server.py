"""Serves the pages on this machine alone: read-only, and to nobody else's page.

Whoever can open 127.0.0.1 in a browser could be made to do so by a page of another site. So a
request must name this host, and come from a page of this server or from none (Fetch standard,
`Sec-Fetch-Site` and `Origin`); and nothing here changes anything.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from flag_rollback.dashboard import pages
from flag_rollback.dashboard.answers import Dashboard, RefusedError
from flag_rollback.dashboard.reading import Reading
from flag_rollback.execution.following import settled, watch
from flag_rollback.picture import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report, Reporter

HOST = "127.0.0.1"
#: How long an open page may take to fetch how the execution ended.
_GRACE_SECONDS = 5.0
#: Who sends nothing for so long is let go.
_SILENT_SECONDS = 30.0
_NOT_ALLOWED = HTTPStatus.METHOD_NOT_ALLOWED
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(reporter: Reporter, execution: Execution, say: Callable[[str], None]) -> Report:
    """Serve the page of an execution until that ends, and hand over its last report.

    `say` is told the address. An open page gets to see the end before the server goes.
    """
    dashboard = Dashboard(Reading(reporter.access, reporter))
    with served(dashboard) as address:
        say(f"{address}runs/{execution.name}/")
        for _ in watch(reporter, execution, execution.redrives):
            pass
        ended = settled(reporter, execution, execution.redrives)
        if dashboard.was_asked.is_set():
            waited = threading.Event()
            for _ in range(int(_GRACE_SECONDS / 0.1)):
                if execution.name in dashboard.told_the_end:
                    break
                waited.wait(0.1)
    return reporter.report(ended)


@contextmanager
def served(dashboard: Dashboard, port: int = 0) -> Iterator[str]:
    """Serve on this machine while the block runs; yields the address.

    Raises:
        OSError: the port is taken.
    """
    server = _Server((HOST, port), _handler(dashboard))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep the terminal for what the person asked for where a browser only went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(dashboard: Dashboard) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SILENT_SECONDS
        server_version = "flag-rollback"
        sys_version = ""

        def do_GET(self) -> None:
            try:
                self._refuse_others()
                kind, text = dashboard.answer(self.path)
            except RefusedError as refused:
                self._say(refused)
            else:
                self._send(HTTPStatus.OK, kind, text)

        def do_HEAD(self) -> None:
            self.do_GET()

        def __getattr__(self, name: str) -> Callable[[], None]:
            """Answer whatever else is asked to be done; the base class looks for `do_POST`."""
            if not name.startswith("do_"):
                raise AttributeError(name)
            return self._refuse_to_act

        def _refuse_to_act(self) -> None:
            try:
                self._refuse_others()
                raise RefusedError(_NOT_ALLOWED, "This server only shows things.")
            except RefusedError as refused:
                self._say(refused)

        def _refuse_others(self) -> None:
            port = self.connection.getsockname()[1]
            here = {f"{HOST}:{port}", f"localhost:{port}"}
            if self.headers.get_all("Host", []) not in [[each] for each in here]:
                raise RefusedError(
                    HTTPStatus.FORBIDDEN, f"This server answers as {HOST}:{port} alone."
                )
            origin = self.headers.get("Origin")
            site = self.headers.get("Sec-Fetch-Site", "none")
            if site not in ("none", "same-origin") or (
                origin is not None and origin.removeprefix("http://") not in here
            ):
                raise RefusedError(
                    HTTPStatus.FORBIDDEN, "This server answers no page of another site."
                )

        def _say(self, refused: RefusedError) -> None:
            if refused.status == HTTPStatus.MOVED_PERMANENTLY:
                self._send(refused.status, "text/plain", "", {"Location": refused.said})
            else:
                text = pages.of_trouble(dashboard.stack, refused.said)
                allow = {"Allow": "GET, HEAD"} if refused.status is _NOT_ALLOWED else {}
                self._send(refused.status, "text/html", text, allow)

        def _send(
            self, status: HTTPStatus, kind: str, text: str, more: dict[str, str] | None = None
        ) -> None:
            body = text.encode("utf-8", "backslashreplace")
            self.send_response(status)
            policy = page.policy("frame-ancestors 'none'", "form-action 'self'")
            said = {**_HEADERS, "Content-Security-Policy": policy, **(more or {})}
            said |= {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
            for name, value in said.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def send_error(self, code: int, *_: object) -> None:
            """Refuse what is no request; the base class would quote it, in a page of its own."""
            self.close_connection = True
            said = "This server answers no such request."
            self._say(RefusedError(HTTPStatus(code), said))

        def log_message(self, *_: object) -> None:
            """Keep the terminal for what the person asked for."""

    return Handler

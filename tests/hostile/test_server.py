"""The dashboard's server: what no browser of its user would send is refused, and stalls nobody."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from flag_rollback.dashboard import server
from flag_rollback.dashboard.kept import Kept
from flag_rollback.dashboard.server import served
from flag_rollback.execution.finding import NoSuchExecutionError
from tests.operators.dashboards import MadeReading, dashboard, storm

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.thorough


#: Long enough for a busy machine; what hangs ends the test.
SECONDS = 30


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(dashboard(MadeReading(storm(3)))) as where:
        yield where


@pytest.fixture(autouse=True)
def _no_traces(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """The terminal of whoever runs it stays as it is."""
    yield
    assert capfd.readouterr().err == ""


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), SECONDS) as to:
        yield to


def answered(to: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    said = b""
    with suppress(ConnectionError):  # it has not read all that was sent
        while part := to.recv(65_536):
            said += part
    return said


def send(address: str, request: bytes) -> bytes:
    """Send bytes as they are."""
    with connected(address) as to:
        with suppress(OSError):  # it has heard enough
            to.sendall(request)
            to.shutdown(socket.SHUT_WR)
        return answered(to)


def asked(address: str, target: bytes, method: bytes = b"GET", *headers: bytes) -> bytes:
    """Ask for something under the server's own name; gives the whole answer."""
    host = b"Host: " + urlsplit(address).netloc.encode()
    lines = [method + b" " + target + b" HTTP/1.1", host, b"Connection: close", *headers]
    return send(address, b"\r\n".join(lines) + b"\r\n\r\n")


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found[1])


@pytest.mark.parametrize(
    "target",
    [
        b"/../../etc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/runs/..%2f..%2fetc%2fpasswd/",
        b"/runs/%2e%2e/",
        b"/runs/run-1/..%5c..%5c",
        b"/runs/%00/",
        b"/runs/%0d%0aX-Forged:%20yes/",
        b"/runs/%c0%ae%c0%ae/",
        b"/runs/\xff\xfe/",
        b"/..;/flags",
        b"/flags%00",
        b"*",
        b"evil.example:443",
        b"/runs/" + b"x" * 60_000,
    ],
)
def test_no_path_leads_outside(address: str, target: bytes) -> None:
    answer = asked(address, target)

    assert status(answer) in (400, 404)
    assert b"root:" not in answer
    assert b"\r\nX-Forged" not in answer


@pytest.mark.parametrize("target", [b"http://[", b"http://[::1", b"//[/", b"/\xe2\x80\xae"])
def test_what_is_no_address_is_answered_and_not_died_of(address: str, target: bytes) -> None:
    assert status(asked(address, target)) in (400, 404)


def test_a_name_that_no_header_can_hold_leads_to_its_page(address: str) -> None:
    answer = asked(address, b"/runs/run-%e4%bd%a0%5c")

    assert status(answer) == 301
    assert b"\r\nLocation: /runs/run-%E4%BD%A0%5C/\r\n" in answer


@pytest.mark.parametrize("method", [b"POST", b"OPTIONS", b"TRACE", b"CONNECT", b"GET<b>", b"_"])
@pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1", b"", b"[::1]:80"])
def test_no_method_of_another_name_is_told_anything(
    address: str, method: bytes, host: bytes
) -> None:
    answer = send(address, method + b" / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert status(answer) == 403
    assert b"Executions of" not in answer


def test_two_names_are_none(address: str) -> None:
    assert status(asked(address, b"/", b"GET", b"Host: evil.example")) == 403


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"GET <script>alert(1)</script> x y z HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n y\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_page_and_no_markup(address: str, request_: bytes) -> None:
    answer = send(address, request_)

    assert b"Executions of" not in answer
    assert b"script>alert" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        [b"X: " + b"x" * 70_000],
        [b"X%d: y" % number for number in range(200)],
        [b"Cookie: " + b"x" * 60_000] * 90,
    ],
    ids=["one that is long", "many", "megabytes"],
)
def test_headers_beyond_all_bounds_are_refused_or_answered(
    address: str, headers: list[bytes]
) -> None:
    answer = asked(address, b"/flags", b"GET", *headers)

    assert answer == b"" or status(answer) in (200, 431)


def test_who_sends_nothing_more_stalls_nobody_and_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_SILENT_SECONDS", 1.0)
    with served(dashboard(MadeReading(storm(3)))) as where, connected(where) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        with connected(where) as silent:
            assert status(asked(where, b"/")) == 200  # while both are connected
            assert answered(silent) == b""
        assert answered(slow) == b""


def test_who_goes_away_before_the_answer_leaves_no_trace(address: str) -> None:
    for _ in range(5):
        with connected(address) as to:
            to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            to.sendall(b"GET / HTTP/1.1\r\nHost: " + urlsplit(address).netloc.encode())
            to.sendall(b"\r\n\r\n")
    assert status(asked(address, b"/")) == 200


def test_names_that_nothing_has_are_not_kept() -> None:
    kept: Kept[int] = Kept(60.0)

    def fail() -> int:
        raise NoSuchExecutionError("there is none")

    for number in range(1_000):
        with pytest.raises(NoSuchExecutionError):
            kept.get(number, fail)

    assert kept._locks == {}

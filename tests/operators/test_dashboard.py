"""The dashboard: what it shows, to whom, and that many who look do not stall it."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from flag_rollback.dashboard.kept import Kept
from flag_rollback.dashboard.pages import ago
from flag_rollback.dashboard.remembering import RememberingExecutions
from flag_rollback.dashboard.server import served
from flag_rollback.execution.told import told
from flag_rollback.execution.visits import read_visits
from flag_rollback.watched import Watched
from tests.operators.dashboards import MACHINE, MadeReading, dashboard, listed, storm

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN = f"{MACHINE.replace('stateMachine', 'execution')}:run-1"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server that shows a storm, to all tests: none of them changes anything."""
    with served(dashboard(MadeReading(storm()))) as where:
        yield where


def ask(address: str, path: str = "/", method: str = "GET", **headers: str) -> HTTPResponse:
    """Ask the server as a browser would, or as a page of another site would have it ask."""
    parts = urlsplit(address)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host="Host" in named)
    for name, value in named.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def text(answer: HTTPResponse) -> str:
    return answer.read().decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/flags", "/runs/run-1/", "/runs/run-1/report.json"])
def test_other_sites_and_other_names_are_refused(
    address: str, headers: dict[str, str], path: str
) -> None:
    answer = ask(address, path, **headers)

    assert answer.status == 403
    assert "This server answers" in text(answer)


def test_its_own_pages_may_ask(address: str) -> None:
    here = address.rstrip("/")
    port = urlsplit(address).port

    assert ask(address, Origin=here, Sec_Fetch_Site="same-origin").status == 200
    assert ask(address, Host=f"localhost:{port}").status == 200
    assert ask(address, Sec_Fetch_Site="none").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "MOVE"])
def test_it_only_shows_things(address: str, method: str) -> None:
    answer = ask(address, "/", method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/runs",
        "/runs/",
        "/runs/nobody/",
        "/runs/run-1/other",
        "/runs/../etc/passwd",
        "/runs/%2e%2e%2fetc%2fpasswd/",
        "/runs/run-1%3A2/",
        "/runs/run-%0a/",
        "/flags/",
        "//evil.example/",
        "/static/page.css",
    ],
)
def test_nothing_is_served_outside_its_paths(address: str, path: str) -> None:
    assert ask(address, path).status == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=0", "from 1 to"),
        ("page=x", "from 1 to"),
        ("page=99999999999999999999", "from 1 to"),
        ("outcome=wonderful", "no outcome wonderful"),
        ("flags=a", "not flags"),
        ("outcome=<script>", "no outcome &lt;script&gt;"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_is_expected(
    address: str, query: str, said: str
) -> None:
    answer = ask(address, f"/?{query}")

    assert answer.status == 400
    assert said in text(answer)


def test_every_answer_is_kept_from_caches_frames_and_scripts_of_others(address: str) -> None:
    for path in ("/", "/flags", "/runs/run-1/", "/nothing"):
        answer = ask(address, path)
        policy = answer.headers["Content-Security-Policy"]

        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


def test_head_says_the_same_without_a_body(address: str) -> None:
    answer = ask(address, "/flags", "HEAD")

    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) > 1000
    assert answer.read() == b""


def test_an_address_without_its_slash_leads_to_the_page(address: str) -> None:
    answer = ask(address, "/runs/run-1")

    assert (answer.status, answer.headers["Location"]) == (301, "/runs/run-1/")


def test_the_list_is_filtered_and_paged(address: str) -> None:
    first, fifth = text(ask(address)), text(ask(address, "/?page=5"))

    assert "flag-0" in first
    assert "flag-24 turned OFF in 24.0 s" in first
    assert "flag-25-" not in first
    assert 'href="?page=2"' in first
    assert "Newer" not in first
    assert text(ask(address, "/?page=4")).count("/runs/run-") == 25
    assert "No such execution" in fifth
    one = text(ask(address, "/?flag=flag-13"))
    assert one.count("/runs/run-") == 1
    assert "was OFF already" in one
    filtered = text(ask(address, "/?outcome=rolled_back&alarm=FeatureFlag-flag-6-ErrorRate"))
    assert filtered.count("/runs/run-") == 1
    assert "redriven once" in filtered


def test_an_empty_list_says_what_to_do() -> None:
    with served(dashboard(MadeReading())) as address:
        assert "flag-rollback drill" in text(ask(address))


def test_what_is_in_the_data_cannot_become_markup() -> None:
    nasty = listed(3)
    nasty = type(nasty)(nasty.description, ("<img src=x>",), "<b>alarm</b>")
    with served(dashboard(MadeReading([nasty]))) as address:
        shown = text(ask(address))

    assert "<img" not in shown
    assert "<b>alarm" not in shown


def test_flags_say_off_only_where_that_is_known() -> None:
    with served(dashboard(MadeReading())) as address:
        shown = text(ask(address, "/flags"))

    rows = {row.partition("</a>")[0].rpartition(">")[2]: row for row in shown.split("<tr>")[2:]}
    assert ">OFF<" in rows["new-checkout"]
    assert ">ON<" in rows["search-v2"]
    assert "no alarm" in rows["search-v2"]
    assert ">ON<" in rows["one-page"]
    assert ">UNKNOWN<" in rows["express"]


def test_what_cannot_be_read_again_is_of_the_past() -> None:
    with served(dashboard(MadeReading(stale="Rate exceeded"))) as address:
        shown = text(ask(address, "/flags"))

    assert "could not be read again: Rate exceeded" in shown
    assert ">OFF<" not in shown
    assert '<span class="badge effect-unknown">was OFF</span>' in shown
    assert "When it was read: new-checkout is OFF" in shown


def test_a_run_asks_its_server_beside_it_for_what_is_new(address: str) -> None:
    page = text(ask(address, "/runs/run-1/"))
    model = json.loads(text(ask(address, "/runs/run-1/report.json")))

    assert 'data-live="yes"' in page
    assert 'href="/">All executions' in page
    assert model.keys() == {"title", "content", "running", "readAt"}
    assert model["running"] is False


def test_who_asks_while_something_is_read_waits_for_it() -> None:
    kept: Kept[int] = Kept(60.0)
    entered, let_go, times = threading.Event(), threading.Event(), []

    def read() -> int:
        times.append(1)
        entered.set()
        assert let_go.wait(20)
        return 7

    with ThreadPoolExecutor(30) as threads:
        answers = [threads.submit(kept.get, "it", read) for _ in range(30)]
        assert entered.wait(20)
        let_go.set()
        values = [answer.result(20).value for answer in answers]

    assert values == [7] * 30
    assert len(times) == 1


def test_where_it_cannot_be_read_again_the_value_of_before_stays_and_says_so() -> None:
    kept: Kept[int] = Kept(0.0)
    error = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}

    def fail() -> int:
        raise ClientError(error, "ListExecutions")  # type: ignore[arg-type]

    with pytest.raises(ClientError):
        kept.get("it", fail)
    assert kept.get("it", lambda: 7).stale == ""

    held = kept.get("it", fail)

    assert held.value == 7
    assert "Rate exceeded" in held.stale


def test_only_so_much_is_kept() -> None:
    kept: Kept[int] = Kept(60.0, most=10)
    for number in range(100):
        kept.get(number, lambda number=number: number)  # type: ignore[misc]

    assert len(kept._values) == 10
    assert len(kept._locks) == 10


class LongHistory:
    """Step Functions with a run of many events; it counts the pages that are read."""

    def __init__(self, events: int) -> None:
        self.pages = 0
        self._events = [_event(number) for number in range(1, events + 1)]

    def grow(self) -> None:
        """Let the next state be entered."""
        self._events.append(_event(len(self._events) + 1))

    def get_paginator(self, _: str) -> LongHistory:
        return self

    def paginate(self, *, reverseOrder: bool = False, **_: object) -> Iterator[Any]:  # noqa: N803
        events = self._events[::-1] if reverseOrder else self._events
        for first in range(0, len(events), 1000):
            self.pages += 1
            yield {"events": events[first : first + 1000]}


def _event(number: int) -> dict[str, Any]:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number)
    entered = {"name": f"S{number % 3}", "input": "{}"}
    return {
        "id": number,
        "type": "TaskStateEntered",
        "timestamp": at,
        "stateEnteredEventDetails": entered,
    }


@pytest.mark.thorough
def test_of_a_long_history_only_what_is_new_is_read_again() -> None:
    history = LongHistory(25_000)
    executions = RememberingExecutions(cast("Any", history), Watched(MACHINE, "rollback"))

    assert len(executions.events(ARN)) == 25_000
    assert history.pages == 25
    history.grow()
    events = executions.events(ARN)

    assert [event["id"] for event in events] == list(range(1, 25_002))
    assert history.pages == 26
    assert len(read_visits(events)) == 25_001


class OneWatch:
    """Step Functions with a watch that has told something; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def describe_execution(self, **_: object) -> dict[str, Any]:
        self.asked += 1
        look = {"told": ["recovered"], "recoveredAt": "2026-03-02T17:09:40.989Z"}
        alarm = {"transitionedAt": "2026-03-02T17:04:40.989Z"}
        return {
            "status": "SUCCEEDED",
            "input": json.dumps({"watch": {"alarm": alarm}}),
            "output": json.dumps(look),
        }


def test_what_became_of_a_rollback_is_told_and_not_asked_each_time() -> None:
    stepfunctions = OneWatch()
    executions = RememberingExecutions(cast("Any", stepfunctions), Watched(MACHINE, "rollback"))

    first, again = (told(executions.with_aftercare(listed(3))) for _ in range(2))

    became = "flag-3 turned OFF in 3.0 s; its alarm recovered 5 min 0 s after it had fired"
    assert [first, again] == [became, became]
    assert stepfunctions.asked == 1
    assert told(executions.with_aftercare(listed(4))).startswith("flag-4 turned OFF in 4.0 s; ")
    assert stepfunctions.asked == 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (7200, "2 hours ago"),
        (172800, "2 days ago"),
    ],
)
def test_how_long_ago_something_was(seconds: float, said: str) -> None:
    assert ago(seconds) == said

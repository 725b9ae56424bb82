"""What each address shows: the list of executions, one of them, the flags."""

from __future__ import annotations

import json
import re
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

from flag_rollback.commands.executions import OUTCOMES
from flag_rollback.dashboard import pages
from flag_rollback.dashboard.kept import FAILED
from flag_rollback.execution.finding import NoSuchExecutionError
from flag_rollback.execution.searching import Wanted
from flag_rollback.picture import page
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from flag_rollback.dashboard.reading import Reading

_RUN = re.compile(r"/runs/(?P<name>[^/]{1,240})(?P<rest>/|/report\.json)?")
#: As Step Functions lets executions be called.
_NAME = re.compile(r"[^\s\x00-\x1f/:]{1,80}")
_LAST_PAGE = 1000


class RefusedError(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: HTTPStatus, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.said = said


class Dashboard:
    """The pages of one stack, by their addresses."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.stack = reading.watched.stack
        #: The names of executions whose end was sent to an open page.
        self.told_the_end: set[str] = set()
        self.was_asked = threading.Event()

    def answer(self, address: str) -> tuple[str, str]:
        """Answer what is at an address: its content type, and its text.

        Raises:
            RefusedError: there is nothing there, or it cannot be shown.
        """
        try:
            parts = urlsplit(address)
        except ValueError as error:  # such as http://[
            raise RefusedError(HTTPStatus.BAD_REQUEST, "That is no address.") from error
        try:
            if parts.path == "/":
                return "text/html", self._runs(parts.query)
            if parts.path == "/flags":
                return "text/html", pages.of_flags(self.stack, self.reading.flags())
            if found := _RUN.fullmatch(parts.path):
                return self._run(unquote(found["name"]), found["rest"] or "")
        except NoSuchExecutionError as error:
            raise RefusedError(HTTPStatus.NOT_FOUND, sentence(error)) from error
        except FAILED as error:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, sentence(error)) from error
        raise RefusedError(HTTPStatus.NOT_FOUND, f"There is no page {parts.path}.")

    def _runs(self, query: str) -> str:
        wanted, number = _wanted(query)
        runs = self.reading.runs(wanted, number)
        try:
            lately = self.reading.lately()
        except FAILED:
            lately = None
        return pages.of_runs(self.stack, wanted, runs, lately)

    def _run(self, name: str, rest: str) -> tuple[str, str]:
        if not _NAME.fullmatch(name):
            raise RefusedError(HTTPStatus.NOT_FOUND, "That is no name of an execution.")
        self.was_asked.set()
        report = self.reading.report(name).value
        if rest == "/report.json":
            model = json.dumps(page.model(report))
            if not report.is_running:
                self.told_the_end.add(name)
            return "application/json", model
        if rest == "":
            raise RefusedError(HTTPStatus.MOVED_PERMANENTLY, f"/runs/{quote(name, safe='')}/")
        return "text/html", page.of(report, live=True, home="/")


def _wanted(query: str) -> tuple[Wanted, int]:
    """Read what a list is to show; what is not understood is refused, never ignored."""
    given = {key: values[-1] for key, values in parse_qs(query).items()}
    try:
        number = int(given.pop("page", "1"))
    except ValueError:
        number = 0
    if not 1 <= number <= _LAST_PAGE:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"A page has a number from 1 to {_LAST_PAGE}.")
    outcome = given.get("outcome")
    if outcome and outcome not in OUTCOMES:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"There is no outcome {outcome}.")
    if unknown := set(given) - {"flag", "outcome", "alarm"}:
        named = ", ".join(sorted(unknown))
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, f"A list knows flag, outcome, alarm; not {named}."
        )
    asked = Wanted(flag=given.get("flag"), outcome=outcome, alarm=given.get("alarm"))
    return asked, number

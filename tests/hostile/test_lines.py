"""Logs, headers and terminals: what others wrote stays within its line."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from awslambdaric.lambda_runtime_marshaller import to_json  # type: ignore[import-untyped]
from rich.text import Text

from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.task import task_of_any_definition
from appconfig_rollback.errors import FlagNotFoundError
from appconfig_rollback.mark import description, read_mark
from appconfig_rollback.plain_text import whole
from flag_rollback.execution import terminal
from flag_rollback.printing import console
from tests import samples
from tests.hostile import reports
from tests.hostile.texts import ALL, IDS, steering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.thorough


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """The functions' log, as Lambda's runtime formats it and writes it in UTF-8."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, "utf-8", write_through=True, newline="")
    handler = logging.StreamHandler(stream)
    handler.terminator = ""
    handler.setFormatter(JsonFormatter())
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logging.getLogger().addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield written
    logger.setLevel(before)
    logging.getLogger().removeHandler(handler)
    stream.detach()


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_each_line_of_the_log_is_one_json_object(text: str, log: io.BytesIO) -> None:
    @task_of_any_definition
    def handler(event: Mapping[str, Any], _: object) -> object:
        if event["state"] is None:
            raise FlagNotFoundError(f"expected a flag {text}")
        return {"answer": [text]}

    execution = {"Id": f"{samples.ARN}{text}"}
    answer = handler({"execution": execution, "state": {text: text}}, None)
    with pytest.raises(FlagNotFoundError):
        handler({"execution": execution, "state": None}, None)

    lines = log.getvalue().decode().split("\n")
    said = [json.loads(line)["message"] for line in lines if line]
    assert said == ["Task begins", "Task ends", "Task begins", "Task failed"]
    assert json.loads(to_json(answer).encode()) == {"answer": [whole(text)]}


@pytest.mark.parametrize("value", ["\ud83d", ["\udc00"], {"\ud800": {"a": "x\udfff"}}])
def test_halves_of_characters_become_question_marks(value: object) -> None:
    assert "\\ud" not in json.dumps(whole(value))
    assert json.dumps(whole(value)).count("?") == json.dumps(value).count("\\u")


def test_whole_characters_stay() -> None:
    value = {"\U0001f680": ["\u00fc\u4f60", 1.5, None]}

    assert whole(value) is value
    assert whole(json.loads(r'"\ud83d\ude80"')) == "\U0001f680"


@pytest.mark.parametrize("by", ["name", "person"])
@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_a_description_is_a_header_on_one_line(text: str, by: str) -> None:
    alarm = samples.alarm(text, namedBy=by, alarmName=text, reason=text, transitionedAt=text)

    written = description(alarm, samples.execution(text), 3)

    assert written.isascii()
    assert written.isprintable()
    assert len(written) <= 1024
    mark = read_mark(written)
    assert mark is not None
    assert (mark.base, mark.by_hand) == (3, by == "person")
    assert mark.written_by(text)


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_a_terminal_is_not_steered_and_no_line_is_forged(text: str) -> None:
    def shown(with_text: str, scene: str) -> str:
        to = console()
        to.file = io.StringIO()
        to.print(Text(with_text))
        terminal.show(reports.report(scene, with_text), to, verbose=True)
        return to.file.getvalue()

    for scene in ("rolled-back", "failed-before"):
        told = shown(text, scene)
        assert steering(told) == []
        assert "\n  flag is OFF" not in told

"""Whatever is typed, and whatever AWS has stored: one sentence and an exit code, never a trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flag_rollback.cli import main
from tests.operators.canned_aws import MACHINE, REGION, Answers, canned, execution, serving

if TYPE_CHECKING:
    from pathlib import Path

#: Each takes a process, or a client of boto3's.
pytestmark = pytest.mark.thorough

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}
COMMANDS = main.commands
#: What some options are likely to take.
TAKEN = {
    "since": ["2h", "3d"],
    "html": ["page.html"],
    "region": [REGION],
    "endpoint_url": ["http://127.0.0.1:9"],
    "state_machine_arn": [MACHINE],
}
#: Each makes a few of the SDK's clients, which is slow.
EXAMPLES = min(settings().max_examples, 200)
#: What stays until something happens elsewhere, or listens for a browser.
_STAYS = {"--follow"}
#: Everything but NUL, which no system hands to a program; bytes that are no text come as halves.
anything = st.text(st.characters(exclude_characters="\0"), max_size=12)
_TELLING = """
- latest run arn: arn:aws:states:eu-west-1:123456789012:execution:a:b http://[ http://127.0.0.1:9
999999d 2h 0s -1 nan \x1b[2J \udcff new-checkout no/such/folder/x 10 rolled_back FAILED é✓
"""
telling = st.sampled_from(["", "x" * 300, *_TELLING.split()])


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def types(*words: str, answers: Answers | None = None) -> Result:
    """Run a command; AWS is in memory, and nobody is there to answer a question."""
    at_once = patch("flag_rollback.commands.dashboard.stay")
    with canned(answers if answers is not None else serving()), at_once:
        return CliRunner(env=ENVIRONMENT).invoke(main, list(words))


def values(parameter: click.Parameter) -> st.SearchStrategy[str]:
    """Any value, and every other time one that is likely to be taken."""
    if isinstance(parameter.type, click.Choice):
        taken = st.sampled_from(list(parameter.type.choices))
    elif isinstance(parameter.type, click.types.IntRange | click.types.FloatRange):
        taken = st.integers(1, 5).map(str)
    else:
        taken = st.sampled_from(TAKEN.get(parameter.name or "", ["new-checkout", "run-1", "é"]))
    return taken | taken | taken | anything | telling


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Any command with up to three of its options, and with any values."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    words, parameters = [name], COMMANDS[name].params
    options = [p for p in parameters if isinstance(p, click.Option) and p.opts[-1] not in _STAYS]
    chosen = draw(st.lists(st.sampled_from(options), max_size=3, unique=True))
    chosen += [option for option in options if option.required and draw(st.booleans())]
    for option in chosen:
        words += [option.opts[-1], *([] if option.is_flag else [draw(values(option))])]
    for argument in parameters:
        if isinstance(argument, click.Argument):
            words += draw(st.lists(values(argument), min_size=1, max_size=draw(st.integers(1, 2))))
    return words


texts = st.text(max_size=6)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | st.sampled_from(["flags", "outcome", "flag", "reason"]), inner)
    ),
    max_leaves=6,
)


@given(words=command_lines(), stored=documents, status=st.sampled_from(["SUCCEEDED", "FAILED"]))
@settings(suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
def test_no_command_line_ends_in_a_trace(words: list[str], stored: object, status: str) -> None:
    run = execution("run-1", status=status, input=json.dumps(stored), output=json.dumps(stored))

    done = types(*words, answers=serving(run))

    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
    assert done.exit_code in (0, 1, 2, 3, 130)
    assert done.exit_code == 0 or done.output.strip()
    assert not any(character in done.output for character in "\x1b\x07\udcff")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["executions", "--since", "999999d"], 2, "expected a span of at most 3650d"),
        (["executions", "--since", "999999999d"], 2, "expected a span of at most 3650d"),
        (["executions", "--endpoint-url", "nonsense"], 2, "expected an address such as http://"),
        (["executions", "--endpoint-url", "http://["], 2, "expected an address such as http://"),
        (["executions", "--endpoint-url", "http://a:b"], 2, "expected an address such as http://"),
        (["executions", "--region", "no region"], 1, "no region"),
        (["inspect", "--profile", "nobody"], 1, "nobody"),
        (["inspect", "--html", "no/such/x.html"], 2, "there is no folder 'no/such'"),
        (["inspect", ""], 2, "expected an execution: a name, an ARN or latest; got nothing"),
        (["inspect", "arn:aws:states"], 2, "expected the ARN of an execution"),
        (["inspect", "run-3"], 1, "rollback has no execution run-3"),
        (["inspect", "\x1b[2Jrun"], 2, "got '\\x1b[2Jrun'"),
        (["drill", "a\nb"], 2, "got 'a\\nb'"),
        (["--stack", "a\x07", "executions"], 2, "got 'a\\x07'"),
        (["inspect", "--state-machine-arn", "arn:x"], 2, "expected arn:aws:states:REGION"),
    ],
)
def test_what_can_be_nothing_is_refused_in_one_sentence(
    words: list[str], code: int, told: str
) -> None:
    done = types(*words)

    assert done.exit_code == code
    assert told in done.stderr
    assert done.stderr.count("Error: ") == 1
    assert done.stdout == ""


def test_an_address_from_the_environment_that_is_none_is_refused_in_one_sentence() -> None:
    with canned(serving()):
        done = CliRunner(env={**ENVIRONMENT, "AWS_ENDPOINT_URL": "http://["}).invoke(
            main, ["executions"]
        )

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: AWS's cloudformation cannot be reached: ")


def test_errors_leave_the_output_to_programs() -> None:
    for command in ("executions", "inspect"):
        done = types(command, "--json", answers={})

        assert (done.exit_code, done.stdout) == (1, "")
        assert "your AWS credentials do not allow this" in done.stderr


def test_what_was_stored_cannot_steer_the_terminal() -> None:
    event = {"AlarmName": "FeatureFlag-\x1b[2J-ErrorRate", "NewStateValue": "ALARM"}
    run = execution("run-1", status="FAILED", input=json.dumps(event), cause="\x1b[2J")

    listed, shown = (types(word, answers=serving(run)) for word in ("executions", "inspect"))

    assert "\\x1b[2J may still be ON" in " ".join(listed.output.split())
    assert "\x1b" not in listed.output + shown.output


PROGRAM = """
from tests.operators.canned_aws import canned, execution, serving
from flag_rollback.cli import main
with canned(serving(execution("run-1", output='{"outcome": "rolled_back"}'))):
    main()
"""


@pytest.mark.parametrize("command", ["inspect", "doctor", "executions"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_has_no_symbols_shows_others(command: str, encoding: str) -> None:
    run = execution("run-1", output='{"outcome": "rolled_back"}')
    with canned(serving(run)):
        done = CliRunner(charset=encoding, env=ENVIRONMENT).invoke(main, [command])

    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stderr == ""
    assert done.exit_code == 0
    assert done.stdout_bytes.isascii()
    assert b"\\u" not in done.stdout_bytes


@pytest.mark.parametrize(
    "terminal",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "C"],
)
def test_a_program_hears_from_its_environment_that_there_are_no_symbols(
    terminal: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "inspect"],
        env={**os.environ, **ENVIRONMENT, **terminal, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )

    assert done.stderr == b""
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"\\u" not in done.stdout

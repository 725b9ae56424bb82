"""The papers name what is there: modules, states, keys, questions, links, and each other."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_type_hints

import click
import pytest

from appconfig_rollback.shapes.feature_flags import FeatureFlag
from appconfig_rollback.shapes.known import SHAPES
from appconfig_rollback.state import _STRENGTH, Outcome, State
from flag_rollback.cli import main
from tests.contract.shipped import (
    DEFINITION,
    FUNCTIONS,
    ROOT,
    STATES,
    STEPS,
    TEMPLATE,
    tree,
)
from tests.contract.test_states import following

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = ROOT / "docs"
PAPERS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
SEMANTICS = (DOCS / "aws-semantics.md").read_text("utf-8")

#: Below these the papers name modules.
ROOTS = (ROOT, FUNCTIONS, FUNCTIONS / "appconfig_rollback")
#: What kinds of file or folder a name in backticks is.
_PATH = re.compile(r"(?!/)[\w./*-]+(?:\.py|\.json|\.yaml|\.md|/)")
_TICKED = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_STATES_OF_RULES = ("read", "tried", "seen", "inferred", "believed")
_CITED = re.compile(r"aws-semantics(?:\.md, \"([^\"]+)\")?")


def tables(paper: str) -> Iterator[list[list[str]]]:
    """The tables of a paper: rows of cells, the heading first."""
    table: list[list[str]] = []
    for line in [*paper.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table:
            yield [table[0], *table[2:]]
            table = []


def table(paper: str, *heading: str) -> list[list[str]]:
    """The rows of the one table with this heading."""
    (found,) = (rows for first, *rows in tables(paper) if tuple(first) == heading)
    return found


def ticked(text: str) -> set[str]:
    return set(_TICKED.findall(text))


def headings(paper: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", _without_blocks(paper), re.MULTILINE)


def section(paper: str, heading: str) -> str:
    """What a paper says below a heading of the second level."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", paper, re.DOTALL | re.MULTILINE)
    return str(found)


def _without_blocks(paper: str) -> str:
    return re.sub(r"^```.*?^```$", "", paper, flags=re.DOTALL | re.MULTILINE)


# --- What any paper names ----------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_paper_names_is_there(paper: Path) -> None:
    named = filter(_PATH.fullmatch, ticked(_without_blocks(paper.read_text("utf-8"))))
    missing = [name for name in named if not any(any(root.glob(name)) for root in ROOTS)]
    assert missing == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(paper: Path) -> None:
    for target in _LINK.findall(_without_blocks(paper.read_text("utf-8"))):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = (paper.parent / file) if file else paper
        assert found.exists(), target
        if anchor:
            assert anchor in map(_slug, headings(found.read_text("utf-8"))), target


def _slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- docs/architecture.md ----------------------------------------------------------------------


def test_the_glossary_says_of_each_word_once_what_it_is() -> None:
    words = Counter(word for word, _ in table(ARCHITECTURE, "word", "what it is"))
    assert [word for word, times in words.items() if times > 1] == []


def test_every_state_is_named() -> None:
    assert STATES.keys() - ticked(section(ARCHITECTURE, "The states")) == set()


def test_the_happy_path_is_one_that_the_machine_can_walk() -> None:
    (line,) = re.findall(r"^`.*? →\s.*?\n\n", ARCHITECTURE, re.DOTALL | re.MULTILINE)
    path = _TICKED.findall(line)
    assert (path[0], STATES[path[-1]]["Type"]) == (DEFINITION["StartAt"], "Succeed")
    for state, after in pairwise(path):
        assert after in following(state), f"{state} does not lead to {after}"


def _state_data() -> dict[str, tuple[set[str], str, set[str]]]:
    """Who writes a key, in names and in words, and who reads it, as the paper has it."""
    rows = table(ARCHITECTURE, "key", "what it is", "written by", "read by")
    return {
        key.strip("`"): (ticked(writers), writers, ticked(readers))
        for key, _, writers, readers in rows
    }


def _key(path: str) -> str | None:
    """The key of the state data that a path leads below."""
    found = re.match(r"\$\.(\w+)", path)
    return found[1] if found else None


def _writers(key: str) -> tuple[set[str], set[str]]:
    """The states that write a key themselves, and those that have a Catch which does."""
    themselves, catching = set(), set()
    for name, state in STATES.items():
        if _key(state.get("ResultPath", "")) == key:
            themselves.add(name)
        if key in [_key(catch["ResultPath"]) for catch in state.get("Catch", [])]:
            catching.add(name)
    return themselves, catching


def _readers(key: str) -> set[str]:
    """The states that read a key, but for tasks, which get all of them."""

    def paths(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for name, value in part.items():
                if name != "ResultPath":
                    yield from paths(value)
        elif isinstance(part, list):
            for value in part:
                yield from paths(value)
        elif isinstance(part, str):
            yield part

    return {
        name
        for name, state in STATES.items()
        if any(_key(path) == key for path in paths({**state, "Catch": []}))
    }


def test_every_key_of_the_state_data_is_in_the_table() -> None:
    written = {
        key
        for state in STATES.values()
        for writer in [state, *state.get("Catch", [])]
        if (key := _key(writer.get("ResultPath", "")))
    }
    assert _state_data().keys() == written
    assert get_type_hints(State).keys() <= written


@pytest.mark.parametrize("key", _state_data())
def test_a_key_is_written_by_the_states_that_the_table_names(key: str) -> None:
    named, words, _ = _state_data()[key]
    named &= STATES.keys()
    themselves, catching = _writers(key)
    assert themselves <= named <= themselves | catching
    assert ("Catch" in words) == bool(catching)


@pytest.mark.parametrize("key", get_type_hints(State))
def test_a_key_is_read_by_whom_the_table_names(key: str) -> None:
    _, _, named = _state_data()[key]
    assert _readers(key) == named & STATES.keys()
    modules = {name.removesuffix(".py") for name in named if name.endswith(".py")}
    steps = {step for step, path in STEPS.items() if key in _keys_read(path)}
    assert modules & STEPS.keys() == steps
    for module in modules - STEPS.keys():
        path = FUNCTIONS / "appconfig_rollback" / f"{module}.py"
        assert key in _keys_read(path), f"{module} does not read {key}"


@cache
def _keys_read(path: Path) -> set[str]:
    """The keys that a module takes out of the state data: `state["x"]` or `state.get("x")`."""
    found = set()
    for node in ast.walk(tree(path)):
        match node:
            case ast.Subscript(value=held, slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                pass
            case ast.Call(
                func=ast.Attribute(value=held, attr="get"), args=[ast.Constant(value=str(key)), *_]
            ):
                pass
            case _:
                continue
        if ast.unparse(held) in ("state", "event['state']"):
            found.add(key)
    return found


# --- docs/aws-semantics.md ---------------------------------------------------------------------


def _rules() -> list[tuple[str, str, str]]:
    """Each rule, its state and source, and what it says of being false."""
    return [
        (rule, state, if_false)
        for first, *rows in tables(SEMANTICS)
        if first[0] == "rule"
        for rule, state, _, if_false in rows
    ]


def test_a_rule_has_a_source_or_says_what_happens_if_it_is_false() -> None:
    assert _rules()
    for rule, state, if_false in _rules():
        word, _, source = state.partition(":")
        assert word.split(";")[0] in _STATES_OF_RULES, rule
        if word in ("read", "tried"):
            assert source.strip(), rule
        else:
            assert re.search(r"\basked\b", if_false), rule


def test_the_questions_are_those_of_verify_aws() -> None:
    asked = {
        name
        for _, _, if_false in _rules()
        for told in re.findall(r"(?<!not )\basked: (.*)$", if_false)
        for name in ticked(told)
    }
    assert asked == {
        node.name
        for path in (ROOT / "proofs" / "aws").glob("questions_*.py")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and ast.unparse(node.returns) == "Observation"
    }


def test_code_cites_the_semantics_by_a_heading_that_is_there() -> None:
    folders = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["files"]
    paths = {path for folder in folders for path in (ROOT / folder).rglob("*.py")}
    for path in {*paths, ROOT / "template.yaml"} - {Path(__file__)}:
        text = " ".join(path.read_text("utf-8").split())
        for cited in _CITED.finditer(text):
            assert cited[1] in headings(SEMANTICS), f"{path.name}: {cited[0]}"


# --- docs/threats.md -----------------------------------------------------------------------------

THREATS = (DOCS / "threats.md").read_text("utf-8")


def _threats() -> Iterator[tuple[str, str]]:
    """What each row of a table is about, and what holds it."""
    for first, *rows in tables(THREATS):
        assert first[-1] == "held by"
        for row in rows:
            yield " | ".join(row[:2]), row[-1]


@pytest.mark.parametrize(("what", "held_by"), list(_threats()))
def test_each_claim_about_a_threat_names_its_tests_or_says_that_it_has_none(
    what: str, held_by: str
) -> None:
    if held_by.startswith("not tested: "):
        return
    named = _TICKED.findall(held_by)
    assert held_by == ", ".join(f"`{name}`" for name in named), what
    assert named, what
    for name in named:
        assert re.search(r"^def test_", (ROOT / name).read_text("utf-8"), re.MULTILINE), name


def test_each_test_of_hostile_input_holds_a_claim() -> None:
    named = {name for _, held_by in _threats() for name in ticked(held_by)}
    files = {f"tests/hostile/{path.name}" for path in (ROOT / "tests/hostile").glob("test_*.py")}

    assert files - named == set()


# --- README.md, docs/deploying.md ----------------------------------------------------------------

README = (ROOT / "README.md").read_text("utf-8")
DEPLOYING = (DOCS / "deploying.md").read_text("utf-8")


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 180


def test_every_parameter_is_in_the_table_of_parameters() -> None:
    rows = table(DEPLOYING, "parameter", "default", "meaning")
    named = [name for row in rows for name in _TICKED.findall(row[0])]

    assert sorted(named) == sorted(TEMPLATE["Parameters"])


def test_the_readmes_parameters_say_what_the_whole_table_says() -> None:
    whole = {row[0]: row[1] for row in table(DEPLOYING, "parameter", "default", "meaning")}

    for name, default, _ in table(README, "parameter", "default", "meaning"):
        assert whole[name] == default


def test_every_output_is_in_the_table_of_outputs() -> None:
    (rows,) = (rows for first, *rows in tables(DEPLOYING) if first[0] == "output")

    assert {row[0].strip("`") for row in rows} == set(TEMPLATE["Outputs"])


def test_every_outcome_is_in_the_table_of_outcomes_the_strongest_first() -> None:
    heading = ("outcome", "when", "notice", "metrics in namespace `FeatureFlags`")
    named = [row[0].strip("`") for row in table(README, *heading)]

    assert set(named) == {*get_args(Outcome), "(failed)"}
    assert named[: len(_STRENGTH)] == list(_STRENGTH)


def test_every_shape_is_in_the_table_of_documents_in_its_own_words() -> None:
    shapes = [*SHAPES, FeatureFlag()]

    rows = [[shape.recognised_by, shape.off_means] for shape in shapes]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    assert table(README, "your flag is", "turned off, it is") == rows, f"README has to say\n{lines}"


def test_every_command_is_in_the_tables_of_commands() -> None:
    for paper in (README, (DOCS / "commands.md").read_text("utf-8")):
        rows = table(paper, "command", "")
        shown = [shlex.split(row[0].strip("`"))[1:] for row in rows]

        assert {words[0] for words in shown} == main.commands.keys()
        for name, *words in shown:
            _understand(name, words)


def _understand(name: str, words: list[str]) -> None:
    """Parse a command's words; what a person would still be asked for may be missing."""
    try:
        main.commands[name].make_context(name, list(words))
    except click.MissingParameter:
        return  # a sentence names the command alone
    except click.UsageError as error:
        if "--reason is missing" not in str(error):  # a terminal asks for it
            raise


_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_ours_that_a_paper_shows_is_understood(paper: Path) -> None:
    text = paper.read_text("utf-8")
    lines = "".join(_BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    shown = [shlex.split(line, comments=True) for line in lines]
    shown += [shlex.split(words) for words in ticked(text) if words.startswith("flag-rollback ")]
    for program, *words in filter(None, shown):
        if program == "flag-rollback" and words[0] in main.commands:
            _understand(words[0], words[1:])
        elif program == "flag-rollback":
            assert words[0].startswith("-"), words


# --- CONTRIBUTING.md -----------------------------------------------------------------------------


def test_every_folder_of_tests_has_a_row_in_contributing() -> None:
    paper = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = table(paper, "folder", "proves", "costs", "add to it when")
    folders = {f"tests/{path.name}/" for path in (ROOT / "tests").iterdir() if _is_of_tests(path)}

    assert [row[0].strip("`") for row in rows] == sorted(folders)


def _is_of_tests(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith("__")


def test_every_target_of_make_that_a_paper_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for paper in PAPERS:
        text = paper.read_text("utf-8")
        named = re.findall(r"`make ([a-z-]+)", text) + re.findall(r"^make ([a-z-]+)", text, re.M)
        assert set(named) <= targets, paper.name


def test_every_decision_is_listed() -> None:
    folder = DOCS / "decisions"
    listed = set(_LINK.findall((folder / "README.md").read_text("utf-8")))

    assert listed == {path.name for path in folder.glob("*.md")} - {"README.md"}


def test_the_version_is_in_one_place() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert re.findall(r"^## (\d\S*)", changes, re.MULTILINE)[0] == version

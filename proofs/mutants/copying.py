"""A copy of the project that mutmut can change: its functions are under `src/`, undecorated.

mutmut names a module after its path below `src/`, and passes over every function that has a
decorator: all the handlers and properties. So the copy says `handler = task(handler)` below the
function where the project says `@task` above it, which is the same to Python.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import libcst as cst

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COPY = REPOSITORY / ".mutants"
FUNCTIONS = REPOSITORY / "functions"

#: What the tests below read besides the functions.
_ALSO = (
    "tests",
    "flag_rollback",
    "local",
    "state_machine",
    "examples",
    "proofs",
    "docs",
    "policies",
    "template.yaml",
    "README.md",
)
#: The tests that run in process and are about what functions do. Those of the contract compare
#: sources, which differ in the copy; those of proofs and of the local cloud are about neither.
TESTS = ("tests/domain", "tests/steps", "tests/adapters", "tests/examples", "tests/operators")
_PLUGIN = "proofs.mutants.fast_failures"
_SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
also_copy = {also}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["--fast", "--timeout=20", "-p", "no:cacheprovider", "-p", "{plugin}"]
process_isolation = "forkserver"
use_git_change_detection = false
on_dependency_change = "ignore"
timeout_multiplier = 10.0
"""


def lay_out() -> None:
    """Bring the copy up to date. Files that are the same stay untouched, so results are kept."""
    (COPY / "mutants").mkdir(parents=True, exist_ok=True)
    files = {path.relative_to(FUNCTIONS): path for path in _files(FUNCTIONS)}
    for name, path in files.items():
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            _write(COPY / "src" / name, undecorated(text))
        else:
            _write(COPY / "src" / name, text)
            _write(COPY / "mutants" / "src" / name, text)
    for path in _files(COPY / "src"):
        if path.relative_to(COPY / "src") not in files:
            path.unlink()
    for also in _ALSO:
        _copy_anew(REPOSITORY / also, COPY / also)
        _remove(COPY / "mutants" / also)
    # Tests may have changed: mutmut sees anew which come by which function.
    _remove(COPY / "mutants" / "mutmut-stats.json")
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    settings = _SETTINGS.format(also=_list(_ALSO), tests=_list(TESTS), plugin=_PLUGIN)
    _write(
        COPY / "pyproject.toml",
        project.replace('pythonpath = ["functions", "."]', 'pythonpath = ["src", "."]') + settings,
    )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".py", ".json")]


def undecorated(source: str) -> str:
    """Write each function's decorators as a call below it."""
    return cst.parse_module(source).visit(_Undecorate()).code


class _Undecorate(cst.CSTTransformer):
    def leave_FunctionDef(  # noqa: N802 - libcst finds it by this name
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        """Take its decorators off, and call them below it, the innermost first."""
        decorators = [each.decorator for each in original_node.decorators]
        if not decorators or any(_mutmut_knows(each) for each in decorators):
            return updated_node
        called: cst.BaseExpression = updated_node.name
        for decorator in reversed(decorators):
            called = cst.Call(func=decorator, args=[cst.Arg(called)])
        below = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(updated_node.name)], called)])
        return cst.FlattenSentinel([updated_node.with_changes(decorators=()), below])


def _mutmut_knows(decorator: cst.BaseExpression) -> bool:
    return isinstance(decorator, cst.Name) and decorator.value in ("staticmethod", "classmethod")


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _copy_anew(source: Path, target: Path) -> None:
    _remove(target)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _list(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"

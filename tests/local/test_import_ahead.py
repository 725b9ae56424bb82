"""What the functions of a deployment package share is imported before they are forked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

#: In a process of its own, as the tests' has these modules. Tells the release that each folder's
#: modules are of, and which of them are among the process's own.
PROGRAM = """
import json, sys
from local.import_ahead import PACKAGE, modules_of
found = [modules_of(folder) for folder in sys.argv[1:]]
told = [{name: getattr(each, "RELEASE", None) for name, each in one.items()} for one in found]
print(json.dumps([told, [name for name in sys.modules if name.startswith(PACKAGE)]]))
"""


def code(folder: Path, **modules: str) -> str:
    package = folder / "appconfig_rollback"
    package.mkdir(parents=True)
    for name, text in {"__init__": "", **modules}.items():
        (package / f"{name}.py").write_text(text)
    return str(folder)


def told(*folders: str) -> Any:  # noqa: ANN401 - JSON
    words = [sys.executable, "-c", PROGRAM, *folders]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_each_package_has_modules_of_its_own_and_the_process_has_none(tmp_path: Path) -> None:
    one = code(tmp_path / "one", alarm="RELEASE = 1")
    two = code(
        tmp_path / "two", alarm="from appconfig_rollback.state import RELEASE", state="RELEASE = 2"
    )

    (first, second), left = told(one, two)

    assert first == {"appconfig_rollback": None, "appconfig_rollback.alarm": 1}
    assert (second["appconfig_rollback.alarm"], second["appconfig_rollback.state"]) == (2, 2)
    assert left == []


def test_of_one_that_cannot_be_imported_nothing_is_there_before_the_function_tries(
    tmp_path: Path,
) -> None:
    broken = code(tmp_path / "broken", alarm="RELEASE = 1", state="import no_such_module")

    assert told(broken) == [[{}], []]
    assert told(str(tmp_path)) == [[{}], []]

"""Settings of every test: the same on every machine, whatever its user has set.

`make test-fast` tries 40 examples of each rule, `make test` 300 and `make documents` 10,000;
pytest without a word tries 200.
"""

from __future__ import annotations

import gc
import os
import re
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

pytest_plugins = ["tests.folder_times", "tests.sdk_files"]

#: The marks of what takes seconds: `--fast` leaves it out.
_SLOW = ("cloud", "stepfunctions_local", "thorough")
_ALL_SLOW = re.compile(rf"^pytestmark = .*\bmark\.({'|'.join(_SLOW)})\b", re.MULTILINE)

_EXAMPLES = {"fast": 40, "usual": 200, "full": 300, "long": 10_000}
for profile, examples in _EXAMPLES.items():
    settings.register_profile(profile, max_examples=examples, deadline=None, derandomize=True)
settings.load_profile("usual")

# Nothing of this user's AWS settings reaches a test, or a program that a test starts. Boto3 reads
# them when a client is made, which some modules do at import; so no fixture would be early enough.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    told = f"leave out what is marked {', '.join(_SLOW)}, and try few examples"
    parser.addoption("--fast", action="store_true", help=told)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.fast:
        settings.load_profile("fast")
        config.option.markexpr = " and ".join(f"not {mark}" for mark in _SLOW)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: Python need not look through it for garbage again and again."""
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module that is slow as a whole before it is imported, which takes seconds too."""
    if config.option.fast and collection_path.suffix == ".py":
        return bool(_ALL_SLOW.search(collection_path.read_text("utf-8"))) or None
    return None

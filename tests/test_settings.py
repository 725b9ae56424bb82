"""The tests do not mind what the user of this machine has set for AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

ONE_OF_MOTOS = "tests/adapters/test_topic.py"
ONE_OF_OURS = "tests/proofs/aws/test_asking.py"


def test_another_profile_file_or_address_is_not_in_the_way(tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_text("no section, no key")
    theirs = {
        "AWS_PROFILE": "not-there",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "mars-north-1",
        "AWS_DEFAULT_REGION": "mars-north-1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE_OF_MOTOS, ONE_OF_OURS],
        cwd=REPOSITORY,
        env={**os.environ, **theirs},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]

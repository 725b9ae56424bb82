"""What functions read of the SDK before they are forked is as they would read it alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

#: In a process of its own, whose SDK is changed. Two sessions read a model, and the first marks it;
#: then the services are listed, with those of a folder besides.
PROGRAM = """
import json, sys
from botocore.loaders import Loader
from local import read_ahead
read_ahead.install()
first, second = (Loader().load_service_model("sns", "service-2") for _ in range(2))
first["metadata"]["marked"] = True
beside = Loader(extra_search_paths=sys.argv[1:])
print(json.dumps([first, second, beside.list_available_services("service-2")]))
"""


def test_each_session_has_models_of_its_own_and_sees_all_services(tmp_path: Path) -> None:
    (tmp_path / "our-own" / "2026-01-01").mkdir(parents=True)
    (tmp_path / "our-own" / "2026-01-01" / "service-2.json").write_text("{}")
    words = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    first, second, services = json.loads(done.stdout)

    model: Any = Loader().load_service_model("sns", "service-2")
    assert second == model
    assert first == {**model, "metadata": {**model["metadata"], "marked": True}}
    assert services == sorted({"our-own", *Loader().list_available_services("service-2")})

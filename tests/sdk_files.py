"""What every session of botocore reads alike is read once, not once per session.

Tests open dozens of sessions. Each would read the endpoints of all regions, and look through the
folders of all services. Models are read anew each time: botocore merges files over them in place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.loaders import JSONFileLoader, Loader

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    load, listed = JSONFileLoader.load_file, Loader.list_available_services
    endpoints = str(Path(Loader.BUILTIN_DATA_PATH) / "endpoints")

    @cache
    def of_all_regions() -> Any:  # noqa: ANN401 - JSON
        return load(JSONFileLoader(), endpoints)

    @cache
    def of_folders(type_name: str, *folders: str) -> list[str]:
        looking = Loader(extra_search_paths=[*folders], include_default_search_paths=False)
        return listed(looking, type_name)

    def load_file(self: JSONFileLoader, file_path: str) -> Any:  # noqa: ANN401 - JSON
        return of_all_regions() if file_path == endpoints else load(self, file_path)

    def list_available_services(self: Loader, type_name: str) -> list[str]:
        return of_folders(type_name, *self.search_paths)

    with (
        mock.patch.object(JSONFileLoader, "load_file", load_file),
        mock.patch.object(Loader, "list_available_services", list_available_services),
    ):
        yield

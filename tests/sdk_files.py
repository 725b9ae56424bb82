"""What every session of botocore reads alike is read once, not once per session.

Tests open dozens of sessions. Each would read the endpoints of all regions and the models of its
services, and look through the folders of all services. Only the models that ours are merged over,
in place, are read anew each time (see `appconfig_rollback.adapters.sdk_model`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.loaders import JSONFileLoader, Loader

from appconfig_rollback.adapters.sdk_model import EXTENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(Loader.BUILTIN_DATA_PATH)
_MERGED_OVER = tuple(str(_DATA / service) for service in EXTENDED)


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    load, listed = JSONFileLoader.load_file, Loader.list_available_services

    @cache
    def of_sdk(path: str) -> Any:  # noqa: ANN401 - JSON
        return load(JSONFileLoader(), path)

    @cache
    def of_folders(type_name: str, *folders: str) -> list[str]:
        looking = Loader(extra_search_paths=[*folders], include_default_search_paths=False)
        return listed(looking, type_name)

    def load_file(self: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON
        shared = path.startswith(str(_DATA)) and not path.startswith(_MERGED_OVER)
        return of_sdk(path) if shared else load(self, path)

    def list_available_services(self: Loader, type_name: str) -> list[str]:
        return of_folders(type_name, *self.search_paths)

    with (
        mock.patch.object(JSONFileLoader, "load_file", load_file),
        mock.patch.object(Loader, "list_available_services", list_available_services),
    ):
        yield

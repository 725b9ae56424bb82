"""What every function reads of the SDK is read once, before the functions are forked.

A client's first session reads the endpoints of all regions and the models of its services, and
looks through the folders of all services: two thirds of a forked function's cold start. Each fork
finds it read, in memory of its own, and is handed each file once. So nothing that a function
changes in a model is seen by another session, and what is asked for twice is read again.
"""

from __future__ import annotations

from typing import Any

from botocore.loaders import JSONFileLoader, Loader

#: The services that the functions call.
SERVICES = ("appconfig", "cloudwatch", "sns", "stepfunctions")


def install() -> None:
    """Read it in this process, for those that are forked from it."""
    # Methods of theirs are replaced, which their types forbid.
    reader: Any = JSONFileLoader
    loaders: Any = Loader
    load, listed = reader.load_file, loaders.list_available_services
    files: dict[str, Any] = {}
    services: dict[str, list[str]] = {}

    def remember(self: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON
        files[path] = found = load(self, path)
        # Sessions merge others over models, in place; the rest is as it was.
        return load(self, path) if path.endswith("/service-2") else found

    def hand_out(self: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON
        return files.pop(path) if path in files else load(self, path)

    def of_sdk(type_name: str) -> list[str]:
        if type_name not in services:
            services[type_name] = listed(Loader(), type_name)
        return services[type_name]

    def list_services(self: Loader, type_name: str) -> list[str]:
        others = [path for path in self.search_paths if path != Loader.BUILTIN_DATA_PATH]
        if len(others) == len(self.search_paths):
            return listed(self, type_name)  # type: ignore[no-any-return]
        beside = Loader(extra_search_paths=others, include_default_search_paths=False)
        return sorted({*of_sdk(type_name), *listed(beside, type_name)})

    loaders.list_available_services = list_services
    reader.load_file = remember
    _make_clients()
    reader.load_file = hand_out


def _make_clients() -> None:
    import botocore.session

    session = botocore.session.Session()
    for service in SERVICES:
        session.create_client(
            service,
            region_name="us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",  # noqa: S106
        )

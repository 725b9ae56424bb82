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
    load, listed = JSONFileLoader.load_file, Loader.list_available_services
    files: dict[str, Any] = {}
    services: dict[str, list[str]] = {}

    def remember(loader: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON
        files[path] = found = load(loader, path)
        # Sessions merge others over models, in place; the rest is as it was.
        return load(loader, path) if path.endswith("/service-2") else found

    def hand_out(loader: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON
        return files.pop(path) if path in files else load(loader, path)

    def of_sdk(type_name: str) -> list[str]:
        if type_name not in services:
            found: list[str] = listed(Loader(), type_name)
            services[type_name] = found
        return services[type_name]

    def list_services(loader: Loader, type_name: str) -> list[str]:
        others = [path for path in loader.search_paths if path != Loader.BUILTIN_DATA_PATH]
        if len(others) == len(loader.search_paths):
            return listed(loader, type_name)  # type: ignore[no-any-return]
        beside = Loader(extra_search_paths=others, include_default_search_paths=False)
        return sorted({*of_sdk(type_name), *listed(beside, type_name)})

    Loader.list_available_services = list_services
    JSONFileLoader.load_file = remember
    _make_clients()
    JSONFileLoader.load_file = hand_out


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

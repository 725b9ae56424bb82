"""What the rollback needs an SDK to know of AWS's APIs, whichever SDK Lambda's runtime brings.

botocore describes every service in JSON files, and merges further files over them: its loader's
"extras". Those below `service_models/` are ours: the operations and members that botocore 1.42.40
lacks. Objects are merged and lists replaced, so ours hold no lists: a newer SDK keeps its own enums
and required members. They have a type of their own because botocore reads only the first file of a
type, and ships files of its type `sdk`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appconfig_rollback.errors import SdkModelError

#: The services that have a model of ours, and the version of their API that it extends.
EXTENDED = {"appconfig": "2019-10-09", "cloudwatch": "2010-08-01"}
KINDS = ("service-2", "paginators-1")

_FOLDER = Path(__file__).with_name("service_models")
_TYPE = "rollback"


def extend(session: Any) -> None:  # noqa: ANN401 - botocore has no types of its own
    """Let a botocore session merge our models over those that it brings."""
    loader = session.get_component("data_loader")
    loader.search_paths.append(str(_FOLDER))
    loader.extras_types.append(_TYPE)


def check(session: Any, service: str) -> None:  # noqa: ANN401
    """Make sure that an extended session knows all that our model of a service holds.

    Raises:
        SdkModelError: it does not.
    """
    if service not in EXTENDED:
        return
    loader = session.get_component("data_loader")
    needed = {kind: _extras(loader, service, kind) for kind in KINDS}
    # As the session asks for it when it makes a client, so that it is read only once. Its
    # paginators are not looked at: botocore would first list those of all services.
    known = loader.load_service_model(service, "service-2", api_version=None)
    lacking = next(_lacking(known, needed["service-2"]), None)
    if lacking:
        raise SdkModelError(
            f"expected {_sdk()} to know {lacking} of {service}, extended by "
            f"{_path(service, 'service-2')}.json; it does not. Bring that file up to date with "
            f"the API, of which this SDK has version {known['metadata']['apiVersion']}"
        )


def _extras(loader: Any, service: str, kind: str) -> Any:  # noqa: ANN401
    """Read what a file of ours merges over a model."""
    path = _path(service, kind)
    try:
        return loader.load_data(str(path.relative_to(_FOLDER)))["merge"]
    except Exception as error:
        raise SdkModelError(
            f"expected {path}.json to extend {_sdk()}; got {type(error).__name__}: {error}. "
            "Deploy the functions with all of their files"
        ) from error


def _path(service: str, kind: str) -> Path:
    return _FOLDER / service / EXTENDED[service] / f"{kind}.{_TYPE}-extras"


def _lacking(known: Any, needed: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Name what a model lacks or defines differently."""
    for key, value in needed.items():
        place = f"{path}.{key}" if path else key
        found = known.get(key)
        if isinstance(value, dict) and isinstance(found, dict):
            yield from _lacking(found, value, place)
        elif found != value:
            yield place


def _sdk() -> str:
    import botocore

    return f"botocore {botocore.__version__}"

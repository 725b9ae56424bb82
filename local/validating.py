"""When the embedded cloud's AppConfig runs a profile's validators, which AWS's papers disagree on.

The API reference of BadRequestException speaks of creating a hosted version, the user guide of
StartDeployment and ValidateConfiguration ("Understanding validators"). So it does both, unless a
test says otherwise. The client part is ``EmbeddedCloud.validating``; the server part listens at
/_local/validating: POST sets what is said, GET tells it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.front import say, with_control

if TYPE_CHECKING:
    from local.front import AsgiApp

PATH = "/_local/validating"


@dataclass
class Moments:
    """When validators run, and whether a refusal has details.

    ``after_start`` lets StartDeployment succeed and rolls the deployment back out of VALIDATING,
    which is inferred from there being such a state.
    """

    on_creation: bool = True
    on_start: bool = True
    after_start: bool = False
    details: bool = True


#: What this process, the server, goes by.
NOW = Moments()


class Validating:
    """The client part, for one embedded cloud."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def set(self, moments: Moments) -> None:
        """Let validators run at these moments from now on."""
        say(self._url, "POST", asdict(moments))


def install(serve: AsgiApp) -> AsgiApp:
    """Listen for other moments, in this process."""

    def control(method: str, said: dict[str, Any]) -> dict[str, Any]:
        if method == "POST":
            vars(NOW).update(said)
        return asdict(NOW)

    return with_control(serve, PATH, control)

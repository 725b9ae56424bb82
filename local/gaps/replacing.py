"""How a gap is filled: a function of MiniStack is replaced by one of ours that may call it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

Response = tuple[int, dict[str, str], bytes]
"""What MiniStack's services answer: status, headers and body."""

PassOn = Callable[..., Awaitable[Response]]
"""What takes a request's parts and answers it."""


class Request(NamedTuple):
    """What MiniStack hands to a service, in the order in which it does."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, Any]


Answering = Callable[[PassOn, Request], Awaitable[Response]]


def replace(module: ModuleType, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the decorated function in the place of ``module.name``, whose original it gets first.

    MiniStack looks its own functions up in their modules at each call, so this reaches them all.
    A name that is gone raises AttributeError: a new version of MiniStack must not silently leave
    a gap open.
    """
    original = getattr(module, name)

    def install(ours: Callable[..., Any]) -> Callable[..., Any]:
        bound = functools.partial(ours, original)
        setattr(module, name, bound)
        return bound

    return install


def replace_requests(service: ModuleType) -> Callable[[Answering], PassOn]:
    """Put the decorated function before a service: it gets what answers otherwise, and a Request.

    Else as :func:`replace`.
    """

    def install(ours: Answering) -> PassOn:
        @replace(service, "handle_request")
        async def handle(original: PassOn, *request: Any) -> Response:
            return await ours(original, Request(*request))

        return handle

    return install


def replace_provisioning(
    kind: str, step: Literal["create", "delete"]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the decorated function in the place of what makes or deletes a stack's resources.

    `kind` is the resources' type.

    MiniStack's CloudFormation looks it up in a table, not in a module; else as :func:`replace`.
    """
    from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

    entry = provisioners._RESOURCE_HANDLERS[kind]
    original = entry[step]

    def install(ours: Callable[..., Any]) -> Callable[..., Any]:
        entry[step] = functools.partial(ours, original)
        return entry[step]  # type: ignore[no-any-return]

    return install

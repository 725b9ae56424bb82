"""Packages a template as ``aws cloudformation package`` does: code and definition are uploaded."""

from __future__ import annotations

import io
import sys
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Upload = Callable[[str, bytes], str]


def packaged(
    document: dict[str, Any], beside: Path, upload: Upload, *, bootstrap: str | None = None
) -> dict[str, Any]:
    """Upload what the template's CodeUri and DefinitionUri name; changes and returns the template.

    ``upload`` stores bytes under a key and gives their s3:// address. A ``bootstrap`` starts the
    functions in the place of Lambda's Python: the text of the file of that name that a custom
    runtime begins with.
    """
    runtime = {"Runtime": "provided.al2023"} if bootstrap else {}
    globals_ = document.get("Globals", {}).get("Function", {})
    globals_.update(runtime if "Runtime" in globals_ else {})
    extra = {"bootstrap": bootstrap} if bootstrap else {}
    uploaded: dict[str, str] = {}

    @cache
    def code_of(uri: str) -> bytes:
        return zipped(_files(beside / uri), extra)

    def stored(body: bytes, ending: str) -> str:
        # Equal code lies there once, so a deployment uploads it once.
        key = f"{sha256(body).hexdigest()[:32]}{ending}"
        if key not in uploaded:
            uploaded[key] = upload(key, body)
        return uploaded[key]

    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties |= runtime | {"CodeUri": stored(code_of(properties["CodeUri"]), ".zip")}
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            definition = (beside / properties["DefinitionUri"]).read_bytes()
            properties["DefinitionUri"] = stored(definition, ".asl.json")
    return document


def zipped(files: Mapping[str, bytes], executables: Mapping[str, str] | None = None) -> bytes:
    """Make an archive of files by name; the texts in `executables` may be run."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in sorted(files.items()):
            package.writestr(_entry(name), content)
        for name, text in (executables or {}).items():
            package.writestr(_entry(name, mode=0o755), text)
    return archive.getvalue()


def bootstrap(wait_scale: float, endpoint: str = "") -> str:
    """The file that Lambda starts in a custom runtime; it becomes the runtime client.

    It is the place for another endpoint: MiniStack replaces a function's own AWS_ENDPOINT_URL.
    """
    host = Path(__file__).with_name("function_host.py")
    elsewhere = f'export AWS_ENDPOINT_URL="{endpoint}"\n' if endpoint else ""
    start = f'exec "{sys.executable}" "{host}" {wait_scale} "$_HANDLER"'
    return f"#!/bin/sh\n{elsewhere}{start}\n"


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _entry(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    """An entry with a fixed date: equal code gives equal packages, which share one process pool."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry

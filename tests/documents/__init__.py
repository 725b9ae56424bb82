"""Documents in the shapes that teams have, one file each."""

from __future__ import annotations

from pathlib import Path

from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument

_HERE = Path(__file__).parent
_FREEFORM = "AWS.Freeform"


def document(name: str, flags_at: str = "") -> FlagDocument:
    """Read one; those whose names begin with `feature_flags` are of that type, but for one."""
    native = name.startswith("feature_flags") and "freeform" not in name
    content_type = "application/x-yaml" if name.endswith(".yaml") else "application/json"
    profile_type = FEATURE_FLAGS if native else _FREEFORM
    return FlagDocument((_HERE / name).read_bytes(), content_type, profile_type, flags_at)

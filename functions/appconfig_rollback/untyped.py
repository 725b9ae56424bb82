"""What has no type of its own: a word for what it is, where `Any` would be all that is said."""

from __future__ import annotations

from typing import Any, TypeAlias

#: What `json.loads` gives: a value whose shape is looked at, not declared.
Json: TypeAlias = Any

#: What an AWS service answers, or a part of it, where the stubs have no type or not yet.
AwsAnswer: TypeAlias = Any

#: A client of an AWS service that the caller names.
AwsClient: TypeAlias = Any

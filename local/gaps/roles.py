"""What a role or user may do, asked where MiniStack acts without asking."""

from __future__ import annotations

from typing import Literal

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_evaluator  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import iam  # type: ignore[import-untyped]

from local import asked, denials


def denial(
    role_arn: str,
    action: str,
    resource_arn: str,
    session: str,
    condition_keys: dict[str, str] | None = None,
) -> str | None:
    """The words with which IAM denies ``role_arn`` the action, or None if it is allowed.

    ``condition_keys`` are those of the request, in lower case, for the policies' conditions. IAM
    user guide, "Policy evaluation logic": everything is denied that no policy allows.
    """
    role = role_arn.rsplit("/", 1)[-1]
    account = get_account_id()
    caller = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    return _denial(caller, "AssumedRole", action, resource_arn, condition_keys)


def callers_denial(
    action: str, resource_arn: str, condition_keys: dict[str, str] | None = None
) -> str | None:
    """The message with which IAM denies the present caller the action, or None if it is allowed.

    Roles and users are checked; root may do everything. Otherwise as :func:`denial`.
    """
    caller = str(iam_evaluator.caller_arn())
    if ":assumed-role/" in caller:
        _, name, session = caller.rsplit("/", 2)
        return denial(name, action, resource_arn, session, condition_keys)
    if ":user/" in caller:
        return _denial(caller, "User", action, resource_arn, condition_keys)
    return None


def _denial(
    caller: str,
    kind: Literal["AssumedRole", "User"],
    action: str,
    resource_arn: str,
    condition_keys: dict[str, str] | None,
) -> str | None:
    if not app.AUTH:
        return None
    account = get_account_id()
    if kind == "User":
        name = caller.rsplit("/", 1)[-1]
        policies, owners = iam_evaluator._gather_user_policies(name, account), iam._users
    else:
        name = caller.rsplit("/", 2)[-2]
        policies, owners = iam_evaluator._gather_role_policies(name, account), iam._roles
    decision = iam_evaluator.evaluate(
        iam_evaluator.EvalContext(
            principal_arn=caller,
            principal_type=kind,
            principal_account=account,
            action=action,
            resource_arn=resource_arn,
            region=get_region(),
            service_context=condition_keys or {},
        ),
        policies,
        *iam_evaluator._permissions_boundary(owners, name, account),
    ).decision
    asked.note(caller, action, resource_arn, allowed=decision == "Allow")
    if decision == "Allow":
        return None
    denials.note(caller, action)
    return (
        f"User: {caller} is not authorized to perform: {action} on resource: {resource_arn} "
        f"because no identity-based policy allows the {action} action"
    )

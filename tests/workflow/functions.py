"""The functions of a deployed stack, set otherwise than its template sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.stack import Stack


def set_environment(stack: Stack, *only: str, **variables: str) -> None:
    """Add environment variables to the functions named (logical ids), or else to all."""
    functions = stack.cloud.client("lambda")
    pages = stack.cloud.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack.name):
        for resource in page["StackResourceSummaries"]:
            wanted = not only or resource["LogicalResourceId"] in only
            if resource["ResourceType"] == "AWS::Lambda::Function" and wanted:
                name = resource["PhysicalResourceId"]
                now = functions.get_function_configuration(FunctionName=name)["Environment"]
                functions.update_function_configuration(
                    FunctionName=name, Environment={"Variables": {**now["Variables"], **variables}}
                )

"""The chain that does nothing has the states of a rollback, and its warm-up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.cloud import REPOSITORY
from proofs.benchmarks.no_op.chain import MEMORY_MEGABYTES, warmed_up, write_template
from tests.contract.shipped import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

STATES = [("Pass", "Begin"), ("Task", "Read"), ("Choice", "Go?"), ("Task", "StartDeployment")]


def test_the_chain_has_the_states_it_is_told(tmp_path: Path) -> None:
    template = json.loads(write_template(tmp_path, STATES, set()).read_text())
    machine = json.loads((tmp_path / "chain.asl.json").read_text())
    kinds = [(state["Type"], name) for name, state in machine["States"].items()]
    assert kinds == [*STATES, ("Succeed", "Done")]
    assert machine["States"]["Go?"]["Default"] == "StartDeployment"
    functions = [n for n, r in template["Resources"].items() if r["Type"].endswith("::Function")]
    assert functions == ["Single", "Read", "StartDeployment"]
    assert "WarmUp" not in template["Resources"]


def test_what_is_warmed_up_in_the_project_is_warmed_up_in_the_chain(tmp_path: Path) -> None:
    project = tmp_path / "project.yaml"
    project.write_text(
        """
Resources:
  ReadFunction: {Type: "AWS::Serverless::Function", Properties: {}}
  StartDeploymentFunction: {Type: "AWS::Serverless::Function", Properties: {}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.cloudwatch]}
      Targets: [{Id: one, Arn: !GetAtt StartDeploymentFunction.Arn, Input: '{"warmUp": true}'}]
  Other:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.states]}
      Targets: [{Id: one, Arn: !GetAtt ReadFunction.Arn}]
"""
    )
    assert warmed_up(project) == {"StartDeployment"}
    template = json.loads(write_template(tmp_path, STATES, {"StartDeployment"}).read_text())
    targets = template["Resources"]["WarmUp"]["Properties"]["Targets"]
    assert [target["Arn"] for target in targets] == [{"Fn::GetAtt": ["StartDeployment", "Arn"]}]


def test_the_functions_of_all_who_are_compared_have_the_same_memory() -> None:
    assert TEMPLATE["Globals"]["Function"]["MemorySize"] == MEMORY_MEGABYTES
    for name in ("single_function", "smallest_function"):
        path = REPOSITORY / "proofs" / "benchmarks" / name / "template.yaml"
        resources = yaml_parse(path.read_text("utf-8"))["Resources"].values()
        functions = [r for r in resources if r["Type"] == "AWS::Serverless::Function"]
        assert [f["Properties"]["MemorySize"] for f in functions] == [MEMORY_MEGABYTES]

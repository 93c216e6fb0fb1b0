"""What docs/export_rules.md says the policies on export law cost, against the shipped scenario it names."""

from __future__ import annotations

import re
import tomllib

import pytest

from optimizer.pipeline import Options, run
from optimizer.reading.read import ReadOptions, read_instance
from optimizer.study.regimes import POLICIES, under
from tests.tiny import ROOT

INSTANCE = ROOT / "instances" / "hong_kong_cyberport.toml"
TEXT = (ROOT / "docs" / "export_rules.md").read_text(encoding="utf-8").split("### What the policies cost")[1]
STATED = {name: float(lcoc) for name, lcoc in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", TEXT.split("\n## ")[0], re.M)}
"""LCOC by policy, USD per EFLOP."""


def test_the_table_has_every_policy_and_its_own_percentages() -> None:
    assert set(STATED) == set(POLICIES)
    told = dict(re.findall(r"^\| `(\w+)` \| [\d.]+ \| \+(\d+) % \|", TEXT, re.M))
    assert {
        name: f"{100 * (lcoc / STATED['as_stated'] - 1):.0f}" for name, lcoc in STATED.items() if name in told
    } == told
    assert set(told) == set(POLICIES) - {"as_stated"}


def test_the_scenario_is_what_the_page_says_and_filed_quotas_are() -> None:
    filed = tomllib.loads(INSTANCE.read_text(encoding="utf-8"))
    there = filed["scenarios"]["policies"]
    quotas = filed["procurement"]["quotas"]
    for name, tier in (("tier_2", "tier 2"), ("tier_1_licensed", "tier 1")):
        more, less = there["procurement"]["quotas"][name]["max_accelerators"], quotas[name]["max_accelerators"]
        assert f"{more:,} for {tier} ({less:,})" in TEXT
    first = there["phases"]["y2027"]["target_pflops"], filed["phases"]["y2027"]["target_pflops"]
    assert "{} PFLOPS for {:,} in the first year".format(*first) in TEXT


@pytest.mark.long
def test_both_policies_together_cost_what_the_page_says() -> None:
    """The dearest row, which is the quickest to solve."""
    reading = read_instance(INSTANCE, ReadOptions(scenario="policies"))
    found = run(under(reading.instance, "no_gp10_no_supercomputer"), reading.folder, Options(gap=0.01))
    assert found.verified
    assert found.design is not None
    assert found.design.reported is not None
    assert found.design.reported.lcoc_usd_per_eflop == pytest.approx(STATED["no_gp10_no_supercomputer"], rel=0.015)

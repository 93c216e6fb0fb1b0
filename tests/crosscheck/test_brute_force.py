"""The optimiser against the list of all designs (designs.py): same least LCOC, infeasible together.

The list is scored by the audit, which shares no code with the optimisation model: agreement checks coefficients, rows,
search and read-back at once, on every rule the random instances draw.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, Result, run
from tests.crosscheck.designs import best_design
from tests.crosscheck.random_instances import random_instance
from tests.laws.denials import assert_not_denied
from tests.sampling import every
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
GAP = 1e-6
FINE = 1e-5
"""Both sides lean on feasibility tolerances of 1e-6."""
TOO_MANY = 32
"""A facility with so many designs that bounds rule out too few: its enumeration takes over a quarter of an hour."""
SOONER, LATER = range(200, 240), [seed for seed in range(51) if seed != TOO_MANY]


def optimised(instance: Instance) -> Result:
    return run(instance, HERE, Options(gap=GAP, isolated=False))


@cache
def optimised_seed(seed: int) -> Result:
    return optimised(random_instance(seed))


def compare(instance: Instance, result: Result) -> Status:
    """Check the optimiser's answer against the list of all designs; the status they agree on."""
    best = best_design(instance)
    assert not best.rejected, [report.findings for report in best.rejected]
    if best.decisions is None:
        assert result.status is Status.INFEASIBLE
        return result.status
    assert result.status is Status.OPTIMAL, result.message
    assert result.audit is not None
    assert_not_denied(result)
    assert result.audit.lcoc_usd_per_eflop == pytest.approx(best.lcoc, rel=FINE)
    assert result.bound <= best.lcoc + abs(best.lcoc) * FINE
    return result.status


@pytest.mark.parametrize("seed", every(4, SOONER))
def test_no_design_is_better_than_the_one_found(seed: int) -> None:
    compare(random_instance(seed), optimised_seed(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", LATER)
def test_no_design_is_better_on_many_more_instances(seed: int) -> None:
    compare(random_instance(seed), optimised_seed(seed))


@pytest.mark.parametrize("changes", [{}, TWO_PHASES], ids=["one phase", "two phases"])
def test_no_design_is_better_on_instances_worked_out_on_paper(changes: dict[str, object]) -> None:
    assert compare(tiny(changes), optimised(tiny(changes))) is Status.OPTIMAL


def test_the_list_itself_is_right_on_the_instance_solved_on_paper() -> None:
    """instances/minimal.toml: nine quick pods and one frugal one, 1,996,461.2 USD for 38 PFLOPS."""
    best = best_design(tiny())
    assert best.lcoc == pytest.approx(1_996_461.2 / (38 * 31_536), rel=1e-9)
    assert best.decisions is not None
    assert {(row.accelerator, row.pods) for row in best.decisions.deliveries} == {("quick", 9), ("frugal", 1)}


def test_the_random_instances_meet_what_they_promise() -> None:
    """A generator that draws only easy or only impossible instances would prove nothing."""
    met: Counter[str] = Counter()
    for seed in SOONER:
        instance = random_instance(seed)
        site, result = instance.sites["paper"], optimised_seed(seed)
        met[result.status.value] += 1
        if result.design is None or result.audit is None:
            continue
        chosen, paid = result.design.decisions, {line.account for line in result.audit.ledger if line.amount}
        met.update(f"pays {account}" for account in paid)
        met["two phases"] += len(instance.phases) == 2
        met["several types"] += len({(row.accelerator, row.cooling) for row in chosen.deliveries}) > 1
        met["battery bought"] += bool(chosen.batteries)
        met["steps reserved"] += bool(chosen.step_reserves)
        met["generators bought"] += bool(chosen.generators)
        met["above the target"] += any(row.demand_pflops for row in instance.phases.values())
        met["residual heat"] += any(row.residual for row in instance.coolings.values())
        met["quota"] += bool(instance.procurement.quotas)
        met["share"] += bool(instance.procurement.shares)
        met["existing pods"] += bool(site.existing_pods)
    wanted = {"optimal": 20, "infeasible": 3, "two phases": 8, "several types": 4, "battery bought": 4}
    wanted |= dict.fromkeys(("steps reserved", "generators bought", "quota", "share", "residual heat"), 2)
    wanted |= dict.fromkeys(("existing pods", "above the target", "pays demand", "pays capex_porting"), 2)
    wanted |= dict.fromkeys(("pays residual_value", "pays carbon", "pays water", "pays staff", "pays fuel"), 2)
    assert not {what: met[what] for what, least in wanted.items() if met[what] < least}, met

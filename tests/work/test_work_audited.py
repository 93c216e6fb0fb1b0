"""Random runs, services, programmes and staffing on two sites: the audit accepts whatever the model finds."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.tiny import WORKING, tiny


def drawn(seed: int) -> dict[str, Any]:
    """The second instance of the golden files with other sizes, days, speeds, prices and a second site."""
    dice = random.Random(seed)
    changes: dict[str, Any] = copy.deepcopy(WORKING)
    site = copy.deepcopy(tiny({}).model_dump(exclude_none=True)["sites"]["paper"])
    changes["sites.other"] = {**site, "place": "hong_kong", "fabric": dice.choice(["none", "inside"])}
    changes["fabrics.inside"] = {
        "name": "Inside servers only",
        "tiers": [{"up_to_accelerators": 8, "usd_per_accelerator": 0.0}],
        "kw_per_accelerator": 0.01,
        "spans_servers": False,
    }
    changes["models.small"]["params_total_b"] = dice.uniform(10.0, 120.0)
    changes["workloads.run"] |= {
        "max_days": dice.uniform(40.0, 150.0),
        "runs_per_year": dice.uniform(0.5, 2.4),
        "load_fraction": dice.uniform(0.3, 1.0),
        "from_phase": dice.choice(["a", "b"]),
    }
    if dice.random() < 0.5:
        changes["workloads.run"]["residency"] = [dice.choice(["singapore", "hong_kong"])]
    changes["workloads.second"] = changes["workloads.run"] | {"tokens_t": dice.uniform(0.1, 1.5), "residency": None}
    changes["workloads.second"].pop("residency")
    changes["workloads.chat"] |= {
        "user_tokens_per_s": dice.choice([0.0, 10.0, 40.0]),
        "cached_input_fraction": dice.uniform(0.0, 0.8),
        "batch_max": dice.randint(1, 200),
        "daily_profile": [dice.uniform(0.3, 1.0) for _ in range(24)],
    }
    changes["stacks.mature.programme_usd"] = dice.choice([0.0, 20_000.0, 200_000.0])
    changes["staff.max_engineers"] = dice.choice([8.0, 30.0])
    changes["accelerators.frugal.fabric_exponent"] = dice.uniform(0.0, 0.3)
    changes["accelerators.frugal.fabric_reference_accelerators"] = 8
    changes["accelerators.quick.repair_hours"] = dice.uniform(0.0, 50.0)
    changes["phases"]["a"]["target_pflops"] = dice.choice([0.0, 8.0])
    changes["phases"]["b"] |= {"target_pflops": dice.uniform(0.0, 12.0), "demand_pflops": 60.0}
    return changes


@pytest.mark.parametrize("seed", range(12))
def test_the_audit_accepts_what_the_model_finds(seed: int) -> None:
    result = run(tiny(drawn(seed)), Path(__file__).parent, Options(gap=1e-5, time_limit_s=60.0, isolated=False))
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE, Status.INFEASIBLE), result.message
    if result.design is not None:
        assert result.audit is not None
        assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings[:5]]


def test_most_of_the_draws_have_a_design() -> None:
    """Else the test above would prove little."""
    ends = [run(tiny(drawn(s)), Path(__file__).parent, Options(gap=0.1, isolated=False)).status for s in range(6)]
    assert sum(status is not Status.INFEASIBLE for status in ends) >= 4

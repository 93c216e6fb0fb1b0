"""Whole small plans: residency, sites that do not add up inside a run, chips that win here and lose there."""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import pytest

from optimizer.analysis.decision_table import decision_rows
from optimizer.analysis.orders import procurement
from optimizer.assets.compute.pods import pod_size
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.design import Status
from optimizer.inputs.work import TrainingRun
from optimizer.model.derive import derive
from optimizer.study.requirements import requirements
from tests.tiny import tiny
from tests.work.least import HERE, MODEL, NO_TARGET, ONE_RUN, RUN, SERVICE, catalogue_chip, catalogue_row, least

QUICK, FRUGAL = 209_198.0, 113_679.2
"""USD of a pod and its energy at full work through the year (instances/minimal.toml)."""


def second_site(**changes: Any) -> dict[str, Any]:
    """A copy of the only site, under the name `other`."""
    site = copy.deepcopy(tiny({}).model_dump(exclude_none=True)["sites"]["paper"])
    return {"sites.other": {**site, **changes}}


def test_residency_decides_the_site() -> None:
    """Power is free at the other site, in Hong Kong; data that must stay in Singapore are trained at home."""
    other = second_site(place="hong_kong", tariff="free")
    free = {"tariffs.free": {**tiny({}).model_dump(exclude_none=True)["tariffs"]["flat"]}}
    free["tariffs.free"]["energy"] = [{"label": "all", "price_per_kwh": 0.0}]
    anywhere = least({**ONE_RUN, **other, **free})
    home = least({**ONE_RUN, **other, **free, "workloads.run": RUN | {"residency": ["singapore"]}})
    assert anywhere.decisions is not None
    assert home.decisions is not None
    assert {row.site for row in anywhere.decisions.clusters} == {"other"}
    assert {row.site for row in home.decisions.clusters} == {"paper"}
    assert anywhere.musd * 1e6 == pytest.approx(400_000)
    assert home.musd * 1e6 == pytest.approx(2 * QUICK)


def small(pods: int) -> dict[str, Any]:
    """A building that holds so many pods of 3 m2 each with a tenth of support."""
    white = tiny({}).coolings["warm_water"].m2_per_rack
    return {"white_space_m2": pods * white * 1.0 + 1e-6, "plant_m2": 100.0, "support_fraction": 0.0,
            "fitout_usd_per_m2": 0.0, "plant_fitout_usd_per_m2": 0.0}  # fmt: skip


LARGE = {"name": "Hundred", "params_total_b": 100.0, "params_active_b": 100.0, "tokens_t": 0.2}
"""1.2e23 operations in 100 days: 13.89 PFLOPS, four quick pods (16); 1,600 GB: three pods."""


def test_a_100b_run_fits_no_single_site_until_one_grows() -> None:
    """Three pods at each of two sites are six, but a run needs four at one."""
    base = {**ONE_RUN, "models.ten": LARGE, "procurement.include": ["quick"]}
    two = {"sites.paper.building": small(3), **second_site(building=small(3))}
    refused = least({**base, **two})
    assert refused.status is Status.INFEASIBLE
    text = next(obstacle.reason for obstacle in refused.why if obstacle.path == "workloads.run")
    assert "one cluster of one site" in text
    # 1.2e23 operations in 100 days are 13.89 PFLOPS; 12 take 115.7 days.
    assert "compute: 12.00 PFLOPS on 24 accelerators, 13.60 % too little (it would take 115.7 days)" in text
    assert "memory" not in text
    grown = least({**base, **two, "sites.paper.building": small(4)})
    assert grown.decisions is not None
    assert [(row.site, row.pods) for row in grown.decisions.clusters] == [("paper", 4)]
    assert grown.musd * 1e6 == pytest.approx(4 * QUICK)


def test_a_100b_run_that_lacks_memory_alone_says_so() -> None:
    """1,600 GB on two pods of 640 GB: 20 % too little. A fiftieth of the tokens leaves compute out of it."""
    base = {**ONE_RUN, "models.ten": LARGE | {"tokens_t": 0.004}, "procurement.include": ["quick"]}
    two = {"sites.paper.building": small(2), **second_site(building=small(2))}
    refused = least({**base, **two})
    assert refused.status is Status.INFEASIBLE
    text = next(obstacle.reason for obstacle in refused.why if obstacle.path == "workloads.run")
    assert "memory: 1.280 TB, 20.00 % too little" in text
    assert "compute:" not in text
    grown = least({**base, **two, "sites.paper.building": small(3)})
    assert grown.bought() == {"quick": 3}


def test_a_replica_larger_than_the_floor_is_refused_with_the_reason() -> None:
    """Three pods of eight fit: 24 accelerators hold a replica, 25 do not, however few tokens are asked for."""
    served = {**NO_TARGET, "models.ten": MODEL, "sites.paper.building": small(3), "procurement.include": ["quick"],
              "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5}}  # fmt: skip
    fits = least({**served, "workloads.chat": SERVICE | {"replica_accelerators": 24}})
    assert fits.bought() == {"quick": 3}
    refused = least({**served, "workloads.chat": SERVICE | {"replica_accelerators": 25}})
    assert refused.status is Status.INFEASIBLE
    text = next(obstacle.reason for obstacle in refused.why if obstacle.path == "workloads.chat")
    assert "room for a replica" in text


RIVALS: dict[str, Any] = {
    **NO_TARGET,
    "procurement.include": ["h20", "h800"],
    "accelerators.h20": catalogue_chip("h20_sxm") | {"last_delivery": None},
    "accelerators.h800": catalogue_chip("h800_sxm"),
    "models.ten": catalogue_row("models", "llama_3_70b"),
    "sites.paper.grid_mw": 20.0,
    "transformers.ideal.unit_mva": 40.0,
    "sites.paper.building": {
        "white_space_m2": 5000.0,
        "plant_m2": 5000.0,
        "fitout_usd_per_m2": 0.0,
        "plant_fitout_usd_per_m2": 0.0,
    },
}


def test_h20_wins_where_tokens_are_written_and_loses_where_models_are_trained() -> None:
    """One catalogue, two tasks. Nothing but the chips' figures differs."""
    written = {**SERVICE, "precisions": ["fp8"], "context_tokens": 8000, "input_tokens_b_per_day": 0.1}
    decode = least({**RIVALS, "workloads.training": None, "workloads.chat": written | {"output_tokens_b_per_day": 5.0}})
    trained = {**RUN, "tokens_t": 0.1, "max_days": 30.0, "runs_per_year": 1.0}
    train = least({**RIVALS, "workloads.run": trained})
    assert set(decode.bought()) == {"h20"}
    assert set(train.bought()) == {"h800"}


def test_tier_3_takes_more_space_for_the_same_throughput() -> None:
    """m2 for each effective BF16 PFLOPS in direct-to-chip racks: domestic chips against the leading edge."""
    cooling = Cooling.model_validate(catalogue_row("coolings", "direct_to_chip"))

    def m2_per_pflops(name: str) -> float:
        chip = Accelerator.model_validate(catalogue_row("accelerators", name))
        size = pod_size(chip, cooling, 0.12)
        assert size is not None
        assert chip.bf16_tflops is not None
        return size.white_m2 / (size.accelerators * chip.bf16_tflops / 1000 * chip.utilisation["training"])

    leading = min(m2_per_pflops(name) for name in ("b200_hgx", "gb200_nvl72_gpu"))
    domestic = min(m2_per_pflops(name) for name in ("cloudmatrix384_npu", "mtt_s5000"))
    assert domestic > 2 * leading


def test_no_fabric_keeps_jobs_inside_a_server() -> None:
    """Without a fabric between servers a run of two servers is refused; one server is enough for half the rate."""
    alone = {"fabrics.none.spans_servers": False}
    refused = least({**ONE_RUN, **alone})
    assert refused.status is Status.INFEASIBLE
    half = least({**ONE_RUN, **alone, "models.ten": MODEL | {"tokens_t": 0.5}})
    assert half.bought() == {"quick": 1}


def test_a_porting_programme_is_ordered_with_the_first_phase() -> None:
    """Its line in the procurement list is the money of the ledger; clusters are among the decisions."""
    changes = {
        **ONE_RUN,
        "stacks.mature.initial_maturity_fraction": 0.4,
        "stacks.mature.ramp_months": 24.0,
        "stacks.mature.programme_usd": 1_000.0,
        "stacks.mature.programme_ramp_months": 0.0,
    }
    found = least(changes)
    assert found.decisions is not None
    problem = derive(tiny(changes), HERE)
    lines = [line for line in procurement(problem, found.decisions) if line.what == "porting programme"]
    assert [(line.account, line.phase, line.total_usd) for line in lines] == [("capex_porting", "only", 1_000.0)]
    rows = [row for row in decision_rows(problem, found.decisions) if row[0] == "cluster of a training run"]
    assert [row[2:9] for row in rows] == [("paper", "quick", "warm_water", None, None, "run", 2)]


CHOICES = [("quick", 4.0, QUICK), ("frugal", 2.0, FRUGAL)]


@pytest.mark.parametrize("first_t", [0.3, 0.9, 1.7])
@pytest.mark.parametrize("second_t", [0.2, 1.1])
def test_two_runs_agree_with_trying_all_hosts(first_t: float, second_t: float) -> None:
    """Every pair of hosts by hand: each run its own whole pods, drawing power all year where nothing fills the time."""
    changes = {
        **NO_TARGET,
        "workloads.training": None,
        "models.one": MODEL | {"tokens_t": first_t},
        "models.two": MODEL | {"tokens_t": second_t},
        "workloads.first": RUN | {"model": "one"},
        "workloads.second": RUN | {"model": "two"},
    }
    need = [6e22 * tokens / 8.64e6 / 1e15 for tokens in (first_t, second_t)]
    memory = 160.0 / 640.0
    by_hand = min(
        sum(
            max(math.ceil(pflops / rate - 1e-9), math.ceil(memory)) * usd
            for pflops, (_, rate, usd) in zip(need, hosts, strict=True)
        )
        for hosts in itertools.product(CHOICES, repeat=2)
    )
    found = least(changes)
    assert found.status is Status.OPTIMAL
    assert found.musd * 1e6 == pytest.approx(by_hand)


def test_runs_and_services_are_requirements_that_can_be_dropped() -> None:
    """A run that no cluster hosts is dropped; what is left has a design. The only workload is kept as a token."""
    impossible = {**ONE_RUN, "workloads.run": RUN | {"max_days": 1.0}, "phases.only.target_pflops": 2.0}
    groups = {group.path: group for group in requirements(tiny(impossible))}
    without = groups["workloads.run"].drop(tiny(impossible))
    assert set(without.workloads) == {"training"}
    alone = tiny({**impossible, "workloads.training": None})
    token = next(group for group in requirements(alone) if group.path == "workloads.run").drop(alone).workloads["run"]
    assert isinstance(token, TrainingRun)
    assert token.tokens_t == pytest.approx(1e-3)

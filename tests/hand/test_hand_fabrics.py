"""The fabric as a decision, on paper.

Fabrics per accelerator, on the pods of instances/minimal.toml (8 accelerators each):

    fast      2,000 USD, as the accelerator's own exponent
    cheap     1,000 USD, twice the exponent (four times where it is said)
    inside      250 USD, joins no servers

With a reference of one server and an exponent of 0.05 a job on k pods keeps k^-0.05 on `fast` and k^-0.10 on `cheap`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Result
from optimizer.solve.search import Budget, compile_built, search
from optimizer.study.extensive_form import FirstStage, extensive
from tests.hand.on_paper import (
    EFLOP,
    GAP,
    HERE,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
    account,
    best,
    ended,
    figures,
    is_close,
    solve,
    target,
)
from tests.hand.test_hand_work import MODEL, NOTHING_ELSE, RUN
from tests.tiny import tiny


def fabric(usd: float, **more: Any) -> dict[str, Any]:
    """A fabric of one tier."""
    tiers = [{"up_to_accelerators": 1_000_000, "usd_per_accelerator": usd}]
    return {"name": f"Fabric at {usd:g}", "tiers": tiers, "kw_per_accelerator": 0.0, **more}


FAST, CHEAP, INSIDE = 2_000.0, 1_000.0, 250.0
FABRICS: dict[str, Any] = {
    "fabrics.fast": fabric(FAST),
    "fabrics.cheap": fabric(CHEAP, exponent_factor=2.0),
    "fabrics.inside": fabric(INSIDE, spans_servers=False),
    "accelerators.quick.fabric_reference_accelerators": 8,
    "accelerators.quick.fabric_exponent": 0.05,
    **ONLY_QUICK,
}


def choice(*names: str) -> dict[str, Any]:
    """A site that may choose among some of the fabrics."""
    return {**FABRICS, "sites.paper.fabrics": list(names)}


def chosen(result: Result) -> dict[str | None, int]:
    """Pods delivered by fabric."""
    assert result.design is not None
    counts: dict[str | None, int] = {}
    for row in result.design.decisions.deliveries:
        counts[row.fabric] = counts.get(row.fabric, 0) + row.pods
    return counts


def with_jobs_of(accelerators: int) -> dict[str, Any]:
    """Jobs of one size, and a demand that is never reached: the ratio is that of one pod, however many there are."""
    return {"workloads.training.job_accelerators": accelerators, **target(4.0, demand=1e4)}


@pytest.mark.parametrize(("job", "best_fabric"), [(16, "cheap"), (17, "fast")])
def test_the_dear_fabric_pays_from_a_job_of_17_accelerators_on(job: int, best_fabric: str) -> None:
    """A pod costs 209,198 + 16,000 = 225,198 USD on `fast` and 217,198 on `cheap`, 3.68 % less.

    `cheap` loses (J / 8)^-0.05 against `fast`: as much at J = 8 x (225,198 / 217,198)^20 = 16.49 accelerators.
    """
    assert 16 < 8 * (225_198 / 217_198) ** 20 < 17
    usd = {"fast": (QUICK + 8 * FAST) * (job / 8) ** 0.05, "cheap": (QUICK + 8 * CHEAP) * (job / 8) ** 0.10}
    result = solve({**choice("fast", "cheap"), **with_jobs_of(job)})
    assert set(chosen(result)) == {best_fabric}
    assert min(usd, key=lambda name: usd[name]) == best_fabric
    assert is_close(best(result), usd[best_fabric] / 4 / EFLOP)


def run_of(tokens_t: float) -> dict[str, Any]:
    """Only a training run, 6.9444 PFLOPS for each 1 T tokens; `cheap` has four times the exponent: k^-0.2."""
    run = {**RUN, "tokens_t": tokens_t}
    cheap = {"fabrics.cheap": fabric(CHEAP, exponent_factor=4.0)}
    return {**choice("fast", "cheap", "inside"), **cheap, **target(0.0), "models.ten": MODEL, "workloads.run": run}


def test_a_small_run_takes_the_cheap_fabric() -> None:
    """6.9444 PFLOPS: two pods sustain 8 x 2^-0.05 = 7.73 on `fast`, 8 x 2^-0.2 = 6.96 on `cheap`. Both suffice.

    `inside` is cheaper still, and one server is no cluster.
    """
    result = solve({**run_of(1.0), **NOTHING_ELSE}, "total_cost")
    assert chosen(result) == {"cheap": 2}
    # Half of the year is all that the two pods work; what idles between runs draws as if it ran.
    assert is_close(best(result) * 1e6, 2 * (QUICK + 8 * CHEAP))
    assert figures(result)["training_days_max"] == pytest.approx(6e22 / (8e15 * 2**-0.2) / 86_400)


def test_a_large_run_takes_the_fast_fabric() -> None:
    """20.83 PFLOPS: 4 k^0.95 asks for six pods on `fast`, 4 k^0.8 for eight on `cheap`.

    Six pods at 225,198 USD are 1,351,188; eight at 217,198 are 1,737,584.
    """
    assert 4 * 5**0.95 < 3 * 6e22 / 8.64e21 < 4 * 6**0.95
    assert 4 * 7**0.8 < 3 * 6e22 / 8.64e21 < 4 * 8**0.8
    result = solve({**run_of(3.0), **NOTHING_ELSE}, "total_cost")
    assert chosen(result) == {"fast": 6}
    assert is_close(best(result) * 1e6, 6 * (QUICK + 8 * FAST))
    assert account(result, "capex_fabric") == pytest.approx(6 * 8 * FAST / 1e6)


def test_inference_alone_stays_inside_servers() -> None:
    """Jobs of one server need no fabric: two pods at 209,198 + 8 x 250 USD."""
    jobs = {"workloads.training.job_accelerators": 8}
    result = solve({**choice("fast", "cheap", "inside"), **jobs, **target(8.0)}, "total_cost")
    assert chosen(result) == {"inside": 2}
    assert is_close(best(result) * 1e6, 2 * (QUICK + 8 * INSIDE))


BESIDE_THE_RUN: dict[str, Any] = {
    "workloads.training.floor_pflops": {"only": 12.0},
    "workloads.training.job_accelerators": 1,
    "phases.only.demand_pflops": 100.0,
}


def test_a_run_is_joined_and_the_pods_that_serve_stay_inside_servers() -> None:
    """A run on two joined pods, half of their year; a class of small jobs that asks for 12 PFLOPS, three pods.

    One pod's worth of it is done between the runs, so two more pods serve, without a fabric: 836,792 USD for four
    pods, 16,000 for the fabric of two and 4,000 for the others.
    """
    result = solve({**run_of(1.0), **BESIDE_THE_RUN}, "total_cost")
    assert chosen(result) == {"cheap": 2, "inside": 2}
    assert is_close(best(result) * 1e6, 4 * QUICK + 2 * 8 * CHEAP + 2 * 8 * INSIDE)
    assert result.design is not None
    (cluster,) = result.design.decisions.clusters
    assert (cluster.fabric, cluster.pods) == ("cheap", 2)
    assert {row.fabric for row in result.design.decisions.assignments if row.workload == "run"} == {"cheap"}


def test_power_of_the_fabric_decides_where_prices_are_alike() -> None:
    """0.5 kW for each accelerator of `cheap` costs 40 % of the pod's energy a year, 3,679.2 USD; it saves 1,600."""
    warm = {"fabrics.cheap": fabric(FAST - 200.0, kw_per_accelerator=0.5)}
    result = solve({**choice("fast", "cheap"), **warm, **target(8.0)}, "total_cost")
    assert chosen(result) == {"fast": 2}
    only = solve({**choice("cheap"), **warm, **target(8.0)}, "total_cost")
    pod = QUICK_PRICE + 1.4 * QUICK_ENERGY + 8 * (FAST - 200.0)
    assert is_close(best(only) * 1e6, 2 * pod)


def test_a_list_of_one_is_the_fabric_itself() -> None:
    """A choice of one costs what the given fabric costs; the rows say which it is."""
    jobs = {"workloads.training.job_accelerators": 64, **target(8.0)}
    listed = solve({**choice("cheap"), **jobs}, "total_cost")
    given = solve({**FABRICS, **jobs, "sites.paper.fabric": "cheap"}, "total_cost")
    assert set(chosen(listed)) == {"cheap"}
    assert set(chosen(given)) == {None}
    assert is_close(best(listed), best(given))
    # Three pods: 4 x 8^-0.1 = 3.249 PFLOPS each.
    assert is_close(best(given) * 1e6, 3 * (QUICK_PRICE + 8 * CHEAP) + 8 / (4 * 8**-0.1) * QUICK_ENERGY)


def test_the_networks_list_is_every_sites_list() -> None:
    """What the network lists is chosen from at a site that states nothing of its own."""
    changes = {**FABRICS, "network.fabric": None, "network.fabrics": ["fast", "inside"], **target(8.0)}
    compiled = compile_built(build(derive(tiny(changes), HERE), "total_cost"))[0]
    found = search(compiled, GOALS["total_cost"], Budget(gap=GAP, time_limit_s=60.0, seed=0, isolated=False))
    assert is_close(found.value * 1e6, 2 * (QUICK + 8 * INSIDE))


def test_a_quota_counts_pods_of_every_fabric() -> None:
    """The run and its class take 16 accelerators on `cheap` and 16 inside servers: 32 may be bought, 31 are too few."""
    few = {"match": {"accelerator": "quick"}, "max_accelerators": 32}
    changes = {**run_of(1.0), **BESIDE_THE_RUN, "procurement.quotas": {"q": few}}
    assert chosen(solve(changes, "total_cost")) == {"cheap": 2, "inside": 2}
    fewer = {**changes, "procurement.quotas": {"q": few | {"max_accelerators": 31}}}
    assert ended(fewer) is Status.INFEASIBLE


def test_a_fabric_joins_only_what_it_is_made_for() -> None:
    """`cheap` joins Chinese accelerators alone: quick is not offered on it, and the reason says so."""
    own = {"fabrics.cheap": fabric(CHEAP, origins=["CN"])}
    changes = {**choice("cheap", "fast"), **own, **target(8.0)}
    result = solve(changes, "total_cost")
    assert chosen(result) == {"fast": 2}
    (reason,) = [found.reason for found in result.problem.compute.exclusions if found.accelerator == "quick"]
    assert reason == "cheap joins only accelerators of origin CN"
    # The one fabric of a site joins no more than it is made for either.
    given = {**FABRICS, **own, **target(8.0), "sites.paper.fabric": "cheap"}
    assert ended(given) is Status.INFEASIBLE
    nobody = {"fabrics.cheap": fabric(CHEAP, vendors=["Another"])}
    assert ended({**choice("cheap"), **nobody, **target(8.0)}) is Status.INFEASIBLE


def test_a_system_that_brings_its_fabric_pays_for_none() -> None:
    """One type, without a fabric of the list, at the exponent of the accelerator: jobs of 64 keep 8^-0.05."""
    system = {"racks": 1, "densest_rack_kw": 10.0, "fabric_included": True}
    jobs = {"workloads.training.job_accelerators": 64, **target(4.0, demand=1e4)}
    result = solve({**choice("cheap", "inside"), **jobs, "accelerators.quick.rack_scale": system})
    assert set(chosen(result)) == {None}
    assert account(result, "capex_fabric") == 0
    assert is_close(best(result), QUICK / (4 * 8**-0.05) / EFLOP)
    assert [pod.wiring.spans_servers for pod in result.problem.compute.types.values()] == [True]


OLD: dict[str, Any] = {"accelerator": "quick", "cooling": "warm_water", "pods": 1, "commissioned": date(2027, 1, 1)}


def test_existing_pods_are_on_the_first_fabric_of_the_list() -> None:
    """The pod that is there carries half of a run only if it is joined like the new one.

    On `cheap`, the first of the list, one more pod makes the cluster: 217,198 USD and the energy of the old pod. On
    `inside` it carries no part of it, and stays idle beside two new ones.
    """
    joined = {**run_of(1.0), **NOTHING_ELSE, "sites.paper.fabrics": ["cheap", "inside"]}
    with_old = {**joined, "sites.paper.existing_pods": [OLD]}
    result = solve(with_old, "total_cost")
    assert chosen(result) == {"cheap": 1}
    assert is_close(best(result) * 1e6, QUICK + 8 * CHEAP + QUICK_ENERGY)
    apart = {**joined, "sites.paper.existing_pods": [{**OLD, "fabric": "inside"}]}
    result = solve(apart, "total_cost")
    assert chosen(result) == {"cheap": 2}
    assert is_close(best(result) * 1e6, 2 * (QUICK + 8 * CHEAP))


def test_retired_pods_are_named_with_their_fabric() -> None:
    """A pod worth more than it earns is sold; its fabric need not be among those of the list."""
    sold = {**OLD, "fabric": "fast", "salvage_usd_per_pod": 300_000.0}
    result = solve({**choice("inside"), **target(4.0), "sites.paper.existing_pods": [sold]}, "total_cost")
    assert result.design is not None
    (row,) = result.design.decisions.retirements
    assert (row.fabric, row.type_key) == ("fast", ("paper", "quick", "warm_water+fast"))
    assert is_close(best(result) * 1e6, QUICK + 8 * INSIDE - 300_000)


def test_what_is_needless_today_stays_on_offer_where_scenarios_share_decisions() -> None:
    """At full utilisation a run takes two pods on either fabric, and `fast` is needless. At a third it takes six or
    eight pods, and `fast` is worth its price. What is bought before it is known must be able to be either.
    """
    asked = {**run_of(1.0), **NOTHING_ELSE}
    problems = {
        "full": derive(tiny(asked), HERE),
        "third": derive(tiny({**asked, "phases.only.utilisation_factor": 1 / 3}), HERE),
    }
    fast, cheap = (("paper", "quick", f"warm_water+{name}") for name in ("fast", "cheap"))
    assert [sorted(problem.compute.needless) for problem in problems.values()] == [
        sorted([fast, ("paper", "quick", "warm_water+inside")]),
        [("paper", "quick", "warm_water+inside")],
    ]
    assert {key[:3] for key in build(problems["full"]).model.compute.deliver} == {cheap}
    form = extensive(problems, {"full": 0.5, "third": 0.5}, FirstStage(phases=("only",)))
    for built in form.builts.values():
        assert {fast, cheap} <= {key[:3] for key in built.model.compute.deliver}
    assert build(problems["full"]).problem.compute.types.keys() == problems["full"].compute.types.keys()

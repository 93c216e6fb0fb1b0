"""Training runs, serving, porting programmes and scarce engineers, on paper.

A run of a model of 10 G parameters on 1 T tokens takes 6 x 10e9 x 1e12 = 6e22 operations. In 100 days that is
6e22 / 8.64e6 s = 6.9444 PFLOPS: two quick pods (8 PFLOPS, 86.8 days) or four frugal ones (8 PFLOPS).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyomo.environ import Constraint

from optimizer.inputs.design import Status
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.policies import training
from tests.hand.on_paper import (
    EFLOP,
    FRUGAL,
    FRUGAL_ENERGY,
    FRUGAL_PRICE,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
    account,
    best,
    decides,
    ended,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
)
from tests.tiny import tiny

HERE = Path(__file__).parent
MODEL: dict[str, Any] = {"name": "Ten", "params_total_b": 10.0, "params_active_b": 10.0, "tokens_t": 1.0}
RUN: dict[str, Any] = {
    "kind": "training_run",
    "model": "ten",
    "precisions": ["bf16"],
    "max_days": 100.0,
    "runs_per_year": 1.825,
    "bytes_per_parameter": 16.0,
}
"""Busy half of the year: 1.825 x 100 / 365."""
NEED = 6e22 / 8.64e6 / 1e15
ONE_RUN: dict[str, Any] = {**target(0.0), "models.ten": MODEL, "workloads.run": RUN}
NOTHING_ELSE: dict[str, Any] = {"workloads.training": None}
"""No throughput class that could fill the time between runs."""


def without_training(changes: dict[str, Any]) -> dict[str, Any]:
    """The run takes the place of the class of the minimal instance."""
    return {**changes, **NOTHING_ELSE}


def test_training_one_cluster_carries_a_run() -> None:
    """Two quick pods, 418,396 USD, against four frugal, 454,716.8. Half of 6.9444 PFLOPS is used through the year."""
    result = decides("training.one", ONE_RUN, lcoc(2 * QUICK, NEED / 2))
    assert pods(result) == {"quick": 2}
    assert figures(result)["training_days_max"] == pytest.approx(6e22 / 8e15 / 86_400)
    assert figures(result)["effective_pflops"] >= NEED / 2 - 1e-9
    # A year of it is 1.095e23 operations of the 6.3e24 of a reference model, by 16 PFLOPS of peak.
    assert figures(result)["models_per_year_per_eflops"] == pytest.approx(6e22 * 1.825 / 6.3e24 / 0.016, rel=1e-6)


def test_a_cluster_needs_memory_too() -> None:
    """150 G parameters of which 10 G are active, at 16 bytes: 2,400 GB. Quick and frugal pods hold 640 GB: four pods.

    Four frugal pods, 454,716.8 USD, beat four quick ones, 836,792.
    """
    changes = {**ONE_RUN, "models.ten": MODEL | {"params_total_b": 150.0}}
    result = solve(changes)
    assert is_close(best(result), lcoc(4 * FRUGAL, NEED / 2))
    assert pods(result) == {"frugal": 4}


def test_experts_spread_over_small_domains_need_more() -> None:
    """A domain of 4 keeps half of quick's 4 PFLOPS, one of 8 all of frugal's 2: four of either for 6.9444 PFLOPS.

    Four frugal pods, 454,716.8 USD, beat four quick ones, 836,792; without the exchange two quick ones were best.
    """
    factors = [{"accelerators": 1, "fraction": 0.5}, {"accelerators": 8, "fraction": 1.0}]
    changes = {
        **ONE_RUN,
        "models.ten": MODEL | {"params_total_b": 30.0, "scale_up_factors": factors},
        "accelerators.quick.scale_up_accelerators": 4,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(4 * FRUGAL, NEED / 2))
    assert pods(result) == {"frugal": 4}


def test_a_precision_may_keep_less_of_its_peak() -> None:
    """FP8 at twice quick's peak: at 0.9 of the utilisation one pod, 7.2 PFLOPS, is enough; at 0.4 BF16 is the faster.

    The achieved peak is that of the precision used.
    """
    eight = {**ONE_RUN, "accelerators.quick.fp8_tflops": 2000.0, "workloads.run": RUN | {"precisions": ["bf16", "fp8"]}}
    result = solve(eight | {"accelerators.quick.training_precision_factors": {"fp8": 0.9}})
    assert is_close(best(result), lcoc(QUICK, NEED / 2))
    assert figures(result)["training_days_max"] == pytest.approx(6e22 / 7.2e15 / 86_400)
    result = solve(eight | {"accelerators.quick.training_precision_factors": {"fp8": 0.4}})
    assert is_close(best(result), lcoc(2 * QUICK, NEED / 2))
    assert figures(result)["training_days_max"] == pytest.approx(6e22 / 8e15 / 86_400)


def test_a_class_keeps_what_its_precision_keeps() -> None:
    """FP8 at 0.9 of the utilisation: a quick pod has 7.2 PFLOPS of the class, and the target of 7 takes one.

    For inference nothing is taken off: 8 PFLOPS, the same pod.
    """
    changes = {
        **ONLY_QUICK,
        "accelerators.quick.fp8_tflops": 2000.0,
        "accelerators.quick.training_precision_factors": {"fp8": 0.9},
        "workloads.training.precisions": ["fp8"],
    }
    result = solve(changes | target(7.2))
    assert is_close(best(result), lcoc(QUICK, 7.2))
    serves = {"workloads.training.workload_class": "inference", "accelerators.quick.utilisation": {"inference": 0.5}}
    assert is_close(best(solve(changes | serves | target(8.0))), lcoc(QUICK, 8.0))


def test_pools_do_not_add_up_inside_a_run() -> None:
    """8 PFLOPS of existing capacity in two halves carry no run of 6.9444: one quick and two frugal pods are not one."""
    result = solve({**ONE_RUN, "procurement.quotas": {"q": {"match": {"tier": 1}, "max_accelerators": 8}}})
    assert pods(result) == {"frugal": 4}


def test_training_busy_share_takes_pods_from_the_class() -> None:
    """6 PFLOPS of the class beside a run on half of two quick pods.

    Cluster 2 quick pods, busy half: 1 pod-year of 4 PFLOPS is left. So a third quick pod gives 4 of the 6, between
    the runs the cluster gives 2 (half a pod-year); half a pod-year is left over and idles, at full load.
    3 quick pods, 6 PFLOPS on 1.5 pods, run on 1: drawn 2.5 >= 2 is kept without idling. Power 2.5 pod-years.
    """
    changes = {**ONE_RUN, **ONLY_QUICK, "workloads.training.floor_pflops": {"only": 6.0}}
    changes |= target(6.0 + NEED / 2)
    usd = 3 * QUICK_PRICE + 2.5 * QUICK_ENERGY
    decides("compute.work", changes, lcoc(usd, 6 + NEED / 2))


def test_runs_of_one_type_stand_side_by_side() -> None:
    """Two runs of two quick pods each, both busy half the year, need four pods: they may run at the same time."""
    changes = {**ONE_RUN, **ONLY_QUICK, "workloads.second": RUN}
    result = decides("training.drawn", changes, lcoc(4 * QUICK, NEED))
    assert pods(result) == {"quick": 4}


def test_training_drawn_an_idle_cluster_draws_power() -> None:
    """Nothing fills the time between runs: two pods draw 18,396 USD, though they work for the run half the time."""
    usd = 2 * QUICK_PRICE + 2 * QUICK_ENERGY
    result = decides("training.drawn", without_training(ONE_RUN), lcoc(usd, NEED / 2))
    assert account(result, "energy") * 1e6 == pytest.approx(2 * QUICK_ENERGY)


def test_training_between_no_run_idles_for_another() -> None:
    """Two runs, one at a tenth of the load. Four pods are drawn: two at 0.1 and two at 1, for 2.2 pod-years.

    Without the rule the light one would idle for both: three at 0.1 and one at 1, 1.3 pod-years.
    """
    changes = without_training({**ONE_RUN, **ONLY_QUICK, "workloads.light": RUN | {"load_fraction": 0.1}})
    usd = 4 * QUICK_PRICE + 2.2 * QUICK_ENERGY
    decides("training.between", changes, lcoc(usd, NEED))


def test_operations_together_adds_up_what_draws_alike() -> None:
    """The same with a demand charge: 2.2 pods of 10 kW x 1.05 at power factor 0.8 are 28.875 kVA, 3,465 USD a year.

    Both runs draw all day alike, one a tenth of the other's power: one load to the month's highest hour.
    """
    changes = without_training({**ONE_RUN, **ONLY_QUICK, "workloads.light": RUN | {"load_fraction": 0.1}})
    changes |= {"tariffs.flat.demand_per_kva_month": 10.0, "sites.paper.grid.power_factor": 0.8}
    usd = 4 * QUICK_PRICE + 2.2 * QUICK_ENERGY + 3_465
    decides("operations.together", changes, lcoc(usd, NEED))


TWO_ALIKE: dict[str, Any] = without_training({**ONE_RUN, **ONLY_QUICK, "workloads.second": RUN})


def test_runs_that_draw_alike_idle_as_long_as_each_may() -> None:
    """Two runs of two quick pods each, busy half the year: nothing fills the time between, so all four are drawn."""
    result = solve(TWO_ALIKE)
    assert is_close(best(result), lcoc(4 * QUICK_PRICE + 4 * QUICK_ENERGY, NEED))
    assert result.design is not None
    assert {row.workload: row.pods for row in result.design.decisions.assignments} == {"run": 2.0, "second": 2.0}
    assert result.verified


@pytest.mark.parametrize(("idle", "parts"), [(0.0, [0, 0]), (0.75, [0.75, 0]), (1.5, [1, 0.5]), (2.0, [1, 1])])
def test_what_idles_for_runs_that_draw_alike_is_given_to_them_in_turn(idle: float, parts: list[float]) -> None:
    """The search decides one number for both; each may idle on half of its two pods. A third type carries neither."""
    training_block = build(derive(tiny(TWO_ALIKE), HERE)).model.training
    for key, chosen in training_block.host.items():
        chosen.set_value(float(key[2] == "quick"))
    for key, variable in training_block.idle.items():
        variable.set_value(idle if key in training_block.alike and key[2] == "quick" else 0.0)
    training.settle(training_block)
    assert [part.value for key, part in training_block.idle.items() if key[2] == "quick"] == pytest.approx(parts)


SERVICE: dict[str, Any] = {
    "kind": "serving",
    "model": "ten",
    "precisions": ["bf16"],
    "input_tokens_b_per_day": 0.0,
    "output_tokens_b_per_day": 34.56,
    "context_tokens": 1000,
    "batch_max": 100,
}
SERVED: dict[str, Any] = {
    **without_training(target(0.0)),
    "models.ten": MODEL | {"kv_bytes_per_token": 400_000.0},
    "workloads.chat": SERVICE,
    "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
    "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.5},
}
"""Weights 20 GB, cache 0.4 GB each of 100: 60 GB fit in the 72 usable of one accelerator.

One token of each sequence reads 60 GB at 1,500 GB/s: 40 ms, so 2,500 tokens/s (compute would do 25,000).
34.56 G tokens a day are 400,000 a second: 160 accelerators, 20 pods, quick or frugal alike.
Their operations: 2 x 10e9 x 400,000 /s = 8 PFLOPS.
"""


def test_throughput_tokens_are_served() -> None:
    """Twenty pods write 400,000 tokens/s. Quick and frugal have the same bandwidth: the cheaper frugal ones serve."""
    changes = {path: value for path, value in SERVED.items() if path != "workloads.training"}
    result = decides("throughput.tokens", changes | target(8.0), lcoc(20 * FRUGAL, 8))
    assert pods(result) == {"frugal": 20}
    assert figures(result)["tokens_b_per_day"] == pytest.approx(34.56)


def test_serving_whole_a_replica_stands_where_it_serves() -> None:
    """A replica of 32 accelerators writes 2,500 tokens/s on each, like one of a single accelerator: reading is shared.

    3.456 G tokens a day keep 16 of them busy, 0.8 PFLOPS: two pods at work, but four must stand. Frugal ones cost
    4 x price + 2 x energy; quick ones more. Without any of the three rules two pods would do.
    """
    chat = SERVICE | {"output_tokens_b_per_day": 3.456, "replica_accelerators": 32}
    changes = {path: value for path, value in SERVED.items() if path != "workloads.training"}
    changes |= {"workloads.chat": chat}
    paper = lcoc(4 * FRUGAL_PRICE + 2 * FRUGAL_ENERGY, 0.8)
    result = decides("serving.whole", changes, paper)
    assert pods(result) == {"frugal": 4}
    decides("serving.gate", changes, paper)
    decides("serving.beside", changes, paper)


def test_a_replica_stands_beside_a_cluster() -> None:
    """Quick pods only: two carry the run, and a replica of 16 accelerators needs two more, at work a twentieth.

    Without the run two are enough; a second service of the same size needs two of its own.
    """
    chat = SERVICE | {"output_tokens_b_per_day": 0.1728, "replica_accelerators": 16}
    served = {**SERVED, **ONLY_QUICK, "workloads.chat": chat}
    alone = {path: value for path, value in served.items() if path != "workloads.training"}
    assert pods(solve(alone)) == {"quick": 2}
    run = {"workloads.run": RUN | {"model": "ten"}}
    assert pods(solve({**served, **run})) == {"quick": 4}
    assert pods(solve({**alone, "workloads.other": chat})) == {"quick": 4}


def test_a_replica_within_a_pod_adds_nothing_to_the_model() -> None:
    """Eight accelerators are a pod: whatever serves has a whole replica, and the matrix is as it was."""
    within = {**SERVED, "workloads.chat": SERVICE | {"replica_accelerators": 8}}
    built = build(derive(tiny(within), HERE))
    assert not list(built.model.serving.component_objects(Constraint))
    beyond = build(derive(tiny({**SERVED, "workloads.chat": SERVICE | {"replica_accelerators": 9}}), HERE))
    assert len(list(beyond.model.serving.component_objects(Constraint))) == 3


def test_reading_is_bound_by_compute() -> None:
    """1,000 T x 0.5 / 20e9 = 25,000 tokens/s read by one accelerator: 400,000 a second take 16, two pods."""
    changes = {**SERVED, "workloads.chat": SERVICE | {"input_tokens_b_per_day": 34.56, "output_tokens_b_per_day": 0.0}}
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * FRUGAL, 8))


def test_fast_answers_need_smaller_batches() -> None:
    """50 tokens/s for each user: 20 ms read 30 GB, 20 of weights and 25 caches: 1,250 tokens/s, half as many."""
    changes = {**SERVED, "workloads.chat": SERVICE | {"user_tokens_per_s": 50.0, "output_tokens_b_per_day": 17.28}}
    assert is_close(best(solve(changes)), lcoc(20 * FRUGAL, 4))


def test_sessions_held_in_memory_may_take_more_than_their_tokens() -> None:
    """72 usable GB less 20 of weights hold 130 caches of 0.4 GB: 20,800 sessions take 160 accelerators, 20 pods.

    Their tokens alone, 3.456 G a day, keep 16 busy. A tenth of the sessions changes nothing.
    """
    chat = SERVICE | {"output_tokens_b_per_day": 3.456, "sessions": 20_800}
    result = solve({**SERVED, "workloads.chat": chat})
    assert is_close(best(result), lcoc(20 * FRUGAL, 0.8))
    assert pods(result) == {"frugal": 20}
    assert pods(solve({**SERVED, "workloads.chat": chat | {"sessions": 2_080}})) == {"frugal": 2}


def test_a_first_token_in_time_needs_more_compute_or_a_nearer_site() -> None:
    """Reading 12,500 of 25,000 tokens takes one quick accelerator 0.5 s at 25,000 tokens/s, a frugal one 1 s at half.

    In 0.7 s with 0.1 s of way quick can, frugal cannot; with 0.3 s of way nobody can. Half of the input is cached.
    """
    chat = SERVICE | {
        "output_tokens_b_per_day": 3.456,
        "prompt_tokens": 25_000,
        "cached_input_fraction": 0.5,
        "first_token_s": 0.7,
    }
    changes = {
        **SERVED,
        "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.25},
        "workloads.chat": chat,
        "sites.paper.latency_ms": 100.0,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * QUICK, 0.8))
    assert pods(solve(changes | {"workloads.chat": chat | {"first_token_s": 1.2}})) == {"frugal": 2}
    assert pods(solve(changes | {"workloads.chat": chat | {"cached_input_fraction": 0.8}})) == {"frugal": 2}
    assert ended(changes | {"sites.paper.latency_ms": 300.0}) is Status.INFEASIBLE


EXCHANGE: dict[str, Any] = {
    "models.ten": MODEL | {"kv_bytes_per_token": 400_000.0, "exchange_gb_per_token": 0.18},
    "accelerators.frugal.link_gbs": 450.0,
}
"""0.18 GB a token over 450 GB/s are 0.4 ms, over quick's 900 GB/s 0.2 ms."""


def test_the_exchange_between_experts_lengthens_every_step() -> None:
    """A hundred tokens in 40 ms of reading and 40 of exchange: 1,250 tokens/s on frugal.

    17.28 G tokens a day, 200,000 a second, take 160 accelerators, 20 pods; quick ones need 60 ms, 15 pods for
    3,137,970 USD against 2,273,584.
    """
    result = solve({**SERVED, **EXCHANGE, "workloads.chat": SERVICE | {"output_tokens_b_per_day": 17.28}})
    assert is_close(best(result), lcoc(20 * FRUGAL, 4))
    assert pods(result) == {"frugal": 20}


def test_the_exchange_leaves_fast_answers_a_smaller_batch() -> None:
    """20 ms at 50 tokens/s: 13.33 read the weights, and each sequence takes 0.2667 of reading and 0.4 of exchange.

    So ten are written at once, 500 tokens/s: 40,000 a second take 80 accelerators, ten pods.
    """
    chat = SERVICE | {"user_tokens_per_s": 50.0, "output_tokens_b_per_day": 3.456}
    only = {"procurement.include": ["frugal"]}
    assert is_close(best(solve({**SERVED, **EXCHANGE, **only, "workloads.chat": chat})), lcoc(10 * FRUGAL, 0.8))


def test_measured_rates_go_first() -> None:
    """5,000 tokens/s were measured on quick: ten pods for 2,091,980 USD against twenty frugal for 2,273,584."""
    row = {"accelerator": "quick", "model": "ten", "precision": "bf16"}
    rates = {"prefill_tokens_per_s": 1000.0, "decode_tokens_per_s": 5000.0}
    result = solve({**SERVED, "measured_serving.here": row | rates})
    assert is_close(best(result), lcoc(10 * QUICK, 8))


PORTED: dict[str, Any] = {
    **ONLY_QUICK,
    "stacks.mature.initial_maturity_fraction": 0.5,
    "stacks.mature.ramp_months": 12.0,
    "stacks.mature.programme_usd": 100_000.0,
    "stacks.mature.programme_ramp_months": 0.0,
}
"""One year from 0.5 to 1: 0.75 on average, 3 PFLOPS of a quick pod; 4 with the programme, mature at once."""


def test_porting_gate_and_part_keep_the_product_exact() -> None:
    """12 PFLOPS: four pods at 0.75 cost 836,792 USD, three ported ones 627,594 and the programme 100,000.

    `whole` holds the gain from below: it keeps what is counted equal to what pods do, and lowers no cost by itself.
    """
    usd = 3 * QUICK + 100_000
    result = decides("porting.gate porting.whole", {**PORTED, **target(12.0)}, lcoc(usd, 12))
    assert pods(result) == {"quick": 3}
    assert result.design is not None
    assert result.design.decisions.programmes == ("mature",)
    decides("porting.part", {**PORTED, **target(12.0)}, lcoc(usd, 12))


def test_porting_is_not_bought_where_pods_are_cheaper() -> None:
    """At 300,000 USD the programme costs more than the fourth pod."""
    changes = {**PORTED, **target(12.0), "stacks.mature.programme_usd": 300_000.0}
    result = solve(changes)
    assert is_close(best(result), lcoc(4 * QUICK, 12))


def test_a_programme_that_costs_nothing_is_run() -> None:
    """Three ported pods, 627,594 USD."""
    changes = {**PORTED, **target(12.0), "stacks.mature.programme_usd": 0.0}
    assert is_close(best(solve(changes)), lcoc(3 * QUICK, 12))


def test_porting_sooner_the_smaller_cluster_needs_the_programme() -> None:
    """6.9444 PFLOPS take three pods at 3 PFLOPS, 627,594 USD, or two ported ones, 418,396 and the programme."""
    changes = {**PORTED, **ONE_RUN}
    result = decides("porting.sooner", changes, lcoc(2 * QUICK + 100_000, NEED / 2))
    assert pods(result) == {"quick": 2}


def test_staff_most_engineers_leave_pods_standing_still() -> None:
    """An engineer for every 8 accelerators, three at most: three pods work, so quick ones must, for 12 PFLOPS.

    Four engineers would let 2 quick and 2 frugal pods do it for 645,754.4 USD and their pay, instead of 3 quick.
    """
    changes = {
        **target(12.0),
        "staff.engineers_per_1000_accelerators": 125.0,
        "staff.max_engineers": 3.0,
        "accelerators.frugal.price_usd": 3_000.0,
    }
    cheap = FRUGAL - 8 * 7_000
    assert cheap < QUICK / 2
    result = decides("staff.most", changes, lcoc(3 * QUICK, 12))
    assert figures(result)["engineers"] == pytest.approx(3)


def test_list_price_and_subsidy_are_capped() -> None:
    """Half is sold: the list price is twice the cost, 1.65839 x 2. Of 418,396 USD 70 % are paid: 0.2928772 MUSD."""
    given = {"sold_fraction": 0.5, "subsidy_fraction": 0.7}
    changes = {**ONLY_QUICK, **target(8.0), "affordability": given}
    result = solve(changes)
    cost = 2 * QUICK / (8 * EFLOP)
    assert figures(result)["list_price_usd_per_eflop"] == pytest.approx(2 * cost)
    assert figures(result)["user_price_usd_per_eflop"] == pytest.approx(0.6 * cost)
    assert figures(result)["subsidy_musd"] == pytest.approx(0.7 * 2 * QUICK / 1e6)


def test_limits_cap_of_the_list_price_asks_for_more_than_the_target() -> None:
    """A site costs 100,000 USD whatever it delivers. At most 1.75 USD/EFLOP asks for 12 PFLOPS where 4 would do.

    Least total cost: one pod, 309,198 USD for 4 PFLOPS is 2.451; three pods are 727,594 for 12, 1.9227; with half of
    it sold the list prices are twice that. 4 USD/EFLOP is met by three pods (3.845), not by two (4.111).
    """
    site = {"staff.engineers_per_site": 1, "staff.usd_per_engineer_year": 100_000}
    price = {"affordability": {"sold_fraction": 0.5, "list_price_max_usd_per_eflop": 4.0}}
    changes = {**ONLY_QUICK, **target(4.0, 16.0), **site, **price}
    result = solve(changes, "total_cost")
    assert pods(result) == {"quick": 3}


def test_between_runs_a_frugal_class_is_not_carried_by_the_cluster() -> None:
    """The run holds its own pods; 2 PFLOPS of the class fit between the runs of two quick pods at no further pod."""
    changes = {**ONE_RUN, **target(2.0 + NEED / 2), "workloads.training.floor_pflops": {"only": 2.0}}
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * QUICK, 2 + NEED / 2))
    assert pytest.approx(FRUGAL) == FRUGAL_PRICE + FRUGAL_ENERGY

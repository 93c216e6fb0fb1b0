"""Serving: tokens per second from the paper, and every rule of it broken once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from audit_tasks import (
    SERVED_PFLOPS,
    add_row,
    both_instance,
    edit,
    put,
    run_instance,
    second_phase,
    serving_instance,
    set_rows,
    without_fabric,
    work,
)
from audit_tiny import Change, Plain, build, failed, run, with_report

from optimizer.audit.audit import audit
from optimizer.audit.case import AuditCase
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import read_periods
from optimizer.audit.serving import AuditedRates, rates_of, services
from optimizer.inputs.hourly import pack_hours

SERVE = (serving_instance,)
LATER = (serving_instance, second_phase)
CHAT = "workloads.chat"
US = "accelerators.us"


def rates(*changes: Change) -> AuditedRates | None:
    """What the US chip does of the only service."""
    instance, design = build(*SERVE, *changes)
    case = AuditCase(instance, design.decisions, read_periods(instance), Rulings(instance))
    (service,) = services(case)
    return rates_of(case, service, "us")


def figures_of(*changes: Change) -> tuple[float, float, float]:
    """Prefill and decode in tokens per second and chip, and chips of a replica."""
    found = rates(*changes)
    assert found is not None
    return found.prefill, found.decode, found.replica


def measured(*rows: tuple[str, float, float, float]) -> Change:
    """Measured rates of the chip and the model: precision, prefill, decode, speed of a user."""
    table = {
        f"row{n}": {
            "accelerator": "us",
            "model": "m",
            "precision": precision,
            "prefill_tokens_per_s": prefill,
            "decode_tokens_per_s": decode,
            "user_tokens_per_s": speed,
        }
        for n, (precision, prefill, decode, speed) in enumerate(rows)
    }
    return put("measured_serving", table)


def test_serving_passes_and_every_rule_was_looked_at() -> None:
    report = run(*SERVE)
    assert report.findings == ()
    assert report.checks_by_family["serving"] >= 4
    assert report.worst_by_family["serving"] < 1e-9


def test_figures() -> None:
    figures = run(*SERVE).figures
    assert pytest.approx(34.13333333) == SERVED_PFLOPS
    assert figures["effective_pflops"] == pytest.approx(89.6 + SERVED_PFLOPS)
    # The service counts with its peak in FP8.
    assert figures["peak_pflops"] == pytest.approx(224 + 96 * 2)
    assert figures["tokens_b_per_day"] == pytest.approx(276.48 + 9.216)
    assert figures["idle_accelerators"] == pytest.approx(0.0)
    assert figures["peak_import_mw"] == pytest.approx(0.6)
    assert "training_days_max" not in figures


def test_the_idle_do_not_work() -> None:
    report = run(*SERVE, work(train=6.75, chat=3.0))
    assert report.passed
    assert report.figures["idle_accelerators"] == pytest.approx(8.0)


def test_demand_is_at_least_what_serving_asks_for() -> None:
    small = put("phases.p1.target_pflops", 10.0)
    assert run(*SERVE, small).npv_eflop == pytest.approx(SERVED_PFLOPS * 31_536 * 4)
    both = run(both_instance, small)
    assert both.passed
    assert both.npv_eflop == pytest.approx((35 + SERVED_PFLOPS) * 31_536 * 4)


def test_the_profile_of_serving_draws_power() -> None:
    report = run(*SERVE, put(f"{CHAT}.daily_profile", (0.5,) * 12 + (1.0,) * 12), put(f"{CHAT}.load_fraction", 0.5))
    # 7 pods at full load, 3 at half and a quarter: 0.336 + 0.072 and 0.336 + 0.036 MW.
    assert report.passed
    assert report.figures["peak_import_mw"] == pytest.approx(0.408 * 1.2 + 0.024)
    assert report.figures["energy_mwh_per_year"] == pytest.approx(8760 * (0.39 * 1.2 + 0.024))


def test_the_load_step_of_serving_is_that_of_its_pods() -> None:
    # 0.5 * 7 of 10 pods are 0.1848 MW; 3 pods at 0.5 add 0.0792 and make it 0.264 as before.
    assert failed(run(*SERVE, put(f"{CHAT}.step_fraction", 0.5))) == set()
    assert failed(run(*SERVE, put(f"{CHAT}.step_fraction", 0.51))) == {"battery.reserve"}


def test_throughput_batch() -> None:
    assert figures_of() == pytest.approx((50_000.0, 100 / 0.03 / 2, 2))


def test_batch_that_memory_holds() -> None:
    # A replica of 2 holds 100 sequences of 1 GB; of 2.5 GB, a batch of 100 takes 270 GB or 5 chips.
    assert figures_of(put(f"{CHAT}.context_tokens", 25_000)) == pytest.approx((50_000.0, 100 / (270 / 10_000) / 5, 5))
    # Asked for at least 1, it gets the 1 that holds a single sequence: (60 - 20) / 1 = 40 at once.
    assert figures_of(put(f"{CHAT}.replica_accelerators", 1)) == pytest.approx((50_000.0, 40 / (60 / 2000), 1))
    # 100 GB of weights and a sequence do not fit one chip: 2, with 20 sequences; 10 GB a token, so 100 GB at 20.
    big = (put("models.m.params_total_b", 100.0), put(f"{CHAT}.replica_accelerators", 1))
    assert figures_of(*big) == pytest.approx((50_000.0, 20 / (120 / 4000) / 2, 2))


def test_a_replica_is_not_rounded_up_from_a_whole_number() -> None:
    # 20 GB and 100 sequences of 2.2 GB on 60 GB each: in floats 4.000000000000001.
    assert figures_of(put(f"{CHAT}.context_tokens", 22_000)) == pytest.approx((50_000.0, 100 / (240 / 8000) / 4, 4))


def test_few_users_read_few_of_the_experts() -> None:
    # 5 users need at most 5 * 10 of 100 GB.
    few = (put("models.m.params_total_b", 100.0), put(f"{CHAT}.batch_max", 5))
    assert figures_of(*few) == pytest.approx((50_000.0, 5 / (55 / 4000) / 2, 2))


def test_compute_may_be_what_binds() -> None:
    # A chip of 2 TFLOPS computes 50 tokens/s: a hundred tokens on two of them take a second.
    slow = (put(f"{US}.fp8_tflops", 2.0), put(f"{US}.bf16_tflops", 1.0))
    assert figures_of(*slow) == pytest.approx((50.0, 50.0, 2))


def test_speed_of_the_users() -> None:
    # In 0.01 s two chips read 40 GB: weights and 20 sequences.
    speed = f"{CHAT}.user_tokens_per_s"
    assert figures_of(put(speed, 100.0)) == pytest.approx((50_000.0, 20 / 0.01 / 2, 2))
    # Faster than all weights can be read, each user brings his own experts: 4,000 / 363 GB for 11 GB a user.
    assert figures_of(put(speed, 363.0)) == pytest.approx((50_000.0, 4000 / 11 / 2, 2))
    assert rates(put(speed, 364.0)) is None
    # Compute: 0.01 s of two chips of 5 TFLOPS are 2.5 tokens.
    slow = (put(f"{US}.fp8_tflops", 5.0), put(f"{US}.bf16_tflops", 1.0))
    assert figures_of(put(speed, 100.0), *slow) == pytest.approx((125.0, 125.0, 2))


def test_without_a_cache() -> None:
    none, speed = put("models.m.kv_bytes_per_token", 0.0), f"{CHAT}.user_tokens_per_s"
    assert figures_of(none) == pytest.approx((50_000.0, 10_000.0, 1))
    assert figures_of(none, put(speed, 100.0)) == pytest.approx((50_000.0, 10_000.0, 1))
    # Not all weights can be read in time: 2,000 / 125 GB of 10 GB a user.
    assert figures_of(none, put(speed, 125.0)) == pytest.approx((50_000.0, 1.6 * 125, 1))
    assert rates(none, put(speed, 201.0)) is None


def test_bytes_are_those_of_the_precision_that_is_fastest_and_named_first() -> None:
    same = put(f"{US}.tf32_tflops", 1000.0)
    # 80 GB of weights and 100 of cache on 60 GB each: 3 chips; 40 GB in BF16 also make 3.
    assert figures_of(same, put(f"{CHAT}.precisions", ("tf32", "bf16"))) == pytest.approx(
        (25_000.0, 100 / (180 / 6000) / 3, 3)
    )
    assert figures_of(same, put(f"{CHAT}.precisions", ("bf16", "tf32"))) == pytest.approx(
        (25_000.0, 100 / (140 / 6000) / 3, 3)
    )


@pytest.mark.parametrize(("precision", "peak", "gb"), [("fp64", 0.1, 160), ("int8", 3.0, 20), ("fp4", 4.0, 10)])
def test_bytes_of_a_parameter(precision: str, peak: float, gb: float) -> None:
    field = "int8_tops" if precision == "int8" else f"{precision}_tflops"
    _, decode, n = figures_of(
        put(f"{US}.{field}", 1000 * peak), put(f"{CHAT}.precisions", (precision,)), put(f"{CHAT}.batch_max", 40)
    )
    assert n == math.ceil((gb + 40) / 60)
    assert decode == pytest.approx(40 / ((gb + 40) / (2000 * n)) / n)


def test_the_model_may_state_its_own_utilisation() -> None:
    assert figures_of(put("models.m.prefill_utilisation", 0.25))[0] == pytest.approx(25_000.0)


def test_the_exchange_between_experts_is_added_to_every_step() -> None:
    """X = GB over the link for every token: at full batch the step is longer by batch * X / n, whatever bounds it."""
    prefill, plain, n = figures_of()
    link = put(f"{US}.link_gbs", 500.0)
    read_s = 1 / plain
    for gb in (0.05, 0.5):
        reached = figures_of(link, put("models.m.exchange_gb_per_token", gb))
        assert reached == pytest.approx((prefill, 1 / (read_s + gb / 500), n))
    # Within the users' speed the step with the exchange takes exactly what a token may.
    tight = (link, put("models.m.exchange_gb_per_token", 0.05), put(f"{CHAT}.user_tokens_per_s", 60.0))
    (_, decode, n) = figures_of(*tight)
    batch = decode * n / 60.0
    weights_gb, cache_gb, rate_gbs = 20.0, 1.0, 2000.0
    step_s = (min(weights_gb, batch * weights_gb / 2) + batch * cache_gb) / (n * rate_gbs) + batch * 0.05 / 500 / n
    assert 1 <= batch < 100
    assert step_s == pytest.approx(1 / 60.0)


PROMPT = (put(f"{CHAT}.prompt_tokens", 20_000),)
"""Half of it is computed: 10,000 tokens by two chips of 50,000 tokens/s, a tenth of a second."""


def test_the_first_token_comes_when_the_prompt_is_read() -> None:
    prefill, _, n = figures_of()
    assert 10_000 / (prefill * n) == pytest.approx(0.1)
    assert run(*SERVE, *PROMPT, put(f"{CHAT}.first_token_s", 0.1)).passed
    assert run(*SERVE, *PROMPT, put(f"{CHAT}.first_token_s", 0.15), put("sites.here.latency_ms", 50.0)).passed


def test_sessions_are_held_beside_the_weights() -> None:
    """Two chips hold 120 GB less 20 of weights, 50 caches of 1 GB each: 96 chips carry 4,800 sessions."""
    assert run(*SERVE, put(f"{CHAT}.sessions", 4800)).passed
    assert failed(run(*SERVE, put(f"{CHAT}.sessions", 4801))) == {"serving.tokens"}


def test_measured_rates_go_before_the_roofline() -> None:
    assert figures_of(measured(("fp8", 100_000.0, 2000.0, 0.0))) == (100_000.0, 2000.0, 2)
    # They do so if they are slower, if the chip could not serve at all by the roofline, and in another precision.
    assert figures_of(measured(("fp8", 40.0, 20.0, 0.0))) == (40.0, 20.0, 2)
    fast = put(f"{CHAT}.user_tokens_per_s", 500.0)
    assert figures_of(fast, measured(("bf16", 40.0, 20.0, 500.0))) == (40.0, 20.0, 2)
    assert rates(fast, measured(("bf16", 40.0, 20.0, 499.0))) is None
    # Not those of a precision that is not admissible, of another chip or another model.
    assert figures_of(measured(("int8", 40.0, 20.0, 0.0))) == figures_of()
    for key, other in (("accelerator", "cn"), ("model", "other")):
        assert figures_of(measured(("fp8", 4.0, 2.0, 0.0)), put(f"measured_serving.row0.{key}", other)) == figures_of()
    # Of several, 138.24e9 / prefill + 9.216e9 / decode decides: 11.98e6 s, 9.9e6 s, 11.8e6 s.
    rows = (("fp8", 50_000.0, 1000.0, 0.0), ("bf16", 26_000.0, 2000.0, 0.0), ("fp8", 150_000.0, 849.0, 0.0))
    assert figures_of(measured(*rows))[0] == 26_000.0


def test_availability_and_maturity() -> None:
    def fragile(instance: Plain, design: Plain) -> None:
        instance["accelerators"]["us"] |= {"repair_hours": 1.0, "interruption_hours": 18.0}
        instance["stacks"]["cuda"] |= {"initial_maturity_fraction": 0.5, "ramp_months": 24.0}
        instance["phases"]["p1"]["target_pflops"] = 50.0
        instance["workloads"]["train"]["job_accelerators"] = 1

    # A replica of 2 is interrupted every 9 hours; the mean maturity is 0.875.
    assert failed(run(*SERVE, fragile, work(train=5.0, chat=3 / 0.9 / 0.875))) == set()
    assert failed(run(*SERVE, fragile)) == {"serving.tokens"}


def test_it_is_first_served_in_its_first_phase() -> None:
    assert run(*LATER).passed
    later = (put(f"{CHAT}.from_phase", "p2"), put("phases.p1.target_pflops", 80.0))
    assert failed(run(*LATER, *later, edit("assignments", 1, pods=0.0))) == set()
    assert failed(run(*LATER, *later)) == {"serving.from_phase"}
    assert failed(run(*LATER, edit("assignments", 3, pods=0.0))) == {"serving.tokens", "throughput.floor"}


def test_a_service_of_a_later_phase_asks_for_nothing_before() -> None:
    small = (put("phases.p1.target_pflops", 10.0), put("phases.p2.target_pflops", 10.0))
    later = (put(f"{CHAT}.from_phase", "p2"), edit("assignments", 1, pods=0.0))
    report = run(*LATER, *small, *later)
    assert report.passed
    assert report.npv_eflop == pytest.approx((10 + SERVED_PFLOPS) * 31_536 * 4)
    # Tokens before the first phase are a finding and count for nothing.
    early = run(*LATER, put("phases.p2.target_pflops", 10.0), put(f"{CHAT}.from_phase", "p2"))
    assert failed(early) == {"serving.from_phase", "throughput.floor"}


def test_nothing_to_serve() -> None:
    nothing = (put(f"{CHAT}.input_tokens_b_per_day", 0.0), put(f"{CHAT}.output_tokens_b_per_day", 0.0))
    report = run(*SERVE, *nothing, work(train=10.0))
    assert report.passed
    assert report.figures["tokens_b_per_day"] == 0.0


def bare_chip(instance: Plain, design: Plain) -> None:
    """A chip without any inference."""
    del instance["accelerators"]["us"]["utilisation"]["inference"]


MUTANTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("serving.tokens", (work(train=7.0, chat=2.99),)),
    ("serving.tokens", (work(train=6.9, chat=3.01),)),
    ("serving.tokens", (work(train=9.5),)),
    ("serving.tokens", (put(f"{CHAT}.output_tokens_b_per_day", 9.3),)),
    ("serving.tokens", (put(f"{CHAT}.cached_input_fraction", 0.49),)),
    ("serving.tokens", (put(f"{CHAT}.batch_max", 99),)),
    ("serving.tokens", (put(f"{CHAT}.user_tokens_per_s", 34.0),)),
    ("serving.tokens", (put("models.m.decode_bandwidth_fraction", 0.49),)),
    ("serving.tokens", (put("models.m.exchange_gb_per_token", 0.001),)),
    ("serving.tokens", (put(f"{CHAT}.sessions", 5000),)),
    ("serving.first_token", (*PROMPT, put(f"{CHAT}.first_token_s", 0.099))),
    ("serving.first_token", (*PROMPT, put(f"{CHAT}.first_token_s", 0.149), put("sites.here.latency_ms", 50.0))),
    # The measured row is not used.
    ("serving.tokens", (measured(("fp8", 100_000.0, 2000.0, 0.0)),)),
    ("serving.batch", (put(f"{CHAT}.user_tokens_per_s", 364.0),)),
    ("serving.fabric", (without_fabric, put(f"{CHAT}.replica_accelerators", 9))),
    ("assignment.residency", (put(f"{CHAT}.residency", ("hong_kong",)),)),
    ("assignment.supported", (bare_chip,)),
    ("assignment.supported", (put(f"{CHAT}.precisions", ("fp64",)),)),
    ("assignment.installed", (work(train=7.1, chat=3.0),)),
    ("serving.model", (put(f"{CHAT}.model", "dream"),)),
    ("serving.model", (put(f"{CHAT}.from_phase", "p9"),)),
    ("ids.unknown", (edit("assignments", 1, workload="dream"),)),
    ("ids.duplicate", (add_row("assignments", workload="chat", pods=1.0),)),
    ("training.kind", (set_rows("clusters", {"workload": "chat", "phase": "p1", "site": "here"}),)),
)


@pytest.mark.parametrize(("check", "changes"), MUTANTS, ids=[f"{n}-{check}" for n, (check, _) in enumerate(MUTANTS)])
def test_mutant_is_rejected_by_the_right_check(check: str, changes: tuple[Change, ...]) -> None:
    def whole(instance: Plain, design: Plain) -> None:
        for row in design["decisions"].get("clusters", ()):
            row.update(accelerator="us", cooling="air", pods=1)

    assert check in failed(run(*SERVE, *changes, whole))


@pytest.mark.parametrize("changes", [case for check, case in MUTANTS if check in ("serving.tokens", "serving.fabric")])
def test_what_is_wrong_in_one_way_has_one_finding(changes: tuple[Change, ...]) -> None:
    found = failed(run(*SERVE, put("phases.p1.target_pflops", 60.0), *changes))
    assert found in ({"serving.tokens"}, {"serving.fabric"})


@pytest.mark.parametrize(
    "changes",
    [
        (without_fabric, put(f"{CHAT}.replica_accelerators", 8)),
        (put(f"{CHAT}.residency", ("hong_kong", "singapore")),),
        (measured(("fp8", 50_000.0, 5000 / 3, 0.0)),),
        (put(f"{CHAT}.user_tokens_per_s", 33.3),),
    ],
)
def test_a_limit_that_is_just_kept_is_no_finding(changes: tuple[Change, ...]) -> None:
    assert failed(run(*SERVE, *changes)) == set()


def test_serving_does_not_wait() -> None:
    moved = {"cooling": "air", "workload": "chat", "moved_mw": pack_hours(np.tile([0.01, -0.01], 4380))}
    row = {"site": "here", "phase": "p1", "moved": (moved,)}
    waiting = (
        put("workloads.train.deferrable_fraction", 0.1),
        put("workloads.train.daily_profile", (0.9,) * 12 + (1.0,) * 12),
    )
    found = failed(run(*SERVE, *waiting, set_rows("dispatch", row)))
    assert found == {"dispatch.moved_share", "dispatch.moved_top"}


def test_tolerance_is_that_of_the_contract() -> None:
    assert failed(run(*SERVE, work(train=6.9, chat=3 * (1 + 0.9e-6)))) == set()
    assert failed(run(*SERVE, work(train=6.9, chat=3 * (1 + 1.1e-6)))) == {"serving.tokens"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -3.0])
def test_a_broken_number_is_a_finding_even_without_the_schema(value: float) -> None:
    instance, design = build(*SERVE)
    rows = design.decisions.assignments
    broken = (rows[0], rows[1].model_copy(update={"pods": value}))
    decisions = design.decisions.model_copy(update={"assignments": broken})
    found = failed(audit(instance, design.model_copy(update={"decisions": decisions})))
    assert {"numbers.range", "serving.tokens"} <= found


@pytest.mark.parametrize(
    "changes",
    [
        (put("models.m.kv_bytes_per_token", 1.7e308),),
        (put("models.m.params_active_b", 1e-300),),
        (put("models.m.params_total_b", 1.7e308), run_instance),
        (put(f"{US}.memory_bandwidth_gbs", 1e-300),),
        (put(f"{US}.memory_bandwidth_gbs", 5e-324),),
        (put(f"{US}.memory_gb", 5e-324),),
        (put("models.m.params_active_b", 5e-324), put("models.m.kv_bytes_per_token", 0.0)),
        (put("models.m.kv_bytes_per_token", 1.7e308), measured(("fp8", 1.0, 1.0, 0.0))),
        (put(f"{CHAT}.user_tokens_per_s", 1e308),),
    ],
)
def test_absurd_instances_are_findings(changes: tuple[Change, ...]) -> None:
    assert not run(*SERVE, *changes).passed


def test_a_true_report_passes() -> None:
    assert failed(audit(*with_report(*SERVE))) == set()
    assert failed(audit(*with_report(both_instance))) == set()


def reported(**changes: Any) -> set[str]:
    """Failed checks of a report with false figures; None leaves one out."""
    instance, design = with_report(*SERVE)
    assert design.reported is not None
    kpis = {name: value for name, value in (design.reported.kpis | changes).items() if value is not None}
    false = design.reported.model_copy(update={"kpis": kpis})
    return failed(audit(instance, design.model_copy(update={"reported": false})))


@pytest.mark.parametrize("figure", ["tokens_b_per_day", "idle_accelerators", "effective_pflops"])
def test_a_false_figure_is_rejected(figure: str) -> None:
    assert reported(**{figure: 66.6}) == {f"figures.{figure}"}
    assert reported(**{figure: math.nan}) == {f"figures.{figure}"}
    assert reported(**{figure: None}) == {"figures.missing"}


def test_a_figure_of_what_is_not_there_is_rejected() -> None:
    assert reported(training_days_max=0.0) == {"figures.unknown"}

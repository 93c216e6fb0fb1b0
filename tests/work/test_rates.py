"""Roofline and clusters as laws: the smallest cluster by brute force, and chips that are weak here and strong there."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.assets.compute.serving import rates, roofline, seconds_per_day
from optimizer.assets.compute.throughput import wired
from optimizer.assets.compute.training import Clusterable, TrainingTask, least_pods, shortfall, sustained_pflops
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.work import MeasuredServing, Model, Serving, TrainingRun
from optimizer.reading.catalogue import table_layer


@cache
def row(table: str, name: str) -> dict[str, Any]:
    return dict(table_layer(table).tree[table][name])


def chip(name: str, **changes: Any) -> Accelerator:
    return Accelerator.model_validate({**row("accelerators", name), **changes})


def model(name: str) -> Model:
    return Model.model_validate(row("models", name))


def serving(**changes: Any) -> Serving:
    return Serving.model_validate(
        {
            "kind": "serving",
            "model": "llama_3_70b",
            "input_tokens_b_per_day": 1.0,
            "output_tokens_b_per_day": 1.0,
            "precisions": ["fp8", "int8"],
            "context_tokens": 4000,
            "batch_max": 256,
            **changes,
        }
    )


RUN = TrainingRun(kind="training_run", model="m", precisions=("bf16",), max_days=30.0)
SMALL = Model(name="Small", params_total_b=1.0, params_active_b=1.0)


@settings(max_examples=200)
@given(
    need=st.floats(0.01, 300.0),
    size=st.sampled_from([8, 16, 72, 384]),
    most=st.integers(0, 60),
    exponent=st.floats(0.0, 0.6),
    repair=st.floats(0.0, 400.0),
    params=st.floats(0.1, 3000.0),
)
def test_least_pods_is_the_smallest_that_fits(
    need: float, size: int, most: int, exponent: float, repair: float, params: float
) -> None:
    """Against trying every number of pods."""
    data = chip("h100_sxm", fabric_exponent=exponent, repair_hours=repair, fabric_reference_accelerators=64)
    task = TrainingTask(RUN, SMALL.model_copy(update={"params_total_b": params}), need)
    place = Clusterable(data, size, most, float("inf"), 1.0)

    def fits(pods: int) -> bool:
        n = pods * size
        fast = sustained_pflops(data, RUN, SMALL, n, 1.0) >= need * (1 - 1e-9)
        return fast and n * data.memory_gb >= task.memory_gb * (1 - 1e-9)

    found = next((pods for pods in range(1, most + 1) if fits(pods)), None)
    assert least_pods(task, place) == found


def test_what_lacks_is_named() -> None:
    place = Clusterable(chip("h100_sxm"), 8, 10, float("inf"), 1.0)
    slow = shortfall(TrainingTask(RUN, SMALL, 1e6), place)
    full = shortfall(TrainingTask(RUN, SMALL.model_copy(update={"params_total_b": 1e6}), 1e-3), place)
    assert (slow.lacking, full.lacking) == ("compute", "memory")
    assert slow.days > RUN.max_days
    assert (
        shortfall(TrainingTask(RUN, SMALL, 1.0), Clusterable(chip("h100_sxm"), 8, 0, float("inf"), 1.0)).lacking
        == "pods"
    )


def test_h20_is_weak_at_training_and_strong_at_writing() -> None:
    """Against H800: a sixth of the training, more of the writing over long contexts, at less than half the price."""
    h20, h800 = chip("h20_sxm"), chip("h800_sxm")
    trained = [sustained_pflops(each, RUN, SMALL, 1024, 1.0) for each in (h20, h800)]
    assert trained[0] < 0.2 * trained[1]
    written = [roofline(each, serving(context_tokens=16_000), model("llama_3_70b")) for each in (h20, h800)]
    assert written[0] is not None
    assert written[1] is not None
    assert written[0].decode_tokens_per_s > written[1].decode_tokens_per_s
    assert written[0].prefill_tokens_per_s < 0.2 * written[1].prefill_tokens_per_s


@settings(max_examples=100)
@given(
    speed=st.floats(1.0, 60.0),
    batch=st.integers(8, 512),
    context=st.integers(100, 16_000),
    exchange=st.floats(0.0, 1.0),
)
def test_faster_answers_never_cost_less(speed: float, batch: int, context: int, exchange: float) -> None:
    """A latency target can only lower the tokens written per second, and its batch keeps the promise."""
    load = serving(batch_max=batch, context_tokens=context)
    served = model("llama_3_70b").model_copy(update={"exchange_gb_per_token": exchange})
    free = roofline(chip("h100_sxm"), load, served)
    fast = roofline(chip("h100_sxm"), load.model_copy(update={"user_tokens_per_s": speed}), served)
    assert free is not None
    if fast is not None:
        assert fast.decode_tokens_per_s <= free.decode_tokens_per_s * (1 + 1e-9)
        per_user = fast.decode_tokens_per_s * fast.replica_accelerators / fast.batch
        assert per_user >= speed * (1 - 1e-9)


def test_measured_rows_apply_to_their_speed_and_precision() -> None:
    table = table_layer("measured_serving").tree["measured_serving"].values()
    rows = [MeasuredServing.model_validate(each) for each in table if each["accelerator"] == "cloudmatrix384_npu"]
    data, deepseek = chip("cloudmatrix384_npu"), model("deepseek_v3")
    slow = rates(data, serving(), deepseek, rows)
    fast = rates(data, serving(user_tokens_per_s=60.0), deepseek, rows)
    other = rates(data, serving(precisions=["bf16"], replica_accelerators=160), deepseek, rows)
    assert slow is not None
    assert fast is not None
    assert other is not None
    assert (slow.decode_tokens_per_s, fast.decode_tokens_per_s) == (1943, 538)
    assert (slow.source, other.source) == ("measured", "roofline")


def test_cached_input_is_not_computed() -> None:
    assert seconds_per_day(serving(cached_input_fraction=0.75), 1000.0, 1e12) == pytest.approx(0.25e6, rel=1e-3)


def test_a_mixture_of_experts_reads_only_what_a_small_batch_touches() -> None:
    """One sequence reads 37 G of 671 G parameters: faster than a dense model of that size, slower than one of 37 G."""
    one = serving(batch_max=1, precisions=["fp8"], replica_accelerators=16)
    data, expert = chip("h200_sxm"), model("deepseek_v3")
    dense = expert.model_copy(update={"params_active_b": 671.0})
    little = expert.model_copy(update={"params_total_b": 37.0})
    speeds = [roofline(data, one, each) for each in (dense, expert, little)]
    found = [each.decode_tokens_per_s for each in speeds if each is not None]
    assert found[0] < found[1]
    assert found[1] == pytest.approx(found[2])


@settings(max_examples=100)
@given(
    need=st.floats(1.0, 2000.0),
    exponent=st.floats(0.0, 0.2),
    factor=st.floats(0.0, 4.0),
    reference=st.sampled_from([64, 512, 2048]),
)
def test_a_fabric_changes_the_exponent_and_the_law_stays_exact(
    need: float, exponent: float, factor: float, reference: int
) -> None:
    """Taken at whole pods: no chord, so no chord error. The cluster sustains the need, one pod less does not.

    Written out here: n (n / reference)^-(exponent x factor), times interruptions of 50,700 accelerator-hours.
    """
    law = {"fabric_exponent": exponent, "fabric_reference_accelerators": reference}
    data = wired(chip("h100_sxm", **law, repair_hours=1.0, interruption_hours=50_700.0), factor)
    peak, most = (data.bf16_tflops or 0.0) / 1000 * data.utilisation["training"], 4000

    def sustained(pods: int) -> float:
        n = 8 * pods
        kept = (n / reference) ** -(exponent * factor) if n > reference else 1.0
        return n * peak * kept / (1 + n / 50_700)

    pods = least_pods(TrainingTask(RUN, SMALL, need), Clusterable(data, 8, most, float("inf"), 1.0))
    if pods is None:
        assert max(sustained(k) for k in range(1, most + 1)) < need * (1 + 1e-8)
        return
    assert sustained_pflops(data, RUN, SMALL, 8 * pods, 1.0) == pytest.approx(sustained(pods), rel=1e-12)
    assert sustained(pods) >= need * (1 - 1e-8)
    assert pods == 1 or sustained(pods - 1) < need * (1 + 1e-8)


def test_a_fabric_without_a_factor_leaves_the_accelerator_alone() -> None:
    data = chip("h100_sxm")
    assert wired(data, 1.0) is data
    assert wired(data, 1.4).fabric_exponent == pytest.approx(1.4 * data.fabric_exponent)

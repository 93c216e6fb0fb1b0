"""Training days, scaling and tokens per second of the model against those published."""

from __future__ import annotations

from optimizer.analysis.calibration.case import CalibrationCase
from optimizer.analysis.calibration.rows import FleetFact, ScalingFact, ServingFact, TrainingFact, chip, model
from optimizer.assets.compute.serving import Rates, roofline, seconds_per_day
from optimizer.assets.compute.throughput import availability_fraction, fabric_fraction, peak_tflops
from optimizer.assets.compute.training import sustained_pflops
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.work import Model, Serving, TrainingRun
from optimizer.setting.demand import FLOP_PER_PFLOP, SECONDS_PER_DAY, run_flop

DAYS_AIM, KEPT_AIM, TOKENS_AIM = 0.15, 0.05, 0.30
UNLIMITED_BATCH = 1_000_000
TOKENS_WITHOUT_WORD_T = 1.0
"""Tokens of a training run whose model states none: the error of its days does not depend on it."""


def training(key: str, fact: TrainingFact) -> CalibrationCase:
    """Days of a training run with a mature stack. Interruptions count where the fact holds the whole training."""
    data, accelerator = model(fact.model), chip(fact.accelerator)
    tokens_t = data.tokens_t or TOKENS_WITHOUT_WORD_T
    run = TrainingRun(
        kind="training_run", model=fact.model, tokens_t=tokens_t, precisions=(fact.precision,), max_days=365.0
    )
    pflops = sustained_pflops(accelerator, run, data, fact.accelerators, 1.0)
    if fact.accelerator_hours is None:
        pflops /= availability_fraction(accelerator, fact.accelerators)
    days = run_flop(run, data) / (pflops * FLOP_PER_PFLOP) / SECONDS_PER_DAY
    return CalibrationCase.of(
        key,
        fact,
        group="Training",
        what=f"{fact.name}: {fact.accelerators:,} {accelerator.name}",
        unit="days",
        model=days,
        fact=_published_days(fact, accelerator, data, run),
        aim=DAYS_AIM,
    )


def _published_days(fact: TrainingFact, accelerator: Accelerator, data: Model, run: TrainingRun) -> float:
    if fact.accelerator_hours is not None:
        return fact.accelerator_hours / fact.accelerators / 24
    if fact.tokens_per_s is not None:
        return (run.tokens_t or 0.0) * 1e12 / (fact.accelerators * fact.tokens_per_s) / SECONDS_PER_DAY
    tflops = fact.tflops or (fact.utilisation or 0.0) * peak_tflops(accelerator, run)
    return run_flop(run, data) / (fact.accelerators * tflops * 1e12) / SECONDS_PER_DAY


def scaling(key: str, fact: ScalingFact) -> CalibrationCase:
    """What the fabric law keeps between two sizes."""
    accelerator = chip(fact.accelerator)
    kept = fabric_fraction(accelerator, fact.accelerators) / fabric_fraction(accelerator, fact.reference)
    return CalibrationCase.of(
        key, fact, group="Scaling", what=fact.name, unit="of utilisation", model=kept, fact=fact.kept, aim=KEPT_AIM
    )


def serving(key: str, fact: ServingFact) -> CalibrationCase:
    """Tokens per second and accelerator by roofline; measured rows of the catalogue are left aside."""
    accelerator, data = chip(fact.accelerator), model(fact.model)
    data = data.model_copy(update={"kv_bytes_per_token": data.kv_bytes_per_token * fact.kv_bytes / 2})
    load = Serving(
        kind="serving",
        model=fact.model,
        input_tokens_b_per_day=1.0,
        output_tokens_b_per_day=1.0,
        precisions=(fact.precision,),
        context_tokens=max(1, round(fact.input_tokens + fact.output_tokens / 2)),
        batch_max=UNLIMITED_BATCH,
        replica_accelerators=fact.accelerators,
        user_tokens_per_s=fact.user_tokens_per_s,
    )
    served = roofline(accelerator, load, data)
    return CalibrationCase.of(
        key,
        fact,
        group="Serving",
        what=f"{fact.name}: {accelerator.name}",
        unit=f"tokens/s, {fact.counts}",
        model=_tokens_per_s(fact, served) if served else 0.0,
        fact=fact.tokens_per_s,
        aim=TOKENS_AIM,
    )


def _tokens_per_s(fact: ServingFact, served: Rates) -> float:
    if fact.counts == "prefill":
        return served.prefill_tokens_per_s
    if fact.counts == "decode":
        return served.decode_tokens_per_s
    seconds = fact.input_tokens / served.prefill_tokens_per_s + fact.output_tokens / served.decode_tokens_per_s
    counted = fact.output_tokens + (fact.input_tokens if fact.counts == "total" else 0.0)
    return counted / seconds


def fleet(key: str, fact: FleetFact) -> CalibrationCase:
    """Accelerators that serve the tokens of a day, by roofline."""
    accelerator, data = chip(fact.accelerator), model(fact.model)
    load = Serving(
        kind="serving",
        model=fact.model,
        input_tokens_b_per_day=fact.input_tokens_b_per_day,
        output_tokens_b_per_day=fact.output_tokens_b_per_day,
        cached_input_fraction=fact.cached_input_fraction,
        precisions=(fact.precision,),
        context_tokens=fact.context_tokens,
        batch_max=UNLIMITED_BATCH,
        replica_accelerators=fact.replica_accelerators,
        user_tokens_per_s=fact.user_tokens_per_s,
    )
    served = roofline(accelerator, load, data)
    assert served is not None
    seconds = seconds_per_day(load, served.prefill_tokens_per_s, served.decode_tokens_per_s)
    number = seconds / (SECONDS_PER_DAY * availability_fraction(accelerator, served.replica_accelerators))
    return CalibrationCase.of(
        key,
        fact,
        group="Serving",
        what=fact.name,
        unit="accelerators",
        model=number,
        fact=fact.accelerators,
        aim=TOKENS_AIM,
    )

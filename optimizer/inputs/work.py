"""Workloads with a task of their own: a model trained within so many days, tokens served every day."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import (
    AcceleratorId,
    Fraction,
    ModelId,
    Name,
    NonNegative,
    Pflops,
    PhaseId,
    PlaceId,
    Positive,
    PositiveCount,
    PositiveFraction,
    Rows,
    Spec,
)
from optimizer.inputs.setting import Precision, Workload, WorkloadClass

Precisions = Annotated[tuple[Precision, ...], Field(strict=False, min_length=1)]


class ScaleUpFactor(Spec):
    """What training keeps of the utilisation of dense models, from one size of the scale-up domain on."""

    accelerators: PositiveCount
    """Least accelerators of the scale-up domain."""
    fraction: PositiveFraction


class Model(Spec):
    """A model that is trained or served."""

    name: Name
    params_total_b: Annotated[float, Field(gt=0)]
    """All parameters, in billions: what memory has to hold."""
    params_active_b: Annotated[float, Field(gt=0)]
    """Parameters that work on each token, in billions (fewer than all for a mixture of experts)."""
    tokens_t: Annotated[float, Field(gt=0)] | None = None
    """Tokens of its training, in trillions."""
    scale_up_factors: Rows[ScaleUpFactor] = ()
    """By scale-up domain, rising: what the exchange between experts leaves of the utilisation. None given: all."""
    kv_bytes_per_token: NonNegative = 0.0
    """Key-value cache per token of context, in bytes."""
    prefill_utilisation: PositiveFraction | None = None
    """Share of the dense peak reached while reading input. None: the accelerator's utilisation for inference."""
    decode_bandwidth_fraction: PositiveFraction = 0.5
    """Share of the memory bandwidth reached while writing output."""
    exchange_gb_per_token: NonNegative = 0.0
    """What a token written costs between experts beside reading and compute, as GB over the chip-to-chip link."""


class MeasuredServing(Spec):
    """Tokens per second measured on one accelerator; goes before the roofline."""

    accelerator: AcceleratorId
    model: ModelId
    precision: Precision
    prefill_tokens_per_s: Positive
    """Input tokens computed (not taken from a cache) per second and accelerator, if it does nothing else."""
    decode_tokens_per_s: Positive
    """Output tokens per second and accelerator, if it does nothing else."""
    user_tokens_per_s: NonNegative = 0.0
    """Speed each user saw at that rate."""


class TrainingRun(Spec):
    """A training run: one model trained within so many days on one cluster."""

    kind: Literal["training_run"]
    model: ModelId
    """Row of the models."""
    tokens_t: Annotated[float, Field(gt=0)] | None = None
    """Tokens in trillions. Default: those of the model's own training."""
    precisions: Precisions
    """Admissible precisions; each chip works at its fastest admissible one."""
    max_days: Annotated[float, Field(gt=0, le=365)]
    """Days within which a run has to be finished."""
    runs_per_year: Positive = 1.0
    """Runs started in a year; together they take no more than 365 days."""
    bytes_per_parameter: Positive = 18.0
    """Memory per parameter: weights, gradients and optimiser state (16 to 18 for mixed-precision Adam)."""
    from_phase: PhaseId | None = None
    """First phase in which it is run. Default: the first."""
    residency: Rows[PlaceId] | None = None
    """Places in which it may run. None given: anywhere."""
    availability_min: PositiveFraction | None = None
    """Least availability of the halls it may work in. None given: any hall, and sites that state no halls."""
    load_fraction: PositiveFraction = 1.0
    """IT power while working, as a share of the rated server power."""
    step_fraction: Fraction = 0.0
    """Share of IT power that swings within seconds when the job starts, stops or checkpoints."""

    @property
    def workload_class(self) -> WorkloadClass:
        """Which utilisation of the accelerators applies."""
        return "training"

    @property
    def daily_profile(self) -> tuple[float, ...]:
        """A run knows no time of day."""
        return (1.0,) * 24

    @property
    def floor_pflops(self) -> dict[str, Pflops]:
        """A run asks for days, not for PFLOPS."""
        return {}


class Serving(Spec):
    """Serving a model: so many tokens every day."""

    kind: Literal["serving"]
    model: ModelId
    """Row of the models."""
    input_tokens_b_per_day: NonNegative
    """Billions of tokens read per day, those taken from a cache included."""
    output_tokens_b_per_day: NonNegative
    """Billions of tokens written per day."""
    cached_input_fraction: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the input that is taken from a cache and not computed."""
    precisions: Precisions
    """Admissible precisions; each chip works at its fastest admissible one."""
    context_tokens: PositiveCount
    """Tokens a sequence holds on average while it is written: sets the key-value cache."""
    batch_max: PositiveCount = 256
    """Most sequences one replica writes at the same time."""
    replica_accelerators: PositiveCount | None = None
    """Least accelerators of a replica. None given: as few as hold the weights and the cache of `batch_max`."""
    memory_fraction: PositiveFraction = 0.9
    """Share of the memory that weights and cache may fill."""
    user_tokens_per_s: NonNegative = 0.0
    """Speed each user must get; 0: any."""
    sessions: PositiveCount | None = None
    """Sequences held in memory at once, so that agents find their context. None given: those at work."""
    prompt_tokens: PositiveCount | None = None
    """Input of one request, cached or not: what is read before the first token."""
    first_token_s: Annotated[float, Field(gt=0)] | None = None
    """Seconds within which a user has the first token. None given: any."""
    from_phase: PhaseId | None = None
    """First phase in which it is served. Default: the first."""
    residency: Rows[PlaceId] | None = None
    """Places in which it may run. None given: anywhere."""
    availability_min: PositiveFraction | None = None
    """Least availability of the halls it may work in. None given: any hall, and sites that state no halls."""
    load_fraction: PositiveFraction = 1.0
    """IT power while working, as a share of the rated server power."""
    daily_profile: Annotated[tuple[Fraction, ...], Field(strict=False, min_length=24, max_length=24)] = (1.0,) * 24
    """IT power by hour of the day as a share of the load above."""
    step_fraction: Fraction = 0.0
    """Share of IT power that swings within seconds."""

    @property
    def workload_class(self) -> WorkloadClass:
        """Which utilisation of the accelerators applies."""
        return "inference"

    @property
    def floor_pflops(self) -> dict[str, Pflops]:
        """Serving asks for tokens, not for PFLOPS."""
        return {}


AnyWorkload = Annotated[Workload | TrainingRun | Serving, Field(discriminator="kind")]

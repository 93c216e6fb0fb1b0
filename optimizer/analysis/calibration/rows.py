"""What a row of the catalogue's published facts may say, by kind; the catalogue's own rows by name."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from optimizer.inputs.compute import Accelerator
from optimizer.inputs.quantity import (
    AcceleratorId,
    Fraction,
    ModelId,
    Name,
    NonNegative,
    Positive,
    PositiveCount,
    PositiveFraction,
    Rows,
    Spec,
)
from optimizer.inputs.setting import Precision
from optimizer.inputs.work import Model
from optimizer.reading.catalogue import PACKAGED, catalogue_rows


class Fact(Spec):
    """What every row says."""

    name: Name
    source: Rows[str]
    grade: Literal["A", "B", "C"]
    why: str = ""
    """What explains the error."""
    read_off: bool = False
    """A value of the catalogue was read off this row: agreement proves nothing."""


class ModelFact(Fact, Model):
    """A model that only rows of this page train or serve."""

    kind: Literal["model"]


class TrainingFact(Fact):
    """A training run: its rate while it runs, or its accelerator-hours in all."""

    kind: Literal["training"]
    accelerator: AcceleratorId
    model: ModelId
    accelerators: PositiveCount
    precision: Precision
    tokens_per_s: Positive | None = None
    """Per accelerator."""
    tflops: Positive | None = None
    """Per accelerator."""
    utilisation: PositiveFraction | None = None
    """Of the dense peak of the precision."""
    accelerator_hours: Positive | None = None


class ScalingFact(Fact):
    """What a larger cluster keeps of the utilisation of a smaller one."""

    kind: Literal["scaling"]
    accelerator: AcceleratorId
    accelerators: PositiveCount
    reference: PositiveCount
    kept: PositiveFraction


class ServingFact(Fact):
    """Tokens per second and accelerator of a service."""

    kind: Literal["serving"]
    accelerator: AcceleratorId
    model: ModelId
    precision: Precision
    accelerators: PositiveCount
    """Of a replica."""
    input_tokens: NonNegative
    """Of one request."""
    output_tokens: NonNegative
    user_tokens_per_s: NonNegative = 0.0
    kv_bytes: Literal[1, 2] = 2
    """Per number of the key-value cache; the catalogue's models are at 2."""
    tokens_per_s: Positive
    counts: Literal["output", "total", "decode", "prefill"]


class FleetFact(Fact):
    """Accelerators that serve so many tokens a day."""

    kind: Literal["fleet"]
    accelerator: AcceleratorId
    model: ModelId
    precision: Precision
    input_tokens_b_per_day: NonNegative
    output_tokens_b_per_day: NonNegative
    cached_input_fraction: Fraction
    context_tokens: PositiveCount
    replica_accelerators: PositiveCount
    user_tokens_per_s: NonNegative
    accelerators: Positive


class PowerFact(Fact):
    """Power of so many accelerators with the parts that are counted."""

    kind: Literal["power"]
    accelerator: AcceleratorId
    accelerators: PositiveCount
    kw: Positive
    parts: Literal["servers", "it", "all"]
    """Servers; with the fabric; with cooling and losses too."""
    climate: str = "hong_kong"
    cooling: str = "air"
    aim: bool = True


class PueFact(Fact):
    """PUE of a hall over the year."""

    kind: Literal["pue"]
    climate: str
    cooling: str
    ups: str
    load_fraction: PositiveFraction
    """Mean load over the rated power."""
    fan_pump_standing_fraction: Fraction = 0.0
    """Of all cooling in the hall: share of the fans and pumps that runs at any load."""
    pue: Annotated[float, Field(ge=1)]


class FacilityFact(Fact):
    """Price of a facility without its IT equipment, in a city of the catalogue."""

    kind: Literal["facility"]
    city: str
    """Row of the facilities, which hold the published band."""


class RentalFact(Fact):
    """Price of an accelerator by the hour."""

    kind: Literal["rental"]
    accelerator: AcceleratorId
    usd_per_hour: Positive


class LeftOut(Fact):
    """A published fact that is known and not compared; `why` says why."""

    kind: Literal["left_out"]


AnyFact = Annotated[
    LeftOut
    | ModelFact
    | TrainingFact
    | ScalingFact
    | ServingFact
    | FleetFact
    | PowerFact
    | PueFact
    | FacilityFact
    | RentalFact,
    Field(discriminator="kind"),
]


@cache
def facts() -> dict[str, AnyFact]:
    """Every row of the published facts, by its name in the file."""
    with (PACKAGED / "calibration.toml").open("rb") as stream:
        rows = tomllib.load(stream)
    adapter: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
    return {name: adapter.validate_python(row) for name, row in rows.items()}


@cache
def row(table: str, name: str) -> dict[str, Any]:
    """A row of the catalogue without its provenance."""
    return dict(catalogue_rows(table)[name])


def chip(name: str) -> Accelerator:
    """An accelerator of the catalogue."""
    return Accelerator.model_validate(row("accelerators", name))


def model(name: str) -> Model:
    """A model of this page or of the catalogue."""
    own = facts().get(name)
    return own if isinstance(own, ModelFact) else Model.model_validate(row("models", name))

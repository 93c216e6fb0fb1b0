"""The Monte Carlo table of a study: what is uncertain, and how.

A change draws its value by the inverse of its distribution function, so that the same table serves simple random
sampling, Latin hypercubes and Sobol sequences. `relative` draws are fractions of what stands in the instance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from optimizer.inputs.quantity import Spec
from optimizer.number_format import plain_value
from optimizer.study.axes import Value, column_of, refuse, tidy

SMALLEST_U = 1e-9
"""The tails of unbounded distributions are cut at this probability."""


class _Change(Spec):
    path: Annotated[str, Field(pattern=r"^[A-Za-z0-9_*?-]+(\.[A-Za-z0-9_*?-]+)*$")]
    relative: bool = False


class Uniform(_Change):
    """Equally likely from low to high."""

    distribution: Literal["uniform"]
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self

    def quantile(self, u: float) -> float:
        """Inverse distribution function."""
        return self.low + u * (self.high - self.low)


class Triangular(_Change):
    """Most likely at mode, impossible outside low to high."""

    distribution: Literal["triangular"]
    low: float
    mode: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError("low <= mode <= high and low < high must hold")
        return self

    def quantile(self, u: float) -> float:
        """Inverse distribution function."""
        width, left = self.high - self.low, self.mode - self.low
        if u * width < left:
            return self.low + math.sqrt(u * width * left)
        return self.high - math.sqrt((1 - u) * width * (self.high - self.mode))


class Normal(_Change):
    """Gaussian."""

    distribution: Literal["normal"]
    mean: float
    sd: Annotated[float, Field(gt=0)]

    def quantile(self, u: float) -> float:
        """Inverse distribution function."""
        return self.mean + self.sd * _standard_normal(u)


class Lognormal(_Change):
    """A value whose logarithm is Gaussian; relative: a factor on what stands there, less one."""

    distribution: Literal["lognormal"]
    median: Annotated[float, Field(gt=0)]
    sigma: Annotated[float, Field(gt=0, le=5)]
    """Standard deviation of the logarithm."""

    def quantile(self, u: float) -> float:
        """Inverse distribution function."""
        value = self.median * math.exp(self.sigma * _standard_normal(u))
        return value - 1 if self.relative else value


class Choice(_Change):
    """One of several values, with equal or given weights."""

    distribution: Literal["choice"]
    values: Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]
    weights: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _matching(self) -> Choice:
        if self.weights is not None and len(self.weights) != len(self.values):
            raise ValueError("there must be as many weights as values")
        return self

    def quantile(self, u: float) -> Value:
        """Inverse distribution function over the values in their order."""
        weights = self.weights or (1.0,) * len(self.values)
        left = u * sum(weights)
        for value, weight in zip(self.values, weights, strict=True):
            left -= weight
            if left < 0:
                return value
        return self.values[-1]


Distribution = Annotated[Uniform | Triangular | Normal | Lognormal | Choice, Field(discriminator="distribution")]


class _Row(Spec):
    row: Distribution


@dataclass(frozen=True)
class Change:
    """One row of the table."""

    row: Uniform | Triangular | Normal | Lognormal | Choice
    source: str = "changes"

    @property
    def path(self) -> str:
        """Key, or pattern of keys, it changes."""
        return self.row.path

    @property
    def name(self) -> str:
        """The column of the table."""
        return column_of(self.row.path, self.row.relative)

    @property
    def relative(self) -> bool:
        """Whether draws are fractions of what stands there."""
        return self.row.relative

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of a choice; of a continuous distribution its lower and upper tenth."""
        if isinstance(self.row, Choice):
            return self.row.values
        return (self.quantile(0.1), self.quantile(0.9))

    def quantile(self, u: float) -> Value:
        """The value at cumulative probability u."""
        value = self.row.quantile(min(max(u, SMALLEST_U), 1 - SMALLEST_U))
        return tidy(value) if isinstance(value, float) else value

    def to_json(self) -> dict[str, Any]:
        """What defines the change."""
        row = self.row.model_dump(mode="json")
        return row | (
            {"values": [plain_value(value) for value in self.row.values]} if isinstance(self.row, Choice) else {}
        )


def change_of(table: Any, number: int, source: str) -> Change:
    """One row of `[[changes]]`. Raises InputError that names the key."""
    where = f"changes.{number}"
    if not isinstance(table, dict):
        refuse("E0310", where, "must be a table", source)
    try:
        return Change(_Row.model_validate({"row": table}).row, source)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"][2:])
        text = first["msg"].removeprefix("Value error, ")
        code = "E0302" if first["type"] == "extra_forbidden" else "E0319"
        refuse(code, f"{where}.{key}" if key else where, text, source)


def _standard_normal(u: float) -> float:
    """Quantile of the standard normal distribution."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(u)

"""Units as annotated types: every number an instance may hold has a range and a unit.

The unit is also the suffix of the field's name. ``Plausible`` is the range outside which a value is probably a slip of
unit; plausible.py lists that of every key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MUSD = 1e-6
"""Million US dollars in a US dollar."""
MILLION = 1e6
USD_PER_MUSD = MILLION
HOURS_PER_YEAR = 8760
HOURS_PER_DAY = 24
MONTHS_PER_YEAR = 12
EFLOP_PER_PFLOPS_HOUR = 3.6
EFLOP_PER_PFLOPS_YEAR = HOURS_PER_YEAR * EFLOP_PER_PFLOPS_HOUR
REFERENCE_MODEL_EFLOP = 6 * 70e9 * 15e12 / 1e18
"""Operations of a training of the class of Llama 3 70B: what models a year are counted in."""
"""1 PFLOPS sustained for one hour is 3.6 EFLOP; for a year of 8,760 hours, 31,536 EFLOP."""
DAYS_PER_YEAR = 365.25
"""Length of a year when two dates are turned into years."""


@dataclass(frozen=True)
class Plausible:
    """The range in which a value is normally found, in the unit of its key."""

    low: float
    high: float
    in_usd: bool = False
    """The value is money of a tariff's currency; the range is in USD."""

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range; rounding at its ends is allowed for."""
        slack = 1e-9
        return self.low - slack * abs(self.low) <= value <= self.high + slack * abs(self.high)


class Spec(BaseModel):
    """A table of an instance or of the catalogue: strict, closed and frozen."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        # A table's validator is made when the table is first read by itself: most are read as parts of an instance.
        defer_build=True,
    )


class ResalePoint(Spec):
    """What a thing of an age fetches when it is sold."""

    years: Annotated[float, Field(ge=0, le=100)]
    """Age since delivery."""
    fraction: Annotated[float, Field(ge=0, le=1)]
    """Of the price paid."""


T = TypeVar("T")
Rows = Annotated[tuple[T, ...], Field(strict=False)]
"""An array of a TOML file, read as a tuple."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@dataclass(frozen=True)
class RowOf:
    """Note on an id: the table whose row it names. Checks of references and the choice of catalogue rows read it."""

    table: str


AcceleratorId = Annotated[Id, RowOf("accelerators")]
CoolingId = Annotated[Id, RowOf("coolings")]
FabricId = Annotated[Id, RowOf("fabrics")]
HallId = Annotated[Id, RowOf("halls")]
ModelId = Annotated[Id, RowOf("models")]
PhaseId = Annotated[Id, RowOf("phases")]
PlaceId = Annotated[Id, RowOf("places")]
RegimeId = Annotated[Id, RowOf("regimes")]
TransformerId = Annotated[Id, RowOf("transformers")]

Resale = Annotated[tuple[ResalePoint, ...], Field(strict=False)]
"""Value by age, linear between the rows; none given: a straight line over the life, and nothing before its end."""

Eccn = Annotated[str, StringConstraints(pattern=r"^([0-9][A-E][0-9]{3}(\.[a-z0-9]+)*|EAR99)$")]
"""An Export Control Classification Number of the United States, such as 5A992.c."""
Quarter = Annotated[str, StringConstraints(pattern=r"^2[0-9][0-9][0-9]Q[1-4]$")]
"""A quarter of the calendar, such as 2027Q3."""
_HIDDEN = r"\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
"""Control characters of C1, what turns the direction of writing, line separators, and spaces without width."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f{_HIDDEN}]*$")]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=rf"^[^\x00-\x08\x0b-\x1f{_HIDDEN}]*$")]
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
"""A date that no sum of phases, lives and lead times carries out of the calendar."""

Fraction = Annotated[float, Field(ge=0, le=1)]
PositiveFraction = Annotated[float, Field(gt=0, le=1)]
Rate = Annotated[float, Field(gt=-1, le=1)]
"""A real rate per year: -0.1 falls by a tenth each year."""
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]

Mw = Annotated[float, Field(ge=0)]
Mwh = Annotated[float, Field(ge=0)]
Mva = Annotated[float, Field(gt=0)]
Kw = Annotated[float, Field(gt=0)]
SquareMetres = Annotated[float, Field(ge=0)]
Celsius = Annotated[float, Field(ge=-60, le=90)]
Kelvin = Annotated[float, Field(ge=0, le=60)]
Pflops = Annotated[float, Field(ge=0)]
Tflops = Annotated[float, Field(gt=0)]
ChipUsd = Annotated[float, Field(ge=0)]
Usd = Annotated[float, Field(ge=0)]
Years = Annotated[float, Field(gt=0, le=100)]
Weeks = Annotated[float, Field(ge=0, le=520)]

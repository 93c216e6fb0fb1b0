"""What every asset may read: phases, money, weather, tariffs and workloads, as an instance states them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import (
    Celsius,
    Day,
    Fraction,
    Id,
    Kelvin,
    Name,
    NonNegative,
    Pflops,
    PhaseId,
    PlaceId,
    Positive,
    PositiveCount,
    PositiveFraction,
    Rate,
    RowOf,
    Rows,
    Spec,
    Text,
    Years,
)

Precision = Literal["fp64", "tf32", "bf16", "fp8", "int8", "fp4"]
WorkloadClass = Literal["training", "inference", "simulation"]


class Phase(Spec):
    """One stretch of the horizon. What is decided in it is in service from its first day."""

    start: Day
    """First day of the phase; deliveries of the phase are in service from here."""
    years: Years
    """Length in years; the next phase must start when this one ends (within 5 days)."""
    target_pflops: Pflops
    """Floor of effective throughput, summed over sites and workloads."""
    demand_pflops: Pflops | None = None
    """Effective throughput that can be used; compute beyond it counts for nothing. Default: the target."""
    accelerator_price_factors: dict[str, Positive] = Field(default_factory=dict)
    """Factor on the price of accelerators delivered in this phase, by id or pattern; all that match multiply."""
    accelerator_supply_factors: dict[str, NonNegative] = Field(default_factory=dict)
    """Factor on what can be obtained of an accelerator on the days of this phase, by id or pattern; all that match
    multiply. Felt by deliveries of later phases."""
    tariff_factor: Positive = 1.0
    """Factor on energy prices, fuel clause and demand charge of this phase."""
    utilisation_factor: Positive = 1.0
    """Factor on every accelerator's utilisation in this phase."""


class Finance(Spec):
    """Real (inflation-free) discounting in one price year."""

    discount_rate: Annotated[float, Field(gt=-1, le=1)]
    """Real rate per year. Discounting is continuous at r' = ln(1 + r)."""
    basis: Literal["real"]
    """All prices are real prices of `price_year`; nominal money is not mixed in."""
    price_year: Annotated[int, Field(ge=2000, le=2100)]
    """The year whose money all prices are in."""
    base_date: Day | None = None
    """Date to which the net present value refers. Default: the planning date."""
    insurance_fraction: Fraction = 0.0
    """Insurance per year as a share of the capital in service."""


class ExchangeRate(Spec):
    """How many units of a currency buy one US dollar, and when that was so."""

    per_usd: Positive
    """Units of the currency per US dollar."""
    quoted: Day
    """Date of the quotation."""


class NormalsWeather(Spec):
    """A year synthesised from the catalogue's month-by-hour climate normals."""

    kind: Literal["normals"]
    place: Annotated[Id, RowOf("climates")]
    """Row of the catalogue's climates."""
    warming_k: Kelvin = 0.0
    """Added to dry and wet bulb of every hour (climate since the normals' period)."""


class EpwWeather(Spec):
    """A year read from an EnergyPlus weather file."""

    kind: Literal["epw"]
    path: Text
    """Path inside the instance's folder."""
    warming_k: Kelvin = 0.0


class CsvWeather(Spec):
    """A year read from a CSV file with the columns `dry_bulb_c` and `wet_bulb_c`, 8,760 rows."""

    kind: Literal["csv"]
    path: Text
    """Path inside the instance's folder."""
    warming_k: Kelvin = 0.0
    utc_offset_hours: Annotated[int, Field(ge=-12, le=14)] | None = None
    """Standard time of the site less UTC. Times of the file that state another offset are moved to this clock.
    None given: times are taken as they are."""


Weather = Annotated[NormalsWeather | EpwWeather | CsvWeather, Field(discriminator="kind")]


class ClimateMonth(Spec):
    """Normals of one month. Each array holds the 24 hours of the day, local standard time."""

    dry_bulb_c: Annotated[tuple[Celsius, ...], Field(strict=False, min_length=24, max_length=24)]
    wet_bulb_c: Annotated[tuple[Celsius, ...], Field(strict=False, min_length=24, max_length=24)]
    wet_bulb_max_c: Annotated[tuple[Celsius, ...], Field(strict=False, min_length=24, max_length=24)]
    day_quantiles_k: Annotated[tuple[float, ...], Field(strict=False, min_length=11, max_length=11)]
    """Deciles (0, 10, ..., 100 %) of the departure of an hour's wet bulb from its month-and-hour mean, in kelvin."""
    dry_quantiles_k: Annotated[tuple[float, ...], Field(strict=False, min_length=11, max_length=11)] | None = None
    """The same of the dry bulb. None given: as of the wet bulb, which is too mild where hot days are dry."""
    ghi_w_per_m2: Annotated[tuple[NonNegative, ...], Field(strict=False, min_length=24, max_length=24)] | None = None
    """Mean global radiation on the horizontal plane by hour of the day; asked for by photovoltaics."""


class Climate(Spec):
    """Month-by-hour normals of a place."""

    name: Name
    months: Annotated[tuple[ClimateMonth, ...], Field(strict=False, min_length=12, max_length=12)]


Month = Annotated[int, Field(ge=1, le=12)]


DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
"""A day of any year, as "MM-DD"."""


class Window(Spec):
    """Hours of the year in which something of a tariff holds."""

    label: Name
    months: Annotated[tuple[Month, ...], Field(strict=False, min_length=1)] = tuple(range(1, 13))
    days: Literal["all", "weekday", "weekend"] = "all"
    """Monday to Friday, or Saturday and Sunday. The reference year starts on a Monday."""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """First hour of the day in which the price holds."""
    to_hour: Annotated[int, Field(ge=1, le=24)] = 24
    """The hour at which it ends; hours from_hour <= h < to_hour."""


class EnergyPrice(Window):
    """A price per unit of energy and the hours in which it holds."""

    price_per_kwh: NonNegative
    """In the tariff's currency."""


class DemandCharge(Window):
    """A charge on the highest hourly demand of each month, or of the year, within some hours."""

    per_kva_month: NonNegative = 0.0
    """In the tariff's currency, per kVA of the highest hourly import of the month in these hours."""
    per_kva_year: NonNegative = 0.0
    """In the tariff's currency, per kVA of the highest hourly import of the year in these hours, once a year."""
    ratchet_fraction: Fraction = 0.0
    """Share of the highest demand of the last twelve months that every month is billed for at least."""
    minimum_fraction: Fraction = 0.0
    """Share of the site's grid_mw in force that every month is billed for at least."""


class LoadFactorRebate(Spec):
    """A rebate on every kWh of a month beyond so many hours of its demand."""

    from_hours: Positive
    """kWh per kVA of the month's demand beyond which it holds."""
    per_kwh: NonNegative
    """Rebate in the tariff's currency; rises from row to row."""


class EnergyBlock(Spec):
    """What every kWh of a month beyond a threshold costs more."""

    from_kwh: Positive
    """kWh of the month beyond which it holds."""
    surcharge_per_kwh: float
    """In the tariff's currency, on the price of the hour; not falling from row to row (falling blocks are refused)."""


class Tariff(Spec):
    """An electricity tariff: energy by the hour, a fuel clause and charges on demand."""

    name: Name
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    price_year: int
    energy: Rows[EnergyPrice]
    """Every hour of the year is covered by exactly one row."""
    fuel_clause_per_kwh: float = 0.0
    """Added to every kWh, in the tariff's currency."""
    demand_per_kva_month: NonNegative = 0.0
    """Per kVA of the month's highest hourly demand, in the tariff's currency."""
    demand_block_kva: Positive | None = None
    """Kilovolt-amperes up to which the price above holds; beyond, the next one. None: it holds for all."""
    demand_above_block_per_kva_month: NonNegative | None = None
    """Per kVA beyond the block; not below demand_per_kva_month (falling blocks are refused)."""
    demand: Rows[DemandCharge] = ()
    """Further charges on the demand of some hours; all that hold add up."""
    contracted_per_kw_month: NonNegative | None = None
    """Per kW of contracted capacity, whether used or not; how much to contract is decided by phase."""
    uncontracted_per_kw_month: NonNegative | None = None
    """Per kW of a month's highest demand beyond the contracted capacity; not below the price above."""
    load_factor_rebates: Rows[LoadFactorRebate] = ()
    """Rebates for a high load factor, by rising from_hours; not at a site that dispatches."""
    load_factor_eligible_hours: Positive | None = None
    """kWh per kVA that the mean month of the last twelve must reach for these rebates. None: they always hold."""
    energy_blocks: Rows[EnergyBlock] = ()
    """Surcharges on the energy of a month beyond rising thresholds, none cheaper than the one before."""
    holidays: Rows[DayOfYear] = ()
    """Days of the year, as "MM-DD", that count as a weekend day in all rows of this tariff."""
    real_trend_fraction: Rate = 0.0
    """Real change per year of every price of this tariff, from the planning date to the phase's midpoint."""


class Workload(Spec):
    """A throughput class: what the compute is used for."""

    kind: Literal["throughput"]
    workload_class: WorkloadClass
    """Which utilisation of the accelerators applies."""
    precisions: Annotated[tuple[Precision, ...], Field(strict=False, min_length=1)]
    """Admissible precisions; each chip works at its fastest admissible one."""
    residency: Rows[PlaceId] | None = None
    """Places in which it may run. None given: anywhere."""
    availability_min: PositiveFraction | None = None
    """Least availability of the halls it may work in. None given: any hall, and sites that state no halls."""
    floor_pflops: dict[PhaseId, Pflops] = Field(default_factory=dict)
    """Floor of effective PFLOPS of this class by phase id; phases left out have none."""
    job_accelerators: PositiveCount = 1024
    """Size of one typical job; beyond the fabric's reference size utilisation falls."""
    occupancy: PositiveFraction | None = None
    """Share of the year in which the installed capability of this class is at work: what is delivered of it, and what
    its energy follows. None given: 1."""
    occupancy_by_phase: dict[PhaseId, PositiveFraction] = Field(default_factory=dict)
    """The same by phase id; a phase left out has that of the last named before it, or else of the first named."""
    idle_fraction: Fraction = 0.3
    """IT power of an idle pod as a share of its power at work; only with an occupancy."""
    load_fraction: PositiveFraction = 1.0
    """IT power while working, as a share of the rated server power."""
    daily_profile: Annotated[tuple[Fraction, ...], Field(strict=False, min_length=24, max_length=24)] = (1.0,) * 24
    """IT power by hour of the day as a share of the load above."""
    step_fraction: Fraction = 0.0
    """Share of IT power that swings within seconds when a synchronised job starts, stops or checkpoints."""
    deferrable_fraction: Fraction = 0.0
    """Share of the energy of each hour that may move to another hour of the same day; IT power never exceeds that of
    the profile's highest hour."""


class Stack(Spec):
    """A software stack and how its maturity grows after adoption."""

    name: Name
    initial_maturity_fraction: PositiveFraction
    """Share of the mature throughput reached on the day of adoption."""
    ramp_months: NonNegative
    """Months after adoption until the share is 1 (linear)."""
    porting_usd: NonNegative
    """Paid once, at the start of the first phase, if any accelerator of this stack is bought."""
    adopted: Day | None = None
    """Day the ramp starts. Default: the start of the first phase."""
    programme_usd: NonNegative | None = None
    """Price of a porting programme that shortens the ramp, paid once at the start of the first phase. None: there is
    none to choose."""
    programme_ramp_months: NonNegative | None = None
    """Months until the share is 1 if the programme is run; given together with its price."""

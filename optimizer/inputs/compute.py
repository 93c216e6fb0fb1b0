"""What an instance may say about accelerators and the pods that are already there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.export import Payment
from optimizer.inputs.quantity import (
    AcceleratorId,
    ChipUsd,
    CoolingId,
    Count,
    Day,
    Eccn,
    FabricId,
    Fraction,
    HallId,
    Id,
    Kw,
    Name,
    NonNegative,
    Positive,
    PositiveCount,
    PositiveFraction,
    Quarter,
    Rate,
    Resale,
    RowOf,
    Rows,
    Spec,
    Tflops,
    Usd,
    Weeks,
    Years,
)
from optimizer.inputs.setting import Precision, WorkloadClass

PEAK_FIELD: dict[Precision, str] = {
    "fp64": "fp64_tflops",
    "tf32": "tf32_tflops",
    "bf16": "bf16_tflops",
    "fp8": "fp8_tflops",
    "int8": "int8_tops",
    "fp4": "fp4_tflops",
}
"""Field of an accelerator that holds its dense peak, by precision."""


class RackScale(Spec):
    """A system sold as one or more whole racks (NVL72: 1 rack; CloudMatrix 384: 16 racks)."""

    racks: PositiveCount
    """Racks of one system."""
    densest_rack_kw: Kw
    """Power of its densest rack: what the cooling technology has to carry."""
    fabric_included: bool = False
    """True if server_kw and the price already hold the fabric between the racks."""


class Ageing(Spec):
    """What a year beyond `life_years` costs; only what is kept that long (`life_max_years`) comes to feel it."""

    maintenance_fraction_per_year: Fraction = 0.0
    """By which maintenance per year rises with every year of age beyond `life_years`, of the purchase price."""
    failed_fraction_per_year: Fraction = 0.0
    """Of the pods: how many more stand failed with every year of age beyond `life_years`."""


class Accelerator(Spec):
    """One accelerator as sold, and the server that carries it. Peaks are dense, never sparse."""

    name: Name
    vendor: Name
    architecture: Name
    tier: Literal[1, 2, 3]
    """1 leading edge, 2 cut down for export or mid-range, 3 domestic or alternative."""
    origin: Literal["US", "CN"]
    """Whose design it is: US designs need a US export licence, Chinese ones have their own supply limits."""
    entity_listed: bool = False
    """The vendor is on the US Entity List."""
    stack: Annotated[Id, RowOf("stacks")]
    """Software stack it runs."""
    data_centre: bool = True
    """Designed or marketed for data centres (3A090 distinguishes)."""
    launch: Day
    """First day on which it can be delivered."""
    last_delivery: Day | None = None
    """Last day on which a new one can be delivered (end of sale); none given: no end known."""
    roadmap: bool = False
    """Announced or proposed, but not on sale: offered only with `procurement.roadmap`."""
    fp64_tflops: Tflops | None = None
    """By matrix units, where they are faster than the vector units."""
    fp64_vector_tflops: NonNegative | None = None
    """By vector units; 0 if there are none. Only the definition of a supercomputer asks for it."""
    fp32_tflops: NonNegative | None = None
    """Only the definition of a supercomputer asks for it."""
    tf32_tflops: Tflops | None = None
    bf16_tflops: Tflops | None = None
    fp8_tflops: Tflops | None = None
    int8_tops: Tflops | None = None
    fp4_tflops: Tflops | None = None
    memory_gb: Positive
    memory_bandwidth_gbs: Positive
    link_gbs: Positive
    """Bidirectional bandwidth of the chip-to-chip link."""
    tdp_w: Annotated[float, Field(gt=0)] | None = None
    die_mm2: Positive | None = None
    """Applicable die area of the package, for performance density."""
    price_usd: ChipUsd
    """Price of one accelerator at the planning date."""
    price_trend_fraction: Rate = 0.0
    """Real change of the price per year; delivery at t years after planning costs price * (1 + trend)^t."""
    per_server: PositiveCount
    """Accelerators in one server."""
    server_kw: Annotated[float, Field(gt=0)]
    """Rated power of one server, accelerators included."""
    server_rest_usd: Usd
    """Price of one server without its accelerators."""
    server_units: PositiveCount
    """Height in rack units."""
    server_kg: Positive
    rack_scale: RackScale | None = None
    """Given if the server is a system of whole racks; a pod is then one system."""
    coolings: Annotated[tuple[CoolingId, ...], Field(strict=False, min_length=1)]
    """Cooling technologies it can be bought for."""
    utilisation: dict[WorkloadClass, PositiveFraction]
    """Achieved share of the dense peak by workload class (MFU for training). A class left out is not supported."""
    training_precision_factors: dict[Precision, PositiveFraction] = Field(default_factory=dict)
    """Share of the training utilisation that is reached at a precision. Precisions left out: all of it."""
    scale_up_accelerators: PositiveCount | None = None
    """Accelerators that exchange data over chip-to-chip links, without the fabric. None given: those of a server."""
    fabric_reference_accelerators: PositiveCount = 2048
    """Cluster size at which the utilisation was measured."""
    fabric_exponent: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """A job on n accelerators keeps (n / reference)^-exponent of the utilisation beyond the reference."""
    interruption_hours: Positive = 50_700.0
    """Accelerator-hours between interruptions of a job."""
    repair_hours: NonNegative = 1.0
    """Hours the job loses per interruption (detection, restart, lost work)."""
    power_smoothing_fraction: Fraction = 0.0
    """Share of a power step that the server's own storage takes off the grid."""
    life_years: Years = 5.0
    life_max_years: Years | None = None
    """Longest that its pods may be kept with `procurement.refresh`. Default: `life_years`."""
    ageing: Ageing = Field(default_factory=Ageing)
    """What keeping it beyond `life_years` costs. Default: nothing."""
    resale: Resale = ()
    """Value by age. None given: a straight line over the life."""
    removal_usd: Usd = 0.0
    """Taking one out of service: wiping, packing, carriage."""
    lead_time_weeks: Weeks = 26.0
    supply_per_year: PositiveCount | None = None
    """Accelerators one buyer can obtain per year; none given: not limited."""
    supply_per_quarter: Count | None = None
    """Accelerators one buyer can obtain in a quarter that `supply_by_quarter` does not name; what is not taken stays to
    be had later (`supply_per_year`: it lapses). Neither given: not limited."""
    supply_by_quarter: dict[Quarter, Count] = Field(default_factory=dict)
    """By quarter of the calendar, such as "2027Q3". Quarters not named: `supply_per_quarter`, or else as in the
    last one named before, and nothing before the first."""
    maintenance_fraction: Fraction = 0.0
    """Maintenance per year as a share of the purchase price."""
    warranty_years: NonNegative = 0.0
    """Years after delivery in which maintenance costs nothing."""
    payment: Rows[Payment] = ()
    """When it and its servers are paid; fractions add up to 1. Default: as `procurement.payment` says."""
    product: AcceleratorId | None = None
    """Accelerator of which it is one supplier's, at one price; rules that name that one mean it as well."""
    server_eccn: Eccn | None = None
    """Classification of what its server holds beside it, such as adapters and processors; none given: not known."""


class ExistingPods(Spec):
    """Pods already installed: not bought, kept or retired, gone at the end of their life."""

    accelerator: AcceleratorId
    cooling: CoolingId
    fabric: FabricId | None = None
    """Fabric they are on, at a site that may choose among several. Default: the first of its list."""
    hall: HallId | None = None
    """Hall they stand in, at a site that chooses among classes. Default: the first of its list."""
    pods: PositiveCount
    commissioned: Day
    """Start of their service life."""
    salvage_usd_per_pod: NonNegative | None = None
    """Received when a pod is retired, at the start of that phase."""

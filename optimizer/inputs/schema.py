"""The instance: everything a plan depends on, resolved, checked and frozen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.battery import Battery
from optimizer.inputs.building import Building, MeasuredPue
from optimizer.inputs.compute import Accelerator, ExistingPods
from optimizer.inputs.connection import DemandResponse, FlexibleConnection, GridSeries
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.export import Export, Milestone, UserRegime
from optimizer.inputs.facility import Facility
from optimizer.inputs.generation import Generation, SiteGeneration
from optimizer.inputs.generators import Backup, Generator
from optimizer.inputs.halls import Hall, Halls
from optimizer.inputs.network import Fabric, Fabrics, Network
from optimizer.inputs.policies import Affordability, Limits, Procurement
from optimizer.inputs.quantity import (
    CoolingId,
    Count,
    Day,
    FabricId,
    Id,
    Mw,
    Name,
    NonNegative,
    PlaceId,
    PositiveCount,
    RowOf,
    Rows,
    Spec,
    Text,
    Weeks,
)
from optimizer.inputs.setting import Climate, ExchangeRate, Finance, Phase, Stack, Tariff, Weather
from optimizer.inputs.staff import Staff
from optimizer.inputs.substation import Grid, GridStages, Transformer
from optimizer.inputs.tender import SupplierOffer, Tender
from optimizer.inputs.uncertainty import Uncertainty
from optimizer.inputs.ups import Ups
from optimizer.inputs.work import AnyWorkload, MeasuredServing, Model

FORMAT_VERSION = 1

Objective = Literal["lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput", "simplicity"]


class Site(Spec):
    """A place that can hold pods."""

    name: Name
    place: PlaceId
    """Where it is, for export rules: hong_kong, singapore, mainland_china, malaysia, ..."""
    import_licence_weeks: Weeks = 0.0
    """Time for an import licence of the place itself, such as Hong Kong's; added to the lead time of accelerators."""
    weather: Weather
    tariff: Annotated[Id, RowOf("tariffs")]
    carbon_kg_per_kwh: NonNegative
    """Carbon intensity of the grid."""
    carbon_price_usd_per_t: NonNegative = 0.0
    water_usd_per_m3: NonNegative = 0.0
    latency_ms: NonNegative = 0.0
    """From users to the site and back, for services that promise a first token in time."""
    grid_mw: Mw
    """Import the utility makes available from the first phase."""
    grid_stages: GridStages = ()
    """Later changes of it, by rising phase."""
    grid_series: Rows[GridSeries] = ()
    """Files of the grid's price, carbon and import limit by the hour."""
    flexible_connection: FlexibleConnection | None = None
    """How much of grid_mw is firm, and when the rest may be called back. None given: all of it is firm."""
    demand_response: DemandResponse | None = None
    """Programme that pays for load that can be dropped."""
    export_price_per_kwh: NonNegative | None = None
    """Paid for surplus of generation that goes into the grid, in the tariff's currency, at most the price of import of
    any hour. None given: surplus is curtailed."""
    export_max_mw: Mw | None = None
    """Most that may go into the grid; none given: grid_mw."""
    carbon_t_per_year: NonNegative | None = None
    """Cap on the site's carbon of grid import, generators and generation, in every phase."""
    grid: Grid
    auxiliary_mw: Mw = 0.0
    """Lighting, offices, security: constant."""
    distribution_loss_fraction: Annotated[float, Field(ge=0, lt=0.5)]
    """Load loss of transformers, cables and power distribution, as a share of IT power, UPS not included."""
    ups: Annotated[Id, RowOf("upses")]
    coolings: Annotated[tuple[CoolingId, ...], Field(strict=False, min_length=1)]
    """Technologies that may be opened here."""
    max_coolings: PositiveCount | None = None
    """Largest number of technologies opened at the same time; none given: not limited."""
    battery: Annotated[Id, RowOf("batteries")] | None = None
    """Battery that may be built here."""
    battery_dispatch: bool = False
    """Whether the battery may also trade on tariffs and lower peaks, with what is not reserved."""
    fabric: FabricId | None = None
    """Fabric between the servers of this site. Default: that of the network."""
    fabrics: Fabrics | None = None
    """In place of `fabric`: fabrics among which each pod's is chosen at this site."""
    halls: Halls | None = None
    """Classes of hall among which each pod's is chosen at this site. None given: as the UPS row says."""
    backup: Backup | None = None
    generation: Rows[SiteGeneration] = ()
    """Kinds of generation beside the grid that may be built here."""
    generation_m2: NonNegative | None = None
    """Land and roof for them; none given: not limited."""
    building: Building
    facility: Annotated[Id, RowOf("facilities")] | None = None
    """Distribution, controls, fit-out and works around the plant, and how long they take; none given: not counted."""
    existing_facility_mw: Mw = 0.0
    """IT power that the items of the facility serve already; no price, no residual value."""
    measured_pue: MeasuredPue | None = None
    """Of a rented hall: one number or twelve by month, in place of all overheads that the model would work out."""
    existing_pods: Rows[ExistingPods] = ()
    existing_cooling_modules: dict[CoolingId, Count] = Field(default_factory=dict)
    """Plant modules that are there already, by technology; they count as opened, no price, no residual value."""
    existing_ups_mw: Mw = 0.0


class Solve(Spec):
    """How the answer is sought. The command line overrides these."""

    objective: Objective = "lcoc"
    gap: Annotated[float, Field(ge=0, lt=1)] = 1e-4
    """Relative gap of the objective (of the ratio for lcoc) at which the search stops."""
    simplicity: Annotated[float, Field(ge=0, le=1)] = 0.002
    """How much dearer than the best design the simplest plan may be, as a share of the levelised cost."""
    time_limit_s: Annotated[float, Field(gt=0, le=604_800)] = 600.0
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 0
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Branches searched at a time. Part of the question, not of the machine: the same number gives the same design
    on any number of cores. Cells of a study take one."""
    hours: Literal[168, 336, 672, 1344, 2688, 8760] = 8760
    """Hours of the year that are looked at. Fewer than 8760: evenly spread days, for teaching and tests only."""


class Instance(Spec):
    """One planning question, self-contained: catalogue rows it uses are inside."""

    format_version: Literal[1]
    name: Id
    title: Name
    description: Text = ""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    """What people are told amounts in; another than USD has a row in `exchange_rates`. Keys `_usd` stay in USD."""
    planning_date: Day
    """Orders cannot be placed before this day."""
    phases: Annotated[dict[Id, Phase], Field(min_length=1)]
    """In order of time."""
    milestones: Rows[Milestone] = ()
    """Effective throughput that must be there on a day, beside the phases' own targets."""
    finance: Finance
    exchange_rates: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], ExchangeRate] = Field(default_factory=dict)
    sites: Annotated[dict[Id, Site], Field(min_length=1)]
    workloads: Annotated[dict[Id, AnyWorkload], Field(min_length=1)]
    export: Export
    regimes: dict[Id, UserRegime] = Field(default_factory=dict)
    """The planner's own export rules, beside those that come with the product."""
    uncertainty: Uncertainty | None = None
    """Scenarios that are not known before a reveal; `optimizer robust` plans for all of them."""
    procurement: Procurement = Field(default_factory=Procurement)
    offers: dict[Id, SupplierOffer] = Field(default_factory=dict)
    """What suppliers offer, with price breaks; `optimizer bid` makes it of their bids."""
    tender: Tender | None = None
    limits: Limits = Field(default_factory=Limits)
    affordability: Affordability | None = None
    network: Network
    staff: Staff
    solve: Solve = Field(default_factory=Solve)
    accelerators: Annotated[dict[Id, Accelerator], Field(min_length=1)]
    coolings: Annotated[dict[Id, Cooling], Field(min_length=1)]
    transformers: dict[Id, Transformer]
    upses: dict[Id, Ups]
    facilities: dict[Id, Facility] = Field(default_factory=dict)
    """What is built around the plant: distribution, controls, fit-out, commissioning, design, contingency."""
    halls: dict[Id, Hall] = Field(default_factory=dict)
    """Classes of hall: redundancy of UPS and distribution, generators, losses, availability, space."""
    batteries: dict[Id, Battery] = Field(default_factory=dict)
    generators: dict[Id, Generator] = Field(default_factory=dict)
    generation: dict[Id, Generation] = Field(default_factory=dict)
    fabrics: dict[Id, Fabric]
    stacks: dict[Id, Stack]
    tariffs: dict[Id, Tariff]
    climates: dict[Id, Climate] = Field(default_factory=dict)
    models: dict[Id, Model] = Field(default_factory=dict)
    """Models that are trained or served."""
    measured_serving: dict[Id, MeasuredServing] = Field(default_factory=dict)
    """Measured rates that go before the roofline."""

    def chooses_fabrics(self, site: str) -> bool:
        """Whether the fabric of each pod at a site is chosen from a list."""
        own, network = self.sites[site], self.network
        return own.fabrics is not None or (own.fabric is None and network.fabrics is not None)

    def fabrics_at(self, site: str) -> tuple[str, ...]:
        """The fabrics there may be between the servers of a site: one, or those of its list."""
        own, network = self.sites[site], self.network
        listed = own.fabrics or ((own.fabric,) if own.fabric else network.fabrics)
        return listed or ((network.fabric,) if network.fabric else ())

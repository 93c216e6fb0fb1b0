"""The design: what is decided, and what the model says it costs and does.

`Decisions` alone determine everything else; `reported` values are there to be checked against them.
Rows that are zero are left out. Purchases are dated by the phase in whose first day they enter service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.halls import room_of
from optimizer.inputs.hourly import Hourly
from optimizer.inputs.quantity import Id, NonNegative, PositiveCount, Rows, Spec

DESIGN_FORMAT_VERSION = 1


def racks_of(cooling: str, fabric: str | None, hall: str | None = None) -> str:
    """Name of the racks a pod stands in: cooling and, where they are chosen, fabric and hall (`air+roce_400g@n`)."""
    return room_of(cooling if fabric is None else f"{cooling}+{fabric}", hall)


class PodTypeRow(Spec):
    """A row about pods of one type at a site."""

    site: Id
    accelerator: Id
    cooling: Id
    fabric: Id | None = None
    """Fabric between the servers, where the site may choose among several; systems that bring their own have none."""
    hall: Id | None = None
    """Class of the hall they stand in, at a site that chooses among classes."""

    @property
    def type_key(self) -> tuple[str, str, str]:
        """Site, accelerator and racks: what pod types are found by."""
        return self.site, self.accelerator, racks_of(self.cooling, self.fabric, self.hall)


class PodRow(PodTypeRow):
    """Whole pods of one type delivered to, or retired from, a site in a phase."""

    phase: Id
    pods: PositiveCount


class RetirementRow(PodRow):
    """Whole pods of one type that leave a site at the start of a phase."""

    bought: Id | None = None
    """Phase in which they were delivered; none: they were there before the plan."""


class AssignmentRow(PodTypeRow):
    """Pods (not necessarily whole) working on a workload during a phase."""

    workload: Id
    phase: Id
    pods: NonNegative


class ClusterRow(PodTypeRow):
    """Whole pods that carry a training run, all of one type at one site, during a phase."""

    workload: Id
    phase: Id
    pods: PositiveCount


class ModuleRow(Spec):
    """Plant modules of a cooling technology bought in a phase. Zero units with `opened` is allowed."""

    site: Id
    cooling: Id
    phase: Id
    units: Annotated[int, Field(ge=0)]
    opened: bool
    """True in the phase in which the technology is opened at the site (never for existing ones)."""


class SiteRow(Spec):
    """A row about a site in a phase."""

    site: Id
    phase: Id


class SubstationRow(SiteRow):
    """The substation in place during a phase: a row for every phase in which there is one."""

    transformer: Id
    units: PositiveCount


class MegawattRow(SiteRow):
    """MW of one kind at a site in a phase: UPS bought, battery power reserved for load steps, capacity contracted."""

    mw: NonNegative


class BatteryRow(SiteRow):
    """Battery bought in a phase."""

    mw: NonNegative
    mwh: NonNegative
    opened: bool
    """True in the phase of the site's first purchase, when the fixed cost is paid."""


class GeneratorRow(SiteRow):
    """Generator sets bought in a phase."""

    units: PositiveCount


class GenerationRow(Spec):
    """Units of generation beside the grid bought in a phase."""

    site: Id
    source: Id
    phase: Id
    units: PositiveCount


class FitoutRow(SiteRow):
    """Space fitted out in a phase."""

    white_m2: NonNegative
    plant_m2: NonNegative


class FacilityRow(SiteRow):
    """An item of the facility bought in a phase, by the MW of IT power it serves."""

    item: Id
    mw: NonNegative


class MovedRow(Spec):
    """IT power of a workload moved between the hours of a day: positive where it arrives, negative where it leaves."""

    cooling: Id
    hall: Id | None = None
    workload: Id
    moved_mw: Hourly


class FedRow(Spec):
    """What a kind of generation gives, by hour."""

    source: Id
    fed_mw: Hourly


class DispatchRow(SiteRow):
    """A year of operation of a site that dispatches; series over the hours kept, free energy at the first of them."""

    charge_mw: Hourly = ""
    discharge_mw: Hourly = ""
    soc_start_mwh: NonNegative = 0.0
    generator_mw: Hourly = ""
    moved: Rows[MovedRow] = ()
    fed: Rows[FedRow] = ()
    demand_response_mw: NonNegative = 0.0
    """What is dropped in each of the hours that the programme calls."""


@dataclass(frozen=True)
class DecidedBy:
    """Says which asset, by the name of its folder, a field of a design is decided by."""

    asset: str


class Decisions(Spec):
    """Everything that is chosen. What assets decide stands in the order in which they are built (`model.plant`)."""

    deliveries: Rows[PodRow] = ()
    retirements: Rows[RetirementRow] = ()
    """Pods taken out at the start of a phase, before the end of their life."""
    assignments: Rows[AssignmentRow] = ()
    clusters: Rows[ClusterRow] = ()
    """One for each training run and phase in which it is run."""
    substations: Annotated[Rows[SubstationRow], DecidedBy("substation")] = ()
    cooling: Annotated[Rows[ModuleRow], DecidedBy("cooling")] = ()
    ups: Annotated[Rows[MegawattRow], DecidedBy("ups")] = ()
    generators: Annotated[Rows[GeneratorRow], DecidedBy("generators")] = ()
    generation: Annotated[Rows[GenerationRow], DecidedBy("generation")] = ()
    batteries: Annotated[Rows[BatteryRow], DecidedBy("battery")] = ()
    step_reserves: Annotated[Rows[MegawattRow], DecidedBy("battery")] = ()
    fitout: Annotated[Rows[FitoutRow], DecidedBy("building")] = ()
    facility: Annotated[Rows[FacilityRow], DecidedBy("facility")] = ()
    stacks: Rows[Id] = ()
    """Software stacks adopted (their porting is paid)."""
    dispatch: Rows[DispatchRow] = ()
    contracts: Rows[MegawattRow] = ()
    programmes: Rows[Id] = ()
    """Stacks whose porting programme is run."""


class Timing(StrEnum):
    """When an entry is paid or counted."""

    START = "start"
    """Once, on the first day of its phase."""
    YEARLY = "yearly"
    """Per year, throughout its phase."""
    END = "end"
    """Once, at the end of the horizon."""
    NONE = "none"
    """Not a payment and not per year: a level that holds throughout its phase."""


class Entry(Spec):
    """One line of the ledger."""

    account: str
    unit: str
    timing: Literal["start", "yearly", "end", "none"]
    phase: Id
    site: Id | None
    """None for what belongs to no single site."""
    label: str
    """What caused it: an accelerator, a technology, a month."""
    amount: float


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    """Proven within the gap asked for."""
    FEASIBLE = "feasible"
    """Stopped by a limit or an interrupt; the design holds, the gap is larger than asked for."""
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NO_SOLUTION = "no_solution"
    """Stopped by a limit before any design was found."""
    UNSOUND = "unsound"
    """The numbers cannot be trusted."""


class SolveFacts(Spec):
    """What the search proved."""

    status: str
    objective: str
    value: float
    """Of the design, in the objective's unit (USD per EFLOP for lcoc)."""
    bound: float
    """No design is better than this."""
    gap: float
    """|value - bound| / max(|value|, 1e-9)."""
    gap_asked: float
    seconds: NonNegative
    iterations: int
    """Ratio steps (1 for a linear objective)."""
    interrupted: bool = False
    method: str = "single"
    """single: no site dispatches; decomposition or monolithic: how dispatch was solved."""
    hours: int = 8760
    """Hours of the year that were looked at; fewer than 8760: not the whole year."""


class Reported(Spec):
    """What the model says of the decisions."""

    lcoc_usd_per_eflop: float
    npv_cost_musd: float
    npv_eflop: float
    kpis: dict[str, float]
    ledger: Rows[Entry]


class Design(Spec):
    """Decisions for an instance, and what is reported of them."""

    format_version: Literal[1] = 1
    instance: Id
    instance_sha256: str
    planning_date: date
    decisions: Decisions
    reported: Reported | None = None
    solve: SolveFacts | None = None

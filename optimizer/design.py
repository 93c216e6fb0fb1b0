"""The design: what is decided, and what the model says it costs and does.

`Decisions` alone determine everything else; `reported` values are there to be checked against them.
Rows that are zero are left out. Purchases are dated by the phase in whose first day they enter service.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from optimizer.quantity import Id, NonNegative, PositiveCount, Rows, Spec

DESIGN_FORMAT_VERSION = 1


class PodRow(Spec):
    """Whole pods of one type delivered to, or retired from, a site in a phase."""

    site: Id
    accelerator: Id
    cooling: Id
    phase: Id
    pods: PositiveCount


class AssignmentRow(Spec):
    """Pods (not necessarily whole) working on a workload during a phase."""

    site: Id
    accelerator: Id
    cooling: Id
    workload: Id
    phase: Id
    pods: NonNegative


class ClusterRow(Spec):
    """Whole pods that carry a training run, all of one type at one site, during a phase."""

    workload: Id
    site: Id
    accelerator: Id
    cooling: Id
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


class SubstationRow(Spec):
    """The substation in place during a phase: a row for every phase in which there is one."""

    site: Id
    phase: Id
    transformer: Id
    units: PositiveCount


class UpsRow(Spec):
    """UPS capacity bought in a phase."""

    site: Id
    phase: Id
    mw: NonNegative


class BatteryRow(Spec):
    """Battery bought in a phase."""

    site: Id
    phase: Id
    mw: NonNegative
    mwh: NonNegative
    opened: bool
    """True in the phase of the site's first purchase, when the fixed cost is paid."""


class ReserveRow(Spec):
    """Battery power reserved for load steps during a phase."""

    site: Id
    phase: Id
    mw: NonNegative


class GeneratorRow(Spec):
    """Generator sets bought in a phase."""

    site: Id
    phase: Id
    units: PositiveCount


class FitoutRow(Spec):
    """Space fitted out in a phase."""

    site: Id
    phase: Id
    white_m2: NonNegative
    plant_m2: NonNegative


class Decisions(Spec):
    """Everything that is chosen."""

    deliveries: Rows[PodRow] = ()
    retirements: Rows[PodRow] = ()
    """Existing pods taken out at the start of a phase."""
    assignments: Rows[AssignmentRow] = ()
    clusters: Rows[ClusterRow] = ()
    """One for each training run and phase in which it is run."""
    cooling: Rows[ModuleRow] = ()
    substations: Rows[SubstationRow] = ()
    ups: Rows[UpsRow] = ()
    batteries: Rows[BatteryRow] = ()
    step_reserves: Rows[ReserveRow] = ()
    generators: Rows[GeneratorRow] = ()
    fitout: Rows[FitoutRow] = ()
    stacks: Rows[Id] = ()
    """Software stacks adopted (their porting is paid)."""
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

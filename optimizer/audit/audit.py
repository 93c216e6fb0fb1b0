"""The audit: instance and decisions in, findings out. docs/model.md section 13.

A second implementation of docs/model.md that shares no code with the optimisation model. It reads the
decisions of a design, recomputes everything that follows from them, checks every limit, and compares with what
the design reports of itself. It scores designs of any origin: `reported` may be absent (a vendor's bid).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.connection import check_connection
from optimizer.audit.cooling import check_plant
from optimizer.audit.decisions import check_identity, check_sha256, clean_decisions
from optimizer.audit.demand import check_contracts
from optimizer.audit.dispatch import check_dispatch
from optimizer.audit.facility import check_facility
from optimizer.audit.figures import figures, ratio
from optimizer.audit.findings import Finding, Recorder
from optimizer.audit.fleet import check_admissible, check_assignments, read_fleet
from optimizer.audit.floor import check_floor
from optimizer.audit.generation import check_generation
from optimizer.audit.grid_year import read_grid_years
from optimizer.audit.limits import check_limits
from optimizer.audit.money import AuditLine, keep_books, npv_cost_musd, npv_eflop
from optimizer.audit.operation import check_power
from optimizer.audit.own_rules import Rulings
from optimizer.audit.payments import check_milestones
from optimizer.audit.periods import check_periods, read_periods
from optimizer.audit.power import check_ups
from optimizer.audit.programmes import check_programmes
from optimizer.audit.proof import check_proof
from optimizer.audit.reported import check_reported
from optimizer.audit.rules import check_rules
from optimizer.audit.serving import check_serving
from optimizer.audit.staff import check_staff
from optimizer.audit.state import State, read_state
from optimizer.audit.storage import check_batteries, check_generators
from optimizer.audit.substation import check_substations
from optimizer.audit.supercomputer import check_supercomputer
from optimizer.audit.tariffs import check_tariffs
from optimizer.audit.throughput import check_throughput
from optimizer.audit.training import check_training
from optimizer.inputs.design import Design
from optimizer.inputs.quantity import USD_PER_MUSD
from optimizer.inputs.schema import Instance


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """What the audit found."""

    passed: bool
    checks: int
    """Number of comparisons made."""
    findings: tuple[Finding, ...]
    figures: dict[str, float]
    """All figures of docs/model.md section 12, recomputed."""
    ledger: tuple[AuditLine, ...]
    """Recomputed lines by account, phase and site."""
    npv_cost_musd: float
    npv_eflop: float
    lcoc_usd_per_eflop: float
    checks_by_family: dict[str, int]
    worst_by_family: dict[str, float]
    """Largest excess over a limit, relative to it (to 1 if that is larger); 0 if all limits are kept."""

    def to_json_dict(self) -> dict[str, Any]:
        """Plain lists, dicts and numbers; numbers that are not finite become null."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """What a design's money comes to. No verdict: a design that breaks every limit has one too."""

    ledger: tuple[AuditLine, ...]
    """Lines by account, phase and site."""
    npv_cost_musd: float
    lcoc_usd_per_eflop: float


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def audit(
    instance: Instance, design: Design, base_folder: Path | None = None, sha256: str | None = None
) -> AuditReport:
    """Check a design against its instance.

    `base_folder` is where relative paths of weather and of the grid are resolved. With the `sha256` of the instance, a
    design that names the instance it answers has to name this one. Raises OSError or ValueError if one of these files
    cannot be read; everything that is wrong with the design itself is a finding.
    """
    # Absurd numbers of a design overflow to infinities and NaN, which every comparison rejects; numpy need not warn.
    with np.errstate(over="ignore", invalid="ignore"):
        return _audit(instance, design, base_folder, sha256)


def recomputed(instance: Instance, design: Design, base_folder: Path | None = None) -> Recomputed:
    """A design's money at an instance's prices, as `audit` computes it and in less than half the time.

    Nothing is checked. Raises as `audit`.
    """
    return Repricing(instance, design, base_folder).today


class Repricing:
    """A design's money at other prices of its instance, as `recomputed` has it and in half the time.

    What runs, draws and delivers does not depend on prices: it is recomputed once. Raises as `audit`.
    """

    def __init__(self, instance: Instance, design: Design, base_folder: Path | None = None) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            self._case, self._state = _state_of(instance, design, base_folder, Recorder())
            self.today = _money(self._case, self._state)

    def at(self, instance: Instance) -> Recomputed:
        """At the prices and tariffs of this instance, which is the same but for them."""
        case = replace(self._case, instance=instance, rulings=Rulings(instance, self._case.periods.starts))
        with np.errstate(over="ignore", invalid="ignore"):
            return _money(case, replace(self._state, fleet=read_fleet(case, Recorder())))


def _money(case: AuditCase, state: State) -> Recomputed:
    books = keep_books(case, state)
    cost = npv_cost_musd(case, books)
    return Recomputed(
        ledger=books.lines(case),
        npv_cost_musd=cost,
        lcoc_usd_per_eflop=ratio(cost * USD_PER_MUSD, npv_eflop(case, state)),
    )


def _state_of(
    instance: Instance, design: Design, base_folder: Path | None, recorder: Recorder
) -> tuple[AuditCase, State]:
    """What follows from the decisions that can be read."""
    decisions = clean_decisions(instance, design, recorder)
    periods = read_periods(instance)
    grid_years = read_grid_years(instance, base_folder, recorder)
    case = AuditCase(instance, decisions, periods, Rulings(instance, periods.starts), grid_years)
    return case, read_state(case, base_folder, recorder)


def _audit(instance: Instance, design: Design, base_folder: Path | None, sha256: str | None) -> AuditReport:
    recorder = Recorder()
    check_identity(instance, design, recorder)
    if sha256 is not None and design.instance_sha256:
        check_sha256(design, sha256, recorder)
    case, state = _state_of(instance, design, base_folder, recorder)
    _check_design(case, state, recorder)
    books = keep_books(case, state)
    check_limits(case, state, books, recorder)
    results = figures(case, state, books)
    if design.reported is not None:
        check_reported(case, design.reported, books, results, recorder)
    if design.solve is not None:
        check_proof(case, state, books, design.solve, recorder)
    return AuditReport(
        passed=not recorder.findings,
        checks=sum(recorder.checks_by_family.values()),
        findings=tuple(recorder.findings),
        figures=results,
        ledger=books.lines(case),
        npv_cost_musd=results["npv_cost_musd"],
        npv_eflop=results["npv_eflop"],
        lcoc_usd_per_eflop=results["lcoc_usd_per_eflop"],
        checks_by_family=recorder.checks_by_family,
        worst_by_family=recorder.worst_by_family,
    )


def _check_design(case: AuditCase, state: State, recorder: Recorder) -> None:
    """Every limit, in the order of the contract's sections."""
    check_periods(case.periods, recorder)
    check_tariffs(case, recorder)
    check_contracts(case, recorder)
    check_admissible(case, state.fleet, recorder)
    check_supercomputer(case, state.fleet, recorder)
    check_assignments(case, state.fleet, recorder)
    check_programmes(case, recorder)
    check_throughput(case, state.throughput, recorder)
    check_milestones(case, state.throughput, recorder)
    check_training(case, state.fleet, recorder)
    check_serving(case, state.fleet, recorder)
    check_plant(case, state.fleet, state.plant, recorder)
    check_power(case, state.fleet, state.substations, state.operations, recorder)
    check_dispatch(case, state, recorder)
    check_connection(case, state, recorder)
    check_substations(case, state.substations, recorder)
    check_ups(case, state.fleet, recorder)
    check_batteries(case, state.fleet, state.substations, recorder)
    check_generators(case, state.fleet, state.substations, recorder)
    check_generation(case, recorder)
    check_floor(case, state.fleet, state.plant, state.substations, recorder)
    check_facility(case, state.fleet, state.substations, recorder)
    check_rules(case, state.fleet, state.throughput, recorder)
    check_staff(case, state.fleet, state.substations, recorder)

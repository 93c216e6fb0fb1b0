"""What the plan uses of each limit, and which limits bind: totals of the ledger beside the planner's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from optimizer.assets.compute.admission import LicenceQuota, licence_quotas
from optimizer.inputs.design import Design
from optimizer.inputs.policies import Match
from optimizer.ledger.limits import Scope, stated
from optimizer.model.derive import Problem
from optimizer.model.figures import Figures
from optimizer.setting.matching import selects
from optimizer.setting.supply import has_quarters, supplied, supplied_since_phase_before

BINDING = 0.999
"""A limit used to this share binds."""
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class Use:
    """How much of one requirement is used. For a floor, `limit` must be reached; otherwise it must not be exceeded."""

    requirement: str
    where: tuple[str, str]
    """Site and phase; empty for the whole plan."""
    used: float
    limit: float
    unit: str
    path: str
    """Key of the instance that states it."""
    is_floor: bool = False
    step: float = 0.0
    """Smallest amount more that could be used: accelerators come in whole pods."""

    @property
    def fraction(self) -> float:
        """Used over limit (limit over used for a floor): 1 binds."""
        above, below = (self.limit, self.used) if self.is_floor else (self.used, self.limit)
        if below == 0:
            return 1.0 if above == 0 else float("inf")
        return above / below

    @property
    def shown(self) -> float:
        """What is used, for a reader: at the limit where only the arithmetic's rounding is between, never beyond it."""
        return self.limit if isclose(self.used, self.limit, rel_tol=_ROUNDING) else self.used

    @property
    def binds(self) -> bool:
        """Whether it stands in the way of a better design, as far as totals tell."""
        return self.fraction >= BINDING or (self.step > 0 and self.used + self.step > self.limit)

    @property
    def remark(self) -> str:
        """Why a limit binds that is not used to the last unit."""
        return " (no whole pod more)" if self.binds and self.fraction < BINDING else ""


def uses(problem: Problem, design: Design) -> tuple[Use, ...]:
    """Every requirement of the instance with what the design uses of it, tightest first."""
    if design.reported is None:
        return ()
    figures = Figures(problem, design.decisions, design.reported.ledger)
    rows = [*_throughput(figures), *_sites(figures), *_orders(figures), *_shares(figures), *_limits(figures, design)]
    return tuple(sorted((use for use in rows if not _void(use)), key=lambda use: -use.fraction))


def _void(use: Use) -> bool:
    return use.limit == 0 and abs(use.used) <= _ROUNDING


def tightest(rows: tuple[Use, ...]) -> tuple[tuple[Use, tuple[str, ...]], ...]:
    """For each requirement and site its tightest phase, and the phases in which it binds."""
    groups: dict[tuple[str, str], list[Use]] = {}
    for use in rows:
        groups.setdefault((use.requirement, use.where[0]), []).append(use)
    kept = [(uses[0], tuple(use.where[1] for use in uses if use.binds and use.where[1])) for uses in groups.values()]
    return tuple(sorted(kept, key=lambda pair: not pair[0].binds))


def _throughput(f: Figures) -> Iterator[Use]:
    instance = f.problem.instance
    for p, phase in instance.phases.items():
        yield _floor(f, "throughput target", p, phase.target_pflops, f"phases.{p}.target_pflops")
    for number, milestone in enumerate(instance.milestones):
        p = f.problem.calendar.under_way(milestone.date)
        yield _floor(f, f"milestone {milestone.date}", p, milestone.target_pflops, f"milestones.{number}")
    for w, load in instance.workloads.items():
        for p, floor in load.floor_pflops.items():
            lines = (e for e in f.entries if e.account == "effective_pflops" and e.phase == p)
            done = sum(e.amount for e in lines if e.label.endswith(f"/{w}"))
            yield replace(_floor(f, f"{w} floor", p, floor, f"workloads.{w}.floor_pflops.{p}"), used=done)


def _floor(f: Figures, requirement: str, phase: str, pflops: float, path: str) -> Use:
    """Throughput of a phase that is asked for."""
    return Use(
        requirement=requirement,
        where=("", phase),
        used=f.total("effective_pflops", phase),
        limit=pflops,
        unit="PFLOPS",
        path=path,
        is_floor=True,
    )


def _sites(f: Figures) -> Iterator[Use]:
    for p in f.problem.calendar.phases:
        peaks = f.peak_by_site(p)
        for s, site in f.problem.instance.sites.items():
            room, at = site.building, f"sites.{s}"
            # What is needed, not what is fitted out: where fit-out costs nothing, more is fitted out than needed.
            white = (1 + room.support_fraction) * f.total("pod_m2", p, s)
            plant = f.total("plant_use_m2", p, s)
            for requirement, used, limit, unit, path in (
                ("grid import", peaks[s], f.problem.years[s].grid_mw[p], "MW", f"{at}.grid_mw"),
                ("firm substation capacity", peaks[s], f.total("firm_mw", p, s), "MW", f"{at}.grid"),
                ("white space", white, room.white_space_m2, "m2", f"{at}.building.white_space_m2"),
                ("plant space", plant, room.plant_m2, "m2", f"{at}.building.plant_m2"),
            ):
                yield Use(requirement=requirement, where=(s, p), used=used, limit=limit, unit=unit, path=path)


def _orders(f: Figures) -> Iterator[Use]:
    instance, calendar = f.problem.instance, f.problem.calendar
    for name, quota in instance.procurement.quotas.items():
        yield Use(
            requirement=f"quota {name}",
            where=("", ""),
            limit=quota.max_accelerators,
            path=f"procurement.quotas.{name}",
            **_ordered(f, quota.match, quota.phases or calendar.phases),
        )
    for name, licence in licence_quotas(instance, f.problem.rulings).items():
        key = "timeline" if instance.export.timeline else "regime"
        yield Use(
            requirement=f"licence quota of {name}",
            where=("", ""),
            limit=licence.most,
            path=f"export.{key} ({licence.accelerator})",
            **_licensed(f, licence),
        )
    for p in calendar.phases:
        for a, chip in instance.accelerators.items():
            if chip.supply_per_year is not None:
                yield Use(
                    requirement=f"supply of {a}",
                    where=("", p),
                    limit=supplied_since_phase_before(instance, a, p),
                    path=f"accelerators.{a}.supply_per_year",
                    **_ordered(f, Match(accelerator=a), (p,)),
                )
            if has_quarters(chip):
                yield Use(
                    requirement=f"quarters' supply of {a}",
                    where=("", p),
                    limit=supplied(instance, a, calendar.starts[p]),
                    path=f"accelerators.{a}.supply_per_quarter",
                    **_ordered(f, Match(accelerator=a), calendar.up_to(p)),
                )


def _licensed(f: Figures, quota: LicenceQuota) -> dict[str, Any]:
    """Accelerators delivered under one clause of licence."""
    lines = [e for e in f.entries if e.account == "delivered_accelerators" and e.label in quota.accelerators]
    bought = sum(e.amount for e in lines if (e.site or "", e.phase) in quota.places)
    types = f.problem.compute.types.items()
    return _bought(bought, (pod.size.accelerators for (_, a, _), pod in types if a in quota.accelerators))


def _ordered(f: Figures, match: Match, phases: tuple[str, ...]) -> dict[str, Any]:
    """Accelerators that match, delivered in some phases."""
    instance, rulings = f.problem.instance, f.problem.rulings
    lines = [e for e in f.entries if e.account == "delivered_accelerators" and e.phase in phases]
    bought = sum(e.amount for e in lines if selects(instance, rulings, match, (e.site or "", e.label, e.phase)))
    sizes = (
        pod.size.accelerators
        for (s, a, _), pod in f.problem.compute.types.items()
        if any(selects(instance, rulings, match, (s, a, p)) for p in set(phases) & set(pod.deliverable))
    )
    return _bought(bought, sizes)


def _bought(accelerators: float, pods: Iterable[int]) -> dict[str, Any]:
    """What is used of a limit on accelerators, in pods of these sizes.

    What nobody wants is not scarce: a limit binds only if something was bought under it.
    """
    step = float(min(pods, default=0)) if accelerators else 0.0
    return {"used": accelerators, "unit": "accelerators", "step": step}


def _shares(f: Figures) -> Iterator[Use]:
    problem = f.problem
    for name, share in problem.instance.procurement.shares.items():
        phases = problem.calendar.from_phase_on(share.from_phase) if share.from_phase else problem.calendar.phases
        for p in phases:
            whole = f.total("effective_pflops", p)
            lines = [e for e in f.entries if e.account == "effective_pflops" and e.phase == p]
            part = sum(
                e.amount
                for e in lines
                if selects(problem.instance, problem.rulings, share.match, (e.site or "", e.label.split("/")[0], p))
            )
            have = part / whole if whole else 0.0
            for word, key, limit in (("least", "min", share.min_fraction), ("largest", "max", share.max_fraction)):
                if limit is not None:
                    yield Use(
                        requirement=f"{word} share {name}",
                        where=("", p),
                        used=have,
                        limit=limit,
                        unit="",
                        path=f"procurement.shares.{name}.{key}_fraction",
                        is_floor=key == "min",
                    )


def _limits(f: Figures, design: Design) -> Iterator[Use]:
    assert design.reported is not None
    for limit, most in stated(f.problem.instance):
        about = f"limit on {limit.label}"
        if limit.scope is Scope.PLAN:
            used = design.reported.kpis.get(limit.figure, 0.0)
            yield Use(requirement=about, where=("", ""), used=used, limit=most, unit=limit.unit, path=limit.path)
            continue
        for p in f.problem.calendar.phases:
            used = sum(f.total(account, p) for account in limit.accounts)
            yield Use(requirement=about, where=("", p), used=used, limit=most, unit=limit.unit, path=limit.path)

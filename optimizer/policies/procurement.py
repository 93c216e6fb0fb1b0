"""Procurement: quotas, shares, and what can be obtained per year.

Given       quotas q, shares h, supply per year and by quarter of an accelerator, quotas that a ruling carries
Subject to  quota[q]          matching accelerators delivered <= max_accelerators
            ruling_quota[a]   accelerators delivered under a clause of licence <= its quota
            supply[a, p]      accelerators delivered <= supply per year * years since the phase before
            quarters[a, p]    accelerators delivered up to a phase <= supply of the quarters up to its start
            share_min[h, p]   effective throughput of matching accelerators >= min_fraction of all
            share_max[h, p]   effective throughput of matching accelerators <= max_fraction of all
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block

from optimizer.assets.compute.admission import Rulings, licence_quotas
from optimizer.inputs.policies import Match, Share
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, Posting, add_up, is_variable
from optimizer.setting.matching import selects
from optimizer.setting.supply import has_quarters, supplied, supplied_since_phase_before


def add(block: Block, instance: Instance, rulings: Rulings, ledger: Ledger) -> None:
    """Add the planner's limits on what is bought."""
    _quotas(block, instance, rulings, ledger)
    _supply(block, instance, ledger)
    _shares(block, instance, rulings, ledger)


def _about(instance: Instance, rulings: Rulings, match: Match, posting: Posting) -> bool:
    name = posting.place.label.split("/")[0]
    return selects(instance, rulings, match, (posting.place.site or "", name, posting.place.phase))


def _quotas(block: Block, instance: Instance, rulings: Rulings, ledger: Ledger) -> None:
    quotas = instance.procurement.quotas

    def delivered(q: str) -> Any:
        return add_up(
            posting.amount
            for p in quotas[q].phases or ledger.calendar.phases
            for posting in ledger.select("delivered_accelerators", p)
            if _about(instance, rulings, quotas[q].match, posting)
        )

    @block.Constraint([q for q in quotas if is_variable(delivered(q))])
    def quota(b: Block, q: str) -> Any:
        return (None, delivered(q), quotas[q].max_accelerators)

    limits = licence_quotas(instance, rulings)

    def licensed(a: str) -> Any:
        where = [(s, p) for p in ledger.calendar.phases for s in instance.sites if (s, p) in limits[a].places]
        return add_up(
            ledger.total("delivered_accelerators", p, s, name)
            for s, p in where
            for name in sorted(limits[a].accelerators)
        )

    @block.Constraint([a for a in limits if is_variable(licensed(a))])
    def ruling_quota(b: Block, a: str) -> Any:
        return (None, licensed(a), limits[a].most)


def _supply(block: Block, instance: Instance, ledger: Ledger) -> None:
    def delivered(a: str, p: str) -> Any:
        return ledger.total("delivered_accelerators", p, None, a)

    limited = [a for a, chip in instance.accelerators.items() if chip.supply_per_year is not None]
    keys = [(a, p) for a in limited for p in ledger.calendar.phases if is_variable(delivered(a, p))]

    @block.Constraint(keys)
    def supply(b: Block, a: str, p: str) -> Any:
        return (None, delivered(a, p), supplied_since_phase_before(instance, a, p))

    def so_far(a: str, p: str) -> Any:
        return add_up(delivered(a, q) for q in ledger.calendar.up_to(p))

    # Where nothing can be delivered, the row of the phase before says it already.
    by_quarter = [a for a, chip in instance.accelerators.items() if has_quarters(chip)]
    dated = [(a, p) for a in by_quarter for p in ledger.calendar.phases if is_variable(delivered(a, p))]

    @block.Constraint(dated)
    def quarters(b: Block, a: str, p: str) -> Any:
        return (None, so_far(a, p), supplied(instance, a, instance.phases[p].start))


def _shares(block: Block, instance: Instance, rulings: Rulings, ledger: Ledger) -> None:
    shares = instance.procurement.shares

    def phases(share: Share) -> tuple[str, ...]:
        return ledger.calendar.from_phase_on(share.from_phase) if share.from_phase else ledger.calendar.phases

    def excess(h: str, p: str, fraction: float) -> Any:
        """Matching throughput minus the fraction of all."""
        return add_up(
            (float(_about(instance, rulings, shares[h].match, posting)) - fraction) * posting.amount
            for posting in ledger.select("effective_pflops", p)
        )

    lower = {(h, p): share.min_fraction for h, share in shares.items() for p in phases(share)}
    upper = {(h, p): share.max_fraction for h, share in shares.items() for p in phases(share)}

    @block.Constraint([k for k, f in lower.items() if f is not None and is_variable(excess(*k, f))])
    def share_min(b: Block, h: str, p: str) -> Any:
        return (0, excess(h, p, shares[h].min_fraction or 0.0), None)

    @block.Constraint([k for k, f in upper.items() if f is not None and is_variable(excess(*k, f))])
    def share_max(b: Block, h: str, p: str) -> Any:
        return (None, excess(h, p, shares[h].max_fraction or 0.0), 0)

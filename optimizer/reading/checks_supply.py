"""Whether quotas, supply and shares fit together: each check is a small pure function."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.assets.compute.admission import Rulings
from optimizer.assets.compute.throughput import fastest_tflops
from optimizer.inputs.policies import Match, Share
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.policies.caps import caps, deliveries_for, most_pflops
from optimizer.policies.rulings import rulings_if_known
from optimizer.reading.messages import InputFinding
from optimizer.setting.calendar import calendar_of
from optimizer.setting.matching import about_chip
from optimizer.setting.supply import has_quarters, supplied, supplied_since_phase_before


def quarters_can_supply(instance: Instance) -> Iterator[InputFinding]:
    """Quarters that give nothing before the last phase, and a supply per year that makes quarters vain."""
    phases = tuple(instance.phases)
    for name, chip in instance.accelerators.items():
        if not has_quarters(chip):
            continue
        key = "supply_by_quarter" if chip.supply_by_quarter else "supply_per_quarter"
        path, starts = ("accelerators", name, key), [phase.start for phase in instance.phases.values()]
        if supplied(instance, name, starts[-1]) == 0:
            message = f"{key} of {name} gives nothing before the last phase starts, on {starts[-1]}"
            yield InputFinding("W0645", path, message, "nothing of it can be delivered", (("phases", phases[-1]),))
        if chip.supply_per_year is None:
            continue
        before = [0.0, *(supplied(instance, name, start) for start in starts)]
        for p, phase in enumerate(phases):
            by_year, by_quarter = supplied_since_phase_before(instance, name, phase), before[p + 1] - before[p]
            if by_year < by_quarter - 1:
                message = (
                    f"supply_per_year of {name} lets {by_year:,.0f} through for {phase}, its quarters "
                    f"{by_quarter:,.0f}: both hold, so the quarters are not reached"
                )
                hint = "raise supply_per_year, or state one of them"
                uses = (("accelerators", name, "supply_per_year"),)
                yield InputFinding("W0644", path, message, hint, uses)
                break


def shares_fit_the_quotas(instance: Instance) -> Iterator[InputFinding]:
    """A least share that quotas, licences or supply make impossible; least shares that add up to more than all.

    Only throughput classes are bounded by peaks and utilisation; pods that are there are under no quota.
    """
    least = {name: share for name, share in instance.procurement.shares.items() if share.min_fraction}
    there = any(site.existing_pods for site in instance.sites.values())
    if least and not there and all(isinstance(load, Workload) for load in instance.workloads.values()):
        rulings = rulings_if_known(instance)
        for name, share in least.items():
            yield from _impossible(instance, rulings, name, share)
    if not there:
        yield from _shares_beyond_all(instance)


def _impossible(instance: Instance, rulings: Rulings | None, name: str, share: Share) -> Iterator[InputFinding]:
    """The first phase in which a least share is beyond what can have been delivered."""
    phases = tuple(instance.phases)
    if share.from_phase not in (None, *phases) or (share.match.status is not None and rulings is None):
        return
    for p in phases[phases.index(share.from_phase) if share.from_phase else 0 :]:
        chips = [a for a in instance.accelerators if about_chip(instance, share.match, a)]
        wanted = deliveries_for(instance, calendar_of(instance), rulings, p, chips)
        if share.match.status is not None and rulings is not None:
            wanted = frozenset((s, a, q) for s, a, q in wanted if rulings[s, a, p].status.value == share.match.status)
        worth = {a: _pflops(instance, a) * instance.phases[p].utilisation_factor for a in chips}
        most, why = most_pflops(tuple(caps(instance, rulings, p, wanted)), wanted, worth)
        need = (share.min_fraction or 0.0) * instance.phases[p].target_pflops
        if wanted and most < need * (1 - 1e-9):
            message = (
                f"min_fraction of {name} asks for {need:,.4g} PFLOPS of {', '.join(sorted(chips)[:4])} in {p}; "
                f"{' and '.join(cap.label for cap in why)} {'allow' if len(why) > 1 else 'allows'} {most:,.4g} at most"
            )
            path = ("procurement", "shares", name, "min_fraction")
            uses = (*(cap.path for cap in why), ("phases", p))
            yield InputFinding("E0460", path, message, "lower the share or raise the quota", uses)
            return


def _shares_beyond_all(instance: Instance) -> Iterator[InputFinding]:
    least = [(name, share) for name, share in instance.procurement.shares.items() if share.min_fraction]
    for at, (name, share) in enumerate(least):
        for other, second in least[at + 1 :]:
            total = (share.min_fraction or 0.0) + (second.min_fraction or 0.0)
            apart = not _about(instance, share.match) & _about(instance, second.match)
            if apart and total > 1 + 1e-9:
                message = f"the least shares {name} and {other} are of different accelerators and add up to {total:g}"
                path = ("procurement", "shares", other, "min_fraction")
                yield InputFinding("E0460", path, message, None, (("procurement", "shares", name),))


def _about(instance: Instance, match: Match) -> frozenset[str]:
    return frozenset(name for name in instance.accelerators if about_chip(instance, match, name))


def _pflops(instance: Instance, name: str) -> float:
    """Most that one accelerator can deliver to any workload, before what availability and the fabric take."""
    chip = instance.accelerators[name]
    return fastest_tflops(chip) / 1000 * max(chip.utilisation.values(), default=0.0)


SUPPLY_CHECKS = (quarters_can_supply, shares_fit_the_quotas)
"""Checks of this page."""

"""Pods that leave before their time or stay beyond it: docs/model.md section 2, refresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.audit.case import AuditCase, Type, type_of
from optimizer.audit.findings import Recorder, joined
from optimizer.inputs.design import PodRow, RetirementRow
from optimizer.inputs.schema import Instance


def longest_years(instance: Instance, accelerator: str) -> float:
    """S of the contract: the life or, with refresh, how long pods may be kept."""
    chip = instance.accelerators[accelerator]
    kept = chip.life_max_years if instance.procurement.refresh else None
    return chip.life_years if kept is None or kept < chip.life_years else kept


def kept_beyond(case: AuditCase, accelerator: str, since_years: float, p: int) -> float:
    """x of the contract: years beyond the life, on the mean of a phase; 0 of what may not be kept beyond it."""
    life_years = case.instance.accelerators[accelerator].life_years
    if longest_years(case.instance, accelerator) == life_years:
        return 0.0
    return case.periods.beyond_years(since_years, p, life_years)


def failed_share(case: AuditCase, accelerator: str, since_years: float, p: int) -> float:
    """Share of the pods in service since a moment that stands failed in a phase."""
    per_year = case.instance.accelerators[accelerator].ageing.failed_fraction_per_year
    return min(1.0, per_year * kept_beyond(case, accelerator, since_years, p))


def removal_usd(case: AuditCase, site: str, kind: Type) -> float:
    """What taking one pod out of service costs."""
    per_accelerator: float = case.instance.accelerators[kind.accelerator].removal_usd
    return per_accelerator * case.pod(site, kind).accelerators


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Pods of one delivery that leave together."""

    delivery: PodRow
    pods: int
    retired: int | None
    """Position of the phase at whose start they are retired; None: they stay as long as they may."""

    def stands(self, case: AuditCase, p: int) -> bool:
        """Whether they are in service in a phase."""
        if self.retired is not None and p >= self.retired:
            return False
        longest = longest_years(case.instance, self.delivery.accelerator)
        return case.periods.in_service(case.periods.index(self.delivery.phase), p, longest)


def lots(case: AuditCase) -> Iterator[Lot]:
    """Every delivery in lots by when they leave. What cannot be retired is left where it is."""
    for row in case.decisions.deliveries:
        stay = row.pods
        for gone in sorted(_rows_of(case, row), key=lambda r: case.periods.index(r.phase)):
            taken = min(gone.pods, stay)
            if taken and _in_time(case, gone):
                stay -= taken
                yield Lot(delivery=row, pods=taken, retired=case.periods.index(gone.phase))
        if stay:
            yield Lot(delivery=row, pods=stay, retired=None)


def _rows_of(case: AuditCase, delivery: PodRow) -> list[RetirementRow]:
    """Retirements of the pods of a delivery."""
    same = (delivery.site, type_of(delivery), delivery.phase)
    return [r for r in case.decisions.retirements if (r.site, type_of(r), r.bought) == same]


def _in_time(case: AuditCase, row: RetirementRow) -> bool:
    """Whether pods of the delivery could still be in service in the phase in which they leave, a later one."""
    if row.bought is None:
        return False
    bought, p = case.periods.index(row.bought), case.periods.index(row.phase)
    longest = longest_years(case.instance, row.accelerator)
    return bought < p and case.periods.in_service(bought, p, longest)


def check_retirements(case: AuditCase, recorder: Recorder) -> None:
    """What was bought is retired only where refresh is on, later than it came, in its time, and not twice."""
    for row in case.decisions.retirements:
        if row.bought is None:
            continue
        where = joined(row.site, row.phase, *type_of(row), row.bought)
        refresh = case.instance.procurement.refresh
        recorder.holds("retirement.refresh", where, refresh, "bought pods stay to the end of their life")
        message = "it is not in service then, or came no earlier"
        recorder.holds("retirement.in_time", where, _in_time(case, row), message)
        same = (row.site, type_of(row), row.bought)
        came = sum(d.pods for d in case.decisions.deliveries if (d.site, type_of(d), d.phase) == same)
        gone = sum(r.pods for r in case.decisions.retirements if (r.site, type_of(r), r.bought) == same)
        recorder.at_most("retirement.bought", where, gone, came, "pods retired of a delivery")

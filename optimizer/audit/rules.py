"""The planner's rules: quotas, shares, supply and adopted stacks. docs/model.md section 10."""

from __future__ import annotations

from calendar import isleap
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined, listed
from optimizer.audit.fleet import Fleet
from optimizer.audit.offers import check_offers
from optimizer.audit.simple import check_simple
from optimizer.audit.stock import check_stocks, supply_factor
from optimizer.audit.throughput import Throughput
from optimizer.inputs.policies import Match, Share


def matches(case: AuditCase, match: Match, where: tuple[str, str, int]) -> bool:
    """Whether a rule is about an accelerator at a site in a phase."""
    site, accelerator, p = where
    chip = case.instance.accelerators[accelerator]
    return (
        (match.tier is None or match.tier == chip.tier)
        and (match.vendor is None or match.vendor == chip.vendor)
        and (match.accelerator is None or match.accelerator in (accelerator, chip.product))
        and (match.origin is None or match.origin == chip.origin)
        and (match.status is None or match.status == case.ruling(site, accelerator, p).status)
    )


def delivered_accelerators(case: AuditCase, fleet: Fleet) -> dict[tuple[str, int, str], int]:
    """Accelerators delivered, by site, phase and accelerator."""
    counts: dict[tuple[str, int, str], int] = defaultdict(int)
    for (site, p, kind), pods in fleet.delivered.items():
        counts[site, p, kind.accelerator] += pods * case.pod(site, kind).accelerators
    return counts


def check_rules(case: AuditCase, fleet: Fleet, throughput: tuple[Throughput, ...], recorder: Recorder) -> None:
    """All rules about what is bought and used."""
    delivered = delivered_accelerators(case, fleet)
    _check_quotas(case, delivered, recorder)
    _check_supply(case, delivered, recorder)
    check_stocks(case, delivered, recorder)
    check_offers(case, delivered, recorder)
    check_simple(case, fleet, recorder)
    for name, share in case.instance.procurement.shares.items():
        _check_share(case, name, share, throughput, recorder)
    bought = {
        case.instance.accelerators[accelerator].stack for (_, _, accelerator), count in delivered.items() if count
    }
    missing = bought - set(case.decisions.stacks)
    recorder.holds("stacks.adopted", "stacks", not missing, f"bought, but not adopted: {listed(missing)}")


def _check_quotas(case: AuditCase, delivered: dict[tuple[str, int, str], int], recorder: Recorder) -> None:
    for name, quota in case.instance.procurement.quotas.items():
        phases = case.periods.phases if quota.phases is None else quota.phases
        count = sum(
            number
            for (site, p, accelerator), number in delivered.items()
            if case.periods.phases[p] in phases and matches(case, quota.match, (site, accelerator, p))
        )
        recorder.at_most("rules.quota", name, count, quota.max_accelerators, "accelerators delivered")
    _check_licence_quotas(case, delivered, recorder)


def _check_licence_quotas(case: AuditCase, delivered: dict[tuple[str, int, str], int], recorder: Recorder) -> None:
    """One count for each product, clause and entry of the timeline: docs/export_rules.md section 12."""
    under: dict[tuple[str, int, str, int], int] = defaultdict(int)
    for (site, p, accelerator), number in delivered.items():
        ruling = case.ruling(site, accelerator, p)
        if ruling.quota is not None:
            product = case.instance.accelerators[accelerator].product or accelerator
            under[product, ruling.entry, ruling.clause, ruling.quota] += number
    for (accelerator, _, clause, limit), count in under.items():
        recorder.at_most("export.quota", joined(accelerator, clause), count, limit, "accelerators under licence")


def _check_supply(case: AuditCase, delivered: dict[tuple[str, int, str], int], recorder: Recorder) -> None:
    for name, chip in case.instance.accelerators.items():
        if chip.supply_per_year is None:
            continue
        for p, phase in enumerate(case.periods.phases):
            start = case.periods.starts[p]
            since = max(case.periods.planning_date, case.periods.starts[p - 1]) if p else case.periods.planning_date
            made = supply_factor(case, name, p - 1) if p else 1.0
            limit = chip.supply_per_year * years_of_supply(since, start) * made
            count = sum(number for (_, q, accelerator), number in delivered.items() if (q, accelerator) == (p, name))
            recorder.at_most("rules.supply", joined(phase, name), count, limit, "accelerators delivered")


@cache
def years_of_supply(since: date, start: date) -> float:
    """Days between, each counted as its share of its own calendar year."""
    days = (since + timedelta(days=n) for n in range((start - since).days))
    by_year = Counter(day.year for day in days)
    return sum(count / (366 if isleap(year) else 365) for year, count in by_year.items())


def _check_share(
    case: AuditCase, name: str, share: Share, throughput: tuple[Throughput, ...], recorder: Recorder
) -> None:
    first = 0 if share.from_phase is None else case.periods.index(share.from_phase)
    for p in range(first, len(case.periods.phases)):
        rows = [row for row in throughput if row.p == p]
        everything = sum(row.effective_pflops for row in rows)
        matching = sum(
            row.effective_pflops for row in rows if matches(case, share.match, (row.site, row.accelerator, p))
        )
        where = joined(name, case.periods.phases[p])
        if share.min_fraction is not None:
            limit = share.min_fraction * everything
            recorder.at_least("rules.share", where, matching, limit, "effective PFLOPS of the share")
        if share.max_fraction is not None:
            limit = share.max_fraction * everything
            recorder.at_most("rules.share", where, matching, limit, "effective PFLOPS of the share")

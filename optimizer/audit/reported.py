"""What a design says of itself, against what was recomputed: docs/model.md section 13."""

from __future__ import annotations

from collections import defaultdict

from optimizer.audit.case import AuditCase
from optimizer.audit.figures import DISPATCH_FIGURES
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.money import ACCOUNTS, MONEY, Books
from optimizer.audit.schedule import dispatches
from optimizer.inputs.design import Entry, Reported


def check_reported(
    case: AuditCase, reported: Reported, books: Books, figures: dict[str, float], recorder: Recorder
) -> None:
    """Ledger, total, NPV, EFLOP, LCOC and all figures."""
    _check_ledger(case, reported, books, recorder)
    for name in ("lcoc_usd_per_eflop", "npv_cost_musd", "npv_eflop"):
        recorder.same(f"result.{name}", "reported", getattr(reported, name), figures[name], "differs from the audit's")
    dispatching = any(dispatches(case.instance, site) for site in case.instance.sites)
    for name, expected in figures.items():
        if name in DISPATCH_FIGURES and not dispatching and name not in reported.kpis:
            continue  # It is zero, and a result from before there was dispatch does not have it.
        there = recorder.holds("figures.missing", name, name in reported.kpis, "the figure is not reported")
        if there:
            recorder.same(f"figures.{name}", name, reported.kpis[name], expected, "differs from the audit's")
    unknown = sorted(set(reported.kpis) - set(figures))
    recorder.holds("figures.unknown", "reported", not unknown, f"figures the audit does not know: {unknown}")


def _check_ledger(case: AuditCase, reported: Reported, books: Books, recorder: Recorder) -> None:
    """Lines both ways, by account, phase and site, and the discounted sum of the money."""
    stated: dict[tuple[str, int, str | None], float] = defaultdict(float)
    npv = 0.0
    for entry in reported.ledger:
        if _readable(case, entry, recorder):
            p = case.periods.index(entry.phase)
            stated[entry.account, p, entry.site] += entry.amount
            if entry.account in MONEY:
                npv += entry.amount * case.periods.weight(entry.timing, p)
    for key in sorted(stated.keys() | books.amounts.keys(), key=repr):
        account, p, site = key
        where = joined(account, case.periods.phases[p], site or "no site")
        recomputed = books.amounts.get(key, 0.0)
        recorder.same(f"ledger.{account}", where, stated.get(key, 0.0), recomputed, "differs from the audit's")
    recorder.same("ledger.total", "ledger", npv, reported.npv_cost_musd, "NPV of the lines, against the reported NPV")


def _readable(case: AuditCase, entry: Entry, recorder: Recorder) -> bool:
    """A line of a known account, phase and site. Unknown accounts that are not money are left alone."""
    where = joined(entry.account, entry.phase, entry.site, entry.label)
    known = entry.account in ACCOUNTS
    if not known:
        money = "usd" in entry.unit.lower()
        recorder.holds("ledger.unknown_account", where, not money, "money on an account the audit does not know")
        return False
    placed = entry.phase in case.instance.phases and (entry.site is None or entry.site in case.instance.sites)
    recorder.holds("ledger.unknown_place", where, placed, "unknown phase or site")
    timed = entry.timing == ACCOUNTS[entry.account]
    recorder.holds("ledger.timing", where, timed or entry.account not in MONEY, f"paid {entry.timing}")
    return placed

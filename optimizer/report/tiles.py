"""Figures of the first screen that stand for a comparison, a caution or a doubt: rivals, licences, flags, data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.analysis.data_quality import DataQuality, Estimate
from optimizer.analysis.exclusions import licences
from optimizer.analysis.halls import hall_shares
from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.money import Currency, money_of
from optimizer.number_format import counted, percent
from optimizer.pipeline import Result
from optimizer.regimes.flags import GP10
from optimizer.report.baselines import SEARCHED_BY, PlanRow, Plans
from optimizer.study.plan_rules import HALL, is_rival

UNKNOWN = "not known"
PLANS_NAMED = 2
SMALL = 0.005
"""A share of the cost below this is not told."""
NOTHING = 5e-5
"""A saving below this share is none."""
WITHOUT_GP10 = "If GP10 is avoided"
PRICED_BY = "optimizer regimes INSTANCE --regime as_stated --regime no_gp10 gives the price"
NOT_COMPARED = f"no plan without was compared; {SEARCHED_BY}"
GRADES = {"A": "A", "B": "B", "C": "C", "own": "your own figures", "?": "ungraded"}


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure: what, how much, in what unit, and a line beneath. `figure` is the audit's name of it."""

    name: str
    value: str
    unit: str
    note: str
    figure: str = ""
    exact: float | None = None


def saving(plans: Plans | None, money: Currency) -> Tile:
    """What the design saves against the best plan that a simple rule would make."""
    rows = [row for row in (plans.rows if plans else ()) if is_rival(row.id)]
    name = "Saving against baselines"
    solved = [row for row in rows if row.saving_fraction is not None]
    if not solved:
        return _no_saving(name, plans, rows)
    best, *others = solved
    assert best.saving_fraction is not None
    note = f"{_more(best, money)}against the best of {counted(len(solved), 'baseline')}, {best.name}"
    if others:
        parts = [f"{percent(row.saving_fraction or 0.0)} against {row.name}" for row in others[:PLANS_NAMED]]
        note += f"; {', '.join(parts)}"
    if unsolved := sum(1 for row in rows if row.saving_fraction is None and row.status != "infeasible"):
        note += f"; {unsolved:,} more not solved{_within(plans)}"
    if plans and plans.gap is not None:
        note += f"; plans solved to {percent(plans.gap, 2)}"
    if best.saving_fraction < -NOTHING:
        return Tile(name=name, value="none yet", unit="", note=f"{best.name} is better: the search was stopped early")
    value = percent(best.saving_fraction) if best.saving_fraction > NOTHING else "nothing"
    return Tile(name=name, value=value, unit="", note=note)


def _within(plans: Plans | None) -> str:
    return f" in {plans.within_s:.0f} s" if plans and plans.within_s else ""


def _no_saving(name: str, plans: Plans | None, rows: list[PlanRow]) -> Tile:
    """Which comparison there is none of, and what makes it."""
    if plans is None:
        return Tile(name=name, value=UNKNOWN, unit="", note=f"no baseline was compared; {SEARCHED_BY}")
    if not rows:
        return Tile(name=name, value="no rival", unit="", note="no simple plan differs from the question itself")
    open_ones = [row.name for row in rows if row.status != "infeasible"]
    if not open_ones:
        return Tile(name=name, value="no rival", unit="", note="no baseline meets the requirements")
    more = f" and {len(open_ones) - PLANS_NAMED} more" if len(open_ones) > PLANS_NAMED else ""
    named = f"{', '.join(open_ones[:PLANS_NAMED])}{more}"
    return Tile(
        name=name, value=UNKNOWN, unit="", note=f"no baseline was found{_within(plans)} ({named}); {SEARCHED_BY}"
    )


def _more(row: PlanRow, money: Currency) -> str:
    return f"{money.figure(row.saving_musd, 'MUSD', 3)} " if row.saving_musd else ""


def refused(result: Result, plans: Plans | None) -> Tile:
    """What the plan costs if every licence is refused from the start."""
    name, money = "If every licence is refused", money_of(result.problem.instance)
    needed = licences(result.problem, result.decisions)
    if not needed:
        return Tile(name=name, value="no change", unit="", note="nothing in this plan needs an export licence")
    kinds = f"{counted(len(needed), 'purchase')} under licence"
    row = _plan("no_licences", plans)
    if row is None:
        return Tile(name=name, value=UNKNOWN, unit="", note=f"{kinds}; {NOT_COMPARED}")
    return _avoided(row, Tile(name=name, value=UNKNOWN, unit="", note=kinds), "licences", money)


def without_gp10(result: Result, plans: Plans | None) -> tuple[Tile, ...]:
    """What the plan costs without chips under General Prohibition 10; nothing where it buys none."""
    raised = [one for one in raised_flags(result.problem, result.decisions) if one.flag.id in GP10]
    if not raised:
        return ()
    bought = f"{sum(one.count for one in raised):,} accelerators under it"
    row = _plan("no_gp10", plans)
    if row is None or (row.objective is None and row.status != "infeasible"):
        why = row.reason if row else "no plan without was compared"
        note = f"{bought}; {why}; {PRICED_BY}"
        return (Tile(name=WITHOUT_GP10, value=UNKNOWN, unit="", note=note),)
    blank = Tile(name=WITHOUT_GP10, value=UNKNOWN, unit="", note=bought)
    avoided = _avoided(row, blank, "them", money_of(result.problem.instance))
    solved_to = f"; solved to {percent(plans.gap, 2)}" if plans and plans.gap is not None and row.objective else ""
    proven = "; proven" if row.objective is None else ""
    return (replace(avoided, note=f"{avoided.note}{solved_to}{proven}"),)


def refresh(result: Result, plans: Plans | None) -> tuple[Tile, ...]:
    """What early retirement and longer service are worth; nothing where they are not on offer."""
    if not result.problem.instance.procurement.refresh:
        return ()
    name, gone = "Without refresh", sum(row.pods for row in result.decisions.retirements)
    sentence = f"{counted(gone, 'pod')} retired early in this plan" if gone else "nothing is retired early in this plan"
    row = _plan("no_refresh", plans)
    if row is None:
        return (
            Tile(name=name, value=UNKNOWN, unit="", note=f"{sentence}; no plan without was compared; {SEARCHED_BY}"),
        )
    blank = Tile(name=name, value=UNKNOWN, unit="", note=sentence)
    return (_avoided(row, blank, "refresh", money_of(result.problem.instance)),)


def grid_alone(result: Result, plans: Plans | None) -> tuple[Tile, ...]:
    """What generation beside the grid is worth; nothing where none is on offer."""
    if not any(site.generation for site in result.problem.instance.sites.values()):
        return ()
    units = sum(row.units for row in result.decisions.generation)
    sentence = f"{counted(units, 'unit')} of generation in this plan" if units else "no generation in this plan"
    row = _plan("grid_only", plans)
    name = "On the grid alone"
    if row is None:
        return (
            Tile(name=name, value=UNKNOWN, unit="", note=f"{sentence}; no plan without was compared; {SEARCHED_BY}"),
        )
    blank = Tile(name=name, value=UNKNOWN, unit="", note=sentence)
    return (_avoided(row, blank, "generation", money_of(result.problem.instance)),)


def one_hall(result: Result, plans: Plans | None) -> tuple[Tile, ...]:
    """Which halls the plan builds, and what it is worth to choose among them; nothing where none are chosen."""
    built = hall_shares(result)
    if not built:
        return ()
    told = ", ".join(f"{percent(share, 2)} of IT power in {hall}" for hall, share in built.items())
    blank = Tile(name="With one hall class", value=UNKNOWN, unit="", note=told)
    rows = [row for row in (plans.rows if plans else ()) if row.id.startswith(HALL)]
    if not rows:
        return (replace(blank, note=f"{told}; no plan with one was compared; {SEARCHED_BY}"),)
    solved = [row for row in rows if row.saving_fraction is not None]
    best = min(solved, key=lambda row: row.saving_fraction or 0.0) if solved else rows[0]
    tile = _avoided(best, blank, "a choice of halls", money_of(result.problem.instance))
    return (replace(tile, note=f"{told}; {tile.note}, {best.name}") if solved else tile,)


def _plan(name: str, plans: Plans | None) -> PlanRow | None:
    return next((plan for plan in plans.rows if plan.id == name), None) if plans else None


def _avoided(row: PlanRow, blank: Tile, what: str, money: Currency) -> Tile:
    """What the best plan costs that does without something; `blank` says what is asked and why."""
    if row.objective is None or row.saving_fraction is None:
        value = "no plan" if row.status == "infeasible" else UNKNOWN
        return replace(blank, value=value, note=f"{blank.note}; {row.reason}")
    dearer = row.saving_fraction / (1 - row.saving_fraction) if row.saving_fraction < 1 else 0.0
    lcoc = money.figure(row.figures["lcoc_usd_per_eflop"], "USD/EFLOP")
    note = f"{_more(row, money)}{'more; ' if row.saving_musd else ''}{lcoc}: the best plan without {what}"
    return replace(blank, value=f"+{percent(max(dearer, 0.0))}", note=note)


def flags(result: Result) -> Tile:
    """What a lawyer has to look at."""
    raised_ones = raised_flags(result.problem, result.decisions)
    note = ", ".join(raised.flag.label for raised in raised_ones) or "no rule asks for a lawyer's eye"
    return Tile(name="Legal flags", value=str(len(raised_ones)) if raised_ones else "none", unit="", note=note)


def data(quality: DataQuality | None, decider: str) -> Tile:
    """How much of the cost rests on estimates, and on which most."""
    name = "Data quality"
    if quality is None:
        return Tile(name=name, value=UNKNOWN, unit="", note="where the values come from was not recorded")
    estimates = quality.fractions.get("C", 0.0)
    others = [f"{GRADES[g]} {percent(f, 2)}" for g, f in sorted(quality.fractions.items()) if g != "C" and f >= SMALL]
    weakest = quality.weakest
    most = decider or (f"most on {estimate_text(weakest)}" if weakest else "")
    note = "; ".join(part for part in (", ".join(others), most) if part)
    return Tile(name=name, value=percent(estimates, 2), unit="on estimates (C)", note=note)


def estimate_text(estimate: Estimate) -> str:
    """An estimate with its share."""
    return f"{estimate.name}: {percent(estimate.fraction, 2)} of all payments"

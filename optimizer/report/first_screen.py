"""The first screen: what to buy, is the target met, what it costs, against what, and what it hangs on.

The report, summary.md and the terminal say the same things in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.analysis.data_quality import DataQuality
from optimizer.analysis.headline import (
    PhaseMix,
    ReaderCurrency,
    mix,
    reader_currency,
    top_target,
    usd_per_accelerator_hour,
)
from optimizer.inputs.naming import day_name, month_name, objective_name, phase_name, short_chip_name, site_name
from optimizer.inputs.schema import Instance
from optimizer.model.objectives import GOALS
from optimizer.number_format import counted, number, target_percent
from optimizer.pipeline import Result
from optimizer.report.baselines import Plans
from optimizer.report.tiles import Tile, data, flags, refresh, refused, saving, without_gp10

KINDS_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class FirstScreen:
    """What a board reads: a sentence, the mix by year, and one figure per question."""

    buy: str
    phases: tuple[PhaseMix, ...]
    chips: tuple[str, ...]
    """Accelerators of the bars by id, the one that does most first."""
    tiles: tuple[Tile, ...]


def first_screen(result: Result, plans: Plans | None, quality: DataQuality | None, decider: str = "") -> FirstScreen:
    """The first screen of a design. `decider` is a sentence on the estimate that decides, if one was looked for."""
    phases = mix(result)
    sums: dict[str, float] = {}
    for phase in phases:
        for chip, pflops in phase.pflops.items():
            sums[chip] = sums.get(chip, 0.0) + pflops
    chips = tuple(sorted(sums, key=lambda chip: -sums[chip]))
    made = (
        _target(result, phases),
        *_money(result),
        saving(plans),
        refused(result, plans),
        *without_gp10(result, plans),
        *refresh(result, plans),
        flags(result),
        data(quality, decider),
    )
    return FirstScreen(buy=_buy(result, phases), phases=phases, chips=chips, tiles=made)


def _buy(result: Result, phases: Sequence[PhaseMix]) -> str:
    """What to buy, in one sentence."""
    instance = result.problem.instance
    counts: dict[str, int] = {}
    when = []
    for phase in phases:
        if phase.bought:
            when.append(phase)
        for chip, count in phase.bought.items():
            counts[chip] = counts.get(chip, 0) + count
    if not when:
        return "Buy no accelerators: what is installed does the work."
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    named = [f"{count:,} {short_chip_name(instance, chip)}" for chip, count in ordered[:KINDS_NAMED]]
    rest = ordered[KINDS_NAMED:]
    if rest:
        named.append(f"{sum(count for _, count in rest):,} of {counted(len(rest), 'other kind')}")
    assert result.design is not None
    sites = dict.fromkeys(row.site for row in result.design.decisions.deliveries)
    where = listed([site_name(instance, site) for site in sites])
    first, last = month_name(when[0].start), month_name(when[-1].start)
    span = f"in service from {first}" if first == last else f"in service in steps from {first} to {last}"
    total = f"{counted(sum(counts.values()), 'accelerator')}: " if len(ordered) > 1 else ""
    return f"Buy {total}{listed(named)} for {where}, {span}."


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"


def bought_text(instance: Instance, phase: PhaseMix) -> str:
    """What comes and goes in a phase."""
    parts = [f"{count:,} {short_chip_name(instance, chip)}" for chip, count in _largest(phase.bought)]
    parts += [f"retire {count:,} {short_chip_name(instance, chip)}" for chip, count in _largest(phase.retired)]
    return "; ".join(parts) or "nothing"


def _largest(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _target(result: Result, phases: tuple[PhaseMix, ...]) -> Tile:
    """The highest target, and from when it is met."""
    top = top_target(phases)
    if top is None:
        last = phases[-1]
        note = f"effective, from {day_name(last.start)}; no target is set"
        return Tile(name="Throughput", value=number(last.effective_pflops), unit="PFLOPS", note=note)
    missed = [phase for phase in phases if not phase.met]
    have = f"{number(top.effective_pflops)} effective PFLOPS from {day_name(top.start)}"
    kpis = result.design.reported.kpis if result.design and result.design.reported else {}
    used = (
        f"; {number(kpis['delivered_pflops'])} delivered on the mean of the year" if "delivered_pflops" in kpis else ""
    )
    earlier = sum(1 for phase in phases if phase.target_pflops > 0)
    every = f"all {earlier} targets are met" if earlier > 1 else "the target is met"
    if missed:
        every = f"missed in {listed([phase_name(result.problem.instance, phase.phase) for phase in missed])}"
    note = f"{have}; {every}; at the end peak {number(kpis.get('peak_pflops', 0.0))} PFLOPS dense{used}"
    return Tile(name="Target", value=number(top.target_pflops), unit="PFLOPS met" if top.met else "PFLOPS", note=note)


def money(musd: float, code: str = "USD") -> str:
    """Millions of a currency, in billions or more where that reads better."""
    for size, scale in ((1e6, "trillion "), (1e3, "billion "), (1.0, "M")):
        if abs(musd) >= size * 0.99995 or size == 1.0:
            return f"{number(musd / size)} {scale}{code}"
    raise AssertionError


def _also(musd: float, currency: ReaderCurrency | None) -> str:
    return f"{money(musd * currency.per_usd, currency.code)}; " if currency else ""


def _each(usd: float, currency: ReaderCurrency | None) -> str:
    return f"{number(usd * currency.per_usd)} {currency.code}; " if currency else ""


def _money(result: Result) -> tuple[Tile, ...]:
    """Whole-life cost, capital, cost of an accelerator-hour, levelised cost; the reader's currency beneath."""
    assert result.design is not None
    assert result.design.reported is not None
    k, instance = result.design.reported.kpis, result.problem.instance
    currency = reader_currency(instance)
    base = result.problem.calendar.base.year
    hour = usd_per_accelerator_hour(result)
    rows = [
        Tile(
            name="Whole-life cost",
            value=number(k["npv_cost_musd"]),
            unit="MUSD",
            note=f"{_also(k['npv_cost_musd'], currency)}present value of {base}, less residual value",
            figure="npv_cost_musd",
            exact=k["npv_cost_musd"],
        ),
        Tile(
            name="Capital",
            value=number(k["capex_musd"]),
            unit="MUSD",
            note=f"{_also(k['capex_musd'], currency)}undiscounted; then {number(k['opex_musd_per_year'])} MUSD a year "
            "to run",
            figure="capex_musd",
            exact=k["capex_musd"],
        ),
        Tile(
            name="Levelised cost (LCOC)",
            value=number(k["lcoc_usd_per_eflop"]),
            unit="USD/EFLOP",
            note=f"{_each(k['lcoc_usd_per_eflop'], currency)}per effective EFLOP delivered",
            figure="lcoc_usd_per_eflop",
            exact=k["lcoc_usd_per_eflop"],
        ),
    ]
    if hour is not None:
        note = f"{_each(hour, currency)}whole-life cost over the hours of all accelerators installed"
        rows.append(Tile(name="Per accelerator-hour", value=number(hour, 3), unit="USD", note=note))
    return tuple(rows)


def proof_text(result: Result) -> str:
    """Gap asked, time and checks in one line."""
    facts, audit = result.design.solve if result.design else None, result.audit
    parts = []
    if facts is not None:
        unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
        bound = f"{objective_name(facts.objective)} cannot be better than {number(facts.bound)} {unit}"
        parts.append(f"Gap asked {target_percent(facts.gap_asked)}; {bound}; {number(facts.seconds, 3)} s.")
    if audit is not None:
        kinds = len(audit.checks_by_family)
        parts.append(f"{audit.checks:,} checks of {kinds} kinds by a second, independent calculation.")
    return " ".join(parts)

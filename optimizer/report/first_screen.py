"""The first screen: what to buy, is the target met, what it costs, against what, and what it hangs on.

The report, summary.md and the terminal say the same things in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.analysis.data_quality import DataQuality
from optimizer.analysis.headline import (
    PhaseMix,
    mix,
    top_target,
)
from optimizer.analysis.money import money_of
from optimizer.analysis.verdict import verdict
from optimizer.inputs.naming import day_name, month_name, objective_name, phase_name, short_chip_name, site_name
from optimizer.inputs.schema import Instance
from optimizer.model.objectives import GOALS
from optimizer.number_format import counted, number, target_percent
from optimizer.pipeline import Result
from optimizer.report.baselines import Plans
from optimizer.report.money_tiles import money_tiles
from optimizer.report.tiles import Tile, data, flags, grid_alone, one_hall, refresh, refused, saving, without_gp10

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
        *money_tiles(result),
        saving(plans, money_of(result.problem.instance)),
        refused(result, plans),
        *without_gp10(result, plans),
        *refresh(result, plans),
        *grid_alone(result, plans),
        *one_hall(result, plans),
        flags(result),
        data(quality, decider),
    )
    return FirstScreen(buy=_buy(result, phases), phases=phases, chips=chips, tiles=made)


def first_answer(result: Result, seconds: float) -> str:
    """A design in a few sentences, for whoever waits for what is asked beside it."""
    facts = result.solve_facts
    unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
    amount = money_of(result.problem.instance).figure(facts.value, unit, 5)
    found = f"after {seconds:.0f} s: {objective_name(facts.objective)} {amount}."
    return f"{found} {verdict(result)} {_buy(result, mix(result))}"


def _buy(result: Result, phases: Sequence[PhaseMix]) -> str:
    """What to buy, in one sentence."""
    instance = result.problem.instance
    when = [phase for phase in phases if phase.bought]
    counts: Counter[str] = Counter()
    for phase in when:
        counts.update(phase.bought)
    if not when and not any(phase.pflops for phase in phases):
        return "Buy no accelerators: none are needed, and none are installed."
    if not when:
        return "Buy no accelerators: what is installed does the work."
    ordered = counts.most_common()
    named = [f"{count:,} {short_chip_name(instance, chip)}" for chip, count in ordered[:KINDS_NAMED]]
    rest = ordered[KINDS_NAMED:]
    if rest:
        named.append(f"{sum(count for _, count in rest):,} of {counted(len(rest), 'other kind')}")
    sites = dict.fromkeys(row.site for row in result.decisions.deliveries)
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
    parts = [f"{count:,} {short_chip_name(instance, chip)}" for chip, count in Counter(phase.bought).most_common()]
    parts += [
        f"retire {count:,} {short_chip_name(instance, chip)}" for chip, count in Counter(phase.retired).most_common()
    ]
    return "; ".join(parts) or "nothing"


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


def proof_text(result: Result) -> str:
    """Gap asked, time and checks in one line."""
    facts, audit = result.design.solve if result.design else None, result.audit
    parts = []
    if facts is not None:
        unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
        amount = money_of(result.problem.instance).figure(facts.bound, unit)
        bound = f"{objective_name(facts.objective)} cannot be better than {amount}"
        parts.append(f"Gap asked {target_percent(facts.gap_asked)}; {bound}; {number(facts.seconds, 3)} s.")
    if audit is not None:
        kinds = len(audit.checks_by_family)
        parts.append(f"{audit.checks:,} checks of {kinds} kinds by a second, independent calculation.")
    return " ".join(parts)

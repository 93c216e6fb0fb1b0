"""The robust plan as a page: what to do now, what it costs in each scenario, and what it hedges."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from optimizer.analysis.money import money_of
from optimizer.inputs.design import Design
from optimizer.inputs.naming import phase_name, readable, row_name, short_chip_name, site_name
from optimizer.inputs.schema import Instance
from optimizer.model.plant import PLANT
from optimizer.number_format import finite, gap_percent, target_percent
from optimizer.report.document import Block, Bullets, Heading, Paragraph, told
from optimizer.report.html.study_money import amounts_in
from optimizer.report.robust_orders import amount, order_blocks, orders_json
from optimizer.report.robust_tables import decided_grid, fallback_grid, regret_grid, scenario_grid, value_grid
from optimizer.setting.matching import matches
from optimizer.study.robust import Robust, RobustPlan
from optimizer.study.scenarios import uncertainty_of

LABELS = {
    "compute.deliver": "pods of {1} in {2} racks to {0}",
    "compute.retire": "existing pods of group {0} retired",
    "compute.retire_bought": "pods of {1} in {2} racks, at {0} since {3}, retired",
    **{f"{name}.{variable}": label for name, asset in PLANT.items() for variable, _, label in asset.STAGE_ONE},
    "porting.programme": "porting programme of stack {0}",
}
SMALL = 1e-4
"""Differences of a quantity below this share (or amount) are noise of the solver."""


def stage_item(key: str, instance: Instance) -> tuple[str, str]:
    """The phase of a first-stage decision, and what is decided, by names."""
    name, bracket, rest = key.partition("[")
    *index, phase = ast.literal_eval(bracket + rest)
    words = (_named(str(part), instance) for part in (*index, phase))
    return str(phase), LABELS[name].format(*words)


def _named(part: str, instance: Instance) -> str:
    """An id of an index by the name of its row; a substation by its transformers."""
    if part in instance.accelerators:
        return short_chip_name(instance, part)
    if part in instance.phases:
        return phase_name(instance, part)
    if part in instance.sites:
        return site_name(instance, part)
    transformer, _, count = part.rpartition("x")
    if transformer in instance.transformers and count.isdigit():
        return f"of {count} x {row_name(instance, 'transformers', transformer)}"
    return readable(part)


def hedge(robust: Robust) -> tuple[str, ...]:
    """What the robust plan decides before uncertainty resolves that no plan made for a single scenario does."""
    parts = list(_chips_hedged(robust))
    for key, value in robust.plan.stage.items():
        others = [plan.stage.get(key, 0.0) for plan in robust.single.values()]
        phase, item = stage_item(key, robust.instance)
        here = f"{phase_name(robust.instance, phase)}: {amount(value)} {item}"
        margin = SMALL * max(1.0, abs(value))
        if len(others) < len(robust.scenarios):
            if abs(value - others[0]) > margin:
                parts.append(f"{here}; the plan for {robust.likeliest} has {amount(others[0])}")
        elif value > max(others) + margin:
            parts.append(f"{here}; no single-scenario plan has more than {amount(max(others))}")
        elif value < min(others) - margin:
            parts.append(f"{here}; every single-scenario plan has {amount(min(others))} or more")
    if parts:
        return tuple(parts)
    alike = [name for name, plan in robust.single.items() if _same(plan.stage, robust.plan.stage)]
    if alike:
        return (f"nothing: before uncertainty resolves the robust plan is that for {', '.join(alike)}",)
    return ("a mixture: each quantity lies within those of the single-scenario plans, but no one plan has them all",)


def _chips_hedged(robust: Robust) -> Iterator[str]:
    """Accelerators of which the robust plan buys another number at first than the most probable plan does."""
    ours, likeliest = _chips(robust, robust.plan), _chips(robust, robust.single[robust.likeliest])
    each = {name: _chips(robust, plan) for name, plan in robust.single.items()}
    for key in dict.fromkeys((*ours, *likeliest)):
        have, usual = ours.get(key, 0), likeliest.get(key, 0)
        if have != usual:
            others = ", ".join(f"{counts.get(key, 0):,} for {name}" for name, counts in each.items())
            bought = f"{phase_name(robust.instance, key[0])}: {have:,} {short_chip_name(robust.instance, key[1])}"
            yield (
                f"{bought}, {abs(have - usual):,} {'more' if have > usual else 'fewer'} than the plan for "
                f"{robust.likeliest} (the single-scenario plans: {others})"
            )


def _chips(robust: Robust, plan: RobustPlan) -> dict[tuple[str, str], int]:
    """Accelerators delivered before uncertainty resolves, by phase and accelerator."""
    counts: dict[tuple[str, str], int] = {}
    for key, value in plan.stage.items():
        if key.startswith("compute.deliver["):
            site, accelerator, cooling, phase = ast.literal_eval(key.removeprefix("compute.deliver"))
            at = (site, accelerator, cooling)
            size = next((p.compute.types[at].size for p in robust.problems.values() if at in p.compute.types), None)
            number = round(value) * (size.accelerators if size else 0)
            counts[phase, accelerator] = counts.get((phase, accelerator), 0) + number
    return counts


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(abs(one.get(key, 0.0) - value) <= SMALL * max(1.0, abs(value)) for key, value in other.items())


def fallbacks(robust: Robust) -> tuple[tuple[str, str, str], ...]:
    """For each scenario that refuses licences: the accelerators, and what is bought in their place."""
    tree, rows = uncertainty_of(robust.instance), []
    for z, future in tree.scenarios.items():
        if future.refused:
            chips = [a for a in _licensed(robust, z) if matches(a, future.refused)]
            rows.append(
                (
                    z,
                    ", ".join(short_chip_name(robust.instance, a) for a in chips),
                    after_reveal(robust, robust.designs[z]) or "nothing",
                )
            )
    return tuple(rows)


def _licensed(robust: Robust, scenario: str) -> tuple[str, ...]:
    """Accelerators that would need a licence from the reveal on."""
    rulings = robust.problems[scenario].rulings
    names = (a for (_, a, p), r in rulings.items() if p not in robust.phases and r.status.value == "licence")
    return tuple(dict.fromkeys(names))


def after_reveal(robust: Robust, design: Design) -> str:
    """Accelerators delivered from the reveal on, most first."""
    counts: dict[str, int] = {}
    for row in design.decisions.deliveries:
        if row.phase not in robust.phases:
            key = row.type_key
            size = next((p.compute.types[key].size for p in robust.problems.values() if key in p.compute.types), None)
            counts[row.accelerator] = counts.get(row.accelerator, 0) + row.pods * (size.accelerators if size else 0)
    return ", ".join(
        f"{short_chip_name(robust.instance, a)} {count:,}"
        for a, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )


def robust_blocks(robust: Robust) -> list[Block]:
    """The whole page."""
    money, last = money_of(robust.instance), phase_name(robust.instance, robust.phases[-1])
    plan = amounts_in(finite(robust_json(robust)), money)
    fallback = fallback_grid(plan)
    return [
        Heading(f"{robust.instance.title}: a plan for {len(robust.scenarios)} scenarios", 1),
        Paragraph(plan["verdict"]),
        Heading(f"Here and now: decided for what begins up to {last}, the same in every scenario"),
        decided_grid(plan),
        *order_blocks(robust),
        Heading("What it is worth"),
        value_grid(plan, money),
        Heading("Each scenario"),
        scenario_grid(plan, money),
        *told(regret_grid(plan, money)),
        Heading("First-stage decisions"),
        Bullets(tuple(plan["hedge"])),
        *((Heading(fallback.caption), fallback) if fallback else ()),
    ]


def _verdict(robust: Robust) -> str:
    tree = uncertainty_of(robust.instance)
    audited = "VERIFIED: the audit accepts the design of every scenario" if robust.verified else "NOT VERIFIED"
    goals = {"expected": "least expected levelised cost", "min_max_regret": "least largest regret"}
    tail = f" and {tree.cvar_weight:g} x CVaR of the cost" if tree.cvar_weight and tree.mode == "expected" else ""
    reached = f"gap {gap_percent(robust.plan.gap)}" if isfinite(robust.plan.gap) else "nothing is proven of it"
    stopped = f" Stopped before the end: {target_percent(robust.gap)} was asked for." if robust.interrupted else ""
    return f"{audited}. Sought: {goals[tree.mode]}{tail}; {reached}.{stopped}"


def robust_json(robust: Robust) -> dict[str, Any]:
    """Every figure as plain data; plans that fail have null, and so have those of which `undecided` is told."""
    plans = (robust.plan, *robust.single.values())
    return {
        "instance": robust.instance.name,
        "title": robust.instance.title,
        "verified": robust.verified,
        "verdict": _verdict(robust),
        "gap_fraction": robust.plan.gap,
        "gap_asked_fraction": robust.gap,
        "interrupted": robust.interrupted,
        "noise_usd_per_eflop": min(1.0, max(robust.gap, robust.plan.gap)) * robust.plan.expected_lcoc,
        "shared_phases": list(robust.phases),
        "here_and_now": [
            {
                "decision": key,
                "phase": phase,
                "when": phase_name(robust.instance, phase),
                "what": item,
                "quantity": value,
            }
            for key, value in robust.plan.stage.items()
            for phase, item in (stage_item(key, robust.instance),)
            if abs(value) > 1e-9
        ],
        "expected_lcoc_usd_per_eflop": robust.plan.expected_lcoc,
        "cvar_level": uncertainty_of(robust.instance).cvar_level,
        "cvar_cost_musd": robust.tail_cost_musd(robust.plan),
        "perfect_information_usd_per_eflop": robust.perfect_information,
        "stochastic_solution_usd_per_eflop": robust.stochastic_solution,
        "against": robust.likeliest,
        "scenarios": {
            z: {
                "probability": robust.probability[z],
                "lcoc_usd_per_eflop": robust.plan.outcomes[z].lcoc,
                "cost_musd": robust.plan.outcomes[z].cost_musd,
                "best_lcoc_usd_per_eflop": robust.best_lcoc[z],
                "bought_after": after_reveal(robust, robust.designs[z]),
                "design": robust.designs[z].model_dump(mode="json", exclude={"reported"}),
            }
            for z in robust.scenarios
        },
        "regret_usd_per_eflop": {plan.name: {z: robust.regret(plan, z) for z in robust.scenarios} for plan in plans},
        "undecided": {plan.name: list(plan.undecided) for plan in plans if plan.undecided},
        "expected_lcoc_by_plan": {plan.name: plan.expected_lcoc for plan in plans},
        "orders": orders_json(robust),
        "hedge": list(hedge(robust)),
        "fallbacks": [dict(zip(("scenario", "refused", "instead"), row, strict=True)) for row in fallbacks(robust)],
    }

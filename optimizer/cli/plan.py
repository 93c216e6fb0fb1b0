"""`optimizer plan`: what would be solved, without solving it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from optimizer.app.source import Source
from optimizer.cli.console import session, width
from optimizer.cli.explain_run import say_obstacles
from optimizer.cli.options import instance_options, read, standard_options, warnings_json
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.app.planning import Planned
    from optimizer.assets.compute.pods import PodType
    from optimizer.model.derive import Problem
    from optimizer.report.document import Block, Table


@click.command(
    "plan",
    epilog="Example: optimizer plan instances/hong_kong_cyberport.toml --scenario no_quota",
    help="Build the model and describe it: size, coefficient ranges, phases, pod types on offer, export rulings, and "
    "reasons that already rule out any design. Nothing is solved and nothing is written.",
)
@instance_options
@standard_options
def command(source: Source) -> int:
    from optimizer.app.planning import planned

    reading = read(source)
    plan = planned(reading)
    problem, size = plan.problem, plan.size
    from optimizer.report.document import to_text

    session().say(to_text(_blocks(plan), width()) + "\n")
    denied = say_obstacles(problem)
    code = ExitCode.INFEASIBLE if denied else ExitCode.OK
    session().answer(
        {
            "instance": problem.instance.name,
            "instance_sha256": reading.sha256,
            "model": asdict(size),
            "ranges": {name: list(pair) for name, pair in plan.ranges.items()},
            "pod_types": [
                _named(pod) | {"phases": list(pod.deliverable), **asdict(pod.size)}
                for pod in problem.compute.types.values()
            ],
            "rulings": [
                {"site": s, "accelerator": a, "phase": p, "status": ruling.status.value, "clause": ruling.clause}
                for (s, a, p), ruling in problem.rulings.items()
            ],
            "reasons": [asdict(obstacle) for obstacle in denied],
            "warnings": warnings_json(reading),
        },
        code,
    )
    return code


def _named(pod: PodType) -> dict[str, str | None]:
    """What a pod type is; fabric and hall only where they are chosen."""
    shown: dict[str, str | None] = {"site": pod.site, "accelerator": pod.accelerator, "cooling": pod.cooling}
    chosen = {"fabric": pod.fabric, "hall": pod.hall}
    return shown | {key: name for key, name in chosen.items() if name}


def _blocks(plan: Planned) -> list[Block]:
    from optimizer.report.document import Heading, Paragraph, Table

    problem, size = plan.problem, plan.size
    model = (
        f"{size.rows:,} rows, {size.columns:,} columns ({size.integers:,} integer variables), "
        f"{size.nonzeros:,} entries; "
        f"fingerprint {size.fingerprint[:16]}"
    )
    spans = tuple((name, f"{low:.3g}", f"{high:.3g}") for name, (low, high) in plan.ranges.items())
    return [
        Heading(f"{problem.instance.title} ({problem.instance.name})", 1),
        Paragraph(f"Model: {model}."),
        Table(("Numbers of the model", "Smallest", "Largest"), spans, frozenset({1, 2})),
        Heading("Phases"),
        Table(
            ("Phase", "Start", "Years", "Target PFLOPS", "Demand PFLOPS", "Grid MW"),
            _phases(problem),
            frozenset({2, 3, 4, 5}),
        ),
        Heading("On offer"),
        Table(
            ("Site", "Accelerators", "Pod types", "Substations", "Battery", "Backup", "Cooling"),
            _offers(problem),
            frozenset({1, 2, 3}),
        ),
        Heading("Export rulings"),
        Paragraph(f"{_regime_text(problem)}, parent in {problem.instance.export.parent}."),
        _rulings_table(problem),
    ]


def _phases(problem: Problem) -> tuple[tuple[str, ...], ...]:
    from optimizer.number_format import number
    from optimizer.setting.demand import demand_pflops

    rows = []
    for name, phase in problem.instance.phases.items():
        demand = demand_pflops(problem.instance, name)
        grid = sum(year.grid_mw[name] for year in problem.years.values())
        figures = (number(phase.years), number(phase.target_pflops), number(demand), number(grid))
        rows.append((name, phase.start.isoformat(), *figures))
    return tuple(rows)


def _offers(problem: Problem) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name, site in problem.instance.sites.items():
        types = [pod for pod in problem.compute.types.values() if pod.site == name and pod.deliverable]
        chips = {pod.accelerator for pod in types}
        options = len(problem.substation.sites[name].options)
        backup = site.backup.generator if site.backup else "none"
        technologies = ", ".join(dict.fromkeys(pod.cooling for pod in types)) or "none"
        counts = (str(len(chips)), str(len(types)), str(options))
        rows.append((name, *counts, site.battery or "none", backup, technologies))
    return tuple(rows)


def _regime_text(problem: Problem) -> str:
    export = problem.instance.export
    if not export.timeline:
        return f"Regime {export.regime}"
    return "Regime " + ", ".join(f"{entry.regime} from {entry.from_date}" for entry in export.timeline)


def _rulings_table(problem: Problem) -> Table:
    """Counts by site; by phases too if the regime changes with time."""
    from optimizer.report.document import Table

    rows = _rulings(problem)
    if problem.instance.export.timeline:
        return Table(("Site", "Phases", "Free", "Licence", "Denied"), rows, frozenset({2, 3, 4}))
    return Table(("Site", "Free", "Licence", "Denied"), tuple((r[0], *r[2:]) for r in rows), frozenset({1, 2, 3}))


def _rulings(problem: Problem) -> tuple[tuple[str, ...], ...]:
    """Counts by site; phases under which they are the same share a row."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for (site, _, phase), ruling in problem.rulings.items():
        counts.setdefault((site, phase), Counter())[ruling.status.value] += 1
    alike: dict[tuple[str, ...], list[str]] = {}
    for (site, phase), rulings in counts.items():
        key = (site, *(str(rulings[word]) for word in ("free", "licence", "denied")))
        alike.setdefault(key, []).append(phase)
    return tuple((key[0], _span(phases), *key[1:]) for key, phases in alike.items())


def _span(phases: list[str]) -> str:
    return phases[0] if len(phases) == 1 else f"{phases[0]} to {phases[-1]}"

"""`optimizer plan`: what would be solved, without solving it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from optimizer.app.planning import Planned, planned
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.diagnostics import to_json
from optimizer.errors import ExitCode
from optimizer.number_format import counted, number

if TYPE_CHECKING:
    from optimizer.assets.compute.pods import PodType
    from optimizer.model.derive import Problem
    from optimizer.report.document import Block, Table

_LICENCE = {
    (False, True): "without a licence",
    (False, False): "with a licence",
    (True, True): "in some phases with a licence",
}
"""By whether phases differ, and whether it is free in one."""


@answer_command(
    "plan",
    epilog="Example: optimizer plan instances/hong_kong_cyberport.toml --scenario no_quota",
    help="Say what may be bought, by site and with which licence, the targets, and reasons that already rule out any "
    "design; then the size of the model and the range of its numbers. Nothing is solved and nothing is written.",
)
@instance_options
def command(source: Source) -> int:
    reading = read(source)
    plan = planned(reading)
    problem, size = plan.problem, plan.size

    session().show(_blocks(plan), problem.instance)
    code = ExitCode.INFEASIBLE if plan.obstacles else ExitCode.OK
    answer = {
        "instance": problem.instance.name,
        "instance_sha256": reading.sha256,
        "model": size,
        "ranges": plan.ranges,
        "pod_types": [
            _named(pod) | {"phases": pod.deliverable, **vars(pod.size)} for pod in problem.compute.types.values()
        ],
        "rulings": [
            {"site": s, "accelerator": a, "phase": p, "status": ruling.status.value, "clause": ruling.clause}
            for (s, a, p), ruling in problem.rulings.items()
        ],
        "reasons": plan.obstacles,
        "warnings": to_json(reading.warnings),
    }
    return session().answer(answer, code)


def _named(pod: PodType) -> dict[str, str | None]:
    """What a pod type is; fabric and hall only where they are chosen."""
    shown: dict[str, str | None] = {"site": pod.site, "accelerator": pod.accelerator, "cooling": pod.cooling}
    chosen = {"fabric": pod.fabric, "hall": pod.hall}
    return shown | {key: name for key, name in chosen.items() if name}


def _blocks(plan: Planned) -> list[Block]:
    """What a planner asks first stands first, the matrix last."""
    from optimizer.report.document import Heading, Paragraph, Table
    from optimizer.report.explanation import obstacle_blocks

    problem, size = plan.problem, plan.size
    spans = tuple((name, f"{low:.3g}", f"{high:.3g}") for name, (low, high) in plan.ranges.items())
    heads = ("Phase", "Start", "Years", "Target PFLOPS", "Demand PFLOPS", "Grid MW")
    return [
        Heading(problem.instance.title, 1),
        *_offers(problem),
        Paragraph(f"{_regime_text(problem)}, parent in {problem.instance.export.parent}."),
        _rulings_table(problem),
        Heading("Targets"),
        Table(heads, _phases(problem), frozenset({2, 3, 4, 5})),
        *obstacle_blocks(plan.obstacles),
        Heading("Size of the model"),
        Paragraph(
            f"{size.rows:,} rows, {size.columns:,} columns ({size.integers:,} integer variables), "
            f"{size.nonzeros:,} entries; fingerprint {size.fingerprint[:16]}."
        ),
        Table(("Numbers of the model", "Smallest", "Largest"), spans, frozenset({1, 2})),
    ]


def _offers(problem: Problem) -> Iterator[Block]:
    """Site by site what may be bought: accelerators by licence, then the plant."""
    from optimizer.inputs.naming import short_chip_name
    from optimizer.report.document import Bullets, Heading

    instance = problem.instance
    for name, site in instance.sites.items():
        types = [pod for pod in problem.compute.types.values() if pod.site == name and pod.deliverable]
        needed: dict[str, list[str]] = {how: [] for how in _LICENCE.values()}
        for chip in dict.fromkeys(pod.accelerator for pod in types):
            states = {pod.rulings[p].status.value for pod in types if pod.accelerator == chip for p in pod.deliverable}
            needed[_LICENCE[len(states) > 1, "free" in states]].append(short_chip_name(instance, chip))
        backup = site.backup.generator if site.backup else "none"
        options = len(problem.substation.sites[name].options)
        technologies = ", ".join(dict.fromkeys(pod.cooling for pod in types)) or "none"
        yield Heading(f"What may be bought for {site.name}")
        yield Bullets(
            (
                *(
                    f"{counted(len(chips), 'accelerator')} {how}: {', '.join(chips)}"
                    for how, chips in needed.items()
                    if chips
                ),
                *([] if types else ["no accelerator (optimizer explain INSTANCE --exclusions says why)"]),
                f"{counted(len(types), 'pod type')}; cooling: {technologies}",
                f"{counted(options, 'substation')}; battery: {site.battery or 'none'}; generators: {backup}",
            )
        )


def _phases(problem: Problem) -> tuple[tuple[str, ...], ...]:
    from optimizer.setting.demand import demand_pflops

    rows = []
    for name, phase in problem.instance.phases.items():
        grid_mw = sum(year.grid_mw[name] for year in problem.years.values())
        figures = (phase.years, phase.target_pflops, demand_pflops(problem.instance, name), grid_mw)
        rows.append((name, str(phase.start), *map(number, figures)))
    return tuple(rows)


def _regime_text(problem: Problem) -> str:
    export = problem.instance.export
    if not export.timeline:
        return f"Regime {export.regime}"
    return "Regime " + ", ".join(f"{entry.regime} from {entry.from_date}" for entry in export.timeline)


def _rulings_table(problem: Problem) -> Table:
    """Counts by site; by phases too if the regime changes with time, those under which they are the same in a row."""
    from optimizer.report.document import Table

    counts: dict[tuple[str, str], Counter[str]] = {}
    for (site, _, phase), ruling in problem.rulings.items():
        counts.setdefault((site, phase), Counter())[ruling.status.value] += 1
    alike: dict[tuple[str, ...], list[str]] = {}
    for (site, phase), rulings in counts.items():
        key = (problem.instance.sites[site].name, *(str(rulings[word]) for word in ("free", "licence", "denied")))
        alike.setdefault(key, []).append(phase)
    if not problem.instance.export.timeline:
        return Table(("Site", "Free", "Licence", "Denied"), tuple(alike), frozenset({1, 2, 3}))
    rows = tuple(
        (key[0], " to ".join(dict.fromkeys((phases[0], phases[-1]))), *key[1:]) for key, phases in alike.items()
    )
    return Table(("Site", "Phases", "Free", "Licence", "Denied"), rows, frozenset({2, 3, 4}))

"""The row of scale: many sites by many phases, and trees of many scenarios by one and two workers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from docs.bench import cases
from docs.bench.answers import Line, Row, Scope, agreement, answer_of, failures, optimizer, proven, read_json
from docs.bench.large import campus, futures
from docs.bench.measure import Contender, Told, interleaved, ratio

SIZES = ((2, 3), (3, 5), (5, 5), (3, 10))
TREES = (13, 30, 100)
LIMIT_S = 600
"""Of a search that does not close: it says what it had proven by then."""


def scale(scope: Scope) -> Row:
    """How far sites, phases and scenarios go."""
    found = Row(
        "Sites by phases, and scenarios",
        f"The flagship's question for sites in several cities, the whole catalogue to choose from, to 0.1 % or "
        f"{LIMIT_S} s; licences at risk under so many futures, to 1 %, by workers on this machine. docs/scale.md says "
        "how to read the figures.",
    )
    solve_gap = "0.05" if scope.quick else "0.001"
    chips = ("h200_sxm", "ascend_910c", "cloudmatrix384_npu") if scope.quick else ()
    for sites, phases in ((1, 2),) if scope.quick else SIZES:
        instance = cases.write(scope.folder, campus(sites, phases, chips))
        name = f"{sites} sites x {phases} phases"
        runs = interleaved(
            [optimizer("solve", instance, "--no-baselines", "--time-limit", str(LIMIT_S), "--gap", solve_gap)],
            1,
            scope.sub(instance.stem),
        )
        found.lines.append(Line(name, "solve", runs["solve"], None, answer_of(runs["solve"][0].told)))
        found.agreements += failures(name, runs)
    for count in (13,) if scope.quick else TREES:
        instance = cases.write(scope.folder, futures(count, phases=2 if scope.quick else 5))
        one, two = "robust, 1 worker", "robust, 2 workers"
        gap = "0.05" if scope.quick else "0.01"
        runs = interleaved(
            [_robust(one, instance, "1", gap), _robust(two, instance, "2", gap)], 1, scope.sub(instance.stem)
        )
        name = f"{count} scenarios"
        found.agreements += failures(name, runs)
        found.agreements.append(agreement(name, proven([r for taken in runs.values() for r in taken])))
        times = {one: None, two: ratio(runs, two, one)}
        found.lines += [Line(name, how, runs[how], times[how], answer_of(runs[how][0].told)) for how in (one, two)]
    return found


def _robust(name: str, instance: Path, workers: str, gap: str) -> Contender:
    def argv(folder: Path) -> Sequence[str]:
        call = [sys.executable, "-m", "optimizer", "robust", str(instance), "--gap", gap, "--workers", workers]
        return [*call, "--no-color", "--results", str(folder), "--name", "study"]

    def reads(folder: Path) -> Told:
        told = read_json(next(folder.glob("*/studies/study/robust.json"), folder / "none"))
        value, gap_reached = told["expected_lcoc_usd_per_eflop"], told["gap_fraction"]
        return {"value": value, "gap": gap_reached, "bound": value * (1 - gap_reached)}

    return Contender(name, argv, reads, (0, 5), limit_s=7200.0)

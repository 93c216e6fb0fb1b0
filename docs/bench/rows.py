"""The rows of the benchmark: which contenders answer which cases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from docs.bench import cases
from docs.bench.aims import aims
from docs.bench.answers import (
    Line,
    Row,
    Scope,
    Table,
    agreement,
    answer_of,
    failures,
    fresh,
    job,
    lines,
    proven,
    search_alone,
    sweep,
)
from docs.bench.cases import FLAGSHIP, MINIMAL, Facility
from docs.bench.energy import energy
from docs.bench.measure import Contender, Run, interleaved, middle, ratio, run, sound, wall
from docs.bench.scale import scale
from docs.bench.versions import versions

STEPS = ("derive", "build", "compile", "solve", "read back", "audit")


def flagship(scope: Scope) -> Row:
    """The flagship from start to report, against HiGHS alone on the same matrix."""
    instance = MINIMAL if scope.quick else FLAGSHIP
    found = Row(
        "Flagship, and HiGHS alone on its matrix",
        "HiGHS alone gets the compiled arrays and the ratio of the search's last step, which the optimiser has to "
        "find: one mixed-integer solve, one thread, to the same gap of the ratio. `Our options` turn restarts off. "
        "`optimizer solve` is here and in the rows below without baselines and trials of estimates (`--no-baselines`). "
        "`Real work` is the scenario with a 405B training run, domain models and a service.",
    )
    model = scope.folder / "model.npz"
    prepare = job("prepare", "prepare", str(instance), str(model))
    sound({"prepare": [run(prepare, scope.sub("prepare"))]})
    read = Contender("read", lambda _: [sys.executable, "-m", "optimizer", "validate", str(instance)])
    ours = ("optimizer solve", "optimizer solve, one thread")
    alone = {"HiGHS alone, defaults": "default", "HiGHS alone, our options": "ours", "the same, two threads": "two"}
    names = (*ours, *alone)
    contenders = [search_alone(ours[0], instance), search_alone(ours[1], instance, "--threads", "1"), read]
    contenders += [job(n, "raw", str(model), "{answer}", o) for n, o in alone.items()]
    runs = interleaved(contenders, scope.repeats(3), scope.sub("rounds"))
    sound(runs)
    found.lines = lines("flagship", runs, names)
    found.agreements.append(agreement("flagship", proven([r for name in names for r in runs[name]])))
    found.tables.append(_split(runs[names[0]], middle(runs["read"], wall)))
    body = []
    for threads, (mine, raw) in enumerate(zip(reversed(ours), names[3:], strict=True), 1):
        search = middle(runs[mine], lambda r: r.told["seconds"]["solve"])
        solve = middle(runs[raw], lambda r: r.told["solve_s"])
        body.append((str(threads), f"{search:.2f}", f"{solve:.2f}", f"{search / solve:.2f}"))
    header = ("threads", "our search s", "HiGHS, our options s", "ratio")
    found.tables.append(("Search against the solve alone", header, body))
    if not scope.quick:
        _real_work(found, scope)
    return found


def _real_work(found: Row, scope: Scope) -> None:
    """The flagship with training runs and a service, by threads."""
    asked = ("--scenario", "real_work")
    contenders = [
        search_alone("optimizer solve", FLAGSHIP, *asked),
        search_alone("optimizer solve, one thread", FLAGSHIP, *asked, "--threads", "1"),
    ]
    runs = interleaved(contenders, 1, scope.sub("real_work"))
    sound(runs)
    found.lines += lines("flagship, real work", runs, [c.name for c in contenders])
    found.agreements.append(agreement("flagship, real work", proven([r for taken in runs.values() for r in taken])))


def _split(runs: Sequence[Run], read_s: float) -> Table:
    """Where the time of whole runs went; what no step has booked after reading is the report and the files."""
    parts = {"start and read": read_s}
    parts |= {step: middle(runs, lambda r, s=step: r.told["seconds"].get(s, 0.0)) for step in STEPS}  # type: ignore[misc]
    total = middle(runs, wall)
    parts["report and files"] = max(0.0, total - sum(parts.values()))
    body = [(name, f"{s:.2f}", f"{100 * s / total:.1f} %") for name, s in parts.items()]
    title = "Where the time goes (imports of Pyomo are in build; start and read is `optimizer validate`)"
    return title, ("step", "s", "share"), body


SIZES = (
    Facility(1), Facility(3), Facility(5), Facility(10), Facility(3, sites=2), Facility(3, types=8),
    Facility(3, own_prices=True),
)  # fmt: skip


def growth(scope: Scope) -> Row:
    """How time grows with phases, sites, pod types, and years that cannot share their programme."""
    found = Row(
        "Phases, sites, pod types",
        "A dispatching facility: battery, work that waits, prices by hour, demand charge; gap 0.1 %. Years of equal "
        "prices share one programme and its cuts; with wear of the battery and a price trend each has its own.",
    )
    sizes = [Facility(s.phases, s.sites, s.types, scope.hours(), s.own_prices) for s in SIZES]
    contenders = [search_alone(s.words, cases.write(scope.folder, cases.facility(s))) for s in sizes]
    runs = interleaved(contenders, 1, scope.sub("rounds"))
    found.agreements = failures("growth", runs)
    base = sizes[1].words
    found.lines = [Line(n, "optimizer solve", r, ratio(runs, n, base), answer_of(r[0].told)) for n, r in runs.items()]
    split = [
        (n, *(f"{r[0].told['seconds'].get(step, 0.0):.2f}" for step in STEPS), f"{r[0].told['rows']:,}")
        for n, r in runs.items()
        if "failed" not in r[0].told
    ]
    found.tables.append(
        ("Seconds by step (ratios above are to the case of 3 phases)", ("case", *STEPS, "master rows"), split)
    )
    at = {s: runs[s.words][0].wall_s for s in sizes}
    pairs = [
        (sizes[a], sizes[b], what)
        for a, b, what in ((0, 1, "phase"), (1, 2, "phase"), (2, 3, "phase"), (1, 4, "site"), (1, 5, "pod type"))
    ]
    answered = {s for s in sizes if "failed" not in runs[s.words][0].told}
    body = [
        (what, f"{a.words} to {b.words}", f"{(at[b] - at[a]) / _more(a, b):+.2f}")
        for a, b, what in pairs
        if {a, b} <= answered
    ]
    found.tables.append(("Growth", ("for each further", "from - to", "wall s"), body))
    return found


def _more(a: Facility, b: Facility) -> int:
    return (b.phases - a.phases) + (b.sites - a.sites) + (b.types - a.types)


def pieces(scope: Scope) -> Row:
    """Decomposition against one piece."""
    limit_s = 120 if scope.quick else 200
    found = Row(
        "Decomposition against one piece",
        "5 phases; the same question with every hour in one model (`--method monolithic`). At 8,760 hours the one "
        f"piece gets {limit_s} s of search; what it had by then is stated.",
    )
    for hours in (168,) if scope.quick else (168, 336, 672, 8760):
        size = Facility(5, hours=hours)
        instance = cases.write(scope.folder, cases.facility(size))
        names = ("decomposition", "one piece")
        ours = search_alone(names[0], instance)
        whole = search_alone(names[1], instance, "--method", "monolithic", "--time-limit", str(limit_s))
        runs = interleaved([ours, whole], 1 if hours > 168 else scope.repeats(3), scope.sub(str(hours)))
        found.lines += lines(size.words, runs, names)
        found.agreements += failures(size.words, runs)
        found.agreements.append(agreement(size.words, proven([r for name in names for r in runs[name]])))
    return found


def mixes(scope: Scope) -> Row:
    """A choice of chips alone, against the model a planner writes by hand."""
    found = Row(
        "Chip mix alone, and 72 slices by hand",
        "Six chips of limited supply, one price of energy, a limit of power; all other plant is free. By hand: the "
        f"target is cut into {cases.SLICES} equal slices; a binary says which one chip serves a slice, which then "
        "buys the whole pods its share needs; supply and power are summed over slices (PuLP, CBC, at most 30 s). "
        "`Whole pods` asks CBC what the optimiser is asked, by figures worked out by hand: the two must agree.",
    )
    instance = cases.write(scope.folder, cases.mix(6))
    names = ("optimizer solve", "CBC, whole pods", "CBC, 72 slices")
    jobs = [job(n, what, str(instance), "{answer}") for n, what in zip(names[1:], ("pods", "slices"), strict=True)]
    jobs[-1] = replace(jobs[-1], once=True)
    runs = interleaved([search_alone(names[0], instance), *jobs], scope.repeats(3), scope.sub("rounds"))
    sound(runs)
    found.lines = lines("6 chips", runs, names)
    found.agreements.append(agreement("optimiser and whole pods", proven(runs[names[0]] + runs[names[1]])))
    best, sliced = runs[names[0]][0].told["value"], runs[names[2]][0].told["value"]
    if sliced is not None:
        found.tables.append(
            ("Quality", ("what", "dearer than the optimum"), [("72 slices", f"{100 * (sliced / best - 1):.3f} %")])
        )
    return found


def studies(scope: Scope) -> Row:
    """A sweep by one and two workers, against one process for each cell."""
    found = Row(
        "Studies",
        "The same cells, all to a gap of 0.1 %, audited. `optimizer sweep` solves the base case first and starts the "
        "cells from it; one process per cell also writes a report for each, and compares with no baselines either. "
        "Cells per minute are of the whole "
        "command, base case included.",
    )
    small = cases.write(scope.folder, cases.facility(Facility(3, hours=168)))
    targets = [str(target) for target in range(150, 165 if scope.quick else 210, 5)]
    asked = [("small facility", small, "phases.y0.target_pflops", targets)]
    if not scope.quick:
        asked.append(("flagship", FLAGSHIP, "finance.discount_rate", ["0.04", "0.05", "0.06", "0.07"]))
    body = []
    for case, instance, key, values in asked:
        names = ("sweep, 1 worker", "sweep, 2 workers", "one process per cell")
        contenders = [sweep(names[0], 1, (instance, key, values)), sweep(names[1], 2, (instance, key, values))]
        contenders.append(fresh(names[2], (instance, key, values)))
        runs = interleaved(contenders, 1, scope.sub(case.split()[0]))
        sound(runs)
        named = f"{case}, {len(values)} cells"
        rate = {name: 60 * len(values) / middle(runs[name], wall) for name in names}
        found.lines += [
            Line(named, x.how, x.runs, x.ratio, f"{rate[x.how]:.1f} cells/min") for x in lines(named, runs, names)
        ]
        for k, value in enumerate(values):
            told = [tuple(runs[name][0].told["cells"][k]) for name in names]
            found.agreements.append(agreement(f"{case}, {key.split('.')[-1]} {value}", told))
        one, two = (middle(runs[name], wall) for name in names[:2])
        body.append((case, f"{one / two:.2f}", f"{100 * one / two / 2:.0f} %"))
    found.tables.append(("Two workers", ("case", "times faster", "parallel efficiency"), body))
    return found


ROWS: dict[int, Callable[[Scope], Row]] = {
    1: flagship,
    2: growth,
    3: pieces,
    4: energy,
    5: studies,
    6: mixes,
    7: versions,
    8: aims,
    9: scale,
}

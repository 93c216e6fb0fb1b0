"""The row that measures this version against another one, in turn: what a change made faster or slower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from docs.bench import cases
from docs.bench.answers import Row, Scope, agreement, lines, optimizer, proven, sweep
from docs.bench.cases import FLAGSHIP, MINIMAL, Facility
from docs.bench.measure import Contender, Run, interleaved, middle, ratio, sound

NOW, BEFORE = "this version", "before"


def of_version(version: Path | None, contender: Contender) -> Contender:
    """The same command run by the package in another folder: a checkout, or where a wheel was unpacked."""

    def argv(folder: Path) -> Sequence[str]:
        # A safe path keeps the working directory, which is this version's, out of the way.
        call = contender.argv(folder)
        return call if version is None else ["env", "PYTHONSAFEPATH=1", f"PYTHONPATH={version}", *call]

    return replace(contender, name=NOW if version is None else BEFORE, argv=argv)


def versions(scope: Scope) -> Row:
    """This version against another one, `--before FOLDER`."""
    row = Row(
        "This version, and one before",
        "The same commands by the package as it is here and as it lies in the folder named by `--before`, in turn. "
        "*CPU before / now* is the median over the rounds of the processor seconds' ratio, which a busy machine "
        "disturbs less than the wall's. The search alone is `--no-baselines`: without the "
        "simple plans and trials of estimates, of which a clock ends those that are not made in time.",
    )
    small = cases.write(scope.folder, cases.facility(Facility(3, hours=168)))
    targets = [str(target) for target in range(150, 165 if scope.quick else 210, 5)]
    asked = [
        ("minimal.toml", optimizer("", MINIMAL), 5),
        (
            f"small facility, {len(targets)} cells, 1 worker",
            sweep("", 1, (small, "phases.y0.target_pflops", targets)),
            3,
        ),
    ]
    if not scope.quick:
        asked.append(("flagship", optimizer("", FLAGSHIP), 2))
        asked.append(("flagship, the search alone", optimizer("", FLAGSHIP, "--no-baselines"), 2))
    body = []
    for case, command, rounds in asked:
        contenders = [of_version(None, command), of_version(scope.before, command)]
        runs = interleaved(contenders, scope.repeats(rounds), scope.sub(case.replace(",", "").replace(" ", "_")))
        sound(runs)
        row.lines += lines(case, runs, (NOW, BEFORE))
        row.agreements.append(agreement_of(case, runs))
        cpu = [b.cpu_s / a.cpu_s for a, b in zip(runs[NOW], runs[BEFORE], strict=True)]
        body.append((case, f"{median(cpu):.2f}", f"{ratio(runs, BEFORE, NOW):.2f}", _memory(runs)))
    row.tables.append(("Before / now", ("case", "CPU before / now", "wall before / now", "memory before / now"), body))
    return row


def _memory(runs: dict[str, list[Run]]) -> str:
    return f"{middle(runs[BEFORE], lambda r: r.memory_mb) / middle(runs[NOW], lambda r: r.memory_mb):.2f}"


def agreement_of(case: str, runs: dict[str, list[Run]]) -> tuple[str, float, bool]:
    """Of a study cell by cell, the worst of them; of a run its value and bound."""
    told = [run.told for found in runs.values() for run in found]
    if not all("cells" in one for one in told):
        return agreement(case, proven([run for found in runs.values() for run in found]))
    cells = [agreement(case, list(cell)) for cell in zip(*(one["cells"] for one in told), strict=True)]
    return case, max(spread for _, spread, _ in cells), all(agrees for *_, agrees in cells)

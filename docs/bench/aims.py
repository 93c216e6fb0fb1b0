"""The row of aims: what each kind of question takes now, beside what it shall take."""

from __future__ import annotations

import copy
import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from docs.bench import cases
from docs.bench.answers import (
    Cells,
    Line,
    Row,
    Scope,
    answer_of,
    failures,
    fresh,
    job,
    optimizer,
    search_alone,
    sweep,
)
from docs.bench.cases import FLAGSHIP, MINIMAL, ROOT, Facility
from docs.bench.measure import Contender, Run, Told, interleaved, middle, ratio, run, sound, wall
from docs.bench.versions import agreement_of

LIMIT_S = 60
"""Of a search that misses its aim: it says what it had proven by then."""
NEAR = 1.01
SEARCH, WHOLE, ONE_CORE = "solve --no-baselines", "solve", "solve --no-baselines, one core"
SHOWN = "VERIFIED"
"""What a command says of a design that passed the audit, first of all that it says of one."""
Runs = Mapping[str, Sequence[Run]]


@dataclass(frozen=True)
class Aim:
    """A measure of a case's runs and what it shall be: at most, or at least if `least`."""

    what: str
    unit: str
    aim: float
    measure: Callable[[Runs], float | None]
    least: bool = False

    def told(self, runs: Runs) -> tuple[str, ...]:
        """Its line of the table."""
        now, unit = self.measure(runs), f" {self.unit}" if self.unit else ""
        aim = f"at {'least' if self.least else 'most'} {self.aim:g}{unit}"
        if now is None:
            return self.what, "no answer", aim, "no"
        reached = now >= self.aim if self.least else now <= self.aim
        return self.what, f"{now:.3g}{unit}", aim, "yes" if reached else "no"


@dataclass(frozen=True)
class Case:
    """Contenders that take turns, and the aims read off their runs."""

    name: str
    contenders: Sequence[Contender]
    aims: Sequence[Aim]
    rounds: int = 1
    same_design: bool = False
    """Whether every run shall decide the same to the last digit."""


def aims(scope: Scope) -> Row:
    """Every aim of speed and memory, measured now."""
    row = Row(
        "Aims",
        "Whole commands, report and files included; wall seconds. The aims are of the search (`--no-baselines`): they "
        "were set before baselines and trials of estimates came with every design. The command as a planner gives it "
        "is a second line for some, without an aim; of each, the second table says when the verified design is first "
        "told. The first good design is the search's own clock when its progress first tells a design within 1 % of "
        "the last. "
        f"Real work and its two mixes get {LIMIT_S} s of search. An aim missed by a design that is not proven to its "
        "gap counts as no answer.",
    )
    body: list[tuple[str, ...]] = []
    shown: list[tuple[str, ...]] = []
    for case in _quick(scope) if scope.quick else _all(scope):
        runs = interleaved(case.contenders, scope.repeats(case.rounds), scope.sub(case.name.replace(" ", "_")))
        row.lines += [
            Line(case.name, one.name, runs[one.name], None, _answer(runs[one.name][0].told)) for one in case.contenders
        ]
        row.agreements += failures(case.name, runs)
        if len(runs) > 1 and not any("failed" in one.told for found in runs.values() for one in found):
            row.agreements.append(agreement_of(case.name, runs))
        if case.same_design:
            designs = {one.told.get("decisions") for found in runs.values() for one in found}
            row.agreements.append(
                (f"{case.name}: one design in {sum(map(len, runs.values()))} runs", 0.0, len(designs) == 1)
            )
        body += [aim.told(runs) for aim in case.aims]
        shown += [told for one in case.contenders if one.shows for told in _shown(case.name, one.name, runs)]
    row.tables.append(("Aims", ("what", "now", "aim", "reached"), body))
    row.tables.append(("Answer on the screen", ("case", "how", "verified design told, s", "whole command, s"), shown))
    return row


def _quick(scope: Scope) -> Iterator[Case]:
    yield _solve("minimal.toml", MINIMAL, 1.5)
    yield from _same_design("minimal.toml", MINIMAL)
    yield from _studies(scope)


def _all(scope: Scope) -> Iterator[Case]:
    yield _flagship()
    yield from _same_design("flagship", FLAGSHIP)
    for name, keep in (
        ("real work", ("frontier_model", "domain_model", "logistics_model", "assistant")),
        ("real work without the 405B run", ("domain_model", "logistics_model", "assistant")),
        ("real work, one domain model", ("domain_model",)),
    ):
        yield _solve(name, cases.write(scope.folder, _real_work(keep)), 45, "--time-limit", str(LIMIT_S))
    yield _solve("full operations", FLAGSHIP, 20, "--scenario", "full_operations", whole=True)
    yield _solve("two sites", ROOT / "instances" / "hong_kong_two_sites.toml", 20, whole=True)
    yield _solve("two dispatching sites", _facility(scope, Facility(3, sites=2)), 12)
    ten = _solve("10 phases x 8,760 h", _facility(scope, Facility(10)), 8)
    yield replace(ten, aims=(*ten.aims, Aim("10 phases, memory", "MB", 440, lambda runs: _memory(runs, SEARCH))))
    yield _solve("own prices", _facility(scope, Facility(3, own_prices=True)), 14)
    yield _energy(scope)
    yield _solve("minimal.toml", MINIMAL, 1.5, rounds=3, whole=True)
    yield from _studies(scope)
    explain = Contender(
        "explain", lambda _: [sys.executable, "-m", "optimizer", "explain", str(FLAGSHIP), "--no-color"]
    )
    yield Case("explain", (explain,), (Aim("explain on the flagship", "s", 8, lambda runs: _wall(runs, "explain")),))


def _solve(name: str, instance: Path, aim_s: float, *options: str, rounds: int = 1, whole: bool = False) -> Case:
    """One instance solved, and the seconds the search shall take; `whole`: beside it the command as it is given."""
    aim = Aim(name, "s", aim_s, lambda runs: _proven_s(runs, SEARCH))
    plain = (_watched(optimizer(WHOLE, instance, *options)),) if whole else ()
    return Case(name, (_watched(search_alone(SEARCH, instance, *options)), *plain), (aim,), rounds)


def _watched(contender: Contender) -> Contender:
    """The same, with the seconds until the verified design is told: nothing is kept quiet."""

    def argv(folder: Path) -> Sequence[str]:
        return [part for part in contender.argv(folder) if part != "--quiet"]

    return replace(contender, argv=argv, shows=SHOWN)


def _shown(case: str, name: str, runs: Runs) -> Iterator[tuple[str, ...]]:
    """When a contender told its design."""
    seen = [one.shown_s for one in runs[name] if one.shown_s is not None]
    if seen:
        yield case, name, f"{median(seen):.1f}", f"{middle(runs[name], wall):.1f}"


def _same_design(name: str, instance: Path) -> Iterator[Case]:
    """The same question with all cores and with one, three runs each, where a command can be held to one core."""
    alone = search_alone(ONE_CORE, instance)
    if shutil.which("taskset") is None:
        return

    def argv(folder: Path) -> Sequence[str]:
        return ["taskset", "-c", "0", *alone.argv(folder)]

    contenders = (search_alone(SEARCH, instance), replace(alone, argv=argv))
    yield Case(f"{name}, all cores and one", contenders, (), 3, same_design=True)


def _flagship() -> Case:
    fine, coarse = f"{SEARCH}, gap 1e-4", f"{SEARCH}, gap 1e-3"
    plain = _watched(search_alone(fine, FLAGSHIP))

    def argv(folder: Path) -> Sequence[str]:
        return [*plain.argv(folder), "--progress", str(folder / "progress.jsonl")]

    def reads(folder: Path) -> Told:
        told = plain.reads(folder)
        return {**told, "near_s": _near_s(folder / "progress.jsonl", told["value"])}

    return Case(
        "flagship",
        (
            replace(plain, argv=argv, reads=reads),
            _watched(search_alone(coarse, FLAGSHIP, "--gap", "1e-3")),
            _watched(optimizer(WHOLE, FLAGSHIP)),
        ),
        (
            Aim("flagship to 1e-4", "s", 8, lambda runs: _proven_s(runs, fine)),
            Aim("flagship to 1e-3", "s", 5, lambda runs: _proven_s(runs, coarse)),
            Aim("flagship, first design within 1 %", "s", 2, lambda runs: runs[fine][0].told.get("near_s")),
            Aim("flagship, memory", "MB", 427, lambda runs: _memory(runs, fine)),
        ),
    )


def _near_s(progress: Path, value: float) -> float | None:
    """Seconds of the search at which it first told a design within 1 % of its last."""
    lines = [json.loads(line) for line in progress.read_text("utf-8").splitlines()] if progress.exists() else []
    near = (line["seconds"] for line in lines if line["incumbent"] is not None and line["incumbent"] <= NEAR * value)
    return next(near, None)


def _real_work(keep: Sequence[str]) -> dict[str, Any]:
    """The flagship with these of the scenario's runs and services, and no other scenario."""
    with FLAGSHIP.open("rb") as stream:
        data = copy.deepcopy(tomllib.load(stream))
    works = data.pop("scenarios")["real_work"]["workloads"]
    data["workloads"] |= {name: works[name] for name in keep}
    data["name"] = f"real_work_{len(keep)}"
    return data


def _facility(scope: Scope, size: Facility) -> Path:
    return cases.write(scope.folder, cases.facility(size))


def _energy(scope: Scope) -> Case:
    instance, series = cases.write(scope.folder, cases.energy_only()), scope.folder / "series.json"
    sound({"load": [run(job("load", "load", str(instance), str(series)), scope.sub("load"))]})
    names = (SEARCH, "PyPSA")
    contenders = (search_alone(names[0], instance, "--threads", "1"), job(names[1], "pypsa", str(series), "{answer}"))
    aim = Aim("energy only, ratio to PyPSA", "", 0.8, lambda runs: _ratio(runs, *names))
    return Case("energy only", contenders, (aim,), 3)


def _studies(scope: Scope) -> Iterator[Case]:
    """A sweep of few cells against a process for each of them, and by two workers; then of more cells.

    With few, what is done once (start, import, reading, tables) is most of a sweep.
    """
    small, few = _facility(scope, Facility(3, hours=168)), range(150, 165 if scope.quick else 210, 5)
    cells = (small, "phases.y0.target_pflops", [str(target) for target in few])
    one, each = "sweep, 1 worker", "one process per cell"
    case = _by_two(one, cells)
    aim = Aim(f"{case.name}, against a process each", "times", 10, lambda runs: _ratio(runs, each, one), least=True)
    yield replace(case, contenders=(*case.contenders, fresh(each, cells)), aims=(aim, *case.aims))
    for more in () if scope.quick else (24, 48):
        yield _by_two(one, (*cells[:2], [f"{150 + 60 * k / more:g}" for k in range(more)]))


def _by_two(one: str, cells: Cells) -> Case:
    """The cells by one worker and by two."""
    name, two = f"{len(cells[2])} small cells", "sweep, 2 workers"

    def efficiency(runs: Runs) -> float | None:
        times = _ratio(runs, one, two)
        return None if times is None else times / 2

    aim = Aim(f"{name}, efficiency of two workers", "", 0.9, efficiency, least=True)
    return Case(name, (sweep(one, 1, cells), sweep(two, 2, cells)), (aim,))


def _answer(told: Told) -> str:
    return answer_of(told) if told else "answered"


def _answered(runs: Runs, name: str) -> bool:
    return not any("failed" in one.told for one in runs[name])


def _wall(runs: Runs, name: str) -> float | None:
    return middle(runs[name], wall) if _answered(runs, name) else None


def _proven_s(runs: Runs, name: str) -> float | None:
    """Wall seconds of runs that ended with a proof; a code of 0 says so."""
    return _wall(runs, name) if all(one.code == 0 for one in runs[name]) else None


def _memory(runs: Runs, name: str) -> float | None:
    return middle(runs[name], lambda one: one.memory_mb) if _answered(runs, name) else None


def _ratio(runs: Runs, of: str, to: str) -> float | None:
    return ratio(runs, of, to) if _answered(runs, of) and _answered(runs, to) else None

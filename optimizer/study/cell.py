"""One cell of a study: a resolved instance, solved and audited, and what is kept of it.

A cell's key is a hash of everything its result depends on: the resolved instance, its weather files, the options, the
versions and the design the search starts from. Equal keys mean equal records, on whatever worker.
"""

from __future__ import annotations

import gc
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.inputs.schema import Instance, Objective

if TYPE_CHECKING:
    from optimizer.pipeline import Options, Result
    from optimizer.reading.read import Reading
    from optimizer.solve.bound_transfer import ProvenBound
    from optimizer.solve.outcome import Hooks

Record = dict[str, Any]
"""What is known of a cell, as plain JSON."""
RECORD_VERSION = 4
STUDY_GAP = 1e-3
"""Default relative gap of a study: ten times that of a single solve, and stated in every row."""
STEP_SHARE = 0.9
"""A cell starts from a good design and needs no better bound than it reports: one step may use most of the gap."""
BY_SEARCH, BY_NEIGHBOURS = "search", "neighbours"
"""How a cell was proven: by a search of its own, or by what was proven of cells around it."""
HANDED_ON = ("start", "proof", "cuts")
"""What of a record is for its neighbours only."""
FAILED = frozenset({"invalid", "failed", "rejected", "no_solution", "unsound", "unbounded"})
"""Statuses that are no answer. A proof that there is no design is an answer."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """How every cell of a study is searched. None takes the instance's own setting."""

    objective: Objective | None = None
    gap: float = STUDY_GAP
    time_limit_s: float | None = None
    seed: int | None = None
    aim: float = 1.0
    """Part of the gap that the search goes for: a cell that many others lean on is proven more closely than asked."""
    minimise: str = ""
    """Of a point of a frontier: the measure sought first, `then` the one sought among its equals."""
    then: str = ""

    def options(self, start: Mapping[str, float] | None) -> Options:
        """As the pipeline takes them, in a process that may die of a solver."""
        from optimizer.pipeline import Options

        return Options(
            objective=self.objective,
            gap=self.gap * self.aim,
            time_limit_s=self.time_limit_s,
            seed=self.seed,
            threads=1,
            isolated=False,
            start=dict(start) if start else None,
            gap_share=STEP_SHARE,
        )

    def to_json(self) -> dict[str, Any]:
        """What defines the search."""
        return {
            "objective": self.objective,
            "gap": self.gap,
            "time_limit_s": self.time_limit_s,
            "seed": self.seed,
            "share": STEP_SHARE,
            **({"aim": self.aim} if self.aim != 1 else {}),
            **({"minimise": self.minimise, "then": self.then} if self.minimise else {}),
        }


@dataclass(frozen=True)
class StudyContext:
    """What all tasks of a study share."""

    folder: Path
    question: Question
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NeighbourProof:
    """What a neighbour hands on: its key, its design, and what it has proven (`ProvenBound.to_json`; None: nothing)."""

    key: str
    start: Mapping[str, float]
    proof: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class CellTask:
    """One cell to solve: its key, its instance and the design to start from (names of variables that are not 0)."""

    key: str
    instance: Instance
    sha256: str
    start: Mapping[str, float] | None = None
    cuts: Mapping[str, Any] = field(default_factory=dict)
    """Cuts of years' bills from where the start is from (`cuts_to_json`)."""
    question: Question | None = None
    """Another question than that of the study."""
    files: tuple[tuple[Path, str], ...] = ()
    """Weather files and their SHA-256: the worker must see the same."""
    neighbours: tuple[NeighbourProof, ...] = ()
    """Neighbours that were searched before, the nearest first."""
    keep_proof: bool = False
    """Whether its proof is kept for neighbours to come."""


def cell_key(reading: Reading, question: Question, versions: Mapping[str, str], start_key: str) -> str:
    """Hash of everything a cell's record depends on."""
    content = {
        "record": RECORD_VERSION,
        "instance": reading.sha256,
        "weather": sorted(digest for _, digest in weather_files(reading)),
        "question": question.to_json(),
        "versions": dict(versions),
        "start": start_key,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def weather_files(reading: Reading) -> tuple[tuple[Path, str], ...]:
    """The series an instance reads, with their hashes."""
    return tuple((path, digest) for path, digest in reading.files if path.suffix.lower() != ".toml")


def task_of(reading: Reading, key: str, start: Mapping[str, float] | None) -> CellTask:
    """The task of a reading."""
    return CellTask(
        key=key,
        instance=reading.instance,
        sha256=reading.sha256,
        start=start,
        question=None,
        files=weather_files(reading),
    )


def solve_cell(context: StudyContext, task: CellTask, hooks: Hooks | None = None) -> Record:
    """Solve and audit one cell. Failures come back as records with their reason, never as exceptions."""
    from optimizer.pipeline import run
    from optimizer.solve.bill_cuts import cuts_from_json

    question = task.question or context.question

    def work() -> Record:
        options = replace(
            question.options(task.start),
            proven_bounds=_proven_bounds(task.neighbours),
            keep_proof=task.keep_proof,
            known_cuts=cuts_from_json(task.cuts),
        )
        record = record_of(task, run(task.instance, context.folder, options, hooks, task.sha256))
        return _with_target_gap(record, question.gap) if question.aim != 1 else record

    return solved_safely(task, work)


def _proven_bounds(neighbours: Sequence[NeighbourProof]) -> tuple[ProvenBound, ...]:
    from optimizer.solve.bound_transfer import proven_bound_from

    return tuple(
        proven_bound_from(neighbour.proof, neighbour.start) for neighbour in neighbours if neighbour.proof is not None
    )


def _with_target_gap(record: Record, gap: float) -> Record:
    """The record of a search that went for less than the gap asked for."""
    if "gap" not in record:
        return record
    proven = record["status"] == "feasible" and record["gap"] <= gap
    return record | {"gap_asked": gap, **({"status": "optimal"} if proven else {})}


def solved_safely(task: CellTask, work: Callable[[], Record]) -> Record:
    """What the work makes of a task; a record with the reason if it fails."""
    from optimizer.errors import OptimizerError, SolverCrash, UnsoundError

    began = time.monotonic()
    try:
        _check_files(task)
        record = work()
    except SolverCrash as problem:
        record = failure(task.key, "failed", problem.message)
    except UnsoundError as problem:
        record = failure(task.key, "unsound", problem.message)
    except OptimizerError as problem:
        record = failure(task.key, "failed", problem.message)
    except MemoryError:
        record = failure(task.key, "failed", "out of memory")
    except Exception as problem:
        status = "unsound" if type(problem).__name__ == "Unsound" else "failed"
        record = failure(task.key, status, f"{type(problem).__name__}: {problem}")
    # A Pyomo model is a circle of references: workers live for thousands of cells and must not keep them.
    gc.collect()
    _settle()
    return record | {"seconds": time.monotonic() - began}


@cache
def _settle() -> None:
    """After the first cell, what is loaded stays: it is looked through no more (92 ms a cell become 2)."""
    gc.freeze()


def failure(key: str, status: str, reason: str) -> Record:
    """The record of a cell without an answer."""
    return {"format_version": RECORD_VERSION, "key": key, "status": status, "verified": False, "reason": reason[:2000]}


def _check_files(task: CellTask) -> None:
    from optimizer.errors import InputOutputError

    for path, digest in task.files:
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as problem:
            raise InputOutputError(f"the worker cannot read {path.name}: {problem.strerror}") from None
        if sha256 != digest:
            raise InputOutputError(f"{path.name} on the worker is not the file the study began with")


def record_of(task: CellTask, result: Result) -> Record:
    """What is kept of a result. Of a rejected design only the findings are told."""
    from optimizer.study.main_decisions import decided

    record = failure(task.key, result.status.value, result.message) | {
        "instance_sha256": task.sha256,
        "bound": _finite(result.bound),
        "fingerprint": result.size.fingerprint,
        "interrupted": False,
    }
    if result.status.value == "infeasible":
        record |= {"proved_by": BY_SEARCH if result.searched else BY_NEIGHBOURS, **_proof(result)}
    design = result.design
    if design is None or design.reported is None or design.solve is None:
        return record
    if not result.verified:
        findings = result.audit.findings if result.audit else ()
        text = "; ".join(f"{finding.check} at {finding.where}" for finding in findings[:3])
        return record | {"status": "rejected", "reason": f"the audit rejects the design: {text}"[:2000]}
    return record | {
        "verified": True,
        "objective": design.solve.objective,
        "value": design.solve.value,
        "gap": design.solve.gap,
        "gap_asked": design.solve.gap_asked,
        "proved_by": BY_SEARCH if result.searched else BY_NEIGHBOURS,
        "interrupted": design.solve.interrupted,
        "kpis": dict(design.reported.kpis),
        **decided(result.problem, design),
        "start": {name: value for name, value in (result.solution or {}).items() if value},
        **_proof(result),
        **_cuts(result),
    }


def _cuts(result: Result) -> Record:
    from optimizer.solve.bill_cuts import cuts_to_json

    return {"cuts": cuts_to_json(result.cuts)} if result.cuts else {}


def _proof(result: Result) -> Record:
    return {"proof": result.proven_bound.to_json()} if result.proven_bound is not None else {}


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def slim(record: Record) -> Record:
    """The record without the design's variables and its proof, which only neighbours need."""
    return {name: value for name, value in record.items() if name not in HANDED_ON}

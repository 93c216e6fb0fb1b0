"""Opens what is set side by side: folders of runs, and bids that answer the question of a run."""

from __future__ import annotations

from pathlib import Path

from optimizer.analysis.sides import Side
from optimizer.app.loaded import open_result, result_of, stored_origins
from optimizer.errors import InfeasibleError, InputOutputError, NoDesignError
from optimizer.inputs.design import Status
from optimizer.model.derive import derive
from optimizer.reading.read import Reading, ReadOptions, instance_sha256, read_instance
from optimizer.runs.read import load_design, load_run
from optimizer.solve.outcome import Hooks


def open_sides(paths: tuple[Path, ...]) -> tuple[Side, ...]:
    """Read runs (folders) and bids (design files that answer the instance of the first run).

    Raises as `open_result` does. A bid that fails the audit is a side all the same: its verdict says so.
    """
    first = next((path for path in paths if path.is_dir()), paths[0])
    names = _names(paths)
    sides = []
    for path, name in zip(paths, names, strict=True):
        if path.is_dir() or path == first:
            opened, result = open_result(path)
            doubts = () if opened.intact else opened.warnings
            sides.append(
                Side(
                    name=name,
                    result=result,
                    doubts=doubts,
                    origins=stored_origins(path),
                    scenario=opened.record.scenario,
                    folder=path if path.is_dir() else None,
                )
            )
            continue
        run = load_run(first)
        bid = load_design(path, run.instance).model_copy(update={"reported": None, "solve": None})
        # A bid may name the instance as it was given, or as it stands in the run, where its series have moved.
        named = bid.instance_sha256
        sha256 = named if named == run.design.instance_sha256 else instance_sha256(run.instance)
        sides.append(
            Side(name=name, result=result_of(derive(run.instance, run.folder), bid, run.folder, sha256), is_bid=True)
        )
    return tuple(sides)


def changed_reading(run: Path, sets: tuple[str, ...]) -> Reading:
    """The instance of a run with values changed. Raises as `read_instance` does."""
    if not run.is_dir():
        raise InputOutputError(f"{run.name} is a bid: values are changed of a run's instance", "name a run first")
    return read_instance(run / "instance.resolved.toml", ReadOptions(sets=sets))


def designed_side(reading: Reading, name: str, hooks: Hooks) -> Side:
    """The best design of an instance, as a side.

    Raises InfeasibleError or NoDesignError where there is none, and what a search raises.
    """
    from optimizer import pipeline

    result = pipeline.run(reading.instance, reading.folder, None, hooks, reading.sha256)
    if result.design is None:
        if result.status is Status.INFEASIBLE:
            raise InfeasibleError(f"with {name} no design exists", help="the other runs can be compared without --set")
        raise NoDesignError(f"with {name} no design was found in time", "set solve.time_limit_s higher as well")
    return Side(name=name, result=result, origins=reading.origins)


def _names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Short names that tell the paths apart: the last part, with the folder above it where that is not enough."""
    absolute = [path.resolve() for path in paths]
    for parts in range(1, 4):
        names = tuple("/".join(path.parts[-parts:]) for path in absolute)
        if len(set(names)) == len(names):
            return names
    return tuple(f"{number + 1}: {path.name}" for number, path in enumerate(absolute))

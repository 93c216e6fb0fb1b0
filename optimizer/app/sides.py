"""Opens what is set side by side: folders of runs, and bids that answer the question of a run."""

from __future__ import annotations

from pathlib import Path

from optimizer.analysis.sides import Side
from optimizer.app.loaded import open_result, result_of
from optimizer.model.derive import derive
from optimizer.reading.read import instance_sha256
from optimizer.runs.read import load_design, load_run


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
            sides.append(Side(name, result, doubts=() if opened.intact else opened.warnings))
            continue
        run = load_run(first)
        bid = load_design(path, run.instance).model_copy(update={"reported": None, "solve": None})
        # A bid may name the instance as it was given, or as it stands in the run, where its series have moved.
        named = bid.instance_sha256
        sha256 = named if named == run.design.instance_sha256 else instance_sha256(run.instance)
        sides.append(Side(name, result_of(derive(run.instance, run.folder), bid, run.folder, sha256), is_bid=True))
    return tuple(sides)


def _names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Short names that tell the paths apart: the last part, with the folder above it where that is not enough."""
    absolute = [path.resolve() for path in paths]
    for parts in range(1, 4):
        names = tuple("/".join(path.parts[-parts:]) for path in absolute)
        if len(set(names)) == len(names):
            return names
    return tuple(f"{number + 1}: {path.name}" for number, path in enumerate(absolute))

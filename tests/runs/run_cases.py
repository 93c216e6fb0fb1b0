"""A solved run to write, read and spoil: the minimal instance with its weather in a file of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from optimizer import pipeline
from optimizer.app.write_run import Extras, write_run
from optimizer.reading.read import Reading, read_instance
from optimizer.runs.folder import RunFolder, RunLocation, open_run
from optimizer.runs.provenance import RunContext
from tests.tiny import ROOT

OPTIONS = pipeline.Options(isolated=False, seed=7, gap=1e-6)
SUMMARY = "The design: {0.__class__} {{7*7}} %s\n"
"""A summary that would change if anybody took it for a template."""


@dataclass(frozen=True)
class Case:
    """An instance's file, what was read from it, and the result of solving it."""

    path: Path
    reading: Reading
    result: pipeline.Result


@cache
def solved() -> pipeline.Result:
    """The minimal instance, solved once: constant weather, so that it does not matter where the weather comes from."""
    reading = read_instance(ROOT / "instances" / "minimal.toml")
    return pipeline.run(reading.instance, reading.folder, OPTIONS, sha256=reading.sha256)


def make_case(folder: Path, csv_name: str = "weather.csv") -> Case:
    """The instance written to `folder` with hourly weather in a CSV file, and its result."""
    text = (ROOT / "instances" / "minimal.toml").read_text(encoding="utf-8")
    changed = re.sub(r"^weather = \{.*\}$", f'weather = {{ kind = "csv", path = "data/{csv_name}" }}', text, flags=re.M)
    assert changed != text
    (folder / "data").mkdir(parents=True)
    rows = "20.0,20.0\n" * 8760
    (folder / "data" / csv_name).write_text("dry_bulb_c,wet_bulb_c\n" + rows, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(changed, encoding="utf-8")
    reading = read_instance(path)
    result = solved()
    assert result.design is not None
    design = result.design.model_copy(update={"instance_sha256": reading.sha256})
    return Case(path, reading, replace(result, design=design))


def make_extras(**changes: object) -> Extras:
    """Extras with a summary, a command line that gives somebody away, and an artefact."""
    command = (
        "/home/annika smith/venv/bin/optimizer",
        "solve",
        "/home/annika smith/plan.toml",
        "--out=/data/annika/out dir/x",
    )
    context = RunContext(OPTIONS, datetime(2026, 11, 22, 5, 0, tzinfo=UTC), command)
    base = Extras(context, SUMMARY, {"report.html": "<p>whole</p>"})
    return replace(base, **changes)  # type: ignore[arg-type]


def make_folder(root: Path, out: str = "run") -> RunFolder:
    """The folder `root/out`, new or taken over."""
    return open_run(RunLocation(root, "minimal", root / out, overwrite=True))


def write_case(case: Case, root: Path, extras: Extras | None = None) -> Path:
    """Write a case to `root/run` and return that folder."""
    with make_folder(root) as folder:
        write_run(folder, case.reading, case.result, extras or make_extras())
        return folder.path


def rejected(case: Case) -> Case:
    """The case with an audit that does not accept the design."""
    assert case.result.audit is not None
    return replace(case, result=replace(case.result, audit=replace(case.result.audit, passed=False)))

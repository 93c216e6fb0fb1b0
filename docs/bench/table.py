"""Writes docs/benchmark.md and docs/benchmark.json. Rows measured earlier on the same kind of machine are kept."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from docs.bench.answers import Row
from docs.bench.measure import middle, wall

FORMAT_VERSION = 1
HEAD = ("case", "how", "runs", "wall s", "CPU s", "memory MB", "ratio", "answer")
PACKAGES = ("pyomo", "highspy", "numpy", "scipy", "pandas", "pypsa", "linopy", "PuLP")
HIGH_LOAD_PER_CORE = 0.25


def machine() -> dict[str, Any]:
    """The kind of machine and the versions, not which one."""
    from optimizer import __version__

    versions = {"optimizer": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "absent"
    system = f"{platform.system()} {platform.machine()}"
    return {"cores": os.cpu_count(), "processor": _processor(), "system": system, "versions": versions}


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in told if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def start() -> dict[str, Any]:
    """When, and how busy the machine is before the first measurement."""
    load = os.getloadavg()
    return {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), "load": [round(x, 2) for x in load]}


def busy(load: list[float]) -> bool:
    """Whether the load of the last minute is high enough to disturb."""
    return load[0] > HIGH_LOAD_PER_CORE * (os.cpu_count() or 1)


def record(row: Row, began: dict[str, Any], took_s: float, quick: bool) -> dict[str, Any]:
    """A row as plain JSON, with every run."""
    return {
        **asdict(row),
        **began,
        "took_s": took_s,
        "quick": quick,
        "versions": machine()["versions"],
        "medians": [_medians(row, k) for k in range(len(row.lines))],
    }


def _medians(row: Row, k: int) -> dict[str, float]:
    runs = row.lines[k].runs
    return {
        "wall_s": middle(runs, wall),
        "cpu_s": middle(runs, lambda r: r.cpu_s),
        "memory_mb": middle(runs, lambda r: r.memory_mb),
    }


def save(folder: Path, rows: dict[int, dict[str, Any]]) -> Path:
    """Merge the rows into the files of the folder; returns the path of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    raw, table = folder / "benchmark.json", folder / "benchmark.md"
    here = machine()
    kept: dict[str, Any] = {}
    if raw.exists():
        kept = _of_this_machine(json.loads(raw.read_text("utf-8")), here)
    kept |= {str(number): row for number, row in rows.items()}
    whole = {"format_version": FORMAT_VERSION, "machine": here, "rows": dict(sorted(kept.items()))}
    raw.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    table.write_text(markdown(whole), encoding="utf-8")
    return table


def _of_this_machine(before: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    """Rows measured on the same kind of machine; each keeps the versions it was measured with."""
    there = before.get("machine", {})
    if any(there.get(name) != here[name] for name in ("cores", "processor", "system")):
        return {}
    return {number: {"versions": there["versions"], **row} for number, row in before["rows"].items()}


def markdown(whole: dict[str, Any]) -> str:
    """The page."""
    here = whole["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in here["versions"].items())
    text = [
        "# Benchmark",
        "",
        "Written by `make bench` (docs/bench); raw numbers of every run in benchmark.json. Contenders of a row take",
        "turns on one machine. Every run is a whole process, from start to its last file: wall and processor seconds",
        "of it and its children, and the peak of their memory. Seconds and memory are medians over the runs; *ratio*",
        "is the median over the rounds of the wall time relative to the first contender of the case, unless the row",
        "says otherwise. Numbers of other machines will differ, ratios less so.",
        "",
        f"{here['cores']} cores, {here['processor']}, {here['system']}; {versions}.",
    ]
    for number, row in whole["rows"].items():
        text += [
            "",
            f"## {number}. {row['title']}",
            "",
            row["words"],
            "",
            _when(row, here["versions"]),
            "",
            *_table(HEAD, _body(row)),
        ]
        for title, head, body in row["tables"]:
            text += ["", f"{title}:", "", *_table(head, body)]
        text += ["", _agreements(row["agreements"])]
    return "\n".join(text) + "\n"


def _when(row: dict[str, Any], versions: dict[str, str]) -> str:
    load = ", ".join(f"{x:.2f}" for x in row["load"])
    told = f"{row['date']}; load average at the start {load}; took {row['took_s'] / 60:.1f} minutes."
    others = {name: version for name, version in row["versions"].items() if version not in (versions[name], "absent")}
    told += (
        " Measured with " + ", ".join(f"{name} {version}" for name, version in others.items()) + "." if others else ""
    )
    if row["quick"]:
        told += " **Smoke test: tiny sizes, no figures to quote.**"
    return told + (" **The machine was busy: measure again.**" if busy(row["load"]) else "")


def _body(row: dict[str, Any]) -> list[tuple[str, ...]]:
    body: list[tuple[str, ...]] = []
    for line, m in zip(row["lines"], row["medians"], strict=True):
        ratio = "1" if line["ratio"] is None else f"{line['ratio']:.2f}"
        measures = (f"{m['wall_s']:.2f}", f"{m['cpu_s']:.2f}", f"{m['memory_mb']:.0f}", ratio)
        body.append((line["case"], line["how"], str(len(line["runs"])), *measures, line["answer"]))
    return body


def _table(head: Any, body: Any) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *body)]


def _agreements(told: list[Any]) -> str:
    if not told:
        return "Every case has one contender: nothing to compare."
    failed = [case for case, _, agrees in told if not agrees]
    spreads = {case: spread for case, spread, agrees in told if agrees or spread}
    words = "; ".join(f"{case} {spread:.1e}" for case, spread in spreads.items())
    if len(spreads) > 5:
        words = f"largest {max(spreads.values()):.1e}"
    verdict = f"**NO: {', '.join(failed)}**" if failed else f"yes ({len(told)} of {len(told)})"
    return f"Answers agree: {verdict}." + (f" Spread of values, relative: {words}." if spreads else "")

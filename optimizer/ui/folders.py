"""What is in the workbench's folder: instances, runs and studies, named by ids alone."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import InputOutputError, OptimizerError
from optimizer.runs.folder import altered_files, is_complete
from optimizer.runs.own_files import is_plain_file, is_real_folder
from optimizer.runs.read import load_run, unsealed_files
from optimizer.runs.record import read_record
from optimizer.runs.strict_json import read_own_json

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
RESULTS = "results"
BIDS = "bids"
MOST_SHOWN = 200


def identified(text: str, pattern: re.Pattern[str] = ID) -> str:
    """The id. Raises InputOutputError for anything else: no id leads out of the folder."""
    if not pattern.fullmatch(text):
        raise InputOutputError("there is nothing of that name here")
    return text


@dataclass(frozen=True, kw_only=True)
class RunCard:
    """A run as the list shows it; figures are missing where there is no verified design."""

    instance: str
    run: str
    status: str
    verified: bool
    lcoc: float | None
    peak_mw: float | None
    gap: float | None
    asked: str
    """Scenario and values changed; empty for the file as it is."""

    @property
    def proven(self) -> bool:
        """Whether no other design is better by more than was asked; if not, the search was stopped."""
        return self.status == "optimal"


@dataclass(frozen=True)
class WorkFolder:
    """The folder the workbench serves. Nothing outside of it is read or written."""

    path: Path

    @property
    def results(self) -> Path:
        """Where runs and studies are."""
        return self.path / RESULTS

    def instances(self) -> tuple[str, ...]:
        """Ids of the instance files: TOML files with a name that is an id."""
        files = (path for path in self.path.glob("*.toml") if ID.fullmatch(path.stem) and is_plain_file(path))
        return tuple(sorted(path.stem for path in files))

    def instance(self, name: str) -> Path:
        """The file of an instance. Raises InputOutputError if there is none."""
        path = self.path / f"{identified(name)}.toml"
        if not is_plain_file(path):
            raise InputOutputError(f"there is no instance {name} here")
        return path

    def run(self, instance: str, run: str) -> Path:
        """The folder of a run. Raises InputOutputError if there is none."""
        path = self.results / identified(instance) / identified(run, RUN_ID)
        if not is_real_folder(path) or run == "studies":
            raise InputOutputError(f"there is no run {run} of {instance} here")
        return path

    def within(self, run: Path, name: str) -> Path:
        """A run's folder inside another one's. Raises InputOutputError if there is none."""
        path = run / identified(name, RUN_ID)
        if not is_real_folder(path):
            raise InputOutputError(f"there is nothing called {name} in it")
        return path

    def study(self, instance: str, name: str) -> Path:
        """The folder of a study. Raises InputOutputError if there is none."""
        path = self.results / identified(instance) / "studies" / identified(name)
        if not is_real_folder(path):
            raise InputOutputError(f"there is no study {name} of {instance} here")
        return path

    def runs(self) -> list[RunCard]:
        """The runs there are, newest first."""
        folders = [path for path in self.results.glob("*/*") if path.name != "studies" and is_complete(path)]
        named = [path for path in folders if ID.fullmatch(path.parent.name) and RUN_ID.fullmatch(path.name)]
        named.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        return [card_of(path) for path in named[:MOST_SHOWN]]

    def studies(self) -> list[tuple[str, str]]:
        """Instance and name of every study."""
        files = self.results.glob("*/studies/*/study.json")
        return sorted(
            (path.parents[2].name, path.parent.name)
            for path in files
            if ID.fullmatch(path.parents[2].name) and ID.fullmatch(path.parent.name)
        )


def card_of(folder: Path) -> RunCard:
    """What a run's record says of it; a record that cannot be read says nothing."""
    record: dict[str, Any] = {}
    kpis: dict[str, Any] = {}
    asked = ""
    with suppress(OptimizerError, KeyError, TypeError):
        record, typed = read_record(folder)
        asked = typed.asked
        kpis = read_own_json(folder, "design.json")["reported"]["kpis"]
    search = record.get("search") if isinstance(record.get("search"), dict) else {}
    return RunCard(
        instance=folder.parent.name, run=folder.name, status=str(record.get("status", "unknown")),
        verified=record.get("verified") is True, lcoc=_number(kpis.get("lcoc_usd_per_eflop")),
        peak_mw=_number(kpis.get("peak_import_mw")), gap=_number((search or {}).get("gap_reached")), asked=asked,
    )  # fmt: skip


def doubts_of(folder: Path) -> tuple[str, ...]:
    """Why the files of a run are not what it wrote, in words; nothing if they are."""
    if is_plain_file(folder / "design.json"):
        opened = load_run(folder)
        return () if opened.intact else opened.warnings
    return (*unsealed_files(folder), *(f"altered since the run: {name}" for name in altered_files(folder)))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

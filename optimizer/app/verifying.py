"""Which design is to be checked: that of a run, or anybody's for an instance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import UsageError
from optimizer.pipeline import check

if TYPE_CHECKING:
    from optimizer.audit.audit import AuditReport
    from optimizer.inputs.design import Design
    from optimizer.inputs.schema import Instance
    from optimizer.reading.read import Reading
    from optimizer.runs.read import LoadedRun


@dataclass(frozen=True, kw_only=True)
class Audited:
    """A design, its instance and what the audit says. `run` is None for a design that comes from no run's folder."""

    instance: Instance
    design: Design
    report: AuditReport
    run: LoadedRun | None = None

    @property
    def intact(self) -> bool:
        """Whether the files of the run are what it wrote."""
        return self.run is None or self.run.intact

    @property
    def passed(self) -> bool:
        """Whether the design holds and its files are what they were."""
        return self.report.passed and self.intact


def audited_run(folder: Path) -> Audited:
    """Audit the design of a run's folder.

    Raises InputOutputError or InputError for what cannot be read, and what says why a run has no design.
    """
    from optimizer.app.loaded import no_design
    from optimizer.runs.read import load_run

    if folder.is_file():
        raise UsageError(f"{folder} is a file: give its design as well, or the folder of a run")
    if folder.is_dir() and not (folder / "design.json").exists():
        raise no_design(folder)
    run = load_run(folder)
    return Audited(
        instance=run.instance, design=run.design, report=check(run.instance, run.design, run.folder), run=run
    )


def audited_design(reading: Reading, design: Path) -> Audited:
    """Audit a design file (ours, or a bid) as the answer to an instance. Raises InputError or InputOutputError."""
    from optimizer.reading.read import instance_sha256
    from optimizer.runs.read import load_design

    instance = reading.instance
    loaded = load_design(design, instance)
    return Audited(
        instance=instance, design=loaded, report=check(instance, loaded, reading.folder, instance_sha256(instance))
    )

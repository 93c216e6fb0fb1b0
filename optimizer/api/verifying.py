"""Check a design with the audit, which shares no code with the model that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.api.instance import FacilityInstance, as_instance, as_path
from optimizer.api.tables import frame
from optimizer.app.verifying import Audited, audited_design, audited_run
from optimizer.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AuditResult:
    """What the audit says of a design."""

    audited: Audited = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every limit holds, every figure is right and the files are what the run wrote."""
        return self.audited.passed

    @property
    def lcoc(self) -> float:
        """Levelised cost in USD per EFLOP, recomputed from the decisions."""
        return self.audited.report.lcoc_usd_per_eflop

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the files of the run."""
        return self.audited.run.warnings if self.audited.run else ()

    @property
    def checks(self) -> pd.DataFrame:
        """By kind of check: how many, and the largest excess over a limit, relative to it."""
        report = self.audited.report
        rows = [(kind, count, report.worst_by_family.get(kind, 0.0)) for kind, count in report.checks_by_family.items()]
        return frame(("kind", "checks", "worst_excess"), rows, {"worst_excess": "1"}).set_index("kind")

    @property
    def findings(self) -> pd.DataFrame:
        """What failed: check, where, value, limit, message; empty if nothing did."""
        columns = ("check", "where", "value", "limit", "message")
        return frame(columns, [tuple(getattr(f, name) for name in columns) for f in self.audited.report.findings])

    def __repr__(self) -> str:
        report = self.audited.report
        word = "VERIFIED" if self.passed else "NOT VERIFIED"
        failed = f", {len(report.findings)} failed" if report.findings else ""
        return f"<AuditResult {self.audited.instance.name}: {word}, {report.checks:,} checks{failed}>"


def verify(target: FacilityInstance | str | Path, design: str | Path | None = None) -> AuditResult:
    """Audit the design of a run's folder, or a design file (a vendor's bid) as the answer to an instance.

    Raises InputOutputError for a folder that is no run's, InputError for a file that is no design, InfeasibleError,
    NoDesignError or VerificationError for a run that ended without a design.
    """
    if design is not None:
        return AuditResult(audited_design(as_instance(target).reading, as_path(design)))
    if isinstance(target, FacilityInstance):
        raise UsageError("an instance has no design yet", "give the design's file as well, or the folder of a run")
    return AuditResult(audited_run(as_path(target)))

"""A run's folder, or a bid, as the result a report is made of.

The audit is done again: what is stored is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from optimizer.audit.audit import AuditReport
from optimizer.diagnostics import clean
from optimizer.errors import InfeasibleError, InputOutputError, NoDesignError, OptimizerError, VerificationError
from optimizer.inputs.design import Design, Entry, Reported, Status
from optimizer.ledger.accounts import BY_ID
from optimizer.model.derive import Problem, derive
from optimizer.pipeline import Result, check
from optimizer.reading.layers import Origin
from optimizer.reading.read import Reading
from optimizer.runs.read import LoadedRun, load_design, load_run
from optimizer.runs.record import read_record
from optimizer.runs.strict_json import read_own_json, shaped
from optimizer.solve.outcome import Size

_UNKNOWN_SIZE = Size(0, 0, 0, 0, "")
"""The model that found a stored design is not there any more."""
_REJECTED = "design.rejected.json"
ORIGINS_NAME = "assumptions.json"
"""File of a run's folder that keeps where its values come from."""


def open_result(folder: Path) -> tuple[LoadedRun, Result]:
    """Read a run and audit its design anew.

    Raises InputError or InputOutputError for what cannot be read, InfeasibleError or NoDesignError if the run ended
    without a design, VerificationError if the audit does not confirm the design.
    """
    if folder.is_dir() and not (folder / "design.json").exists():
        raise no_design(folder)
    run = load_run(folder)
    result = result_of(derive(run.instance, run.folder), run.design, run.folder)
    if not result.verified:
        count = len(result.audit.findings) if result.audit else 0
        raise VerificationError(
            f"the design in {clean(str(folder))} does not pass the audit ({count} findings)",
            f"optimizer verify {clean(str(folder))} lists them",
        )
    return run, result


def result_on_file(reading: Reading, design: Path) -> Result:
    """A design file, or the folder it lies in, as an answer to an instance, whichever it was made for; what a
    bid leaves out is filled in.

    Raises InputError or InputOutputError, and VerificationError if the audit does not confirm the design.
    """
    file = design / "design.json" if design.is_dir() else design
    loaded = load_design(file, reading.instance)
    result = result_of(derive(reading.instance, reading.folder), loaded, reading.folder)
    if not result.verified:
        shown = clean(str(file))
        raise VerificationError(
            f"the design in {shown} does not pass the audit as an answer to this instance",
            f"optimizer verify INSTANCE {shown} lists why",
        )
    return result


def no_design(folder: Path) -> OptimizerError:
    """Why a run's folder holds no design, as its provenance tells."""
    shown = clean(str(folder))
    if (folder / _REJECTED).exists():
        return VerificationError(
            f"the design in {shown} was rejected by the audit and is withheld", "verify.json in that folder says why"
        )
    status = None
    with suppress(OptimizerError):
        status = read_record(folder)[1].status
    if status == Status.INFEASIBLE.value:
        return InfeasibleError(
            f"there is no design in {shown}: the instance was proven infeasible",
            help=f"optimizer explain {shown} says why",
        )
    if status == Status.NO_SOLUTION.value:
        return NoDesignError(
            f"there is no design in {shown}: a limit stopped the search before one was found",
            "solve again with a larger --time-limit or --gap",
        )
    return InputOutputError(
        f"there is no design in {shown}", "give the folder of a finished run, such as results/minimal/<run>"
    )


def result_of(problem: Problem, design: Design, folder: Path, sha256: str | None = None) -> Result:
    """A stored design as a result. A design that reports nothing (a bid) reports what the audit computes of it.

    With the `sha256` of the instance it is held to the one it names.
    """
    report = check(problem.instance, design, folder, sha256)
    if design.reported is None:
        design = design.model_copy(update={"reported": _reported(report)})
    return Result(
        problem=problem, status=_status(design), design=design, audit=report, size=_UNKNOWN_SIZE, steps=(), seconds={}
    )


def stored_origins(folder: Path) -> dict[str, Origin]:
    """Where the values of a run come from, if its folder keeps that; what is damaged is not known."""
    if not (folder / ORIGINS_NAME).exists():
        return {}
    with suppress(OptimizerError):
        return shaped(_Origins, read_own_json(folder, ORIGINS_NAME), ORIGINS_NAME).values
    return {}


class _Origins(BaseModel):
    values: dict[str, Origin]


def _status(design: Design) -> Status:
    """What the search proved; a design nobody searched for is proven nothing."""
    with suppress(ValueError):
        if design.solve is not None:
            return Status(design.solve.status)
    return Status.FEASIBLE


def _reported(report: AuditReport) -> Reported:
    return Reported(
        lcoc_usd_per_eflop=report.lcoc_usd_per_eflop,
        npv_cost_musd=report.npv_cost_musd,
        npv_eflop=report.npv_eflop,
        kpis=dict(report.figures),
        ledger=tuple(_entries(report)),
    )


def _entries(report: AuditReport) -> Iterable[Entry]:
    for line in report.ledger:
        account = BY_ID.get(line.account)
        if account is not None:
            yield Entry(
                account=account.id,
                unit=account.unit,
                timing=account.timing.value,
                phase=line.phase,
                site=line.site,
                label=line.label,
                amount=line.amount,
            )

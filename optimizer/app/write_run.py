"""Writes a run's folder. A design that the audit rejects is withheld; RUN_OK comes last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimizer.analysis.orders import procurement
from optimizer.inputs.design import Design
from optimizer.report.run_tables import LEDGER_COLUMNS, PROCUREMENT_COLUMNS, ledger_rows, procurement_rows
from optimizer.runs.folder import RunFolder, checked_name
from optimizer.runs.provenance import RunContext, provenance
from optimizer.runs.safe_csv import DialectName, write_table
from optimizer.runs.series import pack_series
from optimizer.runs.strict_json import json_text
from optimizer.runs.study_tables import parquet_of
from optimizer.version import __version__

if TYPE_CHECKING:
    from optimizer.pipeline import Result
    from optimizer.reading.read import Reading


@dataclass(frozen=True)
class Extras:
    """What goes into the folder beside the result itself."""

    context: RunContext
    summary: str = ""
    """Text of summary.md; it is stored as it is."""
    artefacts: Mapping[str, bytes | str] = field(default_factory=dict)
    """Further files by name: report.html, hourly.parquet, explain.json."""
    late: Callable[[], Mapping[str, bytes | str]] = dict
    """Further ones that are still being made: asked for when all others are written."""
    csv_dialect: DialectName = "standard"


def write_run(folder: RunFolder, reading: Reading, result: Result, extras: Extras) -> None:
    """Write everything a run leaves behind.

    A rejected design gives design.rejected.json and what is needed to find the fault; no summary, no artefacts, and no
    RUN_OK. Raises InputOutputError; then there is no RUN_OK either.
    """
    for name in extras.artefacts:
        checked_name(name)
    packed = pack_series(reading.instance, reading.folder)
    folder.begin()
    for name, content in packed.files.items():
        folder.write(name, content)
    folder.write("instance.resolved.toml", _resolved(packed.instance))
    _write_log(folder)
    if result.audit is not None:
        folder.write("verify.json", json_text(result.audit.to_json_dict()))
    record = provenance(reading, result, _with_takeover(folder, extras.context))
    record["instance"]["packed_sha256"] = _sha256(packed.instance)
    rejected = result.design is not None and not result.verified
    if result.design is not None:
        folder.write("design.rejected.json" if rejected else "design.json", design_text(result.design))
    if result.design is not None and not rejected:
        _write_tables(folder, result, result.design, extras.csv_dialect)
    if not rejected:
        for name, artefact in extras.artefacts.items():
            folder.write(name, artefact)
        if extras.summary:
            folder.write("summary.md", extras.summary)
    folder.write("provenance.json", json_text(record))
    if not rejected:
        for name, artefact in extras.late().items():
            folder.write(name, artefact)
        folder.seal()


def design_text(design: Design) -> str:
    """The design as JSON; `read_design` gives back an equal one."""
    return json_text(design.model_dump(mode="json"))


def design_files(results: Iterable[Result | None], first: int = 0) -> dict[str, str]:
    """The designs of a study by number, as far as there are any."""
    numbered = enumerate(results, first)
    return {f"design-{at}.json": design_text(one.design) for at, one in numbered if one and one.design is not None}


def _resolved(instance: Any) -> str:
    from optimizer.reading.resolved import to_toml

    header = (
        f"# Written by facility-optimizer {__version__}: the instance of this run with every value in it, defaults\n"
        "# and catalogue included. Nothing is looked up when it is read; a change here is a change of the question.\n\n"
    )
    return header + to_toml(instance)


def _sha256(instance: Any) -> str:
    from optimizer.reading.read import instance_sha256

    return instance_sha256(instance)


def _with_takeover(folder: RunFolder, context: RunContext) -> RunContext:
    holder = folder.took_over
    if holder is None:
        return context
    note = f"the folder was taken over from process {holder.pid}, which had not given it back"
    return RunContext(context.options, context.started, context.command, (*context.warnings, note))


def _write_log(folder: RunFolder) -> None:
    with suppress(FileNotFoundError):
        folder.write("solver.log", folder.log_path.read_bytes())
        folder.log_path.unlink()


def _write_tables(folder: RunFolder, result: Result, design: Design, dialect: DialectName) -> None:
    if design.reported is not None:
        rows = ledger_rows(design.reported.ledger, result.problem.calendar)
        folder.write("ledger.csv", write_table(LEDGER_COLUMNS, rows, dialect))
        folder.write("ledger.parquet", parquet_of(LEDGER_COLUMNS, rows, nulls_are_texts=True))
    orders = procurement_rows(procurement(result.problem, design.decisions))
    folder.write("procurement.csv", write_table(PROCUREMENT_COLUMNS, orders, dialect))

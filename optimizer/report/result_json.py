"""The result of a search as plain data, for whoever asks by program."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from optimizer.analysis.cost import cost_lines
from optimizer.analysis.end_values import end_values
from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.money import money_of
from optimizer.analysis.unit_costs import unit_costs
from optimizer.analysis.usage import uses
from optimizer.analysis.verdict import verdict
from optimizer.diagnostics import to_json
from optimizer.report.achieved_page import achieved_json
from optimizer.report.end_use_page import flags_json

if TYPE_CHECKING:
    from optimizer.pipeline import Result
    from optimizer.reading.read import Reading


def result_json(reading: Reading, result: Result) -> dict[str, Any]:
    """The result for JSON. Of a rejected design only the findings are told."""
    told: dict[str, Any] = {
        "instance": reading.instance.name,
        "instance_sha256": reading.sha256,
        "status": result.status.value,
        "verified": result.verified,
        "verdict": verdict(result),
        "model": asdict(result.size),
        "seconds": result.seconds,
        "bound": result.bound,
        "message": result.message,
        "warnings": to_json(reading.warnings),
        "audit": result.audit.to_json_dict()["findings"] if result.audit else None,
    }
    if result.verified and result.design is not None and result.design.reported is not None:
        told["design"] = result.design.model_dump(mode="json", exclude={"reported"})
        told["kpis"] = result.design.reported.kpis
        told["flags"] = flags_json(raised_flags(result.problem, result.design.decisions))
        told["achieved"] = achieved_json(result)
        told["money"] = asdict(money_of(reading.instance))
        told["unit_costs"] = asdict(unit_costs(result))
        told["end_values"] = _end_values(result)
        told["cost"] = [asdict(line) for line in cost_lines(result)]
        told["uses"] = [{**asdict(use), "binds": use.binds} for use in uses(result.problem, result.design)]
    return told


def _end_values(result: Result) -> dict[str, Any]:
    found = end_values(result)
    return {
        "musd": found.musd,
        "share_of_cost": found.share,
        "is_large": found.is_large,
        "by_asset_musd": dict(found.by_asset),
    }

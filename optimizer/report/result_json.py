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
    answer: dict[str, Any] = {
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
        answer["design"] = result.design.model_dump(mode="json", exclude={"reported"})
        answer["kpis"] = result.design.reported.kpis
        answer["flags"] = flags_json(raised_flags(result.problem, result.design.decisions))
        answer["achieved"] = achieved_json(result)
        answer["money"] = asdict(money_of(reading.instance))
        answer["unit_costs"] = asdict(unit_costs(result))
        answer["end_values"] = _end_values(result)
        answer["cost"] = [asdict(line) for line in cost_lines(result)]
        answer["uses"] = [{**asdict(use), "binds": use.binds} for use in uses(result.problem, result.design)]
    return answer


def _end_values(result: Result) -> dict[str, Any]:
    left = end_values(result)
    return {
        "musd": left.musd,
        "share_of_cost": left.share,
        "is_large": left.is_large,
        "by_asset_musd": dict(left.by_asset),
    }

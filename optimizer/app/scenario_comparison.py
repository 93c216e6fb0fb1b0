"""The same instance under another scenario, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.app.observer import Observer
from optimizer.errors import OptimizerError

if TYPE_CHECKING:
    from optimizer.pipeline import Options, Result
    from optimizer.reading.read import Reading


@dataclass(frozen=True)
class OtherScenario:
    """The scenario that is solved too, and the instance under it."""

    scenario: str
    reading: Reading


def comparison_sentence(other_scenario: OtherScenario, result: Result, options: Options, observer: Observer) -> str:
    """Solve the other scenario and compare, in one sentence. Whatever becomes of it, the result itself stands."""
    opening = f"Against {other_scenario.scenario}:"
    if not result.verified:
        return ""
    if observer.stopped:
        return f"{opening} not compared, the search was stopped"
    from optimizer import pipeline
    from optimizer.analysis.sides import Side
    from optimizer.report.compare_page import against_sentence

    observer.note(f"designing {other_scenario.reading.instance.name} under {other_scenario.scenario}, to compare")
    reading = other_scenario.reading
    try:
        other = pipeline.run(reading.instance, reading.folder, options, observer.hooks, reading.sha256)
    except OptimizerError as problem:
        return f"{opening} not compared ({problem})"
    if other.design is None:
        return f"{opening} not compared, the search for its design ended {other.status.value.replace('_', ' ')}"
    if not other.verified:
        return f"{opening} not compared, the audit does not confirm its design"
    return against_sentence(Side(name="this design", result=result), Side(name=other_scenario.scenario, result=other))

"""`optimizer solve --against SCENARIO`: the same instance under another scenario, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

from optimizer.cli.console import session
from optimizer.cli.options import Source, read
from optimizer.errors import OptimizerError

if TYPE_CHECKING:
    from optimizer.pipeline import Options, Result
    from optimizer.reading.read import Reading


@dataclass(frozen=True)
class Rival:
    """The scenario that is solved too."""

    scenario: str
    reading: Reading


def read_rival(source: Source, scenario: str) -> Rival:
    """Read the instance under the scenario instead of its own; a mistake is told before the search."""
    return Rival(scenario, read(replace(source, scenario=scenario)))


def compared(rival: Rival, result: Result, options: Options, stop: Event) -> str:
    """Solve the rival and compare, in one sentence. Whatever becomes of it, the result itself stands."""
    opening = f"Against {rival.scenario}:"
    if not result.verified:
        return ""
    if stop.is_set():
        return f"{opening} not compared, the search was stopped"
    from optimizer import pipeline
    from optimizer.analysis.sides import Side
    from optimizer.report.compare_page import against_sentence
    from optimizer.solve.outcome import Hooks

    session().note(f"designing {rival.reading.instance.name} under {rival.scenario}, to compare")
    reading = rival.reading
    try:
        other = pipeline.run(reading.instance, reading.folder, options, Hooks(stop=stop), reading.sha256)
    except OptimizerError as problem:
        return f"{opening} not compared ({problem})"
    if other.design is None:
        return f"{opening} not compared, the search for its design ended {other.status.value.replace('_', ' ')}"
    if not other.verified:
        return f"{opening} not compared, the audit does not confirm its design"
    return against_sentence(Side("this design", result), Side(rival.scenario, other))

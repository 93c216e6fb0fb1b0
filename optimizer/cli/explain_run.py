"""`optimizer explain RUN_FOLDER`: the question of a run, and what is known of its answer already."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from optimizer.analysis.static_bounds import Obstacle
    from optimizer.model.derive import Problem
    from optimizer.reading.read import Reading


def run_reading(source: Source) -> Reading:
    """The instance of a run, as it was solved."""
    from optimizer.app.loaded import stored_origins
    from optimizer.reading.read import Reading, instance_sha256
    from optimizer.runs.read import load_instance

    if source.scenario or source.sets:
        raise UsageError("a run's instance is fixed: --scenario and --set go with INSTANCE")
    instance = load_instance(source.path)
    return Reading(
        instance=instance,
        origins=stored_origins(source.path),
        warnings=(),
        files=(),
        folder=source.path,
        sha256=instance_sha256(instance),
    )


def say_known(folder: Path, problem: Problem) -> tuple[ExitCode, dict[str, Any]] | None:
    """What the run itself found out, without a search; None if it left the question open."""
    if (folder / "design.json").exists():
        return _say_design(folder)
    if not (folder / "explain.json").exists():
        return None
    from optimizer.report.explanation import explanation_blocks, explanation_from_json
    from optimizer.runs.strict_json import read_own_json

    stored = read_own_json(folder, "explain.json")
    blocks = explanation_blocks(explanation_from_json(stored, folder / "explain.json"))
    denied = say_obstacles(problem)
    session().say("")
    session().show(blocks, problem.instance)
    session().say("\n(found when the run was made; nothing was solved again)")
    reasons = [asdict(obstacle) for obstacle in denied]
    return ExitCode.INFEASIBLE, {"verdict": "infeasible", "reasons": reasons, "explanation": stored}


def _say_design(folder: Path) -> tuple[ExitCode, dict[str, Any]]:
    from optimizer.analysis.verdict import verdict
    from optimizer.app.loaded import open_result

    opened, result = open_result(folder)
    for warning in opened.warnings:
        session().note(f"warning: {warning}", "yellow")
    session().say(f"This run has a design, so its requirements can be met together. {verdict(result)}")
    session().say(
        "What limits it is in its report; --marginal and --entry say what a limit or a price is worth, and "
        "--exclusions what may not be bought."
    )
    code = ExitCode.OK if opened.intact else ExitCode.VERIFICATION
    return code, {"verdict": "feasible", **opened.integrity}


def say_obstacles(problem: Problem) -> tuple[Obstacle, ...]:
    """Print the reasons known without a search, and return them."""
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.report.explanation import obstacle_blocks

    reasons = obstacles(problem)
    session().show(obstacle_blocks(reasons), problem.instance)
    return reasons

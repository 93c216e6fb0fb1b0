"""How a search is made, checked before anything is solved."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.app.study_runs import StudyOptions
from optimizer.errors import UsageError
from optimizer.pipeline import Options

__all__ = ["Options", "StudyOptions", "checked", "checked_study"]

OBJECTIVES = ("lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput", "simplicity")
LONGEST_S = 604_800
MOST_SEED = 2_147_483_647


def checked(options: Options | None) -> Options:
    """The options, or the instance's own for None. Raises UsageError for what the command line would refuse too."""
    settings = Options() if options is None else options
    if not isinstance(settings, Options):
        raise UsageError(f"options are op.Options, not {type(settings).__name__}", "op.Options(gap=0.001)")
    _search(settings.objective, settings.gap, settings.time_limit_s)
    _whole("seed", settings.seed, (0, MOST_SEED))
    _whole("threads", settings.threads, (1, 64))
    if settings.method not in ("decomposition", "monolithic"):
        raise UsageError(f"method is {settings.method!r}", 'write "decomposition" or "monolithic"')
    return settings


def checked_study(options: StudyOptions | None) -> StudyOptions:
    """The options of a study. Raises UsageError."""
    settings = StudyOptions(workers=1) if options is None else options
    if not isinstance(settings, StudyOptions):
        raise UsageError(
            f"options of a study are op.StudyOptions, not {type(settings).__name__}", "op.StudyOptions(workers=2)"
        )
    _search(settings.objective, settings.gap, settings.time_limit)
    _whole("workers", settings.workers, (1, 512))
    if not isinstance(settings.results, str | os.PathLike):
        raise UsageError(f"results is {settings.results!r}: not the path of a folder")
    return replace(settings, results=Path(settings.results))


def _search(objective: Any, gap: Any, time_limit: Any) -> None:
    if objective is not None and objective not in OBJECTIVES:
        raise UsageError(f"there is no objective {objective!r}", f"there are {', '.join(OBJECTIVES)}")
    if gap is not None and not (_is_number(gap) and 0 <= gap < 1):
        raise UsageError(f"gap is {gap!r}: not at least 0 and below 1", "0.001 is 0.1 %")
    if time_limit is not None and not (_is_number(time_limit) and 0 < time_limit <= LONGEST_S):
        raise UsageError(f"the time limit is {time_limit!r}: not seconds above 0 and at most {LONGEST_S:,}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(name: str, value: Any, span: tuple[int, int]) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not span[0] <= value <= span[1]:
        raise UsageError(f"{name} is {value!r}: not a whole number from {span[0]} to {span[1]:,}")

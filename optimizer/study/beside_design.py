"""What is asked beside every design, on one pool of workers: baselines first, then which estimate decides."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from optimizer.pipeline import Options, Result
from optimizer.reading.layers import Origin
from optimizer.solve.outcome import Hooks
from optimizer.study.baseline_tasks import BaselineTask, QuickBaselines, model_at_hand, solve_baseline
from optimizer.study.baselines import Baseline
from optimizer.study.cell import CellTask, Question, Record, StudyContext
from optimizer.study.deciders import Deciders, Effort, deciders
from optimizer.study.pools import Serial
from optimizer.study.search_settings import SearchSettings
from optimizer.study.task_queue import TaskQueue
from optimizer.study.trial_solver import solve_trial
from optimizer.study.types import POLL_S


@dataclass(frozen=True, kw_only=True)
class BesideDesign:
    """What came of both."""

    baselines: list[Baseline]
    deciders: Deciders | None


def solve_beside(
    options: Options, start: Mapping[str, float] | None, context: StudyContext, task: CellTask, hooks: Hooks | None
) -> Record:
    """The record of a baseline or of a trial; a trial starts from the design."""
    if isinstance(task, BaselineTask):
        return solve_baseline(options, context, task, hooks)
    return solve_trial(replace(options, start=start), context, task, hooks)


def beside(
    base: Result, origins: Mapping[str, Origin], search: SearchSettings, for_baselines: Effort, for_deciders: Effort
) -> BesideDesign:
    """Baselines and deciders of a design, each as far as its effort goes, by the deciders' executor.

    Without other processes one comes after the other. With them both share the workers, baselines first, while the
    swings of the estimates are worked out here.
    """
    executor = for_deciders.executor
    began = time.monotonic()
    most_s = (sum if executor is None else max)((for_baselines.within_s, for_deciders.within_s))
    stop = search.hooks.stop if search.hooks else None
    # Cuts of a year's bill hold wherever its programme is the same.
    work = partial(solve_beside, replace(search.options, known_cuts=base.cuts), base.solution)
    context = StudyContext(base.problem.folder, Question(gap=for_deciders.gap))
    with (
        model_at_hand(base),
        TaskQueue(executor or Serial(stop), work, context, search, began + most_s) as queue,
    ):
        plans = QuickBaselines(base, search, queue, for_baselines.gap, began + for_baselines.within_s)
        if executor is None:
            queue.finish(POLL_S)
        found = None if search.stopping else deciders(base, origins, search, for_deciders, queue)
        queue.finish(POLL_S)
        return BesideDesign(baselines=plans.rows(), deciders=found)

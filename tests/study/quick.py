"""Baselines of a design, one after the other and in this process."""

from __future__ import annotations

import time
from functools import partial

from optimizer.pipeline import Result
from optimizer.study.baseline_tasks import QuickBaselines, model_at_hand, solve_baseline
from optimizer.study.baselines import Baseline
from optimizer.study.cell import Question, StudyContext
from optimizer.study.pools import Serial
from optimizer.study.search_settings import SearchSettings
from optimizer.study.task_queue import TaskQueue
from optimizer.study.types import POLL_S


def quick_baselines(base: Result, search: SearchSettings, within_s: float, gap: float) -> list[Baseline]:
    """As many simple plans as `within_s` seconds allow, one after the other, here."""
    until_s = time.monotonic() + within_s
    stop = search.hooks.stop if search.hooks else None
    context = StudyContext(base.problem.folder, Question(gap=gap))
    with (
        model_at_hand(base),
        TaskQueue(Serial(stop), partial(solve_baseline, search.options), context, search, until_s) as queue,
    ):
        made = QuickBaselines(base, search, queue, gap, until_s)
        queue.finish(POLL_S)
        return made.rows()

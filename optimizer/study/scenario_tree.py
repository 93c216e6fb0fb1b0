"""A tree of scenarios with who answers for each of them, and which trees are planned one scenario at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

from optimizer.errors import SolverCrash
from optimizer.inputs.schema import Instance
from optimizer.study.cell import Question, Record
from optimizer.study.extensive_form import Extensive
from optimizer.study.pools import Pool
from optimizer.study.scenario_models import SearchRoom
from optimizer.study.scenario_tasks import ScenarioTask, content_of
from optimizer.study.types import POLL_S

MOST_AT_ONCE = 12
"""More scenarios than these are planned for one at a time; up to these one model holds them all."""


class TreeStopped(Exception):  # noqa: N818
    """Somebody asked the search of a tree to stop while its workers were at work."""


Prices = Mapping[str, Mapping[str, float]]
"""By scenario and first-stage decision, MUSD per unit."""
Records = Mapping[str, Record]
Ask = Callable[[Sequence[ScenarioTask]], list[Record]]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A tree with what its tasks need, and who answers them."""

    room: SearchRoom
    instances: Mapping[str, Instance]
    ask: Ask

    def tasks(
        self,
        trial: float | None = None,
        prices: Prices | None = None,
        stage: Mapping[str, float] | None = None,
        question: Question | None = None,
    ) -> list[ScenarioTask]:
        """The same asked of every scenario."""
        return [
            ScenarioTask(
                key=z, instance=one, sha256=content_of(one), scenario=z, phases=self.room.phases, trial=trial,
                prices={} if prices is None else prices[z], stage=stage, question=question,
            )
            for z, one in self.instances.items()
        ]  # fmt: skip

    def answers(self, tasks: Sequence[ScenarioTask]) -> dict[str, Record]:
        """Records by scenario. Raises SolverCrash if one could not be had."""
        records = dict(zip(self.instances, self.ask(tasks), strict=True))
        for z, record in records.items():
            if record["status"] in ("failed", "unsound"):
                raise SolverCrash(f"scenario {z}: {record.get('reason', 'its numbers are unsound')}")
        return records

    def after(self, stage: Mapping[str, float], trial: float) -> dict[str, Record]:
        """What is best after a first stage, at a trial ratio, in every scenario."""
        return self.answers(self.tasks(trial=trial, stage=stage))

    def mean(self, records: Mapping[str, Record], name: str) -> float:
        """Expectation of a figure of the records."""
        return float(sum(p * records[z][name] for z, p in self.room.probability.items()))


def answered_by(pool: Pool, stop: Event | None = None) -> Ask:
    """Tasks through a pool, answers in their order: who answers, and when, leaves no trace.

    Raises TreeStopped once `stop` is set; what the workers do then is of no more use.
    """

    def ask(tasks: Sequence[ScenarioTask]) -> list[Record]:
        todo, running, known = deque(tasks), 0, {}
        while todo or running:
            if stop is not None and stop.is_set():
                raise TreeStopped
            while todo and running < pool.slots:
                pool.submit(todo.popleft())
                running += 1
            for record in pool.collect(POLL_S):
                running -= 1
                known[record["key"]] = record
        return [known[task.key] for task in tasks]

    return ask


def is_plain(form: Extensive, room: SearchRoom) -> bool:
    """Whether every scenario's model has the same first stage, two stages and no year that dispatches."""
    first = next(iter(form.shared.values()))
    alike = all(set(stage) == set(first) for stage in form.shared.values())
    dispatches = any(built.model.operations.shapes for built in form.builts.values())
    return alike and not dispatches and not room.branches and not room.tail.weight

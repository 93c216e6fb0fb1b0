"""How far a study is, told in one form whatever it asks: the step, the time left, and the best design so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from optimizer.analysis.money import Currency, money_of
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Result
from optimizer.study.cell import Record
from optimizer.study.designs import duration

Item = TypeVar("Item")
Say = Callable[[str], None]
LEAST_TOLD_S = 2.0
"""A shorter time left is not worth telling."""
NAMED = 4
"""Of the steps that a stopped study did not make, as many are named."""


class Steps:
    """Counts the steps of a study that makes one after the other, and tells each before it is made."""

    def __init__(self, total: int, say: Say, at_most: bool = False) -> None:
        self.best = ""
        """The best design so far, in words; empty while there is none."""
        self._total, self._say, self._limit = total, say, "at most " if at_most else ""
        self._begun, self._since_s = 0, time.monotonic()

    def begin(self, what: str) -> None:
        """Tell that the next step begins. The time left is that of the steps made so far, on average."""
        made = self._begun
        left_s = (time.monotonic() - self._since_s) / made * (self._total - made) if made else None
        self._begun += 1
        self._say(f"{step_text(self._begun, f'{self._limit}{self._total}', left_s, self.best)}: {what}")

    def end(self, missing: Sequence[str]) -> None:
        """Tell what a stop left out."""
        if missing:
            more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
            self._say(f"stopped after step {self._begun} of {self._total}; missing: {', '.join(missing[:NAMED])}{more}")


def in_steps(
    items: Sequence[Item], name: Callable[[Item], str], stopped: Callable[[], bool], steps: Steps
) -> Iterator[Item]:
    """The items one after the other, each told before it is worked on; after a stop it says which are missing."""
    for at, item in enumerate(items):
        if stopped():
            steps.end([name(left) for left in items[at:]])
            return
        steps.begin(name(item))
        yield item


def step_text(number: int, total: str, left_s: float | None, best: str) -> str:
    """Where a study is: `step 7 of 23, about 9 minutes left, best so far 3.21 USD/EFLOP`."""
    left = f", about {duration(left_s)} left" if left_s is not None and left_s >= LEAST_TOLD_S else ""
    return f"step {number} of {total}{left}" + (f", best so far {best}" if best else "")


def best_of_records(records: Mapping[int, Record], money: Currency) -> str:
    """The best value of a study's cells in words, of those that ask what the last one asks; empty without any."""
    known = [record for record in records.values() if record.get("verified") and record.get("value") is not None]
    if not known:
        return ""
    goal = GOALS[known[-1]["objective"]]
    values = [goal.sign * record["value"] for record in known if record["objective"] == goal.id]
    return money.figure(goal.sign * min(values), goal.unit)


def best_of(result: Result) -> str:
    """The value of a design in words, in the currency of its instance."""
    if result.design is None or result.design.solve is None:
        return ""
    solved = result.design.solve
    return money_of(result.problem.instance).figure(solved.value, GOALS[solved.objective].unit)

"""How wide the search for a better first design may be: a part of the integers, or few of many."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.solve.outcome import Outcome, Request, SolverStatus
from optimizer.solve.start_heuristic import Relaxed, better_design


class Recorder:
    """Stands for the engine: says what stays at zero."""

    def __init__(self, integers: int) -> None:
        self.compiled = SimpleNamespace(is_integer=np.ones(integers, dtype=bool))
        self.idle: list[int] = []

    @contextmanager
    def integers_idle(self, idle: Any) -> Any:
        self.idle.append(int(idle.sum()))
        yield

    def solve(self, request: Request) -> Outcome:
        assert request.node_limit is not None
        return Outcome(status=SolverStatus.NO_SOLUTION)


@pytest.mark.parametrize(
    ("integers", "let_go", "searched"),
    [
        (300, 120, True),
        (300, 121, False),
        (400, 200, False),
        (531, 309, True),
        (1000, 400, True),
        (1000, 401, False),
        (1100, 440, True),
    ],
)
def test_a_part_of_the_integers_or_few_of_many(integers: int, let_go: int, searched: bool) -> None:
    engine: Any = Recorder(integers)
    x = np.where(np.arange(integers) < let_go, 1.0, 0.0)
    relaxed = Relaxed(x=x, column_duals=np.full(integers, 1.0), size=1.0)
    outcome = better_design(engine, relaxed, Request(cost=np.zeros(integers)))
    assert (outcome is not None) == searched
    assert engine.idle == ([integers - let_go] if searched else [])

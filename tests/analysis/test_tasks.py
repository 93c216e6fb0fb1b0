"""Pods in service, from the decisions alone: what was there, less what was retired, and what was delivered."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.analysis.tasks import installed_pods
from optimizer.inputs.design import Decisions, RetirementRow
from optimizer.model.derive import Problem, derive
from tests.tiny import ROOT, tiny

PHASES = ("a", "b", "c")


def _problem() -> Problem:
    """Two entries of one type: the first in its life through a only, the second through all three phases."""
    there = {"accelerator": "quick", "cooling": "warm_water", "pods": 4}
    years = {"years": 2.0, "target_pflops": 8.0, "demand_pflops": 8.0}
    return derive(
        tiny(
            {
                "phases": {p: {"start": date(2027 + 2 * at, 1, 1), **years} for at, p in enumerate(PHASES)},
                "accelerators.quick.life_years": 6.0,
                "sites.paper.existing_pods": [
                    {**there, "commissioned": date(2023, 1, 1)},
                    {**there, "commissioned": date(2027, 1, 1)},
                ],
            }
        ),
        ROOT / "instances",
    )


def _row(pods: int, phase: str) -> RetirementRow:
    """Pods retired; delivered ones are rows of the same fields."""
    return RetirementRow(site="paper", accelerator="quick", cooling="warm_water", pods=pods, phase=phase)


@pytest.mark.parametrize(
    ("retired", "delivered", "counts"),
    [
        ((), (), (8, 4, 4)),
        # The first entry is retired first; when its life has ended, its retirement takes nothing from others.
        ((_row(3, "a"),), (), (5, 4, 4)),
        ((_row(3, "a"),), (_row(2, "b"),), (5, 6, 6)),
        # Six in a: all of the first and two of the second.
        ((_row(6, "a"),), (), (2, 2, 2)),
        ((_row(1, "a"), _row(2, "c")), (), (7, 4, 2)),
        ((_row(2, "c"), _row(1, "a")), (), (7, 4, 2)),
    ],
)
def test_pods_in_service(
    retired: tuple[RetirementRow, ...], delivered: tuple[RetirementRow, ...], counts: tuple[int, ...]
) -> None:
    problem = _problem()
    decisions = Decisions(deliveries=delivered, retirements=retired)
    found = [sum(installed_pods(problem, decisions, p).values()) for p in PHASES]
    assert tuple(found) == counts

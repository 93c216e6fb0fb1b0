"""What is delivered of what is wanted where classes of work are at work for a part of the year, on paper."""

from __future__ import annotations

import pytest

from optimizer.setting.occupancy import delivered_pflops, is_idle_at_times, levels, mean_draw, occupancy
from tests.tiny import TWO_PHASES, tiny

SERVING = {
    "kind": "throughput",
    "workload_class": "inference",
    "precisions": ["bf16"],
    "job_accelerators": 1,
    "occupancy": 0.5,
}
TWO_CLASSES = {
    "workloads.training.occupancy": 0.9,
    "workloads.training.idle_fraction": 0.3,
    "workloads.answers": SERVING,
    "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
    "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.25},
    "phases.only.target_pflops": 10.0,
}


def test_all_the_year_where_nothing_less_is_stated() -> None:
    assert occupancy(tiny(), "training", "only") == 1.0
    assert not is_idle_at_times(tiny())
    assert mean_draw(tiny(), "training", "only") == 1.0


def test_idle_accelerators_draw_their_share() -> None:
    """Nine tenths at full power, one tenth at 0.3 of it."""
    instance = tiny(TWO_CLASSES)
    assert is_idle_at_times(instance)
    assert mean_draw(instance, "training", "only") == pytest.approx(0.9 + 0.1 * 0.3)


def test_a_phase_takes_the_last_occupancy_named_before_it() -> None:
    named_late = tiny({**TWO_PHASES, "workloads.training.occupancy_by_phase": {"b": 0.6}})
    assert [occupancy(named_late, "training", p) for p in ("a", "b")] == [0.6, 0.6]
    named_both = tiny({**TWO_PHASES, "workloads.training.occupancy_by_phase": {"a": 0.4, "b": 0.6}})
    assert [occupancy(named_both, "training", p) for p in ("a", "b")] == [0.4, 0.6]


def test_levels_fill_demand_from_the_most_occupied_down() -> None:
    """0.4 x min(demand, training) + 0.5 x min(demand, both)."""
    first, second = levels(tiny(TWO_CLASSES), "only")
    assert (first.weight, first.workloads) == (pytest.approx(0.4), ("training",))
    assert (second.weight, second.workloads) == (pytest.approx(0.5), ("training", "answers"))


@pytest.mark.parametrize(
    ("training", "answers", "delivered"),
    [(10.0, 0.0, 9.0), (0.0, 10.0, 5.0), (4.0, 10.0, 0.9 * 4 + 0.5 * 6), (20.0, 20.0, 9.0), (2.0, 3.0, 1.8 + 1.5)],
)
def test_no_more_is_delivered_than_is_wanted(training: float, answers: float, delivered: float) -> None:
    """10 PFLOPS are wanted: training fills them first, at nine tenths of the year, answers what is left at a half."""
    in_use = {"training": training, "answers": answers}
    assert delivered_pflops(tiny(TWO_CLASSES), "only", in_use) == pytest.approx(delivered)

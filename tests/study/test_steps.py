"""How far a study is, in words."""

from __future__ import annotations

import pytest

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.study import steps as told
from optimizer.study.steps import Steps, best_of_records, in_steps, step_text

HKD = Currency(code="HKD", per_usd=7.8)


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """A clock whose only reading may be moved."""
    now = [0.0]
    monkeypatch.setattr(told.time, "monotonic", lambda: now[0])
    return now


def test_the_time_left_is_that_of_the_steps_made(clock) -> None:
    """Three steps of 300 s each: after the first 600 s are left, after the second 300 s."""
    heard: list[str] = []
    steps = Steps(3, heard.append)
    for name in ("a", "b", "c"):
        steps.begin(name)
        clock[0] += 300
        steps.best = "2 USD/EFLOP"
    assert heard == [
        "step 1 of 3: a",
        "step 2 of 3, about 10 minutes left, best so far 2 USD/EFLOP: b",
        "step 3 of 3, about 5 minutes left, best so far 2 USD/EFLOP: c",
    ]


def test_a_count_that_is_only_a_limit_says_so() -> None:
    heard: list[str] = []
    Steps(5, heard.append, at_most=True).begin("x")
    assert heard == ["step 1 of at most 5: x"]


def test_a_stopped_study_says_what_is_missing(clock) -> None:
    heard: list[str] = []
    made = []
    for item in in_steps(range(8), lambda at: f"plan {at}", lambda: len(made) == 2, Steps(8, heard.append)):
        made.append(item)
    assert made == [0, 1]
    assert heard[-1] == "stopped after step 2 of 8; missing: plan 2, plan 3, plan 4, plan 5 and 2 more"
    assert len(heard) == 3


def test_a_study_that_ends_by_itself_misses_nothing() -> None:
    heard: list[str] = []
    assert list(in_steps("ab", str, lambda: False, Steps(2, heard.append))) == ["a", "b"]
    assert not any("missing" in line for line in heard)


@pytest.mark.parametrize(
    ("objective", "values", "said"),
    [("lcoc", (3.0, 2.0, 4.0), "15.60 HKD/EFLOP"), ("max_throughput", (3.0, 2.0, 4.0), "4.000 EFLOP")],
)
def test_the_best_so_far_is_the_least_cost_or_the_most_compute_in_the_readers_currency(objective, values, said) -> None:
    cells = {at: {"verified": True, "objective": objective, "value": value} for at, value in enumerate(values)}
    cells[9] = {"verified": False, "status": "failed"}
    assert best_of_records(cells, HKD) == said


def test_without_a_design_there_is_no_best() -> None:
    assert best_of_records({0: {"verified": False}}, DOLLARS) == ""
    assert step_text(1, "4", 59.0, "") == "step 1 of 4, about 59 seconds left"
    assert step_text(2, "4", 0.4, "") == "step 2 of 4", "less than two seconds are not worth telling"

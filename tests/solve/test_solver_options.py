"""What a request says in HiGHS's options; a tree that has a design begins without sub-MIPs, and anew if it is long."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest

from optimizer.solve import dinkelbach
from optimizer.solve.dinkelbach import RatioOptions, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.limits_of_choices import LEAST_INTEGERS
from optimizer.solve.outcome import Outcome, Request, SolverStatus
from optimizer.solve.solver_options import BRIEF_NODES, EASY_NODES, brief, options_of, rest_of

from .small import market_split
from .test_early_stop import split

START = np.zeros(3)
TREE = Request(cost=np.zeros(3), start=START, seed=3, relative_gap=0.25, likely_short=True)


class Recorder(Engine):
    """Keeps what is asked of the solver, and what comes back."""

    def _solved(self, request: Request) -> Outcome:
        outcome = super()._solved(request)
        self.runs.append((request, outcome))
        return outcome

    def __init__(self, binaries: int) -> None:
        self.runs: list[tuple[Request, Outcome]] = []
        super().__init__(market_split(3, binaries))


def test_every_option_is_one_of_highs_and_takes_its_value() -> None:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    options, plain = options_of(replace(TREE, sub_mips=False, node_limit=7)), options_of(TREE)
    for name, value in options.items():
        assert highs.setOptionValue(name, value) == highspy.HighsStatus.kOk, name
        assert highs.getOptionValue(name)[1] == value
    differ = {name for name in options if name.startswith("mip_heuristic") and options[name] != plain[name]}
    # Of what HiGHS runs by default, the heuristics that solve a model within the model.
    assert differ == {f"mip_heuristic_run_{name}" for name in ("rins", "rens", "root_reduced_cost")}
    assert not any(options[name] for name in differ)


@pytest.mark.parametrize(
    ("request_", "integers"),
    [
        (replace(TREE, start=None), 5),
        (replace(TREE, relaxed=True), 5),
        (replace(TREE, node_limit=100), 5),
        (TREE, 0),
        (replace(TREE, likely_short=False), 5),
        (TREE, LEAST_INTEGERS),
    ],
)
def test_what_has_no_design_or_is_no_tree_or_is_hard_is_solved_at_once(request_: Request, integers: int) -> None:
    assert brief(request_, integers) is None


def test_a_short_tree_ends_without_sub_mips() -> None:
    engine = Recorder(10)
    cost = engine.compiled.cost
    whole = engine.solve(Request(cost=cost))
    again = engine.solve(Request(cost=cost, start=whole.x, likely_short=True))
    assert [request.sub_mips for request, _ in engine.runs] == [True, False]
    assert again.status is whole.status is SolverStatus.OPTIMAL
    assert again.objective == pytest.approx(whole.objective, abs=1e-6)


def test_a_long_tree_is_begun_anew_and_both_count() -> None:
    engine = Recorder(17)
    cost = engine.compiled.cost
    best = engine.solve(Request(cost=cost))
    start = engine.solve(Request(cost=cost, relative_gap=1e3)).x
    assert start is not None
    del engine.runs[:]
    found = engine.solve(Request(cost=cost, start=start, time_limit_s=600.0, likely_short=True))
    (first, short), (rest, long) = engine.runs
    assert (first.sub_mips, first.node_limit) == (False, BRIEF_NODES)
    assert (rest.sub_mips, rest.node_limit) == (True, None)
    assert BRIEF_NODES <= short.nodes < 2 * BRIEF_NODES
    assert rest.start is short.x
    assert rest.time_limit_s == pytest.approx(600.0 - short.seconds)
    assert found.nodes == short.nodes + long.nodes
    assert found.status is SolverStatus.OPTIMAL
    assert found.objective == pytest.approx(best.objective, abs=1e-6)
    assert short.bound <= found.bound <= found.objective


CUT_SHORT = Outcome(status=SolverStatus.FEASIBLE, x=START + 1, objective=5.0, bound=3.0, seconds=4.0, nodes=BRIEF_NODES)


def test_a_brief_tree_that_answers_or_leaves_no_time_is_all() -> None:
    rest = rest_of(TREE, CUT_SHORT)
    assert rest is not None
    assert rest.start is CUT_SHORT.x
    assert rest_of(TREE, replace(CUT_SHORT, status=SolverStatus.OPTIMAL)) is None
    assert rest_of(TREE, replace(CUT_SHORT, nodes=BRIEF_NODES - 1)) is None
    assert rest_of(TREE, replace(CUT_SHORT, interrupted=True)) is None
    assert rest_of(replace(TREE, time_limit_s=4.0), CUT_SHORT) is None
    assert rest_of(replace(TREE, enough=lambda bound: bound >= 3.0), CUT_SHORT) is None
    nothing = rest_of(TREE, replace(CUT_SHORT, status=SolverStatus.NO_SOLUTION, x=None))
    assert nothing is not None
    assert nothing.start is START


@pytest.mark.parametrize(("nodes", "short"), [(0, True), (EASY_NODES, True), (EASY_NODES + 1, False)])
def test_the_last_restricted_search_tells_whether_the_tree_is_likely_to_be_short(
    nodes: int, short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A design of either search, the second of which took so many nodes."""
    c, cost, output = split()
    best = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=0.3)).x
    takes = {"first_design": 50, "better_design": nodes}
    for name, count in takes.items():
        found = Outcome(status=SolverStatus.FEASIBLE, x=best, nodes=count)
        monkeypatch.setattr(dinkelbach, name, lambda *_, found=found: found)
    asked: list[bool] = []

    class Asked(Engine):
        def solve(self, request: Request) -> Outcome:
            if not request.relaxed:
                asked.append(request.likely_short)
            return super().solve(request)

    outcome = minimise_ratio(Asked(c), cost, output, RatioOptions(gap=1e-3))
    assert outcome.status is SolverStatus.OPTIMAL
    assert asked
    assert set(asked) == {short}

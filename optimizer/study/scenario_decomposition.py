"""A tree of many scenarios, one model at a time: a bound by prices of what they share, a plan from a few of them.

Given       scenarios z with probability p[z]; N[z], D[z] and first stage s[z, k] of each model; a trial ratio r
            prices y[z, k] with  sum_z p[z] y[z, k] = 0  for every decision k of the first stage
Bound       sum_z p[z] (N[z] - r D[z]) >= sum_z p[z] min (N[z] - r D[z] + sum_k y[z, k] s[z, k])   for whatever is alike
            in all scenarios, since there the prices cancel. Each minimum is a search of one scenario's model.
Prices      the duals of "alike" in the linear relaxation of the whole tree at its own least ratio, which this bound is
            never below; later moved along what the scenarios' own first stages disagree on
Plan        the best first stage for a few scenarios that stand for the others (those at nearly the same prices), and
            what follows from it in each scenario alone; where there is no way on, that scenario joins the few
At first    sum_z p[z] N[z] / sum_z p[z] D[z] >= min_z min N[z] / D[z], since it is a mean of the scenarios' own ratios:
            that is proven of a plan before there are prices. A stop, a limit or a solver that dies later on leaves the
            best plan so far, with what is proven of it by then

Source: C. Caroe and R. Schultz, Dual decomposition in stochastic integer programming, Operations Research Letters 24
(1999). Which scenarios stand for others: scenario_reduction.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from optimizer.errors import InputOutputError, NoDesignError, SolverCrash
from optimizer.model.build import Built
from optimizer.solve.denominator_range import DenominatorRange, Vertex
from optimizer.solve.highs import Engine
from optimizer.solve.input_keys import errors_by_key
from optimizer.solve.outcome import LinearForm, Outcome, SolverStatus, Vector, relative_gap
from optimizer.solve.search import compile_built
from optimizer.study.cell import Record
from optimizer.study.extensive_form import Extensive
from optimizer.study.scenario_models import search_form, stage_in
from optimizer.study.scenario_reduction import Matrix, standing_for_all, stood_for
from optimizer.study.scenario_tree import Prices, Records, Tree, TreeStopped

FEW, MORE = 6, 4
"""Scenarios that stand for all at first, and how many join them in a later round."""
ROUNDS = 4
MOST_LOST = 6
"""Times that a scenario without a way on joins them, in a round."""
SHARE = 0.3
"""Part of the gap that a search of one scenario, or of the few, may leave open."""
SLOW = "a larger --time-limit helps"
STOPPED = "stopped before a plan for all scenarios was known"
_LP_STEPS, _SETTLED = 50, 1e-10


@dataclass(frozen=True, kw_only=True)
class TreePlan:
    """A plan for every scenario: values of its variables by name, expected levelised cost, and a bound of it."""

    values: Mapping[str, float]
    value: float
    bound: float
    seconds: float
    interrupted: bool = False
    """Somebody stopped the search before the gap was proven."""

    @property
    def gap(self) -> float:
        """Relative distance of value and bound."""
        return relative_gap(self.value, self.bound)


def plan_of(tree: Tree, form: Extensive, stage: Mapping[str, float], after: Records, lower: float) -> TreePlan:
    """The plan for the whole tree, to the gap of its room, from a first stage and what is known to follow from it.

    lower       a proven bound of every plan's ratio

    Raises NoDesignError if none is found that serves all.
    """
    with errors_by_key(next(iter(form.builts.values())).problem.instance):
        search = _Search(tree, form, lower)
        search.adopt(stage, after)
        return search.run()


class _Search:
    def __init__(self, tree: Tree, form: Extensive, lower: float) -> None:
        self.tree, self.form, self.tell = tree, form, tree.room.follower.say
        self.began = time.monotonic()
        self.room, self.gap = tree.room, tree.room.budget.gap
        self.best, self.lower = inf, lower
        self.values: Mapping[str, float] = {}
        self.tried: list[Mapping[str, float]] = []
        self.vertex: Vertex | None = None
        """Of the relaxation of the whole tree."""
        self.slow = False
        """A limit of time ended some search before it had an answer."""
        self.names = tuple(tree.instances)
        self.chance = np.array([self.room.probability[z] for z in self.names])
        self.features = np.zeros((len(self.names), 0))
        """What first-stage decisions are worth to each scenario, MUSD: those that agree may stand for each other."""

    def run(self) -> TreePlan:
        """Search until the gap is proven, a stop or a limit; what is known of a plan by then is kept."""
        try:
            self._search()
        except TreeStopped:
            pass
        except (SolverCrash, InputOutputError) as problem:
            if self.best == inf:
                raise
            self.tell(f"{problem.message}: the best plan so far is kept")
        stopped = self.room.stopping
        if self.best == inf:
            if stopped:
                raise NoDesignError(STOPPED, "it takes a first plan, followed into every scenario")
            raise NoDesignError(
                "no plan was found that serves all scenarios; that there is none is not proven",
                SLOW
                if self.slow
                else "lower the demand_factor of some scenario, reveal earlier, or ask with 12 scenarios at most",
            )
        found = TreePlan(
            values=self.values,
            value=self.best,
            bound=min(self.lower, self.best),
            seconds=time.monotonic() - self.began,
        )
        return replace(found, interrupted=stopped and found.gap > self.gap)

    def _search(self) -> None:
        if self.room.stopping:
            return
        self._load()
        relaxed = self._relaxed()
        few: tuple[int, ...] = ()
        if relaxed is None:
            # Without prices nothing more is proven; a plan is looked for all the same.
            if self.best == inf and not self.room.stopping:
                self._planned(standing_for_all(self.features, self.chance, FEW), few, self.lower)
            return
        trial, prices = relaxed
        for count in range(ROUNDS):
            self.tell(f"a bound by prices, round {count + 1}")
            records = self._bounded(trial, prices)
            if relative_gap(self.best, self.lower) <= self.gap:
                break
            few = self._planned(standing_for_all(self.features, self.chance, FEW + MORE * count), few, trial)
            if self._narrowed(trial, records) or not all("stage" in record for record in records.values()):
                break
            trial = trial if self.best == inf else self.best
            prices = self._moved(trial, prices, records)

    def _load(self) -> None:
        """The whole tree as arrays: after the first plan is known, since it cannot be stopped."""
        first = next(iter(self.form.builts.values()))
        self.compiled, _ = compile_built(Built(first.problem, self.form.model, first.ledger, self.form.forms))
        self.engine = self._engine()
        self.range = DenominatorRange(self.compiled.forms["eflop"])

    def _engine(self) -> Engine:
        return Engine(self.compiled, self.room.hooks)

    def _relaxed(self) -> tuple[float, Prices] | None:
        """Least ratio of the relaxation of the whole tree, and the duals of what is alike there; None: not in time."""
        cost, eflop = self.compiled.forms["cost"], self.compiled.forms["eflop"]
        limit_s = self.room.budget.time_limit_s
        # Begun near its end it takes a few steps; after other questions it takes six times as long (measured).
        ratio = self.best if self.best < inf else 0.0
        for _ in range(_LP_STEPS):
            form = LinearForm(cost.coefficients - ratio * eflop.coefficients, cost.constant - ratio * eflop.constant)
            relaxed = self.engine.lp_relaxation(form, limit_s)
            duals = relaxed.row_duals
            if relaxed.status is SolverStatus.INFEASIBLE:
                hint = "lower a demand_factor, or reveal earlier"
                raise NoDesignError("no plan serves all scenarios: not even their relaxation", hint)
            # One that was not solved to its end has a value, and it is no bound.
            if relaxed.status is not SolverStatus.OPTIMAL or relaxed.x is None or duals is None:
                self._out_of_time(relaxed)
                return None
            before, ratio = ratio, cost.at(relaxed.x) / eflop.at(relaxed.x)
            if abs(ratio - before) <= _SETTLED * abs(ratio):
                break
        ended = self.range.find(self._engine(), limit_s)
        if ended is not None:
            self._out_of_time(ended)
            return None
        self.lower = max(self.lower, self.range.ratio_bound(before, relaxed.objective))
        assert duals is not None
        assert relaxed.x is not None
        self.vertex = Vertex(relaxed.x, self.engine.basis)
        return before, self._prices(duals)

    def _out_of_time(self, ended: Outcome) -> None:
        """Say why there are no prices; after a stop whoever stopped knows."""
        self.slow = True
        if not self.room.stopping:
            self.tell(f"no prices: the relaxation of all scenarios ended {ended.status.value}")

    def _prices(self, duals: Vector) -> Prices:
        row = {name: i for i, name in enumerate(self.compiled.row_names)}
        first, *_ = self.form.shared
        keys = [*self.form.shared[first], *self.form.committed]
        prices = {z: dict.fromkeys(keys, 0.0) for z in self.form.shared}
        chance = self.room.probability
        for (z, key), same in self.form.model.stages.same.items():
            dual = float(duals[row[same.name]])
            prices[z][key] -= dual / chance[z]
            prices[first][key] += dual / chance[first]
        return prices

    def _bounded(self, trial: float, prices: Prices) -> dict[str, Record]:
        """Every scenario at the prices; the bound rises to what that proves."""
        records = self.tree.answers(self.tree.tasks(trial=trial, prices=prices))
        infeasible = [z for z, record in records.items() if record["status"] == "infeasible"]
        if infeasible:
            raise NoDesignError(f"scenario {infeasible[0]} has no design", "optimizer explain says why")
        self.lower = max(self.lower, self.range.ratio_bound(trial, self.tree.mean(records, "bound")))
        if all("stage" in record for record in records.values()):
            size = self.chance @ np.abs(self._stages(records, prices))
            self.features = np.array([list(prices[z].values()) for z in self.names]) * size
        return records

    def _narrowed(self, trial: float, records: Records) -> bool:
        """Whether the gap is reached, if need be by what designs as good as the best can have of compute.

        Asked last: at 100 scenarios these two relaxations of the whole tree took as long as all else together.
        """
        if relative_gap(self.best, self.lower) > self.gap and self.best < inf:
            limit_s = self.room.budget.time_limit_s
            self.range.narrow(self._engine(), self.compiled.forms["cost"], self.best, limit_s, self.vertex)
            self.lower = max(self.lower, self.range.ratio_bound(trial, self.tree.mean(records, "bound")))
        return relative_gap(self.best, self.lower) <= self.gap

    def _planned(self, chosen: tuple[int, ...], before: tuple[int, ...], trial: float) -> tuple[int, ...]:
        """Plan for the few and see what that comes to in all; scenarios without a way on join them."""
        few = tuple(dict.fromkeys((*chosen, *before)))
        for _ in range(MOST_LOST):
            self.tell(f"a plan for {len(few)} scenarios that stand for all")
            stage = self._stage_for(few)
            lost = () if stage is None else self._try(stage, trial)
            joining = [n for n, z in enumerate(self.names) if z in lost and n not in few]
            if not joining:
                break
            few = (*few, max(joining, key=lambda n: float(self.chance[n])))
        return few

    def _stage_for(self, few: tuple[int, ...]) -> dict[str, float] | None:
        """The best first stage if only these scenarios could come, each as likely as all it stands for."""
        together = tuple(self.names[n] for n in few)
        chance = dict(zip(together, map(float, stood_for(self.features, self.chance, few)), strict=True))
        form = replace(self.room, probability=chance).form(together, "shared")
        budget = replace(self.room.budget, gap=SHARE * self.gap)
        outcome, compiled = search_form(form, budget, "lcoc", hooks=self.room.hooks)
        if len(few) == len(self.names):
            self.lower = max(self.lower, outcome.bound)
        return None if outcome.x is None else stage_in(form, together[0], compiled.values_by_name(outcome.x))

    def _moved(self, trial: float, prices: Prices, records: Mapping[str, Record]) -> Prices:
        """Prices a step further: dearer where a scenario takes more than the mean (Polyak's step, by its own range)."""
        stages = self._stages(records, prices)
        apart = stages - self.chance @ stages
        size = np.maximum(np.abs(apart).max(axis=0), 1e-9)
        slope = float(self.chance @ ((apart / size) ** 2).sum(axis=1))
        missing = max(0.0, -self.tree.mean(records, "bound"))
        step = missing / slope if slope > 0 else 0.0
        return {
            z: {key: prices[z][key] + step * float(apart[n, k] / size[k] ** 2) for k, key in enumerate(prices[z])}
            for n, z in enumerate(self.names)
        }

    def _stages(self, records: Records, prices: Prices) -> Matrix:
        """First stages of the scenarios' own answers, one row for each."""
        return np.array([[records[z]["stage"][key] for key in prices[z]] for z in self.names])

    def _try(self, stage: Mapping[str, float], trial: float) -> tuple[str, ...]:
        """What a first stage comes to in all scenarios; those without a way on."""
        if stage in self.tried:
            return ()
        self.tell("what follows from it in every scenario")
        return self.adopt(stage, self.tree.after(stage, trial))

    def adopt(self, stage: Mapping[str, float], records: Records) -> tuple[str, ...]:
        """Keep what follows from a first stage if it is the best; else the scenarios without a way on."""
        self.tried.append(stage)
        lost = tuple(z for z, record in records.items() if "values" not in record)
        self.slow = self.slow or any(records[z]["status"] != "infeasible" for z in lost)
        if not lost:
            value = self.tree.mean(records, "cost_musd") / self.tree.mean(records, "eflop")
            if value < self.best:
                self.room.follower.keeps()
                self.best = value
                self.values = {name: x for record in records.values() for name, x in record["values"].items()}
        return lost

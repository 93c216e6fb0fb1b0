"""Simple plans on paper, and against instances that say the same in the planner's own words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from optimizer.errors import SolverCrash, UnsoundError
from optimizer.inputs.design import Status
from optimizer.model.build import Built
from optimizer.model.derive import derive
from optimizer.pipeline import Options, check, run, run_again
from optimizer.preparation import Preparation, SharedPreparation
from optimizer.report.baselines import plan_obstacles
from optimizer.report.baselines import plans as told
from optimizer.solve.outcome import Hooks
from optimizer.study import baselines
from optimizer.study.baselines import Baseline, baseline, restricted
from optimizer.study.plan_rules import Rule, rules
from optimizer.study.search_settings import SearchSettings
from tests.hand.on_paper import target
from tests.hand.test_hand_halls import SIDE_BY_SIDE
from tests.hand.test_hand_refresh import NEWER_AND_THRIFTY, REPLACED_USD
from tests.study.quick import quick_baselines
from tests.study.test_alternatives import three_chips, value
from tests.tiny import EVERYTHING, tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)
SEARCH = SearchSettings(options=OPTIONS)
YEAR_EFLOP = 31_536


def plans(instance: Any) -> dict[str, Baseline]:
    preparation = SharedPreparation(derive(instance, HERE))
    return {rule.id: baseline(preparation, rule, SEARCH) for rule in rules(preparation.problem)}


def test_greedy_plans_on_paper() -> None:
    """38 PFLOPS. Quick costs 50,000 USD per PFLOPS, frugal 55,000: 10 quick pods, of which 9.5 work, 2,087,381 USD.
    Frugal draws 2 kW per PFLOPS, quick 2.5: 19 frugal pods, 19 * 113,679.2 USD. The best mix costs 1,996,461.2 USD."""
    found = plans(tiny())
    assert set(found) == {"greedy_cost", "greedy_energy"}
    assert found["greedy_cost"].accelerators == ("quick",)
    assert found["greedy_energy"].accelerators == ("frugal",)
    results = {name: plan.result for name, plan in found.items()}
    assert results["greedy_cost"] is not None
    assert results["greedy_energy"] is not None
    assert value(results["greedy_cost"]) * 38 * YEAR_EFLOP == pytest.approx(2_087_381.0, rel=1e-9)
    assert value(results["greedy_energy"]) * 38 * YEAR_EFLOP == pytest.approx(19 * 113_679.2, rel=1e-9)


def test_a_greedy_plan_takes_more_where_fractions_of_pods_would_do() -> None:
    """A quota of 76 quick chips is 9.5 pods, which would just meet 38 PFLOPS; 9 whole pods do not."""
    quota = {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 76}}
    found = plans(tiny({"procurement.quotas": quota}))["greedy_cost"]
    assert (found.status, found.accelerators) == (Status.OPTIMAL, ("quick", "frugal"))
    alone = plans(tiny({"procurement.quotas": quota, "procurement.include": ["quick"]}))
    assert not alone, "one accelerator has no order"


def test_a_greedy_plan_without_a_design_is_proven_to_have_none() -> None:
    quotas = {name: {"match": {"accelerator": name}, "max_accelerators": 8} for name in ("quick", "frugal")}
    found = plans(tiny({"procurement.quotas": quotas}))["greedy_cost"]
    assert (found.status, found.result) == (Status.INFEASIBLE, None)


def test_a_greedy_plan_takes_more_where_the_first_does_not_suffice() -> None:
    quota = {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 64}}
    found = plans(tiny({"procurement.quotas": quota}))
    assert found["greedy_cost"].accelerators == ("quick", "frugal")
    assert found["greedy_energy"].accelerators == ("frugal",)


def test_single_vendors_and_their_saving() -> None:
    """Only the vendors' own instances, written with include lists, give the same cost."""
    found = plans(three_chips())
    for vendor, include in (("Example", ["quick", "frugal"]), ("Another", ["third"])):
        alone = run(three_chips({"procurement.include": include}), HERE, OPTIONS)
        plan = found[f"vendor:{vendor}"].result
        assert plan is not None
        assert value(plan) == pytest.approx(value(alone), rel=1e-9)


def test_no_plan_beats_the_best_and_every_plan_holds() -> None:
    instance = three_chips()
    best = run(instance, HERE, OPTIONS)
    for plan in plans(instance).values():
        assert plan.result is not None
        assert plan.result.design is not None
        assert value(plan.result) >= value(best) * (1 - 1e-9)
        assert check(instance, plan.result.design, HERE).passed


def test_a_plan_that_cannot_be_says_why() -> None:
    from optimizer.analysis.static_bounds import obstacles

    instance = three_chips({"sites.paper.grid_mw": 0.0215})
    problem = derive(instance, HERE)
    found = plans(instance)
    assert found["vendor:Another"].result is None
    assert found["vendor:Another"].status.value == "infeasible"
    rule = found["vendor:Another"].rule
    assert "grid" in {obstacle.group for obstacle in obstacles(restricted(problem, rule))}
    assert "grid" not in {obstacle.group for obstacle in obstacles(problem)}


def test_what_a_plan_leaves_out_is_no_fault_of_the_instance() -> None:
    instance = three_chips()
    best, found = run(instance, HERE, OPTIONS), plans(instance)["vendor:Another"]
    nothing = replace(found, rule=replace(found.rule, allowed=()))
    (reason,) = plan_obstacles(best, nothing)
    assert "left out by this plan: 3 (" in reason


def test_the_base_is_kept() -> None:
    """Idle old pods that cost maintenance would be sold; the plan keeps them."""
    instance = tiny({**EVERYTHING, "limits": {}, "procurement.shares": {}})
    found = plans(instance)
    assert "base_kept" in found
    kept = found["base_kept"].result
    assert kept is not None
    assert kept.design is not None
    assert not kept.design.decisions.retirements


def test_what_refresh_is_worth() -> None:
    """On paper in test_hand_refresh.py: 152,000 USD of the old pods' sale for 72 PFLOPS-years."""
    assert "no_refresh" not in plans(tiny(NEWER_AND_THRIFTY))
    instance = tiny({**NEWER_AND_THRIFTY, "procurement.refresh": True})
    plan = plans(instance)["no_refresh"].result
    assert plan is not None
    assert value(plan) * 72 * YEAR_EFLOP == pytest.approx(REPLACED_USD, rel=1e-9)
    best = run(instance, HERE, OPTIONS)
    assert value(best) * 72 * YEAR_EFLOP == pytest.approx(REPLACED_USD - 152_000, rel=1e-9)


def test_what_a_choice_of_halls_is_worth() -> None:
    """At 7.6 PFLOPS a pod in each hall does it; without the plain one two in the firm hall, or nobody."""
    instance = tiny({**SIDE_BY_SIDE, **target(7.6), "procurement.include": ["quick"]})
    found = plans(instance)
    assert found["hall:plain"].status is Status.INFEASIBLE
    best, dearer = run(instance, HERE, OPTIONS), found["hall:firm"].result
    (reason,) = plan_obstacles(best, found["hall:plain"])
    assert "Plain has an availability of 0.9, 0.95 is asked for: 1 (quick)" in reason
    assert dearer is not None
    assert value(dearer) > value(best) * 1.01
    assert dearer.design is not None
    assert {row.hall for row in dearer.design.decisions.deliveries} == {"firm"}


def test_licences_are_avoided() -> None:
    """Under the rules of January 2026 the flagship's catalogue chips need licences; the plan orders none of them."""
    from optimizer.reading.read import read_instance
    from tests.tiny import ROOT

    reading = read_instance(ROOT / "instances" / "hong_kong_cyberport.toml")
    problem = derive(reading.instance, reading.folder)
    by_id = {rule.id: rule for rule in rules(problem)}
    licensed = {(s, a) for (s, a, _), ruling in problem.rulings.items() if ruling.status.value == "licence"}
    offered = {key for key, pod in problem.compute.types.items() if pod.deliverable}
    assert {key for key in offered if key[:2] in licensed} == offered - set(by_id["no_licences"].allowed)
    assert {key[2].partition("+")[0] for key in by_id["air_only"].allowed} == {"air"}


def test_hurried_plans_are_the_same_plans_as_far_as_time_goes() -> None:
    base = run(tiny(), HERE, OPTIONS)
    in_full = plans(tiny())
    found = quick_baselines(base, SEARCH, 60.0, 1e-9)
    assert [plan.rule.id for plan in found] == ["greedy_cost", "greedy_energy"]
    for plan in found:
        reference = in_full[plan.rule.id].result
        assert plan.result is not None
        assert reference is not None
        assert value(plan.result) == pytest.approx(value(reference), rel=1e-9)
    late = quick_baselines(base, SEARCH, 0.0, 1e-9)
    assert [(plan.rule.id, plan.reached) for plan in late] == [("greedy_cost", False), ("greedy_energy", False)]


def test_a_plan_whose_search_dies_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of dispatch may be killed in the middle, when the time of all is over: that plan is undecided."""
    base, real = run(tiny(), HERE, OPTIONS), baselines.baseline

    def dying(preparation: Preparation, rule: Rule, search: SearchSettings, sha256: str = "") -> Baseline:
        if rule.id == "greedy_cost":
            raise SolverCrash("the solver process died of SIGKILL after the grace")
        return real(preparation, rule, search, sha256)

    monkeypatch.setattr("optimizer.study.baseline_tasks.baseline", dying)
    dead, alive = quick_baselines(base, SEARCH, 60.0, 1e-9)
    assert (dead.result, dead.status, alive.status) == (None, Status.NO_SOLUTION, Status.OPTIMAL)
    row = next(row for row in told(base, (dead, alive)).rows if row.id == "greedy_cost")
    assert row.reason.startswith("undecided: the solver process died of SIGKILL after the grace; optimizer baselines")


def test_hurried_plans_obey_a_stop() -> None:
    base = run(tiny(), HERE, OPTIONS)
    stopped = Event()
    stopped.set()
    hurried = quick_baselines(base, replace(SEARCH, hooks=Hooks(stop=stopped)), 60.0, 0.01)
    assert not any(plan.reached or plan.result for plan in hurried)


def test_what_avoiding_general_prohibition_10_costs_on_paper() -> None:
    """Quick chips are of Chinese design and meet 3A090: without them 19 frugal pods, as the policy itself gives."""
    chinese = {"accelerators.quick.origin": "CN", "accelerators.quick.entity_listed": False}
    instance = tiny(chinese)
    plan = plans(instance)["no_gp10"]
    policy = run(tiny(chinese | {"export.prc_3a090": "avoid"}), HERE, OPTIONS)
    assert plan.result is not None
    assert value(plan.result) * 38 * YEAR_EFLOP == pytest.approx(19 * 113_679.2, rel=1e-9)
    assert value(plan.result) == pytest.approx(value(policy), rel=1e-9)
    assert "no_gp10" not in {rule.id for rule in rules(policy.problem)}, "nothing is left to avoid"


def test_an_unknown_density_is_avoided_too() -> None:
    slow = {"accelerators.quick.origin": "CN", "accelerators.quick.bf16_tflops": 200.0}
    unknown = derive(tiny({**slow, "accelerators.quick.die_mm2": None}), HERE)
    (rule,) = [rule for rule in rules(unknown) if rule.id == "no_gp10"]
    assert {key[1] for key in rule.allowed} == {"frugal"}
    sparse = derive(tiny({**slow, "accelerators.quick.die_mm2": 4000.0}), HERE)
    assert "no_gp10" not in {rule.id for rule in rules(sparse)}


def test_what_a_lawyer_asks_comes_first_where_the_design_buys_such_chips() -> None:
    """Time may run out before the last plan, so General Prohibition 10 is the first; no flag, no hurry."""
    law = {"accelerators.quick.origin": "CN", "export.regime": "may_2026"}
    base = run(tiny(law), HERE, OPTIONS)
    assert quick_baselines(base, SEARCH, 60.0, 1e-9)[0].rule.id == "no_gp10"
    open_market = run(tiny(law | {"export.regime": "open_market"}), HERE, OPTIONS)
    assert quick_baselines(open_market, SEARCH, 60.0, 1e-9)[0].rule.id != "no_gp10"


def test_a_model_that_is_kept_answers_as_one_made_anew_in_any_order() -> None:
    problem = derive(three_chips(), HERE)
    kept, found = SharedPreparation(problem), {}
    for rule in (*rules(problem), *reversed(rules(problem))):
        anew, again = baseline(Preparation(problem), rule, SEARCH), baseline(kept, rule, SEARCH)
        assert again.accelerators == anew.accelerators
        assert anew.result is not None
        assert again.result is not None
        assert again.result.size == anew.result.size, "not the same matrix, bounds and forms"
        assert value(again.result) == value(anew.result)
        found[rule.id] = again.result.size.fingerprint
    free = run_again(kept, OPTIONS)
    assert free.size == run(problem.instance, HERE, OPTIONS).size, "a plan's bounds were left behind"
    assert len(set(found.values()) | {free.size.fingerprint}) > 2


def test_a_model_that_is_kept_takes_no_further_rows() -> None:
    def one_more(built: Built) -> None:
        from pyomo.environ import Constraint

        built.model.one_more = Constraint(expr=next(iter(built.model.compute.deliver.values())) <= 1)

    kept = SharedPreparation(derive(tiny(), HERE))
    with pytest.raises(UnsoundError, match="changed the rows"):
        run_again(kept, replace(OPTIONS, restrict=one_more))


def test_a_ranked_plan_stops_when_it_is_told_to() -> None:
    """Nothing is built or solved for it then."""
    stop = Event()
    stop.set()
    problem = derive(tiny(), HERE)
    ranked = next(rule for rule in rules(problem) if rule.order)
    found = baseline(Preparation(problem), ranked, replace(SEARCH, hooks=Hooks(stop=stop)))
    assert found.result is None
    assert found.status.value == "no_solution"
    assert found.accelerators == ()


def test_the_model_of_the_search_serves_its_plans() -> None:
    instance = three_chips()
    best = run(instance, HERE, replace(OPTIONS, keep_model=True))
    assert best.preparation is not None
    assert run(instance, HERE, OPTIONS).preparation is None, "a model is large: only who asks for it gets it"
    anew = quick_baselines(replace(best, preparation=None), SEARCH, 60.0, 1e-9)
    plans_of_it = quick_baselines(best, SEARCH, 60.0, 1e-9)
    assert not vars(best.preparation)["_models"], "what follows needs the memory"
    for mine, other in zip(plans_of_it, anew, strict=True):
        assert mine.rule == other.rule
        assert mine.result is not None
        assert other.result is not None
        assert value(mine.result) == value(other.result)

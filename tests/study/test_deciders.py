"""Which estimate decides, on the instance that can be checked on paper (instances/minimal.toml)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from optimizer.errors import SolverCrash
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, Result, run
from optimizer.reading.layers import Origin
from optimizer.reading.read import values_of
from optimizer.report.deciders import decider, decider_blocks, decider_rows, note, turn_text
from optimizer.report.document import Paragraph
from optimizer.report.names import reader_names
from optimizer.report.studies import Studies, as_json, files, load
from optimizer.study.axes import parse_axis
from optimizer.study.candidates import SPREADS, clear_together, rank, worth_solving
from optimizer.study.deciders import MOST_TOGETHER, Deciders, Effort, deciders
from optimizer.study.fleet_estimates import estimated_paths
from optimizer.study.input_values import TARIFF, value_at, with_value
from optimizer.study.search_settings import SearchSettings
from optimizer.study.trials import Candidate, bought
from tests.tiny import tiny

QUICK = "accelerators.quick.utilisation.training"
PRICE = "accelerators.quick.price_usd"
COST_USD = 1_996_461.2
"""Of the optimum, 9 quick pods and 1 frugal."""
OPTIONS = Options(isolated=False)
EFFORT = Effort(within_s=60.0, gap=1e-3)
NO_TIME = replace(EFFORT, within_s=0.0)


def _origin(grade: str) -> Origin:
    return Origin(kind="catalogue", source="S1", grade=grade)


def _origins(grades: Mapping[str, str]) -> dict[str, Origin]:
    """Everything is well known but for some values; what is no value is known as well."""
    known = {".".join(map(str, path)): _origin("A") for path, _ in values_of(tiny())}
    return known | {path: _origin(grade) for path, grade in grades.items()}


@pytest.fixture(scope="module")
def base() -> Result:
    return run(tiny(), Path(), OPTIONS)


@pytest.fixture(scope="module")
def found(base: Result) -> Deciders:
    origins = _origins({QUICK: "C", PRICE: "B"})
    made = deciders(base, origins, _search(), EFFORT)
    assert made is not None
    return made


def _search() -> SearchSettings:
    return SearchSettings(options=OPTIONS)


def test_the_swing_of_a_price_is_that_of_the_bill(found: Deciders) -> None:
    """9 pods of 8 accelerators at 20,000 USD: 15 % of that (grade B) over the cost of the design."""
    swing = next(one for one in found.swings if one.path == PRICE)
    assert swing.at_high == pytest.approx(9 * 8 * 20_000 * 0.15 / COST_USD, rel=1e-9)
    assert swing.at_low == pytest.approx(-swing.at_high, rel=1e-9)


def test_the_swing_of_a_utilisation_is_that_of_what_is_delivered(found: Deciders) -> None:
    """At 0.35, 9 quick pods and 1 frugal deliver 9 x 8 x 0.35 + 2 = 27.2 PFLOPS; above 38 nobody asks for more."""
    swing = next(one for one in found.swings if one.path == QUICK)
    assert (swing.low, swing.high) == pytest.approx((0.35, 0.65))
    assert swing.at_low == pytest.approx(38 / 27.2 - 1, rel=1e-9)
    assert swing.at_high == pytest.approx(0.0, abs=1e-12)


def test_the_widest_stands_first_and_every_grade_has_a_range(found: Deciders) -> None:
    assert [one.width for one in found.swings] == sorted((one.width for one in found.swings), reverse=True)
    assert found.swings[0].path == QUICK
    assert {one.grade for one in found.swings} <= set(SPREADS)


def test_the_plan_turns_where_another_solve_says_it_does(found: Deciders, base: Result) -> None:
    """Per PFLOPS quick costs 209,198 USD / 8 u, frugal 56,839.6 USD: on paper it turns at u = 0.460."""
    (turn, *_) = found.decisive
    assert (turn.path, turn.value) == (QUICK, 0.5)
    assert turn.at < turn.stands_at
    assert turn.at <= 0.47
    assert turn.stands_at >= 0.45
    assert turn.stands_at - turn.at == pytest.approx((0.5 - 0.35) / 8)
    today = bought(base, "quick")
    below = bought(run(with_value(tiny(), QUICK, turn.at), Path(), OPTIONS), "quick")
    above = bought(run(with_value(tiny(), QUICK, turn.stands_at), Path(), OPTIONS), "quick")
    assert below < 0.75 * today <= above
    assert turn.bought_then == below


def test_a_plan_without_a_rival_stands() -> None:
    alone = run(tiny({"procurement": {"include": ["quick"]}}), Path(), OPTIONS)
    made = deciders(alone, _origins({QUICK: "C", PRICE: "A"}), _search(), EFFORT)
    assert made is not None
    assert made.decisive == ()
    assert [turn.turns for turn in made.turns] == [False]
    assert made.turns[0].lcoc_change > 0.3
    assert "the plan stands" in turn_text(alone.problem.instance, made.turns[0])


def test_what_is_nearly_bought_decides_too() -> None:
    """A PFLOPS of quick costs 52,299.5 USD, one of frugal (8 p + 30,000 + 3,679.2) / 2: level at p = 8,865 USD."""
    alone = run(tiny({"phases.only.target_pflops": 20.0}), Path(), OPTIONS)
    assert bought(alone, "frugal") == 0
    price = "accelerators.frugal.price_usd"
    made = deciders(alone, _origins({price: "C", QUICK: "A", PRICE: "A"}), _search(), EFFORT)
    assert made is not None
    turn = next(one for one in made.decisive if one.path == price)
    assert turn.at < 8_865 < turn.stands_at
    assert turn.stands_at - turn.at == pytest.approx(0.3 * 10_000 / 8)
    assert turn.bought_then >= turn.of_then / 4
    assert made.left_out == 0
    sentence = decider(alone.problem.instance, made)
    assert "the plan changes if the price of Frugal falls below" in sentence


def test_a_lone_pod_is_no_other_plan() -> None:
    """At 30,000 USD less 30 % one pod of frugal fills the last 2 of 38 PFLOPS: 8 of 80 accelerators."""
    alone = run(tiny({"accelerators.frugal.price_usd": 30_000}), Path(), OPTIONS)
    assert bought(alone, "frugal") == 0
    price = "accelerators.frugal.price_usd"
    made = deciders(alone, _origins({price: "C", QUICK: "A", PRICE: "A"}), _search(), EFFORT)
    assert made is not None
    (turn,) = [one for one in made.turns if one.path == price]
    assert (turn.bought_then, turn.of_then, turn.turns) == (8, 80, False)


FRUGAL, FRUGAL_USE = "accelerators.frugal.price_usd", "accelerators.frugal.utilisation.training"


def _with_estimates(
    frugal_usd: float, *estimates: str, also: Mapping[str, float] = MappingProxyType({})
) -> tuple[Result, Deciders]:
    """20 PFLOPS are 5 pods of quick; with these estimates, and everything else well known."""
    base = run(tiny({"phases.only.target_pflops": 20.0, FRUGAL: frugal_usd, **also}), Path(), OPTIONS)
    origins = _origins(dict.fromkeys(estimates, "C"))
    made = deciders(base, origins, _search(), EFFORT)
    assert made is not None
    return base, made


def test_two_estimates_turn_the_plan_together_and_neither_alone(tmp_path: Path) -> None:
    """A PFLOPS of frugal costs (8 p + 33,679) / 2 at u = 0.25: 68,840 USD at p = 13,000, 53,240 at 9,100, and
    52,953 at u = 0.325; one of quick 52,300, and 64,300 at 26,000 USD each. Quick loses only if it is dearer too."""
    base, made = _with_estimates(13_000.0, PRICE, FRUGAL_USE, FRUGAL)
    assert (len(made.turns), made.decisive, made.left_out) == (3, (), 0)
    joint = made.together
    assert joint is not None
    assert (joint.turns, joint.smallest, len(joint.candidates)) == (True, True, 2)
    assert PRICE in {one.path for one in joint.candidates}
    assert (joint.fleet, set(joint.fleet_then)) == ({"quick": 40}, {"frugal"})
    instance = base.problem.instance
    for one in joint.candidates:
        instance = with_value(instance, one.path, one.end)
    assert bought(run(instance, Path(), OPTIONS), "quick") == 0
    sentence = decider(base.problem.instance, made)
    assert sentence.startswith("the plan changes if together ")
    assert "the price of Quick is 26,000 (now 20,000)" in sentence
    for name, text in files(Studies(deciders=made), "abc").items():
        (tmp_path / name).write_text(text)
    assert load(tmp_path, "abc") == (Studies(deciders=made), ())


def test_what_stands_with_everything_against_it_is_said_once() -> None:
    """At 14,000 USD a PFLOPS of frugal costs 72,840 USD; of quick at its dearest 64,300."""
    base, made = _with_estimates(20_000.0, PRICE, FRUGAL)
    assert made.together is not None
    assert (made.together.turns, made.decisive) == (False, ())
    assert "it stands with 2 of them at their unfavourable ends at once" in decider(base.problem.instance, made)
    made = deciders(base, _origins({PRICE: "C"}), _search(), NO_TIME)
    assert made is not None
    assert made.together is None


def test_what_the_time_does_not_reach_is_counted(base: Result) -> None:
    made = deciders(base, _origins({QUICK: "C"}), _search(), NO_TIME)
    assert made is not None
    assert made.left_out > 0
    assert "not solved again in 0 s" in decider(tiny(), made)


def test_what_the_time_does_not_reach_is_named_with_the_command_that_tries_it(base: Result) -> None:
    resale = "accelerators.quick.resale"
    made = deciders(base, _origins({QUICK: "C", PRICE: "C"}), _search(), NO_TIME)
    assert made is not None
    tariff = Candidate(path=TARIFF, grade="C", value=1.0, end=0.7)
    worth = Candidate(path=resale, grade="C", value=1.0, end=0.3)
    made = replace(made, unreached=(*made.unreached, tariff, replace(tariff, end=1.3), worth))
    assert made.left_out == len({QUICK, TARIFF, resale})
    told = [block.text for block in decider_blocks(tiny(), made, "a b.toml") if isinstance(block, Paragraph)]
    assert told[-2].startswith("Not solved again in 0 s: ")
    assert "the training utilisation of Quick" in told[-2]
    assert reader_names([tiny()])(told[-1]) == told[-1]
    words = shlex.split(told[-1].removeprefix("To try them: "))
    axes = {axis.path: axis.values for axis in map(parse_axis, words[words.index("--vary") + 1 :: 2])}
    assert axes[QUICK] == (0.5, 0.35)
    assert axes["phases.*.tariff_factor"] == (0.7, 1.3)
    assert len(axes) == made.left_out == words.count("--vary")
    assert axes[resale][-1][0] == {"years": 0.0, "fraction": 0.3}
    assert note(tiny(), made, "a.toml").endswith(told[-1].partition("a b.toml")[2])
    assert set(words[words.index("--vary") :: 2]) == {"--vary"}


REST, UPKEEP = "accelerators.frugal.server_rest_usd", "accelerators.frugal.maintenance_fraction"


def test_what_speaks_for_a_rival_at_once_and_leaves_the_plan_clears_each() -> None:
    """A PFLOPS of frugal costs (8 p (1 + 0.02) + 33,679) / 2: 58,050 USD at p = 10,100, and 53,310 with a server of
    21,000 USD and upkeep of 0.014; one of quick 52,300."""
    base, made = _with_estimates(10_100.0, REST, UPKEEP, also={UPKEEP: 0.02})
    origins = _origins(dict.fromkeys((REST, UPKEEP), "C"))
    together = clear_together(base, worth_solving(base, made.swings, origins, 1e-3))
    assert {one.path for one in together} == {REST, UPKEEP}
    assert (made.turns, made.unreached) == ((), ())
    for one in together:
        alone = run(with_value(base.problem.instance, one.path, one.end), Path(), OPTIONS)
        assert bought(alone, "frugal") == 0


def test_what_turns_the_plan_at_once_is_solved_alone() -> None:
    """At p = 9,700 it is 56,416 USD; 51,916 with the cheaper server and 56,183 with less upkeep."""
    _, made = _with_estimates(9_700.0, REST, UPKEEP, also={UPKEEP: 0.02})
    assert {turn.path: turn.turns for turn in made.turns} == {REST: True, UPKEEP: False}


def test_use_and_price_come_first_the_widest_of_each_before() -> None:
    paths = (QUICK, PRICE, FRUGAL_USE, FRUGAL, REST, "accelerators.quick.maintenance_fraction")
    base, made = _with_estimates(10_000.0, *paths)
    asked = worth_solving(base, made.swings, _origins(dict.fromkeys(paths, "C")), 1e-3)
    ranks = [rank(base, one) for one in asked]
    assert ranks == sorted(ranks)
    assert {one.path for one in asked[:2]} == {QUICK, PRICE}
    assert {one.path for one in asked[2:4]} == {FRUGAL_USE, FRUGAL}
    assert [(rank(base, one), -one.swing) for one in asked] == sorted((rank(base, one), -one.swing) for one in asked)


def test_a_few_at_once_never_a_list() -> None:
    """Nothing turns where the rival costs ten times as much; what is tried together can still be read aloud."""
    upkeep = {"accelerators.quick.maintenance_fraction": 0.05}
    paths = [*estimated_paths(tiny(), "quick"), *estimated_paths(tiny(), "frugal")]
    _, made = _with_estimates(200_000.0, *(path for path in paths if path != FRUGAL), also=upkeep)
    assert len(made.turns) > MOST_TOGETHER
    assert made.together is not None
    assert len(made.together.candidates) <= MOST_TOGETHER


def test_a_trial_whose_search_dies_is_one_the_time_did_not_reach(base: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of dispatch may be killed in the middle, when the time of all is over."""

    def dying(*_: object) -> Result:
        raise SolverCrash("the solver process died of SIGKILL after the grace")

    monkeypatch.setattr("optimizer.study.trial_solver.run", dying)
    killed = deciders(base, {QUICK: _origin("C")}, _search(), EFFORT)
    assert killed is not None
    assert killed.swings
    assert (killed.turns, killed.left_out > 0) == ((), True)


def test_what_is_good_is_not_solved_again(base: Result) -> None:
    made = deciders(base, _origins({QUICK: "A", PRICE: "A"}), _search(), EFFORT)
    assert made is not None
    assert [turn.path for turn in made.turns if "quick" in turn.path] == []


def test_without_time_there_are_swings_and_no_trials(base: Result) -> None:
    made = deciders(base, _origins({QUICK: "C"}), _search(), NO_TIME)
    assert made is not None
    assert made.swings
    assert made.turns == ()


def test_nothing_is_said_without_origins_or_of_another_objective(base: Result) -> None:
    assert deciders(base, {}, _search(), EFFORT) is None
    search = replace(_search(), options=replace(OPTIONS, objective="capex"))
    assert deciders(base, _origins({QUICK: "C"}), search, EFFORT) is None


def test_a_sentence_and_rows_in_words(found: Deciders) -> None:
    instance = tiny()
    sentence = decider(instance, found)
    assert sentence.startswith("the plan changes if the training utilisation of")
    assert "grade C" in sentence
    assert "0.5" in sentence
    text = f"{sentence} {decider_rows(instance, found)}"
    assert not [word for word in ("price_usd", "accelerators.", "utilisation.training", TARIFF) if word in text]
    assert decider(instance, None) == ""


def test_kept_beside_the_run_and_read_back(found: Deciders, tmp_path: Path) -> None:
    studies = Studies(deciders=found)
    assert as_json(studies)["deciders"]["turns"]
    for name, text in files(studies, "abc").items():
        (tmp_path / name).write_text(text)
    assert load(tmp_path, "abc") == (studies, ())
    _, warnings = load(tmp_path, "other")
    assert warnings == ("deciders.json is not shown: it belongs to another question",)


def test_a_number_at_a_path_is_changed_and_nothing_else() -> None:
    instance: Instance = tiny()
    changed = with_value(instance, QUICK, 0.4)
    assert value_at(changed, QUICK) == 0.4
    assert with_value(changed, QUICK, 0.5) == instance
    dearer = with_value(instance, TARIFF, 1.3)
    assert [phase.tariff_factor for phase in dearer.phases.values()] == [1.3]
    assert value_at(instance, "accelerators.quick.nothing") is None
    assert value_at(instance, "fabrics") is None

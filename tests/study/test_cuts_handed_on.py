"""Cells of a dispatching instance take the cuts of their base case: less to solve, the same answers, whoever works."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from docs.bench.cases import Facility, facility
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.pipeline import Options, Result, run
from optimizer.preparation import Preparation
from optimizer.reading.overrides import parse_setting
from optimizer.reading.read import Variants
from optimizer.solve.bill_cuts import BillCut, cuts_from_json, cuts_to_json
from optimizer.solve.unsound import Unsound
from optimizer.solve.year_lp import YearLp
from optimizer.solve.years import programmes
from optimizer.study.axes import parse_axis
from optimizer.study.baselines import under_rule
from optimizer.study.beside_design import beside
from optimizer.study.cell import failure, solve_cell
from optimizer.study.deciders import Effort
from optimizer.study.designs import Definition
from optimizer.study.engine import run_study
from optimizer.study.plan import plan
from optimizer.study.processes import Processes
from optimizer.study.search_settings import SearchSettings
from tests.study.study_cases import Memory, both, setup

TARGET = "phases.y0.target_pflops"
OTHER = f"{TARGET}=180"


@pytest.fixture(scope="module")
def variants(tmp_path_factory) -> Variants:
    import tomli_w

    path = tmp_path_factory.mktemp("cuts") / "small.toml"
    path.write_text(tomli_w.dumps(facility(Facility(2, hours=168))), encoding="utf-8")
    return Variants(path)


def solved(variants: Variants, *sets: str, **options) -> Result:
    reading = variants.read([parse_setting(text) for text in sets])
    return run(reading.instance, reading.folder, Options(isolated=False, threads=1, **options))


@pytest.fixture(scope="module")
def base(variants) -> Result:
    return solved(variants)


def test_a_cell_needs_fewer_programmes_and_finds_what_it_finds_alone(variants, base) -> None:
    alone = solved(variants, OTHER)
    taught = solved(variants, OTHER, known_cuts=base.cuts)
    assert base.verified
    assert alone.verified
    assert taught.verified
    assert taught.split["programmes"] < alone.split["programmes"]
    for one, other in ((alone, taught), (taught, alone)):
        assert one.bound <= other.design.solve.value * (1 + 1e-7)


def test_baselines_take_the_cuts_of_the_design_they_are_held_against(variants, base, monkeypatch) -> None:
    asked = []

    def caught(options, context, task, hooks):
        asked.append(options.known_cuts)
        return failure(task.key, "no_solution", "") | {"accelerators": ()}

    monkeypatch.setattr("optimizer.study.beside_design.solve_baseline", caught)
    search = SearchSettings(options=Options(isolated=False, threads=1))
    made = beside(base, {}, search, Effort(within_s=60.0, gap=0.01), Effort(within_s=0.0, gap=0.015))
    assert base.cuts
    assert asked == [base.cuts] * len(made.baselines) != []
    rule = made.baselines[0].rule
    alone, taught = (
        under_rule(Preparation(base.problem), rule, replace(search, options=replace(search.options, known_cuts=cuts)))
        for cuts in ({}, base.cuts)
    )
    assert taught.split["programmes"] < alone.split["programmes"]
    assert max(alone.bound, taught.bound) <= min(one.design.solve.value for one in (alone, taught)) * (1 + 1e-7)


def test_what_is_handed_on_never_exceeds_what_the_year_costs(variants, base) -> None:
    """Of the other cell's own programmes, at capacities nobody asked for."""
    reading = variants.read([parse_setting(OTHER)])
    by_digest = programmes(build(derive(reading.instance, reading.folder), "lcoc"))
    draw = np.random.default_rng(7)
    checked = 0
    for digest, cuts in base.cuts.items():
        lp = YearLp(by_digest[digest])
        for _ in range(20):
            x = draw.uniform(0.0, 2.0, len(lp.given.coordinates))
            answer = lp.answer(x)
            for cut in cuts:
                value = float(cut.cut @ x)
                if cut.served and answer.served:
                    checked += 1
                    assert value <= answer.value + 1e-6 * abs(answer.value)
                elif answer.served:
                    assert value <= 1e-6 * np.abs(cut.cut).max()
    assert checked > 20


def test_they_survive_a_file_to_the_last_bit(base) -> None:
    back = cuts_from_json(json.loads(json.dumps(cuts_to_json(base.cuts))))
    assert back.keys() == {digest for digest, cuts in base.cuts.items() if cuts}
    for digest, cuts in back.items():
        for one, other in zip(cuts, base.cuts[digest], strict=True):
            assert one.served == other.served
            assert one.cut.tobytes() == other.cut.tobytes()


def test_cuts_of_another_programme_are_left_alone_and_a_wrong_size_is_refused(variants, base) -> None:
    stranger = {"of no programme here": (BillCut(True, np.array([1e9])),)}
    assert solved(variants, known_cuts=stranger).bound == base.bound
    digest = next(iter(base.cuts))
    with pytest.raises(Unsound, match="does not fit"):
        solved(variants, known_cuts={digest: (BillCut(True, np.array([1.0])),)})


@cache
def study(variants: Variants, workers: int):
    planned = plan(variants, Definition("grid", (parse_axis(f"{TARGET}=150:190:10"),)))
    store = Memory()
    made = setup(variants, Processes(workers) if workers else None, store, solve_cell)
    made = replace(made, context=replace(made.context, folder=variants.read().folder))
    return planned, run_study(made, planned.cells(), planned.total), store


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_records_do_not_depend_on_who_works(variants) -> None:
    planned, outcome, store = study(variants, 0)
    _, other, in_two = study(variants, 2)
    assert both(planned, outcome) == both(planned, other)
    assert {key: record.get("cuts") for key, record in store.records.items()} == {
        key: record.get("cuts") for key, record in in_two.records.items()
    }
    assert store.records[outcome.base["key"]]["cuts"]


def test_rows_do_not_hold_them(variants) -> None:
    _, outcome, _ = study(variants, 0)
    assert all("cuts" not in record for record in outcome.records.values())

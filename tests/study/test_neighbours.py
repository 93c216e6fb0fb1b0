"""Cells that are proven by their neighbours: the same tables whoever works and whatever dies, and never a wider gap."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from functools import cache
from threading import Event

import pytest

from optimizer.solve.bound_transfer import proven_bound_from
from optimizer.study.axes import parse_axis
from optimizer.study.cell import BY_NEIGHBOURS, BY_SEARCH, NeighbourProof, Question, cell_key, solve_cell, task_of
from optimizer.study.engine import StudyProgress, run_study
from optimizer.study.neighbours import ANCHOR_AIM
from optimizer.study.pools import Serial
from optimizer.study.processes import Processes
from tests.study import analytic
from tests.study.study_cases import Memory, both, planned, setup, table

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
AXES = ("accelerators.quick.price_usd=15000:30000:5000", "sites.paper.grid_mw=0.06,0.08,0.1")


def column(made, name):
    return [row[made.columns.index(name)] for row in made.rows]


def run(executor=None, store=None, axes=AXES):
    variants, plan = planned(*axes)
    return plan, run_study(setup(variants, executor, store, solve_cell), plan.cells(), plan.total)


@cache
def reference():
    """One worker, this process, and what it stored."""
    store = Memory()
    plan, outcome = run(store=store)
    return plan, outcome, store


@pytest.mark.parametrize("workers", [2, 4])
def test_tables_do_not_depend_on_the_workers(workers: int) -> None:
    plan, outcome, _ = reference()
    other = run(Processes(workers))
    assert both(*other) == both(plan, outcome)
    assert BY_NEIGHBOURS in column(table(plan, outcome), "proved_by")


def test_keys_and_proofs_do_not_depend_on_the_workers_either() -> None:
    _, _, one = reference()
    two = Memory()
    run(Processes(2), two)
    assert one.records.keys() == two.records.keys()
    for key, record in one.records.items():
        assert record.get("proof") == two.records[key].get("proof")


@pytest.mark.parametrize("after", [1, 6])
def test_a_study_that_is_stopped_and_resumed_has_the_same_tables(after: int) -> None:
    """Whatever level it is stopped in, also before the base case's level is whole."""
    plan, outcome, _ = reference()
    store, stop = Memory(), Event()
    variants, _ = planned(*AXES)

    def tell(progress: StudyProgress) -> None:
        if progress.done == after:
            stop.set()

    prepared = setup(variants, Serial(stop), store, solve_cell)
    first = run_study(replace(prepared, tell=tell, stop=stop), plan.cells(), plan.total)
    assert first.stopped
    done = store.put_count
    again = run(store=store)
    assert both(*again) == both(plan, outcome)
    assert store.put_count == len(store.records) > done


def test_every_carried_cell_holds_what_a_search_of_its_own_finds() -> None:
    """A law: a carried gap is within the one asked for, and the intervals of both searches meet."""
    plan, outcome, _ = reference()
    variants, _ = planned(*AXES)
    transferred = [cell for cell in plan.cells() if outcome.records[cell.number].get("proved_by") == BY_NEIGHBOURS]
    assert transferred
    context = setup(variants, work=solve_cell).context
    for cell in transferred:
        record = outcome.records[cell.number]
        alone = solve_cell(
            context, replace(task_of(variants.read(cell.settings), "k", None), question=Question(gap=1e-7))
        )
        if record["status"] == "infeasible":
            assert alone["status"] == "infeasible"
            continue
        assert record["status"] == "optimal"
        assert record["verified"]
        assert record["gap"] <= record["gap_asked"] == 1e-3
        assert record["bound"] <= alone["value"] * (1 + 1e-7)
        assert alone["bound"] <= record["value"] * (1 + 1e-7)
        assert record["gap"] == pytest.approx((record["value"] - record["bound"]) / record["value"])


def test_only_cells_that_were_searched_are_sources() -> None:
    _, _, store = reference()
    kinds = {record.get("proved_by") for record in store.records.values()}
    assert kinds == {BY_SEARCH, BY_NEIGHBOURS}
    for record in store.records.values():
        assert ("proof" in record) == (record.get("proved_by") == BY_SEARCH)


def test_rows_say_the_gap_that_was_asked_though_anchors_are_proven_more_closely() -> None:
    plan, outcome, _ = reference()
    assert set(column(table(plan, outcome), "gap_asked")) == {1e-3, None}
    assert outcome.base["gap"] <= ANCHOR_AIM * 1e-3


def test_the_key_of_a_cell_names_its_teachers() -> None:
    """Another gap of the sources is another study of every cell that takes their bounds."""
    variants, plan = planned(*AXES)
    store = Memory()
    prepared = setup(variants, store=store, work=solve_cell)
    seen = []

    def work(context, task, hooks):
        seen.append(task)
        return solve_cell(context, task, hooks)

    run_study(replace(prepared, work=work), plan.cells(), plan.total)
    with_teachers = [task for task in seen if task.neighbours]
    assert with_teachers
    readings = {reading.sha256: reading for reading in (variants.read(cell.settings) for cell in plan.cells())}
    for task in with_teachers:
        reading = readings[task.sha256]
        keys = ",".join(neighbour.key for neighbour in task.neighbours)
        assert task.question is not None
        assert task.key == cell_key(reading, task.question, prepared.versions, keys)
        assert all(store.records[neighbour.key]["proved_by"] == BY_SEARCH for neighbour in task.neighbours)


def test_a_source_that_lies_makes_an_unsound_cell() -> None:
    variants, _ = planned(*AXES)
    _, outcome, store = reference()
    honest = store.records[outcome.base["key"]]
    lie = honest["proof"] | {"bound": honest["proof"]["bound"] * 1.02}
    assert proven_bound_from(lie, {}).bound > honest["value"]
    liar = NeighbourProof(honest["key"], honest["start"], lie)
    task = replace(
        task_of(variants.read(), "k", None),
        neighbours=(liar,),
        keep_proof=True,
    )
    record = solve_cell(setup(variants, work=solve_cell).context, task)
    assert record["status"] == "unsound"
    assert "above a known design" in record["reason"]
    assert "proof" not in record


def test_the_base_case_and_the_first_corners_run_side_by_side() -> None:
    """No task of the first level takes bounds or a start from another of it, the base case's design included."""
    variants, plan = planned(*AXES)
    seen = []

    def work(context, task, hooks):
        seen.append(task)
        return solve_cell(context, task, hooks)

    run_study(replace(setup(variants, work=solve_cell), work=work), plan.cells(), plan.total)
    assert all(not task.neighbours and task.start is None for task in seen[:4])
    assert all(task.neighbours or task.start for task in seen[4:])


class OneHeldBack:
    """Two workers, one of which does not end its first corner before a cell of the rest has begun."""

    workers = slots = 2

    def open(self, work, context):
        self.work, self.context, self.tasks, self.done, self.held = work, context, [], [], None
        return self

    def submit(self, task):
        self.tasks.append(task)
        record = self.work(self.context, task, None)
        if len(self.tasks) == 2:
            self.held = record
        else:
            self.done.append(record)

    def collect(self, timeout_s):
        if not self.done:
            assert len(self.tasks) > 3, "cells wait for a corner that has nothing for them"
            self.done, self.held = [self.held], None
        done, self.done = self.done, []
        return done

    def close(self, at_once):
        pass


def with_cuts(context, task, hooks):
    return analytic.work(context, task, hooks) | {"cuts": {"year": [task.key]}}


def test_where_the_base_case_has_cuts_alone_nobody_waits_for_the_corners() -> None:
    """Corners begin without its design, whatever is done first; all others take its design and its cuts."""
    variants, plan = planned("accelerators.quick.price_usd=10000:40000:5000")
    two, one, slow, quick = Memory(), Memory(), OneHeldBack(), Serial()
    outcome = run_study(setup(variants, slow, two, with_cuts), plan.cells(), plan.total)
    alone = run_study(setup(variants, quick, one, with_cuts), plan.cells(), plan.total)
    assert one.records.keys() == two.records.keys()
    assert [record["value"] for record in outcome.records.values()] == [
        record["value"] for record in alone.records.values()
    ]
    base, *others = slow.tasks
    assert [task.start is None for task in others] == [True, True, *([False] * 5)]
    assert all(task.cuts == {"year": [base.key]} for task in others[2:])


def test_progress_counts_what_was_carried() -> None:
    variants, plan = planned(*AXES)
    told = []
    outcome = run_study(replace(setup(variants, work=solve_cell), tell=told.append), plan.cells(), plan.total)
    transferred = sum(record.get("proved_by") == BY_NEIGHBOURS for record in outcome.records.values())
    assert told[-1].transferred == transferred > 0
    assert told[-1].done == plan.total


def test_regimes_beside_numbers_are_no_hindrance() -> None:
    """An axis of texts: cells of another regime have another matrix, and are searched or carried among themselves."""
    assert parse_axis("export.regime=open_market,may_2026").values == ("open_market", "may_2026")
    plan, outcome = run(axes=("export.regime=open_market,may_2026", "accelerators.quick.price_usd=15000:25000:2500"))
    assert set(column(table(plan, outcome), "status")) == {"optimal"}


def test_a_worker_keeps_no_model_and_no_solver_of_its_cells() -> None:
    """Workers live for thousands of cells; what one leaves behind, thousands leave behind a thousand times."""
    variants, _ = planned(*AXES)
    context = setup(variants, None, None, solve_cell).context

    def living() -> int:
        kinds = {"ConcreteModel", "Engine", "Highs", "Compiled"}
        return sum(type(each).__name__ in kinds for each in gc.get_objects())

    before = living()
    record = solve_cell(context, task_of(variants.read(), "key", None))
    assert record["verified"]
    assert living() == before

"""The same tables whoever works, whatever dies, and however often it is begun."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import replace
from threading import Event, Thread

import pytest

from optimizer.errors import UsageError
from optimizer.reading.read import Variants
from optimizer.study import engine, processes
from optimizer.study.cell import CellTask, failure, solve_cell
from optimizer.study.engine import run_study
from optimizer.study.pools import Serial
from optimizer.study.processes import Processes
from tests.study import analytic
from tests.study.study_cases import Memory, both, lines, planned, setup, table

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
PRICES = "accelerators.quick.price_usd"


def column(made, name):
    return [row[made.columns.index(name)] for row in made.rows]


@pytest.fixture(scope="module")
def reference():
    """One worker: this process."""
    variants, plan = planned()
    return both(plan, run_study(setup(variants), plan.cells(), plan.total, chain=2))


def test_values_are_those_of_the_formula() -> None:
    variants, plan = planned()
    made = table(plan, run_study(setup(variants), plan.cells(), plan.total))
    expected = [analytic.lcoc(*cell.inputs) for cell in plan.cells()]
    assert column(made, "lcoc_usd_per_eflop") == pytest.approx(expected)
    assert column(made, "verified") == [True] * 12


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_tables_do_not_depend_on_the_workers(workers: int, reference: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(analytic.SLEEP, "0.01")
    variants, plan = planned()
    outcome = run_study(setup(variants, Processes(workers)), plan.cells(), plan.total, chain=2)
    assert both(plan, outcome) == reference


def test_a_cell_starts_from_the_base_or_from_the_one_before_it() -> None:
    """The formula's start adds up what it was given: the base alone, or the base and everything before in the chain."""
    variants, plan = planned()
    store = Memory()
    run_study(setup(variants, store=store), plan.cells(), plan.total, chain=3)
    base = analytic.lcoc(20_000, 1.0)
    costs = [analytic.lcoc(*cell.inputs) for cell in plan.cells()]
    found = sorted(record["start"]["x"] for record in store.records.values())
    chained = [base + sum(costs[3 * (k // 3) : k + 1]) for k in range(12)]
    assert found == pytest.approx(sorted([base, *chained]))


def test_what_is_stored_is_not_done_again() -> None:
    variants, plan = planned()
    store = Memory()
    first = run_study(setup(variants, store=store), plan.cells(), plan.total)
    assert store.put_count == 13
    again = run_study(setup(variants, store=store), plan.cells(), plan.total)
    assert store.put_count == 13
    assert both(plan, again) == both(plan, first)


def test_equal_cells_are_solved_once() -> None:
    variants, plan = planned(
        "accelerators.quick.price_usd=20000,30000", "sites.paper.grid_mw=1,2", kind="one_at_a_time"
    )
    store = Memory()
    run_study(setup(variants, Processes(2), store), plan.cells(), plan.total)
    # The instance as it is without a start (the base), the same with one (three cells are equal), 30,000 USD, 2 MW.
    assert store.put_count == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_a_cell_whose_worker_dies_twice_is_forgiven(workers: int, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ANALYTIC_TALLY", str(tmp_path / "tally"))
    variants, plan = planned(f"{PRICES}=500,{analytic.CRASH_TWICE_PRICE},1000")
    made = table(plan, run_study(setup(variants, Processes(workers)), plan.cells(), plan.total))
    assert (tmp_path / "tally").read_text() == "xx"
    assert column(made, "status") == ["optimal"] * 3


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="nothing is forked from here")
@pytest.mark.parametrize("threads", [False, True])
def test_a_single_worker_is_forked_from_here_unless_there_are_threads(threads: bool) -> None:
    """A fork would copy the locks they hold; what is to be done meanwhile begins when the worker is at work."""
    begun, over = Event(), Event()
    if threads:
        Thread(target=over.wait, daemon=True).start()
    pool = Processes(1, begun.set).open(whose_child, setup(planned()[0]).context)
    try:
        assert not begun.is_set()
        pool.submit(CellTask(key="k", instance=planned()[0].read().instance, sha256=""))
        assert begun.wait(10)
        (record,) = pool.collect(60)
    finally:
        over.set()
        pool.close(at_once=True)
    assert (record["parent"] == os.getpid()) is (not threads)


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="nothing is forked from here")
@pytest.mark.parametrize("loaded", [False, True])
def test_several_workers_are_forked_from_here_if_nothing_is_left_to_load(
    loaded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the server loads it once for all of them."""
    importlib.import_module(processes._LOADED_LAST)
    if not loaded:
        monkeypatch.delitem(sys.modules, processes._LOADED_LAST)
    pool = Processes(2).open(whose_child, setup(planned()[0]).context)
    try:
        pool.submit(CellTask(key="k", instance=planned()[0].read().instance, sha256=""))
        (record,) = pool.collect(60)
    finally:
        pool.close(at_once=True)
    assert (record["parent"] == os.getpid()) is loaded


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="nothing is forked from here")
@pytest.mark.parametrize("dies", [False, True])
def test_workers_forked_early_are_taken_by_the_next_pool_and_leave_with_it(
    dies: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that died before it was asked anything is passed over."""
    importlib.import_module(processes._LOADED_LAST)
    monkeypatch.delitem(sys.modules, processes._LOADED_LAST)
    processes.load_early(2)
    early = [worker.process for worker in processes._early]
    assert len(early) == 2
    if dies:
        early[1].kill()
        early[1].join()
    pool = Processes(2).open(who_i_am, setup(planned()[0]).context)
    try:
        pool.submit(CellTask(key="k", instance=planned()[0].read().instance, sha256=""))
        (record,) = pool.collect(60)
    finally:
        pool.close(at_once=False)
    assert record["me"] == early[0 if dies else 1].pid
    assert not any(process.is_alive() for process in early)
    assert processes._early == []


def test_many_workers_are_left_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(processes, "server_context", lambda: asked.append("server"))
    processes.load_early(processes.MOST_EARLY + 1)
    assert asked == ["server"]
    assert processes._early == []


def test_a_study_that_is_resumed_reads_each_instance_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance itself, which is asked for again and again, and each of the 4 cells."""
    settings: list[str] = []
    resolved = Variants._resolved

    def counted(variants: Variants, laid: list[object]) -> object:
        settings.append(str(laid))
        return resolved(variants, laid)

    monkeypatch.setattr(Variants, "_resolved", counted)
    store = Memory()
    for solved in (5, 5):
        settings.clear()
        variants, plan = planned(f"{PRICES}=10000:40000:10000")
        begun = list(settings)
        run_study(setup(variants, store=store), plan.cells(), plan.total)
        variants.read()
        assert store.put_count == solved
        assert sorted(settings[len(begun) :]) == sorted(set(settings[len(begun) :]))
        assert settings.count("[]") == 1
    assert len(settings) - len(begun) == 4


def test_a_cell_that_kills_its_workers_is_a_row() -> None:
    variants, plan = planned(f"{PRICES}=500,{analytic.CRASH_PRICE},{analytic.FAIL_PRICE},1000")
    made = table(plan, run_study(setup(variants, Processes(2)), plan.cells(), plan.total))
    assert column(made, "status") == ["optimal", "failed", "failed", "optimal"]
    assert "SIGKILL" in column(made, "reason")[1]
    assert column(made, "reason")[1].endswith(", 3 times")
    assert column(made, "reason")[2] == "said so"


def test_an_invalid_cell_is_a_row_with_the_message_of_the_reader() -> None:
    variants, plan = planned(f"{PRICES}=-1,500", "sites.paper.grid_mw=1,2")
    made = table(plan, run_study(setup(variants), plan.cells(), plan.total))
    assert column(made, "status") == ["invalid", "invalid", "optimal", "optimal"]
    assert column(made, "reason")[0] == f"E0312: {PRICES}: price_usd must be >= 0, not -1"
    assert column(made, "key")[0] is None


def test_a_chain_goes_on_behind_an_infeasible_cell() -> None:
    variants, plan = planned(f"{PRICES}=500,{analytic.INFEASIBLE_PRICE},-1,2000")
    found = [
        line.record["status"] for line in lines(plan, run_study(setup(variants), plan.cells(), plan.total, chain=4))
    ]
    assert found == ["optimal", "infeasible", "invalid", "optimal"]


def who_i_am(_context: object, task: CellTask, _hooks: object) -> dict[str, object]:
    return {"key": task.key, "me": os.getpid()}


def whose_child(_context: object, _task: object, _hooks: object) -> dict[str, int]:
    return {"parent": os.getppid()}


def test_a_stop_keeps_what_is_done() -> None:
    variants, plan = planned()
    stop, store = Event(), Memory()
    prepared = setup(variants, Serial(stop), store)

    def tell(progress: engine.StudyProgress) -> None:
        if progress.done == 5:
            stop.set()

    outcome = run_study(replace(prepared, tell=tell, stop=stop), plan.cells(), plan.total)
    assert outcome.stopped
    assert len(outcome.records) == 5
    assert store.put_count == 6


def test_a_search_that_was_stopped_leaves_no_record() -> None:
    """Stopped before it had a design, a search ends with no_solution: that is not the cell's answer."""
    variants, plan = planned()
    stop, store = Event(), Memory()

    def stopped_half_way(context, task, hooks):
        if len(store.records) == 3:
            stop.set()
            return failure(task.key, "no_solution", "stopped")
        return analytic.work(context, task, hooks)

    prepared = replace(setup(variants, Serial(stop), store, stopped_half_way), stop=stop)
    outcome = run_study(prepared, plan.cells(), plan.total)
    assert outcome.stopped
    assert {record["status"] for record in store.records.values()} == {"optimal"}
    assert len(store.records) == 3


def test_keys_follow_everything_a_result_depends_on() -> None:
    variants, plan = planned()
    stores = []
    for change in ({}, {"versions": {"optimizer": "0"}}, {"context": None}):
        store = Memory()
        prepared = setup(variants, store=store)
        if "context" in change:
            question = replace(prepared.context.question, gap=0.5)
            change = {"context": replace(prepared.context, question=question)}
        run_study(replace(prepared, **change), plan.cells(), plan.total)
        stores.append(set(store.records))
    assert not stores[0] & stores[1]
    assert not stores[0] & stores[2]


def test_real_cells_are_audited_and_alike_on_one_and_two_workers() -> None:
    """38 PFLOPS of frugal pods draw 79.8 kW: 60 kW cannot do; with 80 kW all 19 pods are frugal."""
    variants, plan = planned("sites.paper.grid_mw=0.06,0.08,0.1")
    one = run_study(setup(variants, work=solve_cell), plan.cells(), plan.total)
    two = run_study(setup(variants, Processes(2), work=solve_cell), plan.cells(), plan.total)
    assert both(plan, one) == both(plan, two)
    made = table(plan, one)
    assert column(made, "status") == ["infeasible", "optimal", "optimal"]
    assert column(made, "verified") == [False, True, True]
    assert column(made, "chips.frugal") == [None, 152, 8]
    assert column(made, "chips.quick") == [None, 0, 72]
    assert column(made, "dominating") == [None, "frugal", "quick"]
    assert len(set(made.columns)) == len(made.columns)
    assert column(made, "lcoc_usd_per_eflop")[2] == pytest.approx(1.6659834, rel=1e-6)


@pytest.mark.long
def test_real_cells_are_alike_on_four_workers_and_in_chains() -> None:
    variants, plan = planned("sites.paper.grid_mw=0.07:0.1:0.005", "accelerators.*.price_usd=-30%:+30%:3")
    runs = [
        both(plan, run_study(setup(variants, executor, work=solve_cell), plan.cells(), plan.total, chain=3))
        for executor in (Serial(), Processes(2), Processes(4))
    ]
    assert runs[0] == runs[1] == runs[2]


def test_versions_are_compared_in_words() -> None:
    from optimizer.study.versions import difference, versions

    ours = versions()
    assert difference(ours, ours) == ""
    assert "highspy 0.1, here" in difference(ours, ours | {"highspy": "0.1"})


def test_a_worker_of_another_version_is_refused() -> None:
    from optimizer.study.cluster import _worked

    variants, plan = planned()
    prepared = setup(variants)
    context = replace(prepared.context, versions=(("optimizer", "0.0"),))
    cell = next(plan.cells())
    from optimizer.study.cell import task_of

    with pytest.raises(UsageError, match="other versions"):
        _worked(analytic.work, context, task_of(variants.read(cell.settings), "k", None))

"""What is needed later is loaded while the solver's process is waited for."""

import sys
import time
from pathlib import Path

import pytest

from optimizer.solve import loading_meanwhile
from optimizer.solve.isolation import run_isolated
from optimizer.solve.outcome import Hooks
from optimizer.study.cell import CellTask, Question, StudyContext
from optimizer.study.processes import Processes


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Two modules that nobody has loaded, and one that cannot be."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loading_meanwhile, "_wanted", type(loading_meanwhile._wanted)())
    names = ("awaited_one", "awaited_broken", "awaited_two")
    for name in names:
        (tmp_path / f"{name}.py").write_text("import there_is_no_such_module" if "broken" in name else "x = 1")
    yield names
    for name in names:
        sys.modules.pop(name, None)


def slowly(_hooks):
    time.sleep(0.2)
    return 7


def test_modules_are_loaded_while_the_solver_works(modules):
    loading_meanwhile.load_meanwhile("there_is_no_such_module", *modules)
    assert run_isolated(slowly, Hooks()) == 7
    assert [name in sys.modules for name in modules] == [True, False, True]
    assert not loading_meanwhile.load_one()


def slow_cell(_context, task, _hooks):
    time.sleep(0.2)
    return {"key": task.key}


def test_modules_are_loaded_while_workers_work(modules):
    """A task that is only looked after, not waited for, loads nothing."""
    pool = Processes(1).open(slow_cell, StudyContext(Path(), Question()))
    loading_meanwhile.load_meanwhile(*modules)
    try:
        pool.submit(CellTask(key="k", instance=None, sha256=""))
        assert pool.collect(0) == []
        assert not any(name in sys.modules for name in modules)
        assert pool.collect(60) == [{"key": "k"}]
    finally:
        pool.close(at_once=True)
    assert [name in sys.modules for name in modules] == [True, False, True]


def test_without_a_wish_nothing_is_loaded(modules):
    assert run_isolated(slowly, Hooks()) == 7
    assert not any(name in sys.modules for name in modules)

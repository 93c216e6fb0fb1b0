"""The API: lazy names, typed errors, tables with units, the command line's folder, threads and stops."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optimizer as op
from optimizer import errors
from optimizer.api.literals import toml_literal
from optimizer.app.observer import Observer
from optimizer.report.run_tables import LEDGER_COLUMNS, PROCUREMENT_COLUMNS
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"
GRID = "sites.paper.grid_mw"


@pytest.fixture(scope="module")
def base() -> op.DesignResult:
    return op.solve(MINIMAL)


def test_importing_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, time; t = time.process_time(); import optimizer; s = time.process_time() - t; "
        "heavy = {'numpy', 'pandas', 'pyomo', 'highspy', 'pydantic', 'click'} & set(sys.modules); print(s, heavy)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    seconds, heavy = told.stdout.split(maxsplit=1)
    assert float(seconds) < 0.15
    assert heavy.strip() == "set()"


def test_every_public_name_is_there_and_documented() -> None:
    assert {name for name in op.__all__ if not name.startswith("_")} <= set(dir(op))
    silent = [name for name in op.__all__ if not name.startswith("_") and not inspect.getdoc(getattr(op, name))]
    assert not silent
    assert "options" in inspect.signature(op.solve).parameters, "the room of the solver shows the function's signature"
    with pytest.raises(AttributeError, match="bid_on"):
        _ = op.bid_on  # type: ignore[attr-defined]


def test_the_stub_names_what_the_module_does() -> None:
    stub = (ROOT / "optimizer" / "__init__.pyi").read_text(encoding="utf-8")
    assert {name for name in op.__all__ if f" as {name}\n" in stub or f"{name}:" in stub} == set(op.__all__)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (np.int64(3), "3"),
        (0.1, "0.1"),
        ('a "b"\n', r'"a \"b\"\n"'),
        (date(2027, 1, 2), "2027-01-02"),
        ([["h20*"], []], '[["h20*"], []]'),
        ({"a": 1, "b c": "d"}, '{a = 1, "b c" = "d"}'),
    ],
)
def test_values_become_toml(value: Any, text: str) -> None:
    assert toml_literal(value) == text


def test_a_change_is_the_same_as_the_command_lines(base: op.DesignResult) -> None:
    case = op.read(MINIMAL)
    changed = case.set({GRID: 1.5, "finance.discount_rate": np.float64(0.04)})
    assert (case.get(GRID), changed.get(GRID), changed.get("finance.discount_rate")) == (case.get(GRID), 1.5, 0.04)
    assert changed.command == f"optimizer solve {MINIMAL} --set {GRID}=1.5 --set finance.discount_rate=0.04"
    assert changed.values.loc[GRID, "origin"] == "set"
    assert case.get(GRID) != 1.5


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: op.read(7), errors.UsageError, "not a int"),
        (lambda: op.read("no_such.toml"), errors.InputOutputError, "no_such.toml"),
        (lambda: op.read(MINIMAL.parent), errors.InputOutputError, "folder"),
        (lambda: op.read(MINIMAL, scenario="mars"), errors.InputError, "mars"),
        (lambda: op.read(MINIMAL).set("sites.paper.grid_mv", 3), errors.UsageError, "no"),
        (lambda: op.read(MINIMAL).set(GRID, -3), errors.InputError, "grid_mw"),
        (lambda: op.read(MINIMAL).set(GRID, object()), errors.UsageError, "object"),
        (lambda: op.read(MINIMAL).set(GRID, "3\nrate = 1"), errors.InputError, "grid_mw"),
        (lambda: op.solve(MINIMAL, op.Options(gap=3)), errors.UsageError, "gap"),
        (lambda: op.solve(MINIMAL, {"gap": 0.1}), errors.UsageError, "op.Options"),
        (lambda: op.solve(MINIMAL, op.Options(objective="joy")), errors.UsageError, "joy"),
        (lambda: op.solve(MINIMAL, studies=["tarot"]), errors.UsageError, "tarot"),
        (lambda: op.solve(MINIMAL, progress=3), errors.UsageError, "progress"),
        (lambda: op.verify(ROOT / "tests"), errors.InputOutputError, "no design"),
        (lambda: op.verify(op.read(MINIMAL)), errors.UsageError, "no design yet"),
        (lambda: op.compare(MINIMAL), errors.UsageError, "two"),
        (lambda: op.compare(3, 4), errors.UsageError, "int"),
        (lambda: op.sweep(MINIMAL, [GRID]), errors.UsageError, "dict"),
        (lambda: op.sweep(MINIMAL, {GRID: [1]}, design="spiral"), errors.UsageError, "spiral"),
        (lambda: op.sweep(MINIMAL, {"no.such": [1]}), errors.InputError, "no.such"),
        (lambda: op.frontier(MINIMAL, "capex_musd", "capex_musd"), errors.UsageError, "two different"),
        (lambda: op.robust(MINIMAL), errors.UsageError, "uncertainty"),
    ],
)
def test_what_is_wrong_is_said_with_a_code(call: Any, kind: type[errors.OptimizerError], said: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    told = " ".join([str(caught.value), *(f"{d.path} {d.message}" for d in getattr(caught.value, "diagnostics", ()))])
    assert said in told
    assert caught.value.exit_code > 1
    assert caught.value.help or getattr(caught.value, "diagnostics", ()) or caught.value.message


def test_tables_have_units_and_the_files_columns(base: op.DesignResult) -> None:
    assert list(base.orders.columns) == list(PROCUREMENT_COLUMNS)
    assert list(base.ledger.columns) == list(LEDGER_COLUMNS)
    assert len(base.hourly) == 8760
    assert base.hourly.attrs["units"]["import_mw"] == "MW"
    assert base.kpis.attrs["units"]["lcoc_usd_per_eflop"] == "USD/EFLOP"
    assert base.kpis.loc["lcoc_usd_per_eflop", "value"] == base.lcoc


def test_every_figure_can_be_drawn(base: op.DesignResult) -> None:
    pytest.importorskip("plotly")
    shapes = {name: type(base.figure(name)).__name__ for name in base.figures}
    assert set(shapes.values()) == {"Figure", "DrawnFigure"}
    assert "@" not in base.figure("cost").layout.paper_bgcolor
    with pytest.raises(errors.UsageError, match="there is no figure"):
        base.figure("horoscope")


def test_the_saved_folder_is_that_of_the_command_line(base: op.DesignResult, tmp_path: Path) -> None:
    ours = base.save(tmp_path / "api")
    command = [sys.executable, "-m", "optimizer", "solve", str(MINIMAL), "--out", str(tmp_path / "cli"), "--quiet"]
    command.append("--no-baselines")
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    theirs = tmp_path / "cli"
    assert {path.name for path in ours.iterdir()} == {path.name for path in theirs.iterdir()}
    for name in ("procurement.csv", "ledger.csv", "instance.resolved.toml", "hourly.parquet"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    told = json.loads((ours / "provenance.json").read_text(encoding="utf-8"))
    assert told["command"][0] == "solve"
    assert base.save(tmp_path / "api").name == "api-2", "a folder that is there is left alone"
    again = op.compare(api=ours, cli=theirs)
    assert again.figures["cli less api"].abs().max() == 0


def test_names_of_an_instance_stay_text(base: op.DesignResult) -> None:
    case = op.read(MINIMAL).set("title", "<script>alert(1)</script>")
    shown = case._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_searches_in_threads_are_those_made_one_by_one(base: op.DesignResult) -> None:
    case = op.read(MINIMAL)
    cases = [case, case.set("finance.discount_rate", 0.04)]
    with ThreadPoolExecutor(2) as pool:
        values = list(pool.map(lambda one: op.solve(one).lcoc, cases))
    assert values[0] == base.lcoc
    assert values[1] != base.lcoc


def test_an_infeasible_instance_has_a_status_and_no_tables() -> None:
    found = op.solve(op.read(MINIMAL).set(GRID, 0.01), op.Options(time_limit_s=20))
    assert (found.status, found.verified) == ("infeasible", False)
    assert "INFEASIBLE" in found.summary
    with pytest.raises(errors.InfeasibleError):
        _ = found.orders
    with pytest.raises(errors.InfeasibleError):
        _ = found.lcoc


@dataclass
class _Interrupted:
    """A search that is interrupted by Ctrl-C while it goes on, and ends as the hooks tell it to."""

    presses: int

    def __call__(self, request: Any, observer: Observer, log_path: Path | None) -> Any:
        for _ in range(self.presses):
            os.kill(os.getpid(), signal.SIGINT)
        assert observer.stop.wait(60)
        from optimizer.app.solve import answer

        return answer(request, Observer(), log_path)


def test_ctrl_c_keeps_what_is_found_and_a_second_one_ends(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # A job started in the background ignores Ctrl-C; a notebook does not.
    started = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, started))
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("optimizer.api.solving.answer", _Interrupted(1))
    assert op.solve(MINIMAL).verified
    monkeypatch.setattr("optimizer.api.solving.answer", _Interrupted(2))
    with pytest.raises(KeyboardInterrupt):
        op.solve(MINIMAL)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stop_event_ends_a_search_before_it_begins() -> None:
    stop = threading.Event()
    stop.set()
    found = op.solve(MINIMAL, stop=stop)
    assert found.status in ("no_solution", "feasible", "optimal")
    assert found.result.design is None or found.verified

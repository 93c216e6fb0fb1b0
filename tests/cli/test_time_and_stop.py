"""A live study or robust plan that is interrupted, and an explanation that has what is left of the time limit."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from optimizer.cli import robust as robust_command
from optimizer.inputs.schema import Instance
from optimizer.study import entry_price as entry_prices
from optimizer.study.infeasible import Asker, Verdict

from .conftest import MINIMAL
from .test_study_pages import UNCERTAIN

PAUSE_S, LIMIT_S = 0.5, 2.0


def test_an_interrupted_study_keeps_the_design_and_says_what_is_missing(invoke, tmp_path, monkeypatch):
    """Ctrl-C while the price of the first accelerator is sought: that of the second is not computed, and said so."""
    real = entry_prices.entry_price
    asked: list[str] = []

    def interrupted(base: Any, name: str, search: Any) -> Any:
        asked.append(name)
        os.kill(os.getpid(), signal.SIGINT)
        return real(base, name, search)

    monkeypatch.setattr(entry_prices, "entry_price", interrupted)
    done = invoke("solve", MINIMAL, "--entry", "--out", "run")
    assert done.exit_code == 130, done.output
    assert len(asked) == 1
    run = tmp_path / "run"
    assert "The studies were interrupted" in (run / "summary.md").read_text(encoding="utf-8")
    assert json.loads((run / "entry.json").read_text())["stopped"] is True
    monkeypatch.undo()
    assert invoke("verify", run).exit_code == 0


def test_an_explanation_has_what_is_left_of_the_time_limit(invoke, tmp_path, monkeypatch):
    """Each question takes half a second more than it needs: of two seconds there is room for four, and one begun."""
    real = Asker.ask
    asked: list[float] = []

    def slow(self: Asker, instance: Instance) -> Verdict:
        if self.left_s > 0:
            asked.append(self.left_s)
            time.sleep(PAUSE_S)
        return real(self, instance)

    monkeypatch.setattr(Asker, "ask", slow)
    limit = ("--time-limit", LIMIT_S)
    done = invoke("solve", MINIMAL, "--set", "phases.only.target_pflops=100000", *limit, "--out", "run")
    assert done.exit_code == 4, done.output
    assert asked
    assert max(asked) < LIMIT_S
    assert len(asked) <= LIMIT_S / PAUSE_S + 1
    assert json.loads((tmp_path / "run" / "explain.json").read_text())["ended_by_time"] is True
    words = " ".join(done.stdout.split())
    assert "time limit was over" in words or "the time limit left the question open" in words, words


def signalled(step: str, number: int, invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`optimizer robust`, sent a signal when it tells the step."""
    (tmp_path / "minimal.toml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "uncertain.toml").write_text(UNCERTAIN, encoding="utf-8")

    def told(said: str) -> None:
        if step in said:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(robust_command, "_told", told)
    return invoke("robust", "uncertain.toml", "--name", "futures")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_robust_plan_that_is_stopped_is_kept(number, code, invoke, tmp_path, monkeypatch):
    done = signalled("all scenarios together", number, invoke, tmp_path, monkeypatch)
    assert done.exit_code == code, done.output
    assert "Stopped before the end: 0.01 % was asked for." in " ".join(done.stdout.split())
    folder = tmp_path / "results" / "uncertain" / "studies" / "futures"
    kept = json.loads((folder / "robust.json").read_text())
    assert kept["interrupted"]
    assert kept["verified"]
    assert kept["gap_fraction"] is not None
    assert (folder / "study.html").is_file()


def test_stopped_before_there_is_a_robust_plan_it_says_so(invoke, tmp_path, monkeypatch):
    done = signalled("cheap alone", signal.SIGINT, invoke, tmp_path, monkeypatch)
    assert done.exit_code == 130, done.output
    assert "stopped before a plan for all scenarios was known; nothing is kept" in done.output
    assert not list(tmp_path.rglob("robust.json"))

"""A live study that is interrupted, and an explanation that has what is left of the time limit."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.study import entry_price as entry_prices
from optimizer.study.infeasible import Asker, Verdict

from .conftest import MINIMAL

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

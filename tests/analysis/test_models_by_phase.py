"""The model-to-compute ratio by phase: trainings of the class of Llama 3 70B a year, by the peak that is at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.report.achieved_page import achieved_json, model_rows
from optimizer.report.summary import summary_text
from tests.tiny import TWO_PHASES, tiny

MODELS_PER_PFLOPS = 1e15 * 31_536_000 / 6.3e24
"""Of a PFLOPS that works all year."""


@pytest.fixture(scope="module")
def two() -> Result:
    """Software is worth 80 % of its end in the first phase: factors of 0.8, then 1."""
    return run(tiny({**TWO_PHASES, "phases.a.utilisation_factor": 0.8}), Path(), Options(isolated=False))


def test_every_phase_has_its_models_and_the_trend_follows_the_utilisation(two: Result) -> None:
    first, last = model_rows(two)
    for row in (first, last):
        assert row.models_per_year == pytest.approx(row.delivered_pflops * MODELS_PER_PFLOPS)
        per_eflops = row.models_per_year / (row.peak_pflops / 1000)
        assert row.models_per_year_per_eflops == pytest.approx(per_eflops)
    # Targets of 8 and 12 PFLOPS; in the last phase 16 are wanted, and there.
    assert (first.delivered_pflops, last.delivered_pflops) == pytest.approx((8.0, 16.0))
    assert achieved_json(two)["models_by_phase"][1]["models_per_year"] == last.models_per_year


def test_the_page_shows_the_trend(two: Result) -> None:
    text = " ".join(summary_text(two).split())
    assert "MODELS AND COMPUTE BY PHASE" in text
    first, last = model_rows(two)
    change = last.models_per_year_per_eflops / first.models_per_year_per_eflops
    assert f"{100 * change:.0f}" in text.split("MODELS AND COMPUTE BY PHASE")[1].split("WHAT IT ACHIEVES")[0]


def test_one_phase_without_runs_shows_none() -> None:
    one = run(tiny(), Path(), Options(isolated=False))
    assert "MODELS AND COMPUTE" not in summary_text(one)
    assert one.design is not None
    assert one.design.reported is not None
    assert "models_per_year_per_eflops" not in one.design.reported.kpis
    # 38 PFLOPS, 80 of peak: 0.19 models a year.
    assert model_rows(one)[0].models_per_year == pytest.approx(38 * MODELS_PER_PFLOPS)
    assert model_rows(one)[0].models_per_year_per_eflops == pytest.approx(38 * MODELS_PER_PFLOPS / 0.08)

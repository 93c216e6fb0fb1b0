"""The part of the page about work: runs, services, reference models, and where the peak goes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.achieved import STEPS, chain
from optimizer.analysis.tasks import served, trained
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.html.view import View
from optimizer.report.html.work_charts import losses, work_grids
from tests.report.html.hostile import ATTACKS
from tests.report.html.test_page import read
from tests.tiny import WORKING, tiny

NAMED = {"models.small": {**WORKING["models.small"], "name": ATTACKS[1]}}


@pytest.fixture(scope="module")
def working():
    return pipeline.run(tiny({**WORKING, **NAMED}), Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="module")
def working_page(working):
    return render_report(ReportSource(result=working))


def column(table, header):
    at = table.header.index(header)
    return [row[at] for row in table.rows]


def section(page):
    return re.search(r'<section id="work".*?</section>', page, re.S)[0]


def test_runs_show_days_and_what_binds(working):
    """Days are those of the clusters, never more than allowed, and the longest of the last phase is the key figure."""
    table = work_grids(View(working))["runs"]
    assert set(column(table, "Run")) == {"run"}
    for days, most in zip(column(table, "Days"), column(table, "Days allowed"), strict=True):
        assert 0 < days.value <= most.value * (1 + 1e-9)
    phases = ", ".join(cell for cell in column(table, "Phases")).split(", ")
    assert sorted(phases) == ["a", "b"]
    largest = max(cell.value for cell in column(table, "Days"))
    figure = working.audit.figures["training_days_max"]
    assert largest >= figure * (1 - 1e-9)
    assert any(days.value == pytest.approx(figure, rel=1e-6) for days in column(table, "Days"))


def test_a_cluster_one_pod_smaller_misses_what_binds(working):
    """Days of the smaller cluster, as the words say, exceed what is allowed; a cluster of one pod has none smaller."""
    for each in trained(working.problem, working.design.decisions):
        found = re.match(r"days: ([\d.,]+) with one pod less", each.bound)
        assert found or each.bound == "one pod is enough" or each.bound.startswith("memory: ")
        if found:
            assert float(found[1].replace(",", "")) > each.max_days


def test_services_add_up_to_what_is_asked_for(working):
    """Tokens here add up to 11.728 G a day in the phase that serves, and never exceed what is possible."""
    rows = served(working.problem, working.design.decisions, "b")
    assert sum(each.tokens_b_per_day for each in rows) == pytest.approx(11.728, rel=1e-6)
    assert served(working.problem, working.design.decisions, "a") == ()
    for each in rows:
        assert each.possible_b_per_day >= each.tokens_b_per_day * (1 - 1e-9)
        assert each.bound.split(";")[0] in ("compute", "memory bandwidth")
        assert 0 < each.writing_fraction < 1
        at_work_s = each.accelerators * 86_400
        asked_s = each.tokens_b_per_day / 11.728 * 1e9 * (10.0 / each.prefill_tokens_per_s
                                                          + 1.728 / each.decode_tokens_per_s)  # fmt: skip
        assert asked_s <= at_work_s * (1 + 1e-9)  # the rest is interruptions and software that is not mature
    table = work_grids(View(working))["services"]
    assert set(column(table, "Phases")) == {"b"}


def test_the_waterfall_falls_from_peak_to_effective(working):
    """Each bar starts where the one above ended, and what the bars take off a peak is what is left."""
    chart = losses(View(working))
    left = chain(working.problem, working.design.decisions, "b")
    bars = {
        name: (start, length)
        for trace in chart.figure["data"]
        for name, start, length in zip(trace["y"], trace["base"], trace["x"], strict=True)
    }
    assert len(bars) == len(STEPS) + 1
    level, taken = bars.pop("peak")[1], 0.0
    end = bars.pop("effective")[1]
    for start, length in bars.values():
        assert start + length == pytest.approx(level)
        level, taken = start, taken + length
    assert end == pytest.approx(level)
    assert taken == pytest.approx(left["peak"] - left["effective"])
    assert end == pytest.approx(working.audit.figures["effective_pflops"], rel=1e-6)


def test_the_part_is_there_with_its_tables_and_names_are_harmless(working, working_page):
    part = section(working_page)
    assert "What it trains and serves" in part
    for name in ("runs", "services", "references"):
        assert f'<h3 id="{name}">' in part
    assert 'data-plot="losses"' in part
    assert ATTACKS[1] not in working_page
    assert ATTACKS[1].replace("<", "&lt;").replace(">", "&gt;") in part
    known = working.audit.figures
    for name, values in read(working_page).figures.items():
        for value in values:
            assert name == "orders" or float(value) == pytest.approx(known[name], rel=1e-6, abs=1e-6)
    data = re.search(r'id="page-data">(.*?)</script>', working_page, re.S)[1]
    assert "losses" in json.loads(data)["figures"]


def test_without_runs_and_services_only_the_rest_is_there(minimal_page, minimal_result):
    part = section(minimal_page)
    assert "What it achieves" in part
    assert 'data-plot="losses"' in part
    assert '<h3 id="runs">' not in part
    assert '<h3 id="services">' not in part
    grids = work_grids(View(minimal_result))
    assert grids["runs"] is None
    assert grids["services"] is None

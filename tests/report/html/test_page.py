"""The page as text: order, totals, sources, sizes, and what is left out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.inputs.design import Status
from optimizer.ledger.accounts import BY_ID
from optimizer.reading.layers import Origin
from optimizer.report.document import Bullets
from optimizer.report.html.bundle import SHA256, VERSION, plotly_script, policy, script_json
from optimizer.report.html.cells import is_web
from optimizer.report.html.dispatch_chart import dispatch_week
from optimizer.report.html.drawings import floor_plan, sankey
from optimizer.report.html.page import MOST_BYTES, render_report
from optimizer.report.html.power_charts import heat
from optimizer.report.html.source import ReportSource
from optimizer.report.html.time_charts import BARS_SHOWN, _bars
from optimizer.report.html.view import View
from optimizer.report.studies import Studies
from optimizer.study.marginal import Marginal
from tests.operations.dispatching_cases import BATTERY
from tests.report.html.hostile import SOURCES
from tests.tiny import tiny


class Reader(HTMLParser):
    """Tables with the exact values of their cells, headings, ids and text outside scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[dict[str, object]] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.figures: dict[str, set[str]] = {}
        self.links: list[dict[str, str | None]] = []
        self.text: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self._inside.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"total": "data-total" in found, "rows": []})
        if tag == "tr" and self.tables:
            self.tables[-1]["rows"].append({})
        if tag in ("td", "th") and self.tables:
            row = self.tables[-1]["rows"][-1]
            row[len(row)] = float(found["data-value"]) if "data-value" in found else None
        if "data-figure" in found:
            self.figures.setdefault(found["data-figure"], set()).add(found["data-value"])
        if tag == "a":
            self.links.append(found)

    def handle_data(self, data):
        if not self._inside or self._inside[-1] not in ("script", "style"):
            self.text.append(data)

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop() != tag:
            pass


def read(page: str) -> Reader:
    return Reader(page)


PAGES = ("minimal", "everything")


@pytest.mark.parametrize("which", PAGES)
def test_every_total_is_the_sum_of_its_lines(which, request):
    totals = 0
    for table in read(request.getfixturevalue(f"{which}_page")).tables:
        if table["total"]:
            *lines, last = table["rows"][1:]
            for column, value in last.items():
                if value is not None:
                    totals += 1
                    assert math.fsum(line[column] for line in lines if line[column] is not None) == pytest.approx(
                        value, rel=1e-9, abs=1e-9
                    )
    assert totals >= 12


@pytest.mark.parametrize("which", PAGES)
def test_every_figure_is_the_audits(which, request):
    result = request.getfixturevalue(f"{which}_result")
    figures = read(request.getfixturevalue(f"{which}_page")).figures
    entries = result.design.reported.ledger
    orders = sum(e.amount for e in entries if BY_ID[e.account].is_capital or e.account == "licence_fees")
    known = {**result.audit.figures, "orders": orders}
    assert {"lcoc_usd_per_eflop", "npv_cost_musd", "racks", "it_mw", "energy_mwh_per_year", "orders"} <= set(figures)
    for name, values in figures.items():
        for value in values:
            assert float(value) == pytest.approx(known[name], rel=1e-6, abs=1e-6), name


def test_the_verdict_comes_first(minimal_page):
    text = " ".join(" ".join(read(minimal_page).text).split()).split("Skip to the verdict")[1]
    proof, buy, target = text.index("VERIFIED AND PROVEN"), text.index("Buy 80 accelerators"), text.index("Target")
    assert 0 < proof < buy < target < text.index("Whole-life cost") < text.index("Saving against baselines")
    assert text.index("If every licence") < text.index("Data quality") < text.index("What must be ordered")
    for earlier, later in (
        ("The design", "Why this design"),
        ("Why this design", "Assumptions"),
        ("Assumptions", "Verification"),
    ):
        assert text.rindex(earlier, 0, text.rindex(later)) < text.rindex(later)


def test_a_run_stopped_at_a_limit_says_its_gap_first(minimal_result):
    facts = minimal_result.design.solve.model_copy(update={"gap": 0.034, "status": "feasible"})
    design = minimal_result.design.model_copy(update={"solve": facts})
    result = dataclasses.replace(minimal_result, status=Status.FEASIBLE, design=design)
    page = render_report(ReportSource(result=result))
    line = re.search(r'<p class="verdict proof">(.*?)</p>', page, re.S)
    assert line
    assert "NOT PROVEN BEST" in line[1]
    assert "3.4 %" in line[1]


def test_infeasible_is_explained(infeasible_result):
    page = render_report(ReportSource(result=infeasible_result))
    assert "INFEASIBLE" in page
    assert "Why no design can exist" in page
    assert "100,000 PFLOPS" in page
    assert "data-plot=" not in page
    assert "LCOC, USD" not in page
    assert len(page) < 200_000


def test_a_study_of_infeasibility_replaces_the_cheap_reasons(infeasible_result):
    page = render_report(ReportSource(result=infeasible_result, explanation=(Bullets(("grid <20> MW",)),)))
    assert "<li>grid &lt;20&gt; MW</li>" in page
    assert "Why no design can exist" not in page


def test_a_rejected_design_is_withheld(minimal_result):
    audit = dataclasses.replace(minimal_result.audit, passed=False)
    page = render_report(ReportSource(result=dataclasses.replace(minimal_result, audit=audit)))
    assert "WITHHELD" in page
    assert "USD/EFLOP" not in page.split("<script")[0].split('id="glossary"')[0].split("</style>")[1]


def test_a_design_without_battery_has_no_empty_frames(minimal_result, minimal_page):
    assert minimal_result.design.reported.kpis["battery_mw"] == 0
    assert "battery works" not in minimal_page
    assert heat(View(minimal_result)) is None
    assert "no heat map" in minimal_page


def test_studies_that_were_not_made_leave_nothing(minimal_page):
    assert 'id="marginals"' not in minimal_page
    assert not re.search("tornado|frontier|regret", minimal_page.split("<script")[0], re.I)


def test_marginal_values_are_shown_when_given(minimal_result):
    value = Marginal(
        path="sites.paper.grid_mw",
        label="grid of paper",
        unit="MW",
        value=5.0,
        step=1.0,
        more_musd=0.25,
        less_musd=math.inf,
        noise_musd=0.001,
        more_lcoc=1.6,
        less_lcoc=None,
    )
    page = render_report(ReportSource(result=minimal_result, studies=Studies(marginals=(value,))))
    assert 'id="marginals"' in page
    assert "1.000 MW more of grid of paper saves 0.25 MUSD" in page
    assert "no design" in page


def test_a_changed_instance_raises_a_banner(minimal_result):
    page = render_report(ReportSource(result=minimal_result, stale=("the instance file says something else",)))
    assert 'class="stale" role="alert"' in page
    assert "OUT OF DATE" in page


def test_defaults_are_marked_and_grades_shown(minimal_result):
    origins = {
        "finance.discount_rate": Origin(kind="default"),
        "finance.price_year": Origin(kind="catalogue", source=("S01", "javascript:1"), grade="B"),
    }
    page = render_report(ReportSource(result=minimal_result, origins=origins))
    assert "DEFAULT" in page.split("finance.discount_rate")[1][:400]
    assert 'rel="noopener noreferrer"' in page
    assert "1 of grade B" in page


@pytest.mark.parametrize(
    ("address", "may_follow"),
    [
        ("https://example.org/a?b=1#c", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:///x", False),
        ("https://example.org/ x", False),
        ("http://[bad", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(address, may_follow):
    assert is_web(address) is may_follow


def test_hostile_names_stay_text(hostile_page):
    body = hostile_page.split("</style>", 1)[1]
    for tag in ("<script>window", "<img", "<svg onload", "<iframe", "<b onclick", '<a href="javascript'):
        assert tag not in body
    assert "{{ 7*7 }}" in body
    links = [link["href"] for link in read(hostile_page).links if not (link["href"] or "").startswith("#")]
    assert links
    assert set(links) <= {SOURCES[3], 'https://example.org/"onmouseover=alert(1)'}


def test_script_data_cannot_leave_its_element():
    text = script_json({"x": "</script><!--&\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"x": "</script><!--&\u2028"}


def test_the_policy_names_every_script_and_allows_no_more(minimal_page):
    found = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', minimal_page)
    assert found
    rules = found[1].replace("&#39;", "'")
    scripts = re.findall("<script>(.*?)</script>", minimal_page, re.S)
    assert len(scripts) == 2
    assert rules == policy(tuple(scripts))
    assert rules.startswith("default-src 'none'")
    script_rule = next(rule for rule in rules.split("; ") if rule.startswith("script-src"))
    assert "unsafe" not in script_rule


def test_the_chart_library_is_the_published_one():
    script = plotly_script()
    assert hashlib.sha256(script.encode()).hexdigest() == SHA256
    assert f"v{VERSION}" in script[:200]
    assert "</script" not in script.lower()
    assert "\r" not in script


def test_its_version_is_that_of_the_python_package():
    offline = pytest.importorskip("plotly.offline")
    assert offline.get_plotlyjs_version() == VERSION


@pytest.mark.parametrize("which", PAGES)
def test_structure(which, request):
    page = read(request.getfixturevalue(f"{which}_page"))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    inner = [link["href"][1:] for link in page.links if (link["href"] or "").startswith("#")]
    assert set(inner) <= set(page.ids)


@pytest.mark.parametrize("which", PAGES)
def test_every_chart_has_words_and_a_table(which, request):
    page = request.getfixturevalue(f"{which}_page")
    charts = re.findall('<figure class="chart.*?</figure>', page, re.S)
    assert len(charts) >= 6
    for chart in charts:
        assert "<table" in chart
        assert "<caption" in chart
        assert 'role="img" aria-label="' in chart
        assert re.search(r"<h3[^>]*>\S", chart)


def test_racks_and_energy_are_those_of_the_ledger(everything_result):
    view = View(everything_result)
    racks = sum(e.amount for e in view.reported.ledger if e.account == "racks" and e.phase == view.last)
    assert sum(here.racks for here in view.pods) == racks
    flows = sankey(view)
    assert flows
    values = [row[1].value for row in flows.table.rows]
    assert sum(values[:-1]) == pytest.approx(values[-1])
    assert all(value >= 0 for value in values)
    assert floor_plan(view) is not None


def test_a_large_plan_stays_small_and_fast(large_result):
    started = time.process_time()
    page = render_report(ReportSource(result=large_result))
    seconds = time.process_time() - started
    assert len(page.encode()) <= MOST_BYTES
    assert seconds < 6
    assert "every 40th of the 8,760 hours" in page
    assert "6 of 20 phases are drawn" in page
    # Which orders a plan within 5 % of the best places is open; the chart says what it leaves out, and only then.
    left_out = len(_bars(View(large_result))) - BARS_SHOWN
    assert (f"{left_out} smaller orders are left out of the chart" in page) is (left_out > 0)


def test_nothing_heavy_is_loaded_with_the_command():
    code = "import sys, optimizer.cli.report; sys.exit(any(m in sys.modules for m in ('jinja2', 'numpy', 'pyomo')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3]).returncode == 0


def test_a_week_of_dispatch_is_that_of_the_design():
    instance = tiny(BATTERY)
    result = pipeline.run(instance, Path(), pipeline.Options(isolated=False))
    view = View(result)
    chart = dispatch_week(view)
    assert chart is not None
    hours = view.figures.hours("paper", view.last)
    days = chart.table.rows
    for column, series in ((1, hours.charge_mw), (2, hours.discharge_mw)):
        assert sum(row[column].value for row in days) == pytest.approx(float(series.sum()), abs=1e-6)
        assert float(series.sum()) > 0
    drawn = {trace["name"]: trace["y"] for trace in chart.figure["data"]}
    assert {"charge", "discharge", "load", "import", "energy held"} == set(drawn)
    balance = [
        load - (given + taken) - bought  # charge is drawn below zero
        for load, given, taken, bought in zip(
            drawn["load"], drawn["discharge"], drawn["charge"], drawn["import"], strict=True
        )
    ]
    assert max(map(abs, balance)) < 1e-4
    page = render_report(ReportSource(result=result))
    assert 'id="chart-dispatch"' in page
    assert "Import is worst in" in page, "where a battery works, import over IT power is no PUE"


def test_without_dispatch_there_is_no_such_week(everything_result):
    assert dispatch_week(View(everything_result)) is None


def test_grades_stand_beside_the_verdict(minimal_result):
    origins = {
        "a": Origin(kind="catalogue", source=("S01",), grade="C"),
        "b": Origin(kind="default"),
        "c": Origin(kind="file"),
    }
    page = render_report(ReportSource(result=minimal_result, origins=origins))
    caution = page[page.index("Before you rely on it") :].split("</div>")[0]
    assert "1 values were given by the planner; 1 are defaults" in caution
    assert "1 of grade C" in caution

"""Pages of studies under titles without end, from right to left and in Chinese, with forty accelerators, amounts in yen
and rupiah, and figures from 1e-6 to 1e12: nothing is cut, nothing wider than the screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from markupsafe import Markup

from optimizer import pipeline
from optimizer.analysis.comparison import compare
from optimizer.analysis.sides import Side
from optimizer.report.compared import shown
from optimizer.report.html.comparison_page import render_comparison
from optimizer.report.html.page import environment, render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.html.study_page import render_study
from optimizer.report.html.study_source import StudySource
from optimizer.report.html.study_text import chips_text
from tests.report.html.browser import Browser
from tests.report.html.hostile import titled
from tests.report.html.study_folders import hostile_robust
from tests.report.html.test_browser import in_browser
from tests.tiny import tiny

TITLES = (
    "a very long title without an end " * 6,
    "W" * 200,
    "مركز الحوسبة الفائقة في هونغ كونغ",
    "香港数码港人工智能超算中心",
)
MONEY = {"JPY": 150.0, "IDR": 16_300.0, "USD": 1.0, "HKD": 7.8}
FORTY = "+".join(f"accelerator_{k}_of_a_long_name" for k in range(40))
FIGURES = (1e-6, 0.1234567, 123.4567, 987_654.3, 1e12)
CUT = """Array.from(document.querySelectorAll('.tiles, .tiles > div, h1, h2, h3, .verdict, .note, caption, td.n'))
  .filter(e => !e.closest('details:not([open]), [hidden], .unseen') && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 60))"""
OUTSIDE = """Array.from(document.querySelectorAll('[data-plot] text'))
  .filter(e => { const box = e.closest('[data-plot]').getBoundingClientRect(), it = e.getBoundingClientRect();
    return it.width && (it.left < box.left - 1 || it.right > box.right + 1); }).map(e => e.textContent)"""
"""Words of charts that lie beyond their edge."""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SIZES = (((1440, 900), False), ((390, 844), True), ((320, 640), False))


def study(at: int, command: str, **parts: Any) -> StudySource:
    """A study of an instance with a title and a currency of the lists."""
    code, per_usd = list(MONEY.items())[at]
    instance = {"name": "x" * 60, "title": TITLES[at], "sha256": "0" * 64, "currency": code, "per_usd": per_usd}
    return StudySource(name="study", definition={"command": command, "instance": instance, "search": {}}, **parts)


def cell(number: int, value: float, **inputs: Any) -> dict[str, Any]:
    """A solved cell whose every figure is of that size."""
    figures = dict.fromkeys(("lcoc_usd_per_eflop", "npv_cost_musd", "peak_import_mw", "racks", "pue_annual"), value)
    head = {"cell": number, **inputs, "status": "optimal", "verified": True, "reason": None, "gap": 1e-4}
    return {**head, **figures, "effective_pflops": value, "chip_set": FORTY}


def sweep(at: int) -> StudySource:
    """A grid over a key with a long path and one whose values are long words."""
    one, other = "accelerators.a_chip_with_a_very_long_name_indeed.maintenance_fraction_per_year", "export.regime"
    cells = [cell(k, v, **{one: v, other: "a_regime_of_a_long_name" * 2}) for k, v in enumerate(FIGURES)]
    found = study(at, "sweep", cells=tuple(cells), inputs=(one, other))
    return replace(found, definition={**found.definition, "design": {"kind": "grid"}})


def frontier(at: int) -> StudySource:
    """Points from almost nothing to a million millions."""
    points = [
        {"point": k, "kind": "inner", "cap_x": v, "carbon_t_per_year": v, "npv_cost_musd": 1e12 / (1 + v), "gap": 1e-4,
         "verified": True, "chip_set": FORTY, "usd_per_unit": v, "x_per_eflop": v, "effective_pflops": v,
         "pue_annual": 1.2}
        for k, v in enumerate(FIGURES)
    ]  # fmt: skip
    found = study(
        at,
        "frontier",
        points=tuple(points),
        cells=tuple(cell(k, v, kind="inner", cap_x=v, x=v, y=v) for k, v in enumerate(FIGURES)),
        inputs=("kind", "cap_x", "x", "y"),
    )
    return replace(found, definition={**found.definition, "x": "carbon_t_per_year", "y": "npv_cost_musd"})


def robust(at: int) -> StudySource:
    """Two scenarios of long names."""
    return study(at, "robust", robust=hostile_robust())


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


def assert_whole(page) -> None:
    """In every size nothing is wider than the screen, cut, or outside its chart."""
    for size, dark in SIZES:
        page.look(size, dark)
        page.run("new Promise(done => setTimeout(done, 250))")
        assert not page.run(WIDER), size
        assert page.run(CUT) == [], size
        assert page.run(OUTSIDE) == [], size


@in_browser
@pytest.mark.parametrize(("make", "at"), [(sweep, 0), (sweep, 1), (frontier, 1), (frontier, 2), (robust, 3)])
def test_nothing_is_cut_or_too_wide(browser, make, at, tmp_path) -> None:
    path = tmp_path / "study.html"
    source = make(at)
    path.write_text(render_study(source), encoding="utf-8")
    page = browser.open(path)
    assert_whole(page)
    assert page.complaints() == []
    assert source.instance["title"].strip() in page.run("document.body.textContent")
    assert "maintenance_fraction_per_year" not in page.run("document.querySelector('main').innerText"), (
        "names, not keys"
    )


def test_names_written_from_the_right_are_set_apart_from_numbers() -> None:
    """Else the number behind such a name is drawn before it."""
    page = environment().from_string("{{ text }} {{ safe }} {{ number }}")
    safe = Markup("<b>مركز</b>")
    told = page.render(text="grid import at مركز الحوسبة 2: 0.5 MW, بيت <b>", safe=safe, number=3)
    assert told == "grid import at \u2068مركز الحوسبة\u2069 2: 0.5 MW, \u2068بيت\u2069 &lt;b&gt; <b>مركز</b> 3"


def test_of_many_accelerators_the_first_are_named() -> None:
    assert chips_text("a+b") == "a and b"
    assert chips_text(FORTY).endswith("accelerator_5_of_a_long_name and 34 more")


@pytest.fixture(scope="module")
def large_pages(tmp_path_factory, large_result, minimal_result):
    """Twenty phases beside one under titles of 200 characters, and twenty targets that nothing can meet, in rupiah."""
    folder = tmp_path_factory.mktemp("pages")
    long, short = (titled(result, TITLES[at] * 5) for at, result in ((0, large_result), (2, minimal_result)))
    sides = (Side(name="run " * 10, result=long), Side(name="one", result=short))
    (folder / "compare.html").write_text(render_comparison(shown(compare(sides))), encoding="utf-8")
    phases = {f"p{k:02d}": {"start": date(2027 + k, 1, 1), "years": 1.0, "target_pflops": 9e5 + k} for k in range(20)}
    rates = {"IDR": {"per_usd": 16_300.0, "quoted": date(2026, 1, 1)}}
    none = tiny({"phases": phases, "currency": "IDR", "exchange_rates": rates, "sites.paper.name": TITLES[2]})
    found = pipeline.run(none, folder, pipeline.Options(isolated=False))
    assert found.design is None
    (folder / "infeasible.html").write_text(render_report(ReportSource(result=found)), encoding="utf-8")
    return folder


@pytest.mark.long
@in_browser
@pytest.mark.parametrize("name", ["compare", "infeasible"])
def test_large_pages_are_whole(browser, large_pages, name) -> None:
    page = browser.open(large_pages / f"{name}.html")
    assert_whole(page)
    assert page.pdf().startswith(b"%PDF")
    assert (page.requests(), page.complaints()) == ([], [])

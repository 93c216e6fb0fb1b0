"""Pages of studies under titles without end, from right to left and in Chinese, with forty accelerators, amounts in yen
and rupiah, and figures from 1e-6 to 1e12: nothing is cut, nothing wider than the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.report.html.study_page import render_study
from optimizer.report.html.study_source import StudySource
from tests.report.html.browser import Browser
from tests.report.html.study_folders import hostile_robust
from tests.report.html.test_browser import in_browser

TITLES = (
    "a very long title without an end " * 6,
    "W" * 200,
    "مركز الحوسبة الفائقة في هونغ كونغ",
    "香港数码港人工智能超算中心",
)
MONEY = {"JPY": 150.0, "IDR": 16_300.0, "USD": 1.0, "HKD": 7.8}
FORTY = "+".join(f"accelerator_{k}_of_a_long_name" for k in range(40))
FIGURES = (1e-6, 0.1234567, 123.4567, 987_654.3, 1e12)
CUT = """Array.from(document.querySelectorAll('.tiles > div, h1, h2, h3, .verdict, .note, caption, td.n'))
  .filter(e => !e.closest('details:not([open]), [hidden], .unseen') && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 60))"""
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


@in_browser
@pytest.mark.parametrize(("make", "at"), [(sweep, 0), (sweep, 1), (frontier, 1), (frontier, 2), (robust, 3)])
def test_nothing_is_cut_or_too_wide(browser, make, at, tmp_path) -> None:
    path = tmp_path / "study.html"
    source = make(at)
    path.write_text(render_study(source), encoding="utf-8")
    page = browser.open(path)
    for size, dark in SIZES:
        page.look(size, dark)
        page.run("new Promise(done => setTimeout(done, 250))")
        assert not page.run(WIDER), size
        assert page.run(CUT) == [], size
    assert page.complaints() == []
    assert source.instance["title"].strip() in page.run("document.body.textContent")

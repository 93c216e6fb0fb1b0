"""The page of a study in a real browser without a network: quiet, and its explorer shows the cell that is chosen."""

from __future__ import annotations

import pytest

from optimizer.report.html.study_page import render_study
from tests.report.html.browser import Browser
from tests.report.html.study_folders import SAMPLE, SWEEP, TORNADO, hostile_study, made, rows_of
from tests.report.html.test_browser import CONTRAST, in_browser

PLOTS = "document.querySelectorAll('[data-plot]').length"
DRAWN = "document.querySelectorAll('[data-plot] .plot-container').length"
ARROWS = {"ArrowRight": 39, "ArrowLeft": 37, "End": 35, "Home": 36}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    asked = {"grid": SWEEP, "tornado": TORNADO, "sample": SAMPLE}
    return {name: made(results, name, *arguments) for name, arguments in asked.items()}


def press(page, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        page.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=ARROWS[key])


@in_browser
@pytest.mark.parametrize("name", ["grid", "tornado", "sample"])
@pytest.mark.parametrize(("size", "dark"), [((1280, 900), False), ((390, 844), True)])
def test_the_page_is_quiet_and_complete(browser, folders, name, size, dark):
    page = browser.open(folders[name] / "study.html", size, dark)
    assert page.requests() == []
    assert page.complaints() == []
    assert page.run(f"{PLOTS} > 0 && {PLOTS} === {DRAWN}"), "all charts, without scrolling"
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.run(CONTRAST) == []


@in_browser
def test_the_sliders_show_the_solved_cells(browser, folders):
    page = browser.open(folders["grid"] / "study.html")
    table = rows_of(folders["grid"] / "table.csv")
    names = list(table[0])[1:3]
    seen = set()
    page.run("document.getElementById('dial-0').focus()")
    for key in ("Home", *["ArrowRight"] * 7):
        press(page, key)
        number = int(page.run("document.getElementById('explorer-box').dataset.cell"))
        cell = table[number]
        seen.add(number)
        shown = [page.run(f"document.getElementById('dial-{k}-is').textContent") for k in (0, 1)]
        assert [float(words) for words in shown] == [float(cell[name]) for name in names]
        cost = page.run("document.querySelector('[data-say=\"metric-0\"]').textContent")
        assert float(cost.replace(",", "")) == pytest.approx(float(cell["lcoc_usd_per_eflop"]), rel=1e-3)
        chosen = page.run("document.querySelector('[data-plot=explorer]').data[1].y[0]")
        assert chosen == pytest.approx(float(cell["lcoc_usd_per_eflop"]), rel=1e-6)
    assert len(seen) == 8
    line = page.run("document.querySelector('[data-plot=explorer]').data[0].y")
    here = [row for row in table if row[names[1]] == cell[names[1]]]
    assert line == pytest.approx([float(row["lcoc_usd_per_eflop"]) for row in here], rel=1e-6)
    assert page.complaints() == []


@in_browser
def test_a_cell_without_an_answer_says_why(browser, folders):
    page = browser.open(folders["grid"] / "study.html")
    page.run("document.getElementById('dial-1').focus()")
    press(page, "End")
    number = int(page.run("document.getElementById('explorer-box').dataset.cell"))
    reason = rows_of(folders["grid"] / "table.csv")[number]["reason"]
    assert reason
    assert page.run("document.querySelector('[data-say=choice]').textContent") == reason
    assert page.run("document.querySelector('[data-say=\"metric-0\"]').textContent") == "–"


@in_browser
def test_hostile_names_run_nothing(browser, tmp_path):
    path = tmp_path / "study.html"
    path.write_text(render_study(hostile_study()), encoding="utf-8")
    page = browser.open(path)
    for step in range(3):
        page.run(
            "document.querySelectorAll('[data-dial]').forEach(d => {"
            f"d.value = {step}; d.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
        )
        page.run(
            "document.querySelectorAll('[data-plot]').forEach(p => "
            "Plotly.Fx.hover(p, [{curveNumber: 0, pointNumber: 0}]))"
        )
        page.browser.settle()
    page.run("(e => { e.value = 1; e.dispatchEvent(new Event('input')) })(document.getElementById('explorer-along'))")
    page.browser.settle()
    assert page.run("window.hacked === undefined")
    assert page.requests() == []
    assert page.complaints() == []
    assert page.run("document.querySelectorAll('main img, main iframe, main object, main embed, svg a').length") == 0


@in_browser
def test_it_prints(browser, folders):
    page = browser.open(folders["grid"] / "study.html", dark=True)
    assert page.pdf().startswith(b"%PDF")
    assert page.complaints() == []

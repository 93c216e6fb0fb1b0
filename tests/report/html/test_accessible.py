"""Pages under axe-core, the checks that audits of accessibility begin with: nothing serious is found on any.

The page of a comparison has its own test beside the others of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.html.study_page import render_study
from tests.report.html.browser import Browser
from tests.report.html.study_folders import SWEEP, made
from tests.report.html.test_bad_input import frontier, robust
from tests.report.html.test_browser import in_browser

FOUND = """axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
    .filter(v => v.impact === 'serious' || v.impact === 'critical')
    .map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`))"""


def axe() -> str:
    """The script of axe-core, as the package of the test extra ships it."""
    home = importlib.util.find_spec("axe_core_python")
    if home is None or home.origin is None:
        pytest.skip("axe-core is not installed")
    return (Path(home.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory, everything_page, infeasible_result):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "report.html").write_text(everything_page, encoding="utf-8")
    (folder / "infeasible.html").write_text(render_report(ReportSource(result=infeasible_result)), encoding="utf-8")
    for name, source in (("frontier", frontier(1)), ("robust", robust(3))):
        (folder / f"{name}.html").write_text(render_study(source), encoding="utf-8")
    study = made(tmp_path_factory.mktemp("results"), "grid", *SWEEP)
    return {
        "report": folder / "report.html",
        "infeasible": folder / "infeasible.html",
        "study": study / "study.html",
        "frontier": folder / "frontier.html",
        "robust": folder / "robust.html",
    }


@pytest.mark.long
@in_browser
@pytest.mark.parametrize(
    ("name", "size", "dark"),
    [
        ("report", (1440, 900), False),
        ("report", (390, 844), True),
        ("study", (1440, 900), True),
        ("infeasible", (390, 844), False),
        ("frontier", (1440, 900), False),
        ("robust", (390, 844), True),
    ],
)
def test_nothing_serious(browser, pages, name, size, dark):
    page = browser.open(pages[name], size, dark)
    page.run(axe() + "; 0")
    assert page.run(FOUND) == []


@in_browser
def test_axe_sees_a_fault(browser, tmp_path):
    """The check can fail: a picture without words and a field without a name are found."""
    path = tmp_path / "bad.html"
    path.write_text("<!doctype html><html><body data-ready=1><img src=x><input></body></html>", encoding="utf-8")
    page = browser.open_address(path.as_uri())
    page.run(axe() + "; 0")
    assert {line.split(":")[0] for line in page.run(FOUND)} >= {"image-alt", "label", "html-has-lang"}

"""The page of a comparison in a real browser, without a network: quiet, whole and within the screen."""

from __future__ import annotations

import pytest

from optimizer.analysis.comparison import compare
from optimizer.analysis.sides import Side
from optimizer.report.compared import shown
from optimizer.report.html.comparison_page import render_comparison
from optimizer.report.html.page import MOST_BYTES
from tests.report.html.browser import Browser
from tests.report.html.hostile import titled
from tests.report.html.test_accessible import FOUND, axe
from tests.report.html.test_browser import CONTRAST, in_browser

PLOTS = "document.querySelectorAll('[data-plot]').length"
DRAWN = "document.querySelectorAll('[data-plot] .plot-container').length"
TITLES = ("a very long title without an end " * 6, "مركز الحوسبة في هونغ كونغ", "香港数码港人工智能超算中心", "W" * 200)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory, minimal_result, everything_result):
    """Four designs under titles of 200 characters, from right to left, in Chinese, and of one endless word."""
    results = (everything_result, minimal_result, everything_result, minimal_result)
    sides = tuple(Side(name=f"run {at}", result=titled(one, TITLES[at])) for at, one in enumerate(results))
    page = render_comparison(shown(compare(sides)))
    assert len(page.encode()) < MOST_BYTES
    path = tmp_path_factory.mktemp("pages") / "comparison.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@in_browser
@pytest.mark.parametrize(("size", "dark"), [((1440, 900), False), ((390, 844), True), ((320, 640), False)])
def test_the_page_is_quiet_and_complete(browser, page_file, size, dark):
    page = browser.open(page_file, size, dark)
    assert page.requests() == []
    assert page.complaints() == []
    assert page.run(f"{PLOTS} > 0 && {PLOTS} === {DRAWN}"), "all charts, without scrolling"
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.run(CONTRAST) == []
    for title in TITLES:
        assert title.strip() in page.run("document.body.textContent")


@pytest.mark.long
@in_browser
def test_nothing_serious(browser, page_file):
    page = browser.open(page_file, (1440, 900), False)
    page.run(axe() + "; 0")
    assert page.run(FOUND) == []

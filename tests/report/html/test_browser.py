"""The page in a real browser without a network: nothing asked for, nothing run, nothing refused, fit to be read."""

from __future__ import annotations

import pytest

from optimizer.report.html.figure import DARK, LIGHT, SERIES
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from tests.report.html.browser import CHROMIUM, Browser

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
DRAW_ALL = "dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(browser, tmp_path):
    def show(page, size=(1280, 900), dark=False):
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        shown = browser.open(path, size, dark)
        shown.run(DRAW_ALL)
        browser.settle()
        return shown

    return show


@in_browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_the_page_is_quiet_and_complete(opened, everything_page, size, dark):
    page = opened(everything_page, size, dark)
    assert page.requests() == []
    assert page.complaints() == []
    plots = page.run("document.querySelectorAll('[data-plot]').length")
    assert plots >= 5
    assert page.run("document.querySelectorAll('[data-plot] .plot-container').length") == plots
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@in_browser
def test_all_charts_are_there_without_scrolling(browser, everything_page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(everything_page, encoding="utf-8")
    page = browser.open(path, (1280, 300))
    plots = page.run("document.querySelectorAll('[data-plot]').length")
    assert page.run("document.querySelectorAll('[data-plot] .plot-container').length") == plots >= 5


@in_browser
def test_hostile_names_run_nothing(opened, hostile_page):
    page = opened(hostile_page)
    assert page.run("window.hacked === undefined")
    assert page.requests() == []
    assert page.complaints() == []
    assert page.run("document.querySelectorAll('main img, main iframe, main object, main embed').length") == 0
    hrefs = page.run("Array.from(document.querySelectorAll('a[href], svg a')).map(a => a.protocol || a.href.baseVal)")
    assert set(hrefs) <= {"file:", "https:", "http:"}
    assert page.run("!!document.body.textContent.includes('<img src=x onerror=window.hacked=2>')")
    # Hovering is when labels become markup again.
    page.run(
        "document.querySelectorAll('[data-plot]').forEach(p => Plotly.Fx.hover(p, [{curveNumber: 0, pointNumber: 0}]))"
    )
    page.browser.settle()
    assert page.run("window.hacked === undefined")
    assert page.complaints() == []


@in_browser
def test_the_policy_stops_what_it_should(opened, minimal_page):
    page = opened(minimal_page)
    page.run("document.body.insertAdjacentHTML('beforeend', '<p id=p onclick=\"window.hacked=9\">x</p>')")
    page.run("document.getElementById('p').click()")
    page.run("var s = document.createElement('script'); s.textContent = 'window.hacked = 10'; document.body.append(s)")
    assert page.run("window.hacked === undefined")
    assert (
        page.run(
            "(() => { try { return fetch('https://example.org').then(() => 1, () => 0) } catch (e) { return 0 } })()"
        )
        == 0
    )


@in_browser
def test_theme_can_be_changed_with_the_keyboard(opened, everything_page):
    page = opened(everything_page)
    before = page.run("getComputedStyle(document.body).backgroundColor")
    page.run("document.getElementById('theme').focus()")
    for kind in ("keyDown", "keyUp"):
        page.send("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    assert page.run("document.documentElement.dataset.theme") == "dark"
    assert page.run("getComputedStyle(document.body).backgroundColor") != before
    colour = page.run("document.querySelector('[data-plot]').layout.paper_bgcolor")
    assert colour == DARK["@paper"]


@in_browser
def test_it_prints_on_a4_and_opens_fast(opened, everything_page):
    page = opened(everything_page, dark=True)
    assert page.seconds < 10, "ten times what it takes on an idle machine"
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert page.complaints() == []


@in_browser
def test_an_infeasible_run_in_the_browser(opened, infeasible_result):
    page = opened(render_report(ReportSource(result=infeasible_result)))
    assert page.complaints() == []
    assert page.run("document.querySelector('.verdict').textContent").strip().startswith("INFEASIBLE")


@in_browser
@pytest.mark.parametrize("dark", [False, True])
def test_reading_without_eyes_or_mouse(opened, everything_page, dark):
    page = opened(everything_page, dark=dark)
    assert page.run("document.documentElement.lang") == "en"
    assert page.run("Array.from(document.querySelectorAll('th')).every(t => t.scope && t.textContent.trim())")
    assert page.run("Array.from(document.querySelectorAll('table')).every(t => t.caption)")
    assert page.run(
        "Array.from(document.querySelectorAll('main section')).every(s => s.getAttribute('aria-labelledby'))"
    )
    scrolls = "Array.from(document.querySelectorAll('.scroll, .drawing'))"
    assert page.run(f"{scrolls}.every(s => s.tabIndex === 0 && s.getAttribute('aria-label'))")
    assert page.run("Array.from(document.querySelectorAll('a')).every(a => a.textContent.trim())")
    assert page.run("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"])').length") == 0
    assert page.run(CONTRAST) == []


CONTRAST = r"""
(() => {
  const parse = c => c.match(/[\d.]+/g).map(Number);
  const linear = x => x <= 10 ? x / 255 / 12.92 : ((x / 255 + .055) / 1.055) ** 2.4;
  const light = c => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  document.querySelectorAll('body *').forEach(e => {
    if (e.closest('svg, script, style, details:not([open]) > :not(summary)')) return;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) return;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  });
  return poor;
})()
"""


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_of_the_charts(palette):
    for role in ("@ink", "@soft"):
        assert _contrast(palette[role], palette["@paper"]) >= 4.5
    weak = [role for role in SERIES if _contrast(palette[role], palette["@paper"]) < 3]
    assert weak == []
    assert len({palette[role] for role in SERIES}) == len(SERIES)

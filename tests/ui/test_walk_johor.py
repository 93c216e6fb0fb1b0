"""From a city to a design that is compared and varied, in a real browser: what a planner of Johor does."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from tests.report.html.browser import CHROMIUM, Browser, Page
from tests.ui.test_walk import ROOT, Server, look, press, type_into, wait_for

EVIL = "</title><img src=x onerror=alert(1)>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "work").mkdir()
    found = Server(tmp_path / "work")
    yield found
    if found.process.poll() is None:
        found.end()


def go(page: Page, address: str) -> None:
    page.send("Page.navigate", url=address)
    page.loaded()


def submit(page: Page, action: str, **values: str) -> None:
    """Fill in a form and send it off."""
    form = f"document.querySelector('form[action$=\"{action}\"]')"
    filled = "".join(f"{form}.elements.{name}.value = {json.dumps(value)}; " for name, value in values.items())
    press(page, f"{filled}{form}.requestSubmit()")


def answer(page: Page) -> str:
    """Wait for the end of what is at work; gives the address of its answer, which is opened."""
    wait_for(page, "!!document.getElementById('go')")
    press(page, "document.getElementById('go').click()")
    return str(page.run("location.href"))


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_from_johor_to_a_design_compared_and_varied(server: Server, tmp_path: Path) -> None:
    address, home = server.address, f"{server.address}i/johor"
    with Browser(tmp_path / "profile", reachable="127.0.0.1") as browser:
        page = browser.open_address(address, (1440, 900))
        submit(page, "/new", name="johor", place="johor")
        assert page.run("location.href") == home, page.run("document.body.innerText")
        look(page, "johor-new")

        # Three assumptions, one of them wrong at first.
        go(page, f"{home}?group=sites")
        type_into(page, "sites.main.name", EVIL)
        type_into(page, "sites.main.grid_mw", "twelve")
        assert re.match(r"E\d{4}", page.run("document.querySelector('.finding').innerText"))
        assert page.run("document.activeElement.id") == "v-sites.main.grid_mw", "the cursor is where it is wrong"
        look(page, "johor-wrong")
        type_into(page, "sites.main.grid_mw", "12")
        go(page, f"{home}?q=solve.gap")
        type_into(page, "solve.gap", "1e-5")
        assert page.run("document.querySelector('.diff').innerText").count("+ ") == 3

        submit(page, "/solve")
        look(page, "johor-at-work")
        first = answer(page)
        assert page.run("document.querySelector('.badge').innerText") == "VERIFIED"
        look(page, "johor-run")
        assert page.run("document.querySelectorAll('main img').length") == 0, "a hostile name stays text"
        go(page, f"{first}/report")
        assert page.run("document.querySelectorAll('img[src=x]').length") == 0
        assert EVIL in page.run("document.body.textContent")
        look(page, "johor-report")

        # The file as it is, under a scenario of it, beside the run.
        go(page, home)
        submit(page, "/reset")
        submit(page, "/scenario", scenario="half_price")
        submit(page, "/solve")
        half = answer(page)
        runs = [where.split("/run/")[1] for where in (first, half)]
        go(page, f"{address}compare?run={runs[0]}&run={runs[1]}")
        assert "A site in Johor, Malaysia: half_price" in page.run("document.body.innerText"), "told apart by scenario"
        assert page.run("document.querySelectorAll('img[src=x]').length") == 0
        look(page, "johor-compare")

        # A study of two cells; one is opened as a run, and downloaded.
        go(page, f"{home}?vary=sites.main.grid_mw")
        submit(page, "/sweep", values1="10,15")
        look(page, "johor-sweep")
        answer(page)
        assert page.run("document.querySelectorAll('table.map button').length") == 2
        look(page, "johor-study")
        press(page, "document.querySelector('table.map form').requestSubmit()")
        answer(page)
        with zipfile.ZipFile(io.BytesIO(urlopen(page.run("document.getElementById('zip').href")).read())) as archive:
            assert archive.testzip() is None
            assert {"report.html", "design.json", "procurement.csv", "RUN_OK"} <= {
                name.rsplit("/", 1)[1] for name in archive.namelist()
            }
        go(page, address)
        look(page, "johor-projects")
        elsewhere = [url for url in page.requests() if not url.startswith((address, "about:", "data:"))]
        assert elsewhere == []
        assert [text for text in page.complaints() if "422" not in text] == []


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_long_search_is_watched_and_what_is_good_enough_is_kept(server: Server, tmp_path: Path) -> None:
    """The flagship without any gap: its bound and its best plan are shown while it searches, and it is stopped."""
    shutil.copy(ROOT / "instances" / "hong_kong_cyberport.toml", tmp_path / "work")
    home = f"{server.address}i/hong_kong_cyberport"
    with Browser(tmp_path / "profile", reachable="127.0.0.1") as browser:
        page = browser.open_address(f"{home}?q=solve.gap", (1440, 900))
        type_into(page, "solve.gap", "0.0")
        submit(page, "/solve")
        wait_for(page, "/[0-9]/.test(document.getElementById('bound')?.innerText) "
                       "&& /[0-9]/.test(document.getElementById('best')?.innerText)")  # fmt: skip
        assert page.run("document.querySelectorAll('svg.search polyline').length") == 2, "both close in on each other"
        press(page, "document.getElementById('stop').form.requestSubmit()")
        look(page, "stopped-at-work")
        wait_for(page, "!!document.getElementById('go')")
        assert "with code 130" in page.run("document.getElementById('part').innerText"), "stopped, and not at its end"
        answer(page)
        assert page.run("document.querySelector('.badge').innerText") == "VERIFIED"
        assert page.run("document.getElementById('unproven').innerText") == "NOT PROVEN BEST", "its badge says both"
        look(page, "stopped-run")

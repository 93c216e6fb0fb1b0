"""A walk through the workbench in a real browser, with a real server: what a planner does on the first day."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from tests.report.html.browser import CHROMIUM, Browser, Page
from tests.tender.bid_cases import as_toml, tree
from tests.tiny import ROOT

PICTURES = os.environ.get("WORKBENCH_PICTURES")
"""A folder to keep pictures of every screen in, for whoever wants to look at them."""


class Server:
    """`optimizer ui` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "optimizer", "ui", str(folder), "--json"], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )  # fmt: skip
        assert self.process.stdout is not None
        told = ""
        while not told.rstrip().endswith("}\n}") and (line := self.process.stdout.readline()):
            told += line
        self.address = str(json.loads(told)["result"]["address"])

    def end(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    shutil.copy(ROOT / "instances" / "minimal.toml", place)
    return place


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    found = Server(folder)
    yield found
    if found.process.poll() is None:
        found.end()


@pytest.mark.long
def test_slow_clients_and_hundreds_of_requests_keep_nobody_out(server: Server) -> None:
    """Sixty connections say half a line and no more; others are served meanwhile, or told to come again, and after."""
    host = server.address.split("/")[2]
    port = int(host.split(":")[1])
    slow = []
    for _ in range(60):
        one = socket.create_connection(("127.0.0.1", port), 10)
        one.sendall(b"GET / HTTP/1.1\r\nHost: half")
        slow.append(one)
    try:
        assert urlopen(server.address, timeout=30).status == 200
    finally:
        for one in slow:
            one.close()
    answers = []
    for number in range(300):
        try:
            answers.append(urlopen(server.address if number % 3 else f"http://{host}/guess/", timeout=30).status)
        except HTTPError as refused:
            answers.append(refused.code)
            refused.close()
    assert answers.count(200) == 200
    assert answers.count(404) == 100
    assert server.process.poll() is None


@pytest.mark.long
def test_it_serves_this_machine_alone_and_ends_on_ctrl_c(server: Server) -> None:
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([A-Za-z0-9_-]{43})/", server.address)
    assert found is not None
    listening = Path("/proc/net/tcp")
    if listening.exists():
        port = f"{int(found[1]):04X}"
        assert re.search(rf" 0100007F:{port} ", listening.read_text()), "on the loopback address"
        assert not re.search(rf" 00000000:{port} ", listening.read_text())
    server.end()
    assert server.process.returncode in (0, 130, -2)


def look(page: Page, name: str) -> None:
    """No sideways scroll at any width, and pictures for whoever asked for them."""
    for label, size, dark in (("wide", (1440, 900), False), ("phone", (390, 800), False), ("dark", (1440, 900), True)):
        page.look(size, dark)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        until = time.monotonic() + 5  # charts are drawn anew a moment after the window has changed
        while page.run(wider) > 0 and time.monotonic() < until:
            page.browser.settle(0.2)
        assert page.run(wider) <= 0, f"{name} is wider than a {label} window"
        if PICTURES:
            page.screenshot(Path(PICTURES) / f"{name}-{label}.png")
    page.look((1440, 900), False)


def press(page: Page, script: str) -> None:
    """Do something that leads to another page."""
    page.run(script)
    page.loaded()


def wait_for(page: Page, script: str, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not page.run(script):
        assert time.monotonic() < until, page.run("document.body.innerText")
        page.browser.settle(0.2)


def type_into(page: Page, path: str, value: str) -> None:
    field = f"document.getElementById('v-{path}')"
    press(page, f"{field}.value = {json.dumps(value)}; {field}.form.requestSubmit()")


def solve(page: Page, address: str, name: str) -> str:
    """Solve from the page of an instance; gives the address of the run."""
    page.send("Page.navigate", url=f"{address}i/{name}")
    page.loaded()
    press(page, "document.querySelector('form[action$=\"/solve\"]').requestSubmit()")
    wait_for(page, "!!document.getElementById('go')")
    press(page, "document.getElementById('go').click()")
    return str(page.run("location.href"))


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_planners_first_day(server: Server, folder: Path, tmp_path: Path) -> None:
    address = server.address
    with Browser(tmp_path / "profile", reachable="127.0.0.1") as browser:
        page = browser.open_address(address, (1440, 900))
        look(page, "projects-empty")
        form = "document.querySelector('form[action$=\"/new\"]')"
        press(page, f"{form}.elements.name.value = 'mine'; "
                    f"{form}.elements.example.value = 'minimal'; {form}.requestSubmit()")  # fmt: skip
        assert page.run("location.pathname").endswith("/i/mine"), page.run("document.body.innerText")
        assert (folder / "mine.toml").is_file()

        page.send("Page.navigate", url=f"{address}i/mine?group=sites")
        page.loaded()
        type_into(page, "sites.paper.grid_mw", "0.09")
        type_into(page, "sites.paper.grid_mw", "-4")
        assert "E0312" in page.run("document.querySelector('.finding').innerText")
        assert page.run("document.activeElement.id") == "v-sites.paper.grid_mw", "the cursor is where it is wrong"
        look(page, "assumptions-wrong")
        type_into(page, "sites.paper.name", "<img src=x onerror=alert(1)>")
        assert page.run("document.querySelectorAll('main img').length") == 0
        look(page, "assumptions")

        tight = solve(page, address, "mine")
        assert "VERIFIED" in page.run("document.body.innerText")
        look(page, "run")
        base = solve(page, address, "minimal")
        one, two = (where.split("/run/")[1] for where in (base, tight))
        page.send("Page.navigate", url=f"{address}compare?run={one}&run={two}")
        page.loaded()
        assert "designs side by side" in page.run("document.body.innerText")
        look(page, "compare")

        page.send("Page.navigate", url=f"{address}i/minimal")
        page.loaded()
        study = "document.querySelector('form[action$=\"/sweep\"]')"
        press(page, f"{study}.elements.path1.value = 'phases.only.target_pflops'; "
                    f"{study}.elements.values1.value = '30,38'; {study}.requestSubmit()")  # fmt: skip
        look(page, "job")
        wait_for(page, "!!document.getElementById('go')")
        press(page, "document.getElementById('go').click()")
        look(page, "study")
        assert page.run("document.querySelectorAll('table.map button').length") == 2
        press(page, "document.querySelectorAll('table.map form')[1].requestSubmit()")
        wait_for(page, "!!document.getElementById('go')")
        press(page, "document.getElementById('go').click()")
        told = page.run("fetch(document.getElementById('zip').href).then(r => r.blob()).then(b => b.size)")
        assert told > 100_000, "everything in one file"

        place = folder / "bids" / "minimal"
        place.mkdir(parents=True)
        as_toml(place / "acme.toml", tree("<b onmouseover=alert(1)>Acme", unit_price=19_000))
        as_toml(place / "bravo.toml", tree("Bravo", unit_price=-1))
        page.send("Page.navigate", url=f"{address}i/minimal/bids")
        page.loaded()
        assert "E0312" in page.run("document.querySelector('.findings').innerText")
        look(page, "bids-wrong")
        press(page, "document.querySelectorAll('form[action$=\"/remove\"]')[1].requestSubmit()")
        press(page, "document.querySelector('form[action$=\"/bids/award\"]').requestSubmit()")
        wait_for(page, "!!document.getElementById('go')")
        press(page, "document.getElementById('go').click()")
        assert "awarded" in page.run("document.body.innerText")
        assert page.run("document.querySelectorAll('main b').length") == 0
        look(page, "award")

        page.send("Page.navigate", url=f"{tight}/report")
        page.loaded()
        page.send("Page.navigate", url=address)
        page.loaded()
        look(page, "projects")
        elsewhere = [url for url in page.requests() if not url.startswith(address) and not url.startswith("about:")]
        assert elsewhere == []
        expected = [text for text in page.complaints() if "422" in text]
        assert [text for text in page.complaints() if text not in expected] == []
        assert len(expected) <= 1, "the browser notes the answer to the wrong value"


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX")
def test_a_killed_server_loses_nothing(folder: Path) -> None:
    first = Server(folder)
    host = first.address.split("/")[2]
    urlopen(Request(f"{first.address}i/minimal/solve", data=b"", headers={"origin": f"http://{host}"}), timeout=30)
    first.end(signal.SIGKILL)
    jobs = folder / ".optimizer-ui" / "jobs"
    until = time.monotonic() + 90
    while not list(jobs.glob("*/ended.json")):
        assert time.monotonic() < until
        time.sleep(0.2)
    second = Server(folder)
    try:
        page = urlopen(second.address, timeout=30).read().decode()
        assert "finished" in page
        assert "VERIFIED" in page
        assert second.address != first.address
    finally:
        second.end()

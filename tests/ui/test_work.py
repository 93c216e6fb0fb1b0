"""Work through the pages: drafts over the file, searches as commands, and what is left when things are killed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from optimizer.reading.read import ReadOptions, read_instance
from optimizer.ui.jobs import Jobs, StartedJob
from optimizer.ui.studies import study_map
from optimizer.ui.studies import table as studies_table
from tests.tiny import ROOT
from tests.ui.asking import Client, Reply

GRID = "sites.paper.grid_mw"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    shutil.copy(ROOT / "instances" / "minimal.toml", tmp_path)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Client:
    return Client(folder)


def until(found: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def job_of(reply: Reply, folder: Path) -> StartedJob:
    assert reply.status == 303, reply.text
    return Jobs(folder).get(reply.headers["location"].rsplit("/", 1)[1])


def ended(folder: Path, job: StartedJob) -> StartedJob:
    until(lambda: Jobs(folder).get(job.id).state != "running")
    return Jobs(folder).get(job.id)


def change(client: Client, path: str, value: str) -> Reply:
    return client.post("/i/minimal/set", {"path": path, "value": value, "group": "sites"})


def test_a_change_is_shown_as_a_diff_and_a_command_and_the_file_stays(client: Client, folder: Path) -> None:
    before = (folder / "minimal.toml").read_bytes()
    page = client.follow(change(client, GRID, "0.09")).text
    assert f"+ {GRID}=0.09" in page
    assert f"optimizer solve minimal.toml --set {GRID}=0.09" in page
    assert (folder / "minimal.toml").read_bytes() == before
    assert f"+ {GRID}=0.09" in Client(folder).get("/i/minimal").text, "another server, another tab: the same draft"
    assert "+ " not in client.follow(client.post("/i/minimal/reset")).text


@pytest.mark.parametrize(
    "typed",
    [
        "-1",
        "",
        "many",
        "0.09\n[sites.other]",
        '0.09, name = "x"',
        "{a = 1}",
        "[1]",
        "nan",
        "1e999",
        "0.09 # x\nname='y'",
    ],
)
def test_a_wrong_value_has_its_finding_at_its_field_and_is_not_kept(client: Client, typed: str) -> None:
    reply = change(client, GRID, typed)
    assert reply.status in (400, 422), reply.text
    field = reply.text.split(f'id="f-{GRID}"')[1].split('class="field')[0]
    assert 'role="alert"' in field
    assert re.search(r"<strong>E\d{4}</strong>", field)
    assert "+ " not in client.get("/i/minimal").text


def test_a_text_that_looks_like_toml_stays_a_text(client: Client) -> None:
    page = client.follow(client.post("/i/minimal/set", {"path": "title", "value": '5" # [x]', "group": "question"}))
    assert "5&#34; # [x]" in page.text


def test_a_path_that_is_none_is_refused(client: Client) -> None:
    assert client.post("/i/minimal/set", {"path": "sites.paper.wings", "value": "2"}).status == 400
    assert client.post("/i/minimal/set", {"path": "a=1\nb", "value": "2"}).status == 400


def test_a_draft_becomes_a_scenario_that_reads_the_same(client: Client, folder: Path) -> None:
    change(client, GRID, "0.09")
    change(client, "sites.paper.name", "Höhe 7")
    wanted = read_instance(folder / "minimal.toml", ReadOptions(sets=(f"{GRID}=0.09", 'sites.paper.name="Höhe 7"')))
    page = client.follow(client.post("/i/minimal/keep", {"scenario": "tight"})).text
    assert "<option selected>tight</option>" in page
    found = read_instance(folder / "minimal.toml", ReadOptions(scenario="tight"))
    assert found.sha256 == wanted.sha256
    change(client, GRID, "0.2")
    again = client.post("/i/minimal/keep", {"scenario": "tight"})
    assert again.status == 400


def field_of(page: str, path: str) -> str:
    return page.split(f'id="f-{path}"')[1].split('class="field')[0]


def test_two_windows_lose_nothing_and_the_later_one_is_told(client: Client, folder: Path) -> None:
    """Both were opened on the same page. What the other has changed meanwhile is shown, and not written over unseen."""
    was = re.findall(r'name="was" value="([^"]*)"', field_of(client.get("/i/minimal?group=sites").text, GRID))[0]
    other = Client(folder)
    assert change(other, "sites.paper.name", "Mine").status == 303
    first = {"path": GRID, "value": "0.09", "group": "sites", "was": was}
    assert client.post("/i/minimal/set", first).status == 303
    late = other.post("/i/minimal/set", first | {"value": "0.2"})
    assert late.status == 422
    assert "changed meanwhile" in field_of(late.text, GRID)
    assert "it is 0.09 now" in field_of(late.text, GRID)
    assert 'value="0.2"' in field_of(late.text, GRID), "what was typed is kept"
    page = client.get("/i/minimal?group=sites").text
    assert "+ sites.paper.name" in page
    assert f"+ {GRID}=0.09" in page
    assert other.post("/i/minimal/set", first | {"value": "0.2", "was": "0.09"}).status == 303, "seen, and set again"
    assert f"+ {GRID}=0.2" in client.get("/i/minimal").text


def test_a_file_changed_on_disk_locks_nobody_out(client: Client, folder: Path) -> None:
    change(client, GRID, "0.09")
    file = folder / "minimal.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sites.paper", "sites.hall"), encoding="utf-8")
    page = client.get("/i/minimal")
    assert page.status == 400
    assert f"+ {GRID}=0.09" in page.text, "nothing is lost before it is taken back"
    assert client.get("/").status == 200
    again = client.follow(client.post("/i/minimal/reset"))
    assert again.status == 200
    assert "sites.hall" in client.get("/i/minimal?group=sites").text
    file.write_text(text + "\n[scenarios.tight]\nsites.paper.grid_mw = 0.1\n", encoding="utf-8")
    client.post("/i/minimal/scenario", {"scenario": "tight"})
    file.write_text(text, encoding="utf-8")
    assert "scenario tight" in client.get("/i/minimal").text
    assert client.follow(client.post("/i/minimal/reset")).status == 200


def test_a_run_folder_that_is_deleted_while_it_is_open_is_said(client: Client, folder: Path) -> None:
    run = folder / "results" / "minimal" / "r1"
    run.mkdir(parents=True)
    shutil.rmtree(run)
    for path in ("", "/report", "/zip"):
        reply = client.get(f"/run/minimal/r1{path}")
        assert reply.status == 404
        assert "there is no run r1 of minimal here" in reply.text
    assert client.post("/run/minimal/r1/ask", {"question": "licences"}).status == 404
    assert client.get("/compare?run=minimal/r1&run=minimal/r2").status == 404
    assert client.get("/").status == 200


@pytest.mark.long
def test_a_search_is_a_command_whose_run_is_found_again(client: Client, folder: Path) -> None:
    change(client, GRID, "0.09")
    job = ended(folder, job_of(client.post("/i/minimal/solve"), folder))
    assert (job.state, job.exit_code) == ("finished", 0), job.text("stderr")
    page = client.get(f"/job/{job.id}")
    assert "See what came out" in page.text
    assert "hx-get" not in page.text, "a page of an ended search asks no more"
    run = client.get(job.goes_to)
    assert ">VERIFIED<" in run.text
    report = client.get(f"{job.goes_to}/report")
    assert "script-src 'sha256-" in report.headers["content-security-policy"]
    with zipfile.ZipFile(io.BytesIO(client.get(f"{job.goes_to}/zip").body)) as archive:
        assert {"RUN_OK", "design.json", "report.html", "workbook.xlsx"} <= {
            n.split("/")[1] for n in archive.namelist()
        }
    other = ended(folder, job_of(client.post(f"{job.goes_to}/ask", {"question": "power", "about": "paper"}), folder))
    assert other.exit_code == 0, other.text("stderr")
    assert f"{GRID}=2.09" in other.command
    one, two = (j.goes_to.removeprefix("/run/") for j in (job, other))
    compared = client.get(f"/compare?run={one}&run={two}")
    assert compared.status == 200
    assert GRID.split(".")[-1] in compared.text
    assert client.get(f"/compare?run={one}").status == 400
    # What somebody changed is not shown as verified, alone or beside another.
    orders = folder / "results" / one / "procurement.csv"
    orders.write_text(orders.read_text(encoding="utf-8").replace("20000", "10000"), encoding="utf-8")
    changed = client.get(job.goes_to).text
    assert "altered since the run: procurement.csv" in changed
    assert ">VERIFIED<" not in changed
    assert "altered since the run: procurement.csv" in client.get(f"/compare?run={one}&run={two}").text
    (folder / "results" / one / "design.json").unlink()
    assert "design.json" in client.get(job.goes_to).text


def slow(folder: Path) -> StartedJob:
    """A search that goes on until it is stopped: the solver is asked for more than it can prove."""
    text = (ROOT / "instances" / "hong_kong_cyberport.toml").read_text(encoding="utf-8")
    (folder / "hong_kong_cyberport.toml").write_text(text, encoding="utf-8")
    client = Client(folder)
    change_gap = {"path": "solve.gap", "value": "0.0", "group": "question"}
    client.post("/i/hong_kong_cyberport/set", change_gap)
    return job_of(client.post("/i/hong_kong_cyberport/solve"), folder)


@pytest.mark.long
def test_good_enough_keeps_the_best_and_a_second_click_starts_nothing(folder: Path) -> None:
    job = slow(folder)
    until(lambda: any(best is not None for _, best, _ in Jobs(folder).get(job.id).progress()))
    page = Client(folder).get(f"/job/{job.id}/part").text
    assert 'id="bound"' in page
    assert "<polyline" in page
    twin = job_of(Client(folder).post("/i/hong_kong_cyberport/solve"), folder)
    assert twin.id == job.id, "what is at work already is not started twice"
    Client(folder).post(f"/job/{job.id}/stop")
    job = ended(folder, job)
    assert job.exit_code == 130, job.text("stderr")
    run = Client(folder).get(job.goes_to).text
    assert ">VERIFIED<" in run
    assert ">NOT PROVEN BEST<" in run, "its badge says both"


@pytest.mark.long
def test_a_killed_search_says_so_and_nothing_else_is_harmed(folder: Path) -> None:
    job = slow(folder)
    until(lambda: bool(Jobs(folder).get(job.id).progress()))
    os.killpg(job.pid, signal.SIGKILL)
    job = ended(folder, job)
    assert job.state == "killed"
    page = Client(folder).get(f"/job/{job.id}")
    assert "killed before it ended" in page.text
    assert Client(folder).get("/").status == 200
    assert Client(folder).get("/i/hong_kong_cyberport").status == 200


@pytest.mark.long
def test_a_killed_study_goes_on_and_a_cell_opens_as_a_run(folder: Path) -> None:
    client = Client(folder)
    form = {"path1": "phases.only.target_pflops", "values1": "20,24,28,32", "path2": GRID, "values2": "0.5,0.6"}
    job = job_of(client.post("/i/minimal/sweep", form), folder)
    study = folder / "results" / job.goes_to.removeprefix("/study/").replace("/", "/studies/")
    until(lambda: (study / "so_far.csv").exists())
    assert 'hx-trigger="every 2s"' in client.get(job.goes_to).text
    os.killpg(job.pid, signal.SIGKILL)
    until(lambda: Jobs(folder).get(job.id).state != "running")
    early = client.get(job.goes_to).text
    known = early.count('aria-label="Open cell')
    assert 1 <= known < 8, "the map fills while the others are searched"
    assert early.count("&hellip;") == 8 - known
    kept = {path.name: path.read_bytes() for path in (study / "cells").glob("*.json")}
    again = job_of(client.post("/i/minimal/sweep", form), folder)
    assert again.goes_to == job.goes_to
    assert ended(folder, again).exit_code == 0, again.text("stderr")
    assert all((study / "cells" / name).read_bytes() == content for name, content in kept.items())
    page = client.get(again.goes_to).text
    assert page.count("Open as a run") == 8
    assert page.count('aria-label="Open cell') == 8
    assert not (study / "so_far.csv").exists()
    opened = ended(folder, job_of(client.post(f"{again.goes_to}/open", {"cell": "3"}), folder))
    assert opened.exit_code == 0, opened.text("stderr")
    assert client.post(f"{again.goes_to}/open", {"cell": "99"}).status == 400
    file = folder / "minimal.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("price_usd = 20_000", "price_usd = 21_000"), encoding="utf-8"
    )
    assert "not what it was" in client.post(f"{again.goes_to}/open", {"cell": "3"}).text


def test_a_map_of_what_is_known(client: Client, folder: Path) -> None:
    """Two keys, three of four cells known: each has its value and colour, and the last is still open."""
    study = folder / "results" / "minimal" / "studies" / "ui-1"
    study.mkdir(parents=True)
    factors = [
        {"path": path, "relative": False, "values": values} for path, values in (("a.b", [20, 24]), (GRID, [0.5, 1.0]))
    ]
    about = {"design": {"kind": "grid", "factors": factors}, "instance": {"name": "minimal", "sets": []}}
    (study / "study.json").write_text(json.dumps(about))
    rows = ["0,20,0.5,optimal,1.5,0.0,quick", "1,20,1.0,optimal,1.25,0.0,<b>", "2,24,0.5,infeasible,,,"]
    text = "\n".join([f"cell,a.b,{GRID},status,value,gap,chip_set", *rows])
    (study / "so_far.csv").write_text(text + "\n")
    found = study_map(study)
    assert found is not None
    assert (found.across, found.down, found.columns) == ("a.b", GRID, ("20", "24"))
    assert found.legend == ("quick", "<b>", "proven to have no design")
    assert (found.names[GRID], found.measure) == ("Site paper: grid power, MW", "levelised cost, USD/EFLOP")
    texts = [[cell and (cell.number, cell.text, cell.colour) for cell in cells] for _, cells in found.rows]
    assert texts == [[("0", "1.500", 0), ("2", "infeasible", 2)], [("1", "1.250", 1), None]]
    assert studies_table(study).header[1:3] == ("a.b", "Site paper: grid power, MW")
    page = client.get("/study/minimal/ui-1").text
    assert "&lt;b&gt;" in page
    assert page.count('aria-label="Open cell') == 3
    assert "hx-get" not in page, "nothing is at work"


def test_a_project_is_one_file_and_links_stay_out(client: Client, folder: Path) -> None:
    place = folder / "results" / "minimal" / "run"
    place.mkdir(parents=True)
    (place / "design.json").write_text("{}")
    (place / "link.json").symlink_to("/etc/hostname")
    (folder / "bids" / "minimal").mkdir(parents=True)
    (folder / "bids" / "minimal" / "a.toml").write_text("x = 1")
    with zipfile.ZipFile(io.BytesIO(client.get("/i/minimal/zip").body)) as archive:
        assert archive.namelist() == [
            "minimal/minimal.toml",
            "minimal/bids/minimal/a.toml",
            "minimal/results/minimal/run/design.json",
        ]
        assert archive.read("minimal/minimal.toml") == (folder / "minimal.toml").read_bytes()
    assert client.get("/i/none/zip").status == 404


def test_keys_are_made_axes_by_clicking_them(client: Client) -> None:
    page = client.get(f"/i/minimal?group=sites&vary={GRID}").text
    assert f'value="{GRID}" autocomplete' in page.split('name="path1"')[1][:200]
    assert '<details id="study" open>' in page
    assert f"vary={GRID}+sites.paper.name" in page.replace("&amp;", "&")
    evil = client.get("/i/minimal?vary=%22%3E%3Cscript%3E").text
    assert '"><script>' not in evil

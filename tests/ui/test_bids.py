"""Bids through the pages: sent, checked, weighed and awarded by the commands that do it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from optimizer.ui.gate import MOST_BODY_BYTES
from tests.tender.bid_cases import as_toml, as_xlsx, tree
from tests.ui.asking import HOST, Client, Reply
from tests.ui.test_work import client, ended, folder, job_of

__all__ = ["client", "folder"]

EDGE = "edge-of-a-part"
BREAK = [{"from_accelerators": 80, "unit_price": 18_000}]


def send(client: Client, name: str, content: bytes) -> Reply:
    """A file as a browser's form sends it."""
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="bid"; filename="{name}"\r\n'
    body = f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + f"\r\n--{EDGE}--\r\n".encode()
    headers: dict[str, str | None] = {
        "origin": f"http://{HOST}",
        "content-type": f"multipart/form-data; boundary={EDGE}",
    }
    return client.ask("POST", "/i/minimal/bids/send", headers=headers, body=body)


def test_a_bid_that_is_sent_is_kept_byte_for_byte_and_checked(client: Client, folder: Path, tmp_path: Path) -> None:
    workbook = as_xlsx(tmp_path / "sent.xlsx", tree("Bravo <b>", accelerator="frugal", unit_price=9_000)).read_bytes()
    page = client.follow(send(client, "Bravo.xlsx", workbook)).text
    kept = folder / "bids" / "minimal" / "Bravo.xlsx"
    assert kept.read_bytes() == workbook
    assert "Bravo &lt;b&gt;" in page
    assert "no errors" in page
    assert "9000" not in page, "no price in a list that is looked at before quality is marked"
    assert client.get("/i/minimal/bids/file/Bravo.xlsx").body == workbook
    send(client, "acme.toml", as_toml(tmp_path / "a.toml", tree("Acme", unit_price=-5)).read_bytes())
    page = client.get("/i/minimal/bids").text
    assert "E0312" in page
    assert "acme.toml" in page
    assert "Bids with errors cannot be weighed" in page
    client.post("/i/minimal/bids/remove", {"file": "acme.toml"})
    assert "acme.toml" not in client.get("/i/minimal/bids").text.replace("acme.toml.removed", "")
    assert send(client, "Bravo.xlsx", workbook).status == 400, "nothing is written over"


@pytest.mark.parametrize(
    "name",
    ["../../evil.toml", "evil.toml/../../x.toml", "a.exe", ".toml", "no", "template.xlsx", "marks.toml", "a.TOML.sh"],
)
def test_a_hostile_name_stays_in_the_folder(client: Client, folder: Path, name: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    reply = send(client, name, b"bid_version = 1\n")
    assert reply.status in (303, 400), reply.text
    inside = {path.name for path in folder.rglob("*") if path.is_file()} - set(before)
    assert inside <= {"evil.toml", "x.toml"}
    assert {path.name for path in folder.iterdir()} <= {*before, "bids"}


@pytest.mark.parametrize("file", ["..%2F..%2Fminimal.toml", "quality.json", ".hidden.toml", "none.toml", "a b.toml"])
def test_only_bids_are_given_out(client: Client, folder: Path, file: str) -> None:
    place = folder / "bids" / "minimal"
    place.mkdir(parents=True)
    (place / "quality.json").write_text("{}")
    (place / ".hidden.toml").write_text("secret = 1")
    assert client.get(f"/i/minimal/bids/file/{file}").status in (400, 404)


def test_what_is_no_file_and_what_is_too_large_is_refused(client: Client) -> None:
    assert send(client, "a.xlsx", b"").status == 400
    assert client.post("/i/minimal/bids/send", {"bid": "text"}).status == 400
    assert send(client, "a.xlsx", b"x" * MOST_BODY_BYTES).status == 413
    assert client.post("/i/minimal/bids/evaluate").status == 400, "there are no bids"
    assert client.post("/i/minimal/bids/destroy").status == 404
    assert client.get("/i/none/bids").status == 404
    assert client.get("/tender/minimal/none").status == 404


def test_the_report_of_a_bid_is_linked_and_given(client: Client, folder: Path) -> None:
    run = folder / "results" / "minimal" / "bids-1"
    (run / "acme").mkdir(parents=True)
    (run / "acme" / "report.html").write_text("<p>of Acme</p>")
    figures = dict.fromkeys(("lcoc_usd_per_eflop", "capex_musd", "peak_import_mw", "effective_pflops"), 1.5)
    bid = {"bidder": "Acme", "holds": True, "figures": figures, "flags": [], "quality": None, "final_mark": 100.0}
    lost = {**bid, "bidder": "Bravo", "holds": False, "figures": None, "short": ["8 <short>"], "folder": None}
    record = {"optimum": figures, "bids": [{**bid, "short": [], "folder": "bids-1/acme"}, lost]}
    (run / "bids.json").write_text(json.dumps(record))
    page = client.get("/tender/minimal/bids-1").text
    assert "8 &lt;short&gt;" in page
    (link,) = re.findall(r'href="/[^/]+(/tender/minimal/bids-1/[^"]+)"', page)
    assert client.get(link).text == "<p>of Acme</p>"
    assert client.get("/tender/minimal/bids-1/bravo").status == 404


@pytest.mark.long
def test_bids_are_weighed_and_awarded(client: Client, folder: Path) -> None:
    client.post("/i/minimal/set", {"path": "solve.hours", "value": "168", "group": "question"})
    blank = ended(folder, job_of(client.post("/i/minimal/bids/template"), folder))
    assert blank.exit_code == 0, blank.text("stderr")
    assert client.get("/i/minimal/bids/file/template.xlsx").body.startswith(b"PK")
    place = folder / "bids" / "minimal"
    as_toml(place / "acme.toml", tree("Acme", max_accelerators=400, price_breaks=BREAK))
    as_xlsx(place / "bravo.xlsx", tree("Bravo", accelerator="frugal", unit_price=9_000))
    weighed = ended(folder, job_of(client.post("/i/minimal/bids/evaluate"), folder))
    assert weighed.exit_code == 0, weighed.text("stderr")
    assert "bid evaluate minimal.toml --set solve.hours=168 bids/minimal/acme.toml" in weighed.command
    page = client.get(weighed.goes_to).text
    assert page.index("Acme") < page.index("Bravo"), "the best first"
    report = client.get(f"{weighed.goes_to}/acme")
    assert report.status == 200
    assert "VERIFIED" in report.text
    awarded = ended(folder, job_of(client.post("/i/minimal/bids/award"), folder))
    assert awarded.exit_code == 0, awarded.text("stderr")
    page = client.get(awarded.goes_to).text
    assert "Acme" in page
    assert "not awarded at its prices" in page, "what Bravo would have to offer"
    run = awarded.goes_to.replace("/tender/", "/run/")
    assert ">VERIFIED<" in client.get(run).text, "the record beside it breaks no seal"
    assert "award of" in client.get("/i/minimal/bids").text

"""Bids through the pages: sent, checked, weighed and awarded by the commands that do it."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("starlette")

from optimizer.cli.main import root
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


TENDER = """
[tender]
two_envelopes = true
quality_weight_fraction = 0.4
minimum_quality_marks = 50

[tender.quality.service]
name = "Service <i>"
weight_fraction = 0.75

[tender.quality.warranty]
name = "Warranty"
weight_fraction = 0.25
"""
MARKS = {"acme.service": "90", "acme.warranty": "80", "bravo.service": "10", "bravo.warranty": "20.5"}


@pytest.fixture
def tender(folder: Path) -> Path:
    """An instance with two envelopes and two bids; the folder of the bids."""
    file = folder / "minimal.toml"
    file.write_text(file.read_text(encoding="utf-8") + TENDER, encoding="utf-8")
    place = folder / "bids" / "minimal"
    place.mkdir(parents=True)
    as_toml(place / "acme.toml", tree("Acme", max_accelerators=400, unit_price=21_234.5, price_breaks=BREAK))
    as_toml(place / "bravo.toml", tree("Bravo", accelerator="frugal", unit_price=12_345))
    return place


def prices_in(text: str) -> list[str]:
    return [price for price in ("21,234", "21234", "12,345", "12345", "18,000", "18000") if price in text]


def test_no_price_is_shown_before_the_marks_are_sealed_and_only_opened_ones_after(client: Client, tender: Path) -> None:
    before = client.get("/i/minimal/bids").text
    assert not prices_in(before)
    assert "bids/evaluate" not in before, "nothing is weighed yet"
    assert "bids/file/acme.toml" not in before
    assert client.get("/i/minimal/bids/file/acme.toml").status == 400, "a file with prices is an envelope"
    page = client.follow(client.post("/i/minimal/bids/seal", MARKS)).text
    sealed = (tender / "quality.json").read_bytes()
    record = json.loads(sealed)
    assert hashlib.sha256(sealed).hexdigest() in page
    assert record["sealed_at"].replace("T", " ").replace("Z", " UTC") in page
    assert record["bids"]["acme"]["sha256"] == hashlib.sha256((tender / "acme.toml").read_bytes()).hexdigest()
    assert record["bids"]["bravo"]["marks"] == {"service": 10.0, "warranty": 20.5}
    assert prices_in(page) == ["21,234", "18,000"], "Bravo has 12.6 marks of the 50 asked for: its price stays closed"
    assert "not opened: quality 12.625" in page
    assert "Service &lt;i&gt;" in page
    assert "bids/evaluate" in page
    assert client.get("/i/minimal/bids/file/acme.toml").status == 200
    assert client.get("/i/minimal/bids/file/bravo.toml").status == 400
    again = client.post("/i/minimal/bids/seal", MARKS | {"bravo.service": "99"})
    assert again.status == 400, "a seal is not written over"
    assert (tender / "quality.json").read_bytes() == sealed


@pytest.mark.parametrize("typed", ["", "101", "-1", "nan", "1e1", "ten", "<b>9</b>", "6_0", "\uff16\uff10", "5\n[x]"])
def test_a_wrong_mark_has_its_finding_at_its_field_and_nothing_is_sealed(
    client: Client, tender: Path, typed: str
) -> None:
    page = client.post("/i/minimal/bids/seal", MARKS | {"bravo.service": typed})
    assert page.status == 422
    field = page.text.split('name="bravo.service"')[1].split("</td>")[0]
    assert 'role="alert"' in field
    assert page.text.count('role="alert"') == 1
    assert 'name="acme.service" value="90"' in page.text, "what was typed is kept"
    assert "<b>9" not in page.text
    assert not (tender / "quality.json").exists()
    assert not prices_in(page.text)


def test_the_form_and_the_command_seal_the_same(
    client: Client, tender: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get("/i/minimal/bids").text
    shown = html.unescape(re.findall(r"<code>(optimizer bid quality [^<]+)</code>", page)[0])
    client.post("/i/minimal/bids/seal", MARKS)
    from_form = json.loads((tender / "quality.json").read_text(encoding="utf-8"))
    monkeypatch.chdir(folder)
    refused = CliRunner().invoke(root, shlex.split(shown)[1:])
    assert refused.exit_code == 2
    assert "a seal is not written over" in refused.output
    done = CliRunner().invoke(root, [*shlex.split(shown)[1:], "--overwrite"])
    assert done.exit_code == 0, done.output
    from_command = json.loads((tender / "quality.json").read_text(encoding="utf-8"))
    assert from_command["bids"] == from_form["bids"]
    assert hashlib.sha256((tender / "quality.json").read_bytes()).hexdigest() in done.output


def test_a_bid_changed_after_sealing_is_refused_and_marked_anew_only_before_prices_are_opened(
    client: Client, tender: Path, folder: Path
) -> None:
    client.post("/i/minimal/bids/seal", MARKS)
    as_toml(tender / "acme.toml", tree("Acme", unit_price=11_111))
    page = client.get("/i/minimal/bids").text
    assert "acme.toml is not the file whose quality was marked" in page
    assert "11,111" not in page
    assert "bids/evaluate" not in page
    page = client.follow(client.post("/i/minimal/bids/unseal")).text
    assert 'name="acme.service" value="90"' in page, "the marks are there to be given again"
    assert len(list(tender.glob("quality.json.*.broken"))) == 1, "nothing is lost"
    client.post("/i/minimal/bids/seal", MARKS)
    run = folder / "results" / "minimal" / "bids-1"
    run.mkdir(parents=True)
    (run / "bids.json").write_text("{}")
    assert "Break the seal" not in client.get("/i/minimal/bids").text
    assert client.post("/i/minimal/bids/unseal").status == 400
    assert (tender / "quality.json").is_file()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bids": 3}', '{"bids": {"acme": {"sha256": 1}}}'])
def test_a_seal_that_is_none_opens_nothing(client: Client, tender: Path, text: str) -> None:
    (tender / "quality.json").write_text(text)
    page = client.get("/i/minimal/bids")
    assert page.status == 200
    assert "the seal does not hold" in page.text
    assert not prices_in(page.text)
    assert client.get("/i/minimal/bids/file/acme.toml").status == 400


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

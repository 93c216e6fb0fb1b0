"""`optimizer rules`: the table, one chip explained, and what it refuses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from optimizer.regimes.order import DATED

from .conftest import MINIMAL

OWN = """
[regimes.mine]
name = "Mine"
effective = 2027-01-01
source = "a memo"
[[regimes.mine.tests]]
when = [{ fact = "tpp", op = ">=", value = 16000 }]
ruling = "denied"
clause = "paragraph 1"
"""


def told(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["result"]


def test_table_fits_eighty_columns(invoke, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = invoke("rules").stdout
    assert max(map(len, text.splitlines())) <= 80
    line = next(line.split() for line in text.splitlines() if line.startswith("h20_sxm"))
    assert line == ["h20_sxm", "2,368", "2.91", "free", "free", "free", "no", "lic", "lic", "lic", "lic"]


def test_every_chip_under_every_regime(invoke):
    rows = told(invoke("rules", "--to", "hong_kong", "--to", "singapore", "--json"))["rulings"]
    assert {row["regime"] for row in rows} == set(DATED)
    assert len(rows) == 52 * len(DATED) * 2
    found = {(row["chip"], row["regime"], row["destination"]): row for row in rows}
    assert found["h100_sxm", "oct_2023", "hong_kong"]["status"] == "denied"
    assert found["h100_sxm", "oct_2023", "hong_kong"]["tpp"] == 15_832
    # Its two dies of 670 mm2 make 2.78, so TPP 3,728 is class b.
    assert found["tt_wormhole_n300", "oct_2023", "hong_kong"]["clause"].startswith("15 CFR 3A090.b")


def test_the_law_of_a_day(invoke):
    rows = told(invoke("rules", "--date", "2024-06-01", "--json"))["rulings"]
    assert {row["regime"] for row in rows} == {"oct_2023"}
    assert "15 CFR 3A090" in invoke("rules", "--regime", "oct_2023").stdout


def test_one_chip_in_words(invoke, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = invoke("rules", "--explain", "h100_sxm", "--regime", "oct_2023").stdout
    assert "TPP 15,832 >= 4,800: yes" in text
    assert "performance density 19.45 >= 5.92: yes" in text
    assert "in force from 2023-11-17; source S53" in text.lower().replace("s53", "S53")
    assert "What would change it" in text
    rows = told(invoke("rules", "--explain", "h100_sxm", "--regime", "oct_2023", "--json"))["rulings"]
    assert {"change": "a Chinese design", "status": "free"} in rows[0]["would_change"]


def test_an_instance_brings_its_own_regime(invoke, tmp_path):
    (tmp_path / "mine.toml").write_text(MINIMAL.read_text() + OWN)
    rows = told(invoke("rules", "mine.toml", "--json"))["rulings"]
    found = {(row["chip"], row["regime"]): row for row in rows}
    assert found["quick", "mine"]["status"] == "denied"
    assert found["quick", "mine"]["destination"] == "singapore"
    assert "TPP 16,000 >= 16,000: yes" in invoke("rules", "mine.toml", "--explain", "quick", "--regime", "mine").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--regime", "jan2026"), "jan_2026"),
        (("--to", "hongkong"), "hong_kong"),
        (("--explain", "h20"), "h20_sxm"),
        (("--date", "22.11.2026"), "2026-11-22"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(invoke, arguments, hint):
    done = invoke("rules", *arguments)
    assert done.exit_code == 2
    assert hint in done.stderr


def test_the_table_is_of_the_day_the_page_was_written(invoke):
    assert told(invoke("rules", "--json"))["delivery"] == date(2026, 11, 28).isoformat()


def test_terms_of_each_place_and_regime(invoke):
    """Fee, clause and flags in full; chips that fare alike in one row; asked on the day each regime begins."""
    asked = ("rules", "--terms", "--parent", "destination", "--to", "hong_kong", "--to", "japan")
    text = invoke(*asked, "--regime", "jul_2026", "--regime", "oct_2022").stdout
    here = " ".join(text.upper().split("JAPAN, PARENT IN JAPAN: JUL_2026")[0].split())
    fee = next(told for told in here.split(" - ") if "FEE 25%" in told)
    assert "15 CFR 742.6(B)(10)" in fee
    assert "[CHINA DISCOURAGES, SHIPPED FROM THE US, IMPORT LICENCE]: H200_SXM, MI325X" in fee
    assert "delivered on 2026-07-10" in text.lower()
    assert "delivered on 2022-10-07" in text.lower()
    rows = told(invoke(*asked, "--regime", "oct_2022", "--json"))
    assert rows["delivery"] == {"oct_2022": "2022-10-07"}
    assert {row["parent"] for row in rows["rulings"]} == {"hong_kong", "japan"}


ROOT = MINIMAL.parents[1]
REFERENCE = ROOT / "results" / "hong_kong_cyberport" / "reference"


def test_the_kept_design_of_the_flagship_is_tested_with_its_numbers(invoke):
    """The folder keeps no instance: it is read with the flagship's."""
    arguments = ("rules", ROOT / "instances" / "hong_kong_cyberport.toml", "--design", REFERENCE)
    text = " ".join(invoke(*arguments).stdout.split())
    for words in ("15 CFR 744.23(a)(1)", "General Prohibition 10", "13 May 2025", "on the list"):
        assert words in text, words
    (site,) = told(invoke(*arguments, "--json"))["end_use"]
    by_measure = {row["measure"]: row for row in site["readings"]}
    assert {name: row["limit_pflops"] for name, row in by_measure.items()} == {"fp64": 100, "fp32": 200}
    assert by_measure["fp64"]["total_pflops"] > 100
    design = json.loads((REFERENCE / "design.json").read_text(encoding="utf-8"))
    bought = {row["accelerator"] for row in design["decisions"]["deliveries"]}
    american = "mi300x" in bought
    assert any(item["reached"] for item in site["items"]) is american, "of a phase in which listed items stand there"


def test_a_design_that_names_another_instance_is_said(invoke):
    text = (ROOT / "instances" / "hong_kong_cyberport.toml").read_text(encoding="utf-8")
    Path("other.toml").write_text(text.replace('title = "', 'title = "Another: ', 1), encoding="utf-8")
    done = invoke("rules", "other.toml", "--design", REFERENCE, "--json")
    assert told(done)["of_another_instance"] is True


def test_a_design_that_does_not_answer_the_instance_is_not_explained(invoke):
    done = invoke("rules", MINIMAL, "--design", REFERENCE / "design.json")
    assert done.exit_code == 7
    assert "does not pass the audit as an answer to this instance" in " ".join(done.stderr.split())

"""`optimizer bid` as a user runs it: what is evaluated is what `verify` says, and envelopes open in their order."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from optimizer.app import artefacts
from tests.cli.conftest import MINIMAL
from tests.tender.bid_cases import as_toml, as_xlsx, tree

QUICK = ("--no-isolate", "--set", "solve.hours=168")
DELIVERED = [{"delivery": tomllib.loads("d = 2027-01-01")["d"], "accelerators": 72}]


@pytest.fixture(autouse=True)
def _without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workbook and page of every run, which other tests look at and which cost more than the searches here."""
    monkeypatch.setattr(artefacts, "_MAKERS", ())
    monkeypatch.setattr(artefacts, "_report", lambda *_, **__: None)


def told(result: Any, code: int = 0) -> dict[str, Any]:
    assert result.exit_code == code, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_optimums_own_purchase_evaluates_to_the_optimum_and_verify_agrees_to_the_cent(invoke: Any) -> None:
    path = Path("bid.toml")
    invoke("bid", "template", MINIMAL, "--out", path, *QUICK)
    text = path.read_text(encoding="utf-8").replace('bidder = ""', 'bidder = "Acme"')
    parts = text.split("# unit_price =            # fill in")
    assert len(parts) == 3
    path.write_text(f"{parts[0]}unit_price = 20000{parts[1]}unit_price = 10000{parts[2]}", encoding="utf-8")
    found = told(invoke("bid", "evaluate", MINIMAL, path, "--json", *QUICK))["result"]
    (bid,) = found["bids"]
    for name in ("lcoc_usd_per_eflop", "capex_musd", "effective_pflops", "peak_import_mw"):
        assert bid["figures"][name] == pytest.approx(found["optimum"][name], rel=1e-9)
    assert bid["figures"]["lcoc_usd_per_eflop"] == pytest.approx(1_996_461.2 / (38 * 31_536), rel=1e-9)
    verified = told(invoke("verify", bid["folder"], "--json"))["result"]
    assert verified["passed"]
    for name in ("lcoc_usd_per_eflop", "capex_musd"):
        assert abs(verified["figures"][name] - bid["figures"][name]) * 1e6 < 0.01
    # The decisions alone, as a stranger's design, are verified to the same figures.
    design = json.loads((Path(bid["folder"]) / "design.json").read_text(encoding="utf-8"))
    assert abs(design["reported"]["npv_cost_musd"] - verified["npv_cost_musd"]) * 1e6 < 0.01


def test_bids_are_ranked_and_one_that_cannot_be_is_explained(invoke: Any) -> None:
    as_toml(
        Path("a.toml"),
        tree("Acme", max_accelerators=400, price_breaks=[{"from_accelerators": 80, "unit_price": 18_000}]),
    )
    as_xlsx(Path("b.xlsx"), tree("Bravo", accelerator="frugal", unit_price=9_000))
    as_toml(Path("c.toml"), tree("Charlie", deliveries=[{**DELIVERED[0], "accelerators": 30}]))
    result = invoke("bid", "evaluate", MINIMAL, "a.toml", "b.xlsx", "c.toml", "--json", *QUICK)
    found = told(result, 9)["result"]["bids"]
    assert "trying each of" not in result.stderr, "a reason that is seen without a search is not searched for"
    assert [bid["bidder"] for bid in found] == ["Acme", "Bravo", "Charlie"]
    assert found[0]["final_mark"] == 100
    assert "no whole number of pods of 8" in found[2]["short"][0]
    assert "24 (6 fewer)" in found[2]["short"][0]
    award = told(invoke("bid", "award", MINIMAL, "a.toml", "b.xlsx", "--json", *QUICK))["result"]["award"]
    lots = [(lot["bidder"], lot["accelerators"], lot["unit_price_usd"]) for lot in award["lots"]]
    assert lots == [("Acme", 80, 18_000)]
    assert {row["bidder"]: row["kind"] for row in award["break_even"]} == {"Acme": "leaves", "Bravo": "enters"}


TENDER = """
extends = "minimal.toml"
[tender]
two_envelopes = true
quality_weight_fraction = 0.4
minimum_quality_marks = 50
[tender.quality.service]
name = "Service"
weight_fraction = 0.75
[tender.quality.warranty]
name = "Warranty"
weight_fraction = 0.25
minimum_marks = 20
"""


def test_prices_are_opened_after_quality_is_marked_and_not_of_all(invoke: Any) -> None:
    Path("minimal.toml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    Path("tender.toml").write_text(TENDER, encoding="utf-8")
    as_toml(Path("a.toml"), tree("Acme", unit_price=21_234))
    as_toml(Path("b.toml"), tree("Bravo", unit_price=20_000))
    as_toml(Path("c.toml"), tree("Charlie", unit_price=12_345))
    bids = ("a.toml", "b.toml", "c.toml")
    early = invoke("bid", "evaluate", "tender.toml", *bids, *QUICK)
    assert early.exit_code == 2
    assert "two envelopes" in early.output
    marks = "acme = { service = 90, warranty = 80 }\nbravo = { service = 60, warranty = 60 }\n"
    Path("marks.toml").write_text(f"{marks}charlie = {{ service = 90, warranty = 10 }}\n", encoding="utf-8")
    sealed = invoke("bid", "quality", "tender.toml", *bids, "--marks", "marks.toml", "--out", "quality.json")
    assert sealed.exit_code == 0, sealed.output
    assert not [price for price in ("21,234", "21234", "12345", "12,345") if price in sealed.output]
    result = invoke("bid", "evaluate", "tender.toml", *bids, "--quality", "quality.json", "--json", *QUICK)
    found = {bid["bidder"]: bid for bid in told(result, 9)["result"]["bids"]}
    assert found["Charlie"]["figures"] is None
    assert "Warranty: 10 marks" in found["Charlie"]["short"][0]
    assert found["Acme"]["quality"] == pytest.approx(0.75 * 90 + 0.25 * 80)
    ratio = found["Bravo"]["figures"]["lcoc_usd_per_eflop"] / found["Acme"]["figures"]["lcoc_usd_per_eflop"]
    assert found["Acme"]["final_mark"] == pytest.approx(0.4 * 87.5 + 0.6 * 100 * ratio)
    assert found["Bravo"]["final_mark"] == pytest.approx(0.4 * 60 + 0.6 * 100)
    # Whose price stays closed takes no part in the award, and is named with the reason.
    awarded = told(invoke("bid", "award", "tender.toml", *bids, "--quality", "quality.json", "--json", *QUICK))[
        "result"
    ]
    assert {row["bidder"] for row in awarded["award"]["break_even"]} == {"Acme", "Bravo"}
    assert "Warranty: 10 marks" in awarded["not_opened"]["Charlie"]
    both = invoke("bid", "evaluate", "tender.toml", *bids, "--quality", "quality.json", "--marks", "marks.toml", *QUICK)
    assert both.exit_code == 2
    # A bid that was changed after its quality was marked is refused.
    as_toml(Path("a.toml"), tree("Acme", unit_price=11_234))
    changed = invoke("bid", "evaluate", "tender.toml", *bids, "--quality", "quality.json", *QUICK)
    assert changed.exit_code == 3
    assert "not the file whose quality was marked" in changed.output


def test_what_is_doubtful_is_said_and_no_price_before_quality_is_marked(invoke: Any) -> None:
    as_toml(Path("a.toml"), tree("Acme", unit_price=20, max_accelerators=7))
    open_bid = told(invoke("bid", "check", MINIMAL, "a.toml", "--json"))["result"]["warnings"]
    assert sorted((row["code"], row["path"]) for row in open_bid) == [
        ("W0711", "items.0.unit_price"),
        ("W0713", "items.0.accelerator"),
    ]
    assert "20000 (thousand USD given?)" in " ".join(invoke("bid", "check", MINIMAL, "a.toml").output.split())
    Path("minimal.toml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    Path("tender.toml").write_text(TENDER, encoding="utf-8")
    closed = told(invoke("bid", "check", "tender.toml", "a.toml", "--json"))["result"]["warnings"]
    assert [row["code"] for row in closed] == ["W0713"]


@pytest.mark.parametrize(
    ("marks", "words"),
    [("acme = { service = 101, warranty = 1 }", "mark from 0 to 100"), ("acme = 3", "mark from 0 to 100")],
)
def test_marks_that_are_none(invoke: Any, marks: str, words: str) -> None:
    Path("minimal.toml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    Path("tender.toml").write_text(TENDER, encoding="utf-8")
    as_toml(Path("a.toml"), tree("Acme"))
    Path("marks.toml").write_text(marks, encoding="utf-8")
    result = invoke("bid", "quality", "tender.toml", "a.toml", "--marks", "marks.toml", "--out", "quality.json")
    assert result.exit_code == 3
    assert words in result.output

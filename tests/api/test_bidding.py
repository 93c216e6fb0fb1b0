"""`op.bid`: what the command line does with bids, as values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import optimizer as op
from optimizer import errors
from optimizer.app import artefacts
from tests.tender.bid_cases import as_toml, as_xlsx, tree
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"
HERE = op.Options(isolated=False)
"""In this process: each search of its own process would take longer to start than to solve."""
BREAK = [{"from_accelerators": 80, "unit_price": 18_000}]


@pytest.fixture
def case() -> op.FacilityInstance:
    return op.read(MINIMAL).set("solve.hours", 168)


@pytest.fixture(autouse=True)
def _without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workbook and page of every run, which other tests look at."""
    monkeypatch.setattr(artefacts, "_MAKERS", ())
    monkeypatch.setattr(artefacts, "_report", lambda *_, **__: None)


def test_bids_are_weighed_and_awarded(case: op.FacilityInstance, tmp_path: Path) -> None:
    one = as_toml(tmp_path / "a.toml", tree("Acme", max_accelerators=400, price_breaks=BREAK))
    two = as_xlsx(tmp_path / "b.xlsx", tree("Bravo", accelerator="frugal", unit_price=9_000))
    found = op.bid(case, one, str(two), options=HERE, results=tmp_path / "results")
    assert list(found.table.index) == ["Acme", "Bravo"]
    assert found.table["holds"].all()
    assert found.table.attrs["units"]["capex_musd"] == "MUSD"
    assert found.table.loc["Acme", "lcoc_usd_per_eflop"] < found.optimum["lcoc_usd_per_eflop"]
    assert found.complete
    assert found.short == {}
    assert op.verify(found.folder / "acme").lcoc == pytest.approx(found.table.loc["Acme", "lcoc_usd_per_eflop"])
    heard: list[str] = []
    award = found.award(note=heard.append)
    assert "break-even price of bravo" in heard
    assert award.lots.to_dict("records") == [
        {"bidder": "Acme", "item": "chips", "phase": "only", "accelerators": 80, "unit_price_usd": 18_000.0}
    ]
    assert award.break_even["kind"].to_dict() == {"Acme": "leaves", "Bravo": "enters"}
    assert award.second_worse_by > 0
    assert award.lcoc == pytest.approx(op.verify(award.folder).lcoc)
    assert "80 of Acme" in repr(award)


def test_a_bid_that_cannot_be_is_explained_and_not_awarded(case: op.FacilityInstance, tmp_path: Path) -> None:
    day = case.get("phases.only.start")
    lone = as_toml(tmp_path / "c.toml", tree("Charlie", deliveries=[{"delivery": day, "accelerators": 30}]))
    found = op.bid(case, lone, options=HERE, results=tmp_path / "results")
    assert "no whole number of pods of 8" in found.short["Charlie"][0]
    assert not found.table.loc["Charlie", "holds"]
    with pytest.raises(errors.InfeasibleError):
        found.award()


def test_quality_comes_before_prices(case: op.FacilityInstance, tmp_path: Path) -> None:
    criteria = {"service": {"name": "Service", "weight_fraction": 1.0}}
    rules = {"quality_weight_fraction": 0.5, "minimum_quality_marks": 50, "quality": criteria}
    bids = [as_toml(tmp_path / f"{name}.toml", tree(name)) for name in ("Acme", "Bravo")]
    with pytest.raises(errors.UsageError, match="two envelopes"):
        op.bid(case.set("tender", {**rules, "two_envelopes": True}), *bids, results=tmp_path)
    marks = {"Acme": {"service": 80}, "bravo": {"service": 10}}
    found = op.bid(case.set("tender", rules), *bids, quality=marks, options=HERE, results=tmp_path)
    assert found.table["final_mark"].to_dict() == pytest.approx({"Acme": 90.0, "Bravo": float("nan")}, nan_ok=True)
    assert "quality 10" in found.short["Bravo"][0]


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda bid: op.bid(MINIMAL), errors.UsageError, "no bids"),
        (lambda bid: op.bid(MINIMAL, 7), errors.UsageError, "int"),
        (lambda bid: op.bid(MINIMAL, MINIMAL), errors.InputError, "missing required keys"),
        (lambda bid: op.bid(MINIMAL, bid, quality={"acme": {"x": 101}}), errors.UsageError, "no mark"),
        (lambda bid: op.bid(MINIMAL, bid, quality=[3]), errors.UsageError, "dicts"),
        (lambda bid: op.bid(MINIMAL, bid, quality={"acme": {"x": 10}}), errors.UsageError, "no criteria"),
        (lambda bid: op.bid(MINIMAL, bid, bid), errors.InputError, "bids in a.toml already"),
        (lambda bid: op.bid(MINIMAL, bid, quality=bid), errors.OptimizerError, ""),
        (lambda bid: op.bid(MINIMAL, bid.parent / "none.toml"), errors.InputOutputError, "none.toml"),
    ],
)
def test_what_is_wrong_is_said(call: Callable[[Path], Any], kind: Any, said: str, tmp_path: Path) -> None:
    path = as_toml(tmp_path / "a.toml", tree("Acme"))
    with pytest.raises(kind) as caught:
        call(path)
    found = getattr(caught.value, "diagnostics", ())
    assert said in " ".join([str(caught.value), *(one.message for one in found)])

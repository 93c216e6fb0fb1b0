"""Alternatives, simple plans and entry prices in words, in files and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.preparation import Preparation
from optimizer.report.alternatives import Choices, alternatives_blocks, choices, ending_text
from optimizer.report.baselines import Plans, baseline_blocks, entry_text, forced_text, plans, saving_text
from optimizer.report.document import to_markdown, to_text
from optimizer.report.studies import Studies, blocks, files, load
from optimizer.study.alternatives import Wanted, alternatives
from optimizer.study.baselines import baseline
from optimizer.study.entry_price import EntryKind, EntryPrice
from optimizer.study.marginal import levers, marginal
from optimizer.study.no_good_cuts import Difference, DifferenceKind
from optimizer.study.plan_rules import rules
from optimizer.study.search_settings import SearchSettings
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)
SEARCH = SearchSettings(options=OPTIONS)
CHIPS = Difference((DifferenceKind.CHIPS,))


@pytest.fixture(scope="module")
def best() -> Result:
    return run(tiny(), HERE, OPTIONS, sha256="abc")


@pytest.fixture(scope="module")
def told(best: Result) -> Choices:
    return choices(alternatives(best, Wanted(within=0.06, difference=CHIPS), SEARCH))


@pytest.fixture(scope="module")
def simple(best: Result) -> Plans:
    found = [baseline(Preparation(best.problem), rule, SEARCH) for rule in rules(best.problem)]
    return plans(best, found)


def test_alternatives_in_words(told: Choices) -> None:
    text = to_text(alternatives_blocks(told), 100)
    assert "72 quick (warm_water); 8 frugal (warm_water)" in text
    assert "+4.55 %" in text
    assert "Proven: no further design that differs in chips lies within 6.00 %" in text


def test_a_tenth_of_the_throughput_is_named(best: Result) -> None:
    """By default: 38 PFLOPS of quick and frugal pods; the next that differs has fewer of the quick ones."""
    told = choices(alternatives(best, Wanted(count=1, within=0.5), SEARCH))
    assert told.differ == ("vendor", "throughput")
    text = ending_text(replace(told, ending="beyond", next_worse_by=None))
    assert "differs in vendor or 10 % of the throughput lies within" in text


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("counted", "1 alternative as asked for"),
        ("nothing_else", "no further design differs in chips, at any cost"),
        ("undecided", "Undecided"),
    ],
)
def test_every_ending_is_said(told: Choices, ending: str, words: str) -> None:
    assert words in ending_text(replace(told, ending=ending))


def test_what_is_better_is_said_with_the_figures(best: Result) -> None:
    """Frugal pods draw 79.8 kW instead of 98.7."""
    told = choices(alternatives(best, Wanted(within=0.5, difference=CHIPS), SEARCH))
    frugal = next(row for row in told.rows if "quick" not in row.buys)
    assert "power -19 %" in frugal.better_at
    assert "capital" not in " ".join(frugal.better_at)


def test_savings_against_plans(simple: Plans) -> None:
    """10 quick pods cost 2,087,381 USD, the best design 1,996,461.2: 4.36 %, 0.0909 MUSD."""
    greedy = next(row for row in simple.rows if row.id == "greedy_cost")
    assert greedy.saving_musd == pytest.approx(0.0909198, rel=1e-6)
    assert greedy.saving_fraction == pytest.approx(90_919.8 / 2_087_381.0, rel=1e-6)
    assert saving_text(greedy) == "4.36 % (0.0909 MUSD)"
    assert "Cheapest to buy first" in to_text(baseline_blocks(simple), 100)


def test_a_plan_that_cannot_be_gives_its_reason() -> None:
    instance = tiny({"sites.paper.grid_mw": 0.09, "sites.paper.building.white_space_m2": 48})
    best = run(instance, HERE, OPTIONS)
    found = [baseline(Preparation(best.problem), rule, SEARCH) for rule in rules(best.problem)]
    told = plans(best, found)
    assert best.verified
    assert told.rows[-1].objective is not None
    from optimizer.study.baselines import explained
    from optimizer.study.plan_rules import Rule

    quick = tuple(key for key in best.problem.compute.types if key[1] == "quick")
    rule = Rule(id="x", name="Only quick", label="only quick", allowed=quick)
    only = baseline(Preparation(best.problem), rule, SEARCH)
    why = plans(best, [explained(best.problem, only, SEARCH)]).rows[0]
    assert why.objective is None
    assert "grid import" in why.reason
    assert set(explained(best.problem, only, SEARCH).conflict) == {
        "target of only",
        "grid import at A site on paper",
    }


def test_entry_prices_in_words() -> None:
    enters = EntryPrice(accelerator="x", kind=EntryKind.ENTERS, price_usd=50_000, at_usd=38_400, not_at_usd=38_784)
    assert entry_text(enters) == "enters at 38,400 USD or less, not at 38,784 USD or more (50,000 USD now; -23 %)"
    assert forced_text(replace(enters, forced_worse_by=0.002, gap=0.001)) == "+0.20 %"
    assert forced_text(replace(enters, forced_worse_by=0.0005, gap=0.001)) == "below the gap of 0.1 %"
    leaves = EntryPrice(accelerator="x", kind=EntryKind.LEAVES, price_usd=10_000, at_usd=12_000, not_at_usd=12_120)
    assert "stays up to 12,000 USD, leaves at 12,120 USD or more" in entry_text(leaves)
    assert "no price would change that" in entry_text(
        EntryPrice(accelerator="x", kind=EntryKind.EXCLUDED, price_usd=1, reason="export rule, 3A090")
    )
    for kind in (EntryKind.NEVER, EntryKind.ALWAYS, EntryKind.IMPOSSIBLE, EntryKind.UNDECIDED):
        assert entry_text(EntryPrice(accelerator="x", kind=kind, price_usd=10_000))


def test_files_come_back_as_they_were(best: Result, told: Choices, simple: Plans, tmp_path: Path) -> None:
    lever = next(lever for lever in levers(tiny()) if lever.unit == "MW")
    value = marginal(best, lever, SEARCH)
    entry = EntryPrice(accelerator="quick", kind=EntryKind.LEAVES, price_usd=20_000, at_usd=22_000, not_at_usd=22_220)
    made = Studies(marginals=(value,), alternatives=told, baselines=simple, entries=(entry,))
    for name, text in files(made, "abc").items():
        (tmp_path / name).write_text(text)
    again, warnings = load(tmp_path, "abc")
    assert not warnings
    assert again == made
    assert to_markdown(blocks(again)) == to_markdown(blocks(made))


def test_files_of_another_question_or_damaged_ones_are_not_shown(told: Choices, tmp_path: Path) -> None:
    for name, text in files(Studies(alternatives=told), "abc").items():
        (tmp_path / name).write_text(text)
    (tmp_path / "entry.json").write_text('{"format_version": 1, "instance_sha256": "other", "found": [{"x": 1}]}')
    (tmp_path / "baselines.json").write_text('{"format_version": 1, "instance_sha256": "other", "found": 3}')
    (tmp_path / "marginal.json").write_text("[")
    found, warnings = load(tmp_path, "other")
    assert not found
    assert len(warnings) == 4
    assert any("another question" in text for text in warnings)


def test_nothing_studied_says_nothing() -> None:
    assert not Studies()
    assert blocks(Studies()) == []
    assert files(Studies(), "abc") == {}


def test_json_is_plain(told: Choices) -> None:
    for text in files(Studies(alternatives=told), "abc").values():
        assert json.loads(text)["format_version"] == 1

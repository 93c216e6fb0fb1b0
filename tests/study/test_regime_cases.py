"""The same facility under each regime: no law makes it cheaper, equal rulings give equal designs, reasons are rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.model.derive import derive
from optimizer.pipeline import Options, run
from optimizer.reading.read import read_instance
from optimizer.regimes.order import DATED
from optimizer.report.document import to_text
from optimizer.report.regimes import regimes_blocks, regimes_json
from optimizer.study.regimes import AS_STATED, BASELINE, POLICIES, RegimeCase, cases, decisions_by_id, under
from optimizer.study.search_settings import SearchSettings
from tests.hand.on_paper import target
from tests.hand.test_hand_generation import BRIDGE, ENERGY, TEN, engine
from tests.hand.test_hand_halls import SIDE_BY_SIDE
from tests.hand.test_hand_refresh import NEWER_AND_THRIFTY, REPLACED_USD
from tests.tiny import ROOT, tiny

HERE = Path(__file__).parent
SEARCH = SearchSettings(options=Options(gap=1e-7, isolated=False))
RULED: dict[str, Any] = {
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "phases.only.target_pflops": 10.0,
    "accelerators.quick.die_mm2": 814.0,
    "accelerators.quick.memory_bandwidth_gbs": 4800.0,
    "accelerators.frugal.bf16_tflops": 119.5,
    "accelerators.frugal.utilisation": {"training": 0.5},
    "accelerators.frugal.memory_bandwidth_gbs": 864.0,
    "accelerators.frugal.link_gbs": 64.0,
    "accelerators.frugal.die_mm2": 609.0,
    "sites.paper.building.white_space_m2": 500,
}
"""The quick chip is an H200 to the law, the frugal one an L20: free under every regime, and dear."""


@pytest.fixture(scope="module")
def found() -> dict[str, RegimeCase]:
    return {case.regime: case for case in cases(tiny(RULED), HERE, (*DATED, "domestic_only"), SEARCH)}


def test_no_law_makes_it_cheaper_and_stricter_ones_cost_more(found: dict[str, RegimeCase]) -> None:
    base = found[BASELINE].lcoc
    assert base is not None
    for name in DATED:
        value = found[name].lcoc
        assert value is not None
        assert value >= base * (1 - 1e-7)
        assert found[name].result.verified
    assert found["before_oct_2022"].lcoc == base
    assert found["oct_2023"].lcoc > found["jan_2026"].lcoc > base  # type: ignore[operator]
    assert set(found["oct_2023"].bought) == {"frugal"}


def test_space_that_rules_cost_is_in_the_table_and_exact(found: dict[str, RegimeCase]) -> None:
    """Three quick racks do it without rules, twenty-one frugal ones with: seven times the space, fitted out or not."""
    rows = {row["regime"]: row for row in regimes_json(list(found.values()))}
    for name in (BASELINE, "oct_2023"):
        kpis = found[name].kpis
        each = 3.0 * kpis["racks"] / kpis["effective_pflops"]
        assert kpis["white_m2_per_effective_pflops"] == pytest.approx(each, rel=1e-9)
        assert kpis["racks_per_effective_pflops"] == pytest.approx(kpis["racks"] / kpis["effective_pflops"], rel=1e-9)
        base = found[BASELINE].kpis["white_m2_per_effective_pflops"]
        assert rows[name]["space_penalty_fraction"] == pytest.approx(each / base - 1, abs=1e-9)
    assert rows[BASELINE]["space_penalty_fraction"] == 0
    assert rows["oct_2023"]["space_penalty_fraction"] == pytest.approx(6.0, rel=1e-6)
    assert rows["domestic_only"]["space_penalty_fraction"] is None
    text = to_text(regimes_blocks("Tiny", list(found.values())), 120)
    line = next(line for line in text.splitlines() if line.startswith("oct_2023"))
    assert "+600.0 %" in line


def test_a_regime_without_design_is_a_row_with_its_reason(found: dict[str, RegimeCase]) -> None:
    case = found["domestic_only"]
    assert case.lcoc is None
    row = next(row for row in regimes_json(list(found.values())) if row["regime"] == "domestic_only")
    assert row["status"] == "infeasible"
    assert "Chinese designs only" in row["reason"]
    text = to_text(regimes_blocks("Tiny", list(found.values())), 100)
    assert len([line for line in text.splitlines() if line.startswith(tuple(found))]) == len(found)


def test_equal_rulings_are_solved_once_and_would_give_the_same(found: dict[str, RegimeCase]) -> None:
    twins = {name: case.same_as for name, case in found.items() if case.same_as}
    assert twins == {
        "before_oct_2022": "open_market",
        "oct_2023": "oct_2022",
        "apr_2025": "oct_2022",
        "aug_2025": "oct_2022",
        "jul_2026": "may_2026",
    }
    for name in ("before_oct_2022", "apr_2025"):
        again = run(under(tiny(RULED), name), HERE, Options(gap=1e-7, isolated=False))
        assert again.design is not None
        assert again.design.reported is not None
        assert again.design.reported.lcoc_usd_per_eflop == pytest.approx(found[name].lcoc, rel=1e-6)


CHINESE: dict[str, Any] = {"accelerators.quick.origin": "CN"}
"""38 PFLOPS cost 1,996,461.2 USD with quick chips, which meet 3A090, and 19 * 113,679.2 USD without."""


def test_the_price_of_each_policy_is_told_against_the_rules_as_they_stand() -> None:
    made = cases(tiny(CHINESE), HERE, tuple(POLICIES), SEARCH)
    rows = {row["regime"]: row["policy_price_fraction"] for row in regimes_json(made)}
    price = 19 * 113_679.2 / 1_996_461.2 - 1
    assert rows["no_gp10"] == pytest.approx(price, rel=1e-6)
    assert rows["no_gp10_no_supercomputer"] == pytest.approx(price, rel=1e-6)
    assert rows["no_supercomputer"] == pytest.approx(0.0, abs=1e-9)
    assert rows["as_stated"] is rows["open_market"] is None
    text = to_text(regimes_blocks("Tiny", made), 160)
    assert "- avoiding chips under General Prohibition 10 (no_gp10) costs +8.2 % against as_stated" in text


def test_a_policy_that_leaves_no_design_says_so() -> None:
    short = {"procurement.quotas": {"q": {"match": {"accelerator": "frugal"}, "max_accelerators": 8}}}
    made = cases(tiny(CHINESE | short), HERE, ("as_stated", "no_gp10"), SEARCH)
    text = to_text(regimes_blocks("Tiny", made), 160)
    assert "(no_gp10): no design meets the requirements, proven" in text


def test_what_generation_is_worth_beside_the_regimes() -> None:
    """On paper in test_hand_generation.py: two engines at 0.05 USD for 0.10 of the grid, and 2,000 USD for them."""
    instance = tiny({**TEN, **engine(5.0)})
    made = cases(instance, HERE, ("grid_only",), SEARCH)
    assert [case.regime for case in made] == [BASELINE, AS_STATED, "grid_only"]
    with_engines = 2_000_000 + ENERGY - 105 * 8760 * 0.05 + 2_000
    rows = {row["regime"]: row for row in regimes_json(made)}
    assert rows["grid_only"]["policy_price_fraction"] == pytest.approx(
        (2_000_000 + ENERGY) / with_engines - 1, rel=1e-6
    )
    assert rows["grid_only"]["without"] == "nothing but the grid feeds the sites: no generation is built"
    text = " ".join(to_text(regimes_blocks("Tiny", made), 160).split())
    assert "- Grid only (grid_only) costs +2.1 % against as_stated" in text
    assert "with one decision left out: grid_only: nothing but the grid feeds the sites" in text


def test_the_grid_alone_before_it_comes_is_a_row_with_its_reason() -> None:
    made = cases(tiny({**BRIDGE, **engine(12.5)}), HERE, ("grid_only",), SEARCH)
    row = next(row for row in regimes_json(made) if row["regime"] == "grid_only")
    assert row["status"] == "infeasible"
    assert "the grid import of all sites carries at most 0 PFLOPS" in row["reason"]
    assert row["price"] == "Grid only (grid_only): no design meets the requirements, proven"


def test_what_refresh_and_halls_are_worth_beside_the_regimes() -> None:
    """The decisions of an instance and no others; each as `optimizer baselines` prices it."""
    instance = tiny({**NEWER_AND_THRIFTY, "procurement.refresh": True})
    assert set(decisions_by_id(derive(instance, HERE))) == {"no_refresh"}
    made = cases(instance, HERE, ("no_refresh",), SEARCH)
    price = regimes_json(made)[-1]["policy_price_fraction"]
    assert price == pytest.approx(REPLACED_USD / (REPLACED_USD - 152_000) - 1, rel=1e-6)
    halls = tiny({**SIDE_BY_SIDE, **target(7.6), "procurement.include": ["quick"]})
    assert list(decisions_by_id(derive(halls, HERE))) == ["hall:plain", "hall:firm"]
    plain, firm = regimes_json(cases(halls, HERE, ("hall:plain", "hall:firm"), SEARCH))[-2:]
    assert plain["status"] == "infeasible"
    assert firm["policy_price_fraction"] > 0.01
    assert firm["price"].startswith("Only Firm (hall:firm) costs +")
    assert not decisions_by_id(derive(tiny(TEN), HERE))


def test_the_instance_of_the_repository_reads() -> None:
    for scenario in (None, "ban_from_2029"):
        from optimizer.reading.read import ReadOptions

        reading = read_instance(ROOT / "instances" / "hong_kong_regimes.toml", ReadOptions(scenario=scenario))
        assert "bandwidth_ban" in reading.instance.regimes
        assert bool(reading.instance.export.timeline) is (scenario is not None)

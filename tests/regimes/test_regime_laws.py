"""What holds for every regime: order, sources, reasons, monotone strictness, and that the page says it all."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regime_chips import DELIVERY, HK, HK_ABROAD, LAW, ROWS, SG, D, F, L, Row, ask, rule_row, strictness, trade

from optimizer.regimes.order import DATED
from optimizer.regimes.places import PLACES, place
from optimizer.regimes.ruling import Trade
from optimizer.regimes.table import REGIMES, regime


def test_regimes_of_law_are_dated_in_order_and_sourced() -> None:
    assert tuple(entry.id for entry in REGIMES) == (*LAW, "domestic_only", "open_market")
    assert DATED == LAW, "optimizer/regimes/order.py: flags, tests in words and tables of regimes go by this order"
    dates = [entry.effective for entry in REGIMES if entry.id in LAW]
    assert dates == sorted(set(dates))
    for entry in REGIMES:
        assert entry.name
        assert entry.summary
        assert re.fullmatch(r"S\d+", entry.source)
        assert regime(entry.id) is entry


@pytest.mark.parametrize("regime_id", [entry.id for entry in REGIMES])
@pytest.mark.parametrize("chip", [chip for chip in ROWS if chip != "tt_wormhole_n300"])
def test_every_ruling_says_why(regime_id: str, chip: str) -> None:
    for where in (HK, SG, HK_ABROAD, trade("united_arab_emirates"), trade("united_states")):
        ruling = ask(regime_id, chip, where)
        assert ruling.clause
        assert chip in ruling.reason or where.destination.id in ruling.reason
        assert re.fullmatch(r"S\d+", ruling.source)
        assert ruling.effective <= regime(regime_id).effective
        if regime_id not in {"domestic_only", "open_market"}:
            assert re.search(r"\d", ruling.reason.replace(chip, "")) or "stays in" in ruling.reason
        assert ruling.probability == {F: 1.0, L: ruling.probability, D: 0.0}[ruling.status]
        assert 0 < ruling.probability < 1 or ruling.status is not L
        assert ruling.fee_fraction == 0 or ruling.status is L


def test_unknown_ids_name_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"Did you mean 'jan_2026'.*before_oct_2022.*open_market"):
        regime("jan2026")
    with pytest.raises(KeyError, match=r"Did you mean 'hong_kong'.*singapore"):
        place("hongkong")


chips = st.builds(
    lambda bf16, memory, link, die, data_centre, launch: Row(
        bf16_tflops=bf16,
        memory_bandwidth_gbs=memory,
        link_gbs=link,
        die_mm2=die,
        data_centre=data_centre,
        launch=launch,
    ),
    st.floats(1, 2000),
    st.floats(100, 9000),
    st.floats(10, 2000),
    st.floats(100, 3000),
    st.booleans(),
    st.sampled_from([date(2024, 1, 1), date(2026, 6, 1)]),
)
trades = st.builds(Trade, st.sampled_from(PLACES), st.sampled_from(PLACES), st.just(DELIVERY))
factors = st.floats(1, 20)


def how_strict(regime_id: str, row: Row, where: Trade) -> int:
    return strictness(rule_row(regime_id, "chip", row, where))


@pytest.mark.parametrize("regime_id", [entry.id for entry in REGIMES])
@pytest.mark.parametrize("field", ["bf16_tflops", "memory_bandwidth_gbs", "link_gbs"])
@given(row=chips, where=trades, factor=factors)
def test_a_faster_chip_is_never_ruled_more_leniently(
    regime_id: str, field: str, row: Row, where: Trade, factor: float
) -> None:
    faster = replace(row, **{field: getattr(row, field) * factor})
    assert how_strict(regime_id, row, where) <= how_strict(regime_id, faster, where)


@pytest.mark.parametrize("regime_id", [entry.id for entry in REGIMES])
@given(row=chips, where=trades, factor=factors, share=st.floats(0.01, 1.0))
def test_a_chip_with_more_double_precision_or_on_less_silicon_is_never_ruled_more_leniently(
    regime_id: str, row: Row, where: Trade, factor: float, share: float
) -> None:
    row = replace(row, fp64_tflops=(row.bf16_tflops or 0.0) * share)
    faster = replace(row, fp64_tflops=(row.fp64_tflops or 0.0) * factor)
    denser = replace(row, die_mm2=(row.die_mm2 or 0.0) / factor)
    before = how_strict(regime_id, row, where)
    assert before <= how_strict(regime_id, faster, where)
    assert before <= how_strict(regime_id, denser, where)


@pytest.mark.parametrize("regime_id", [entry.id for entry in REGIMES])
@given(row=chips, where=trades)
def test_a_restricted_parent_never_does_better(regime_id: str, row: Row, where: Trade) -> None:
    plain = replace(where, parent=place("singapore"))
    caught = replace(where, parent=place("hong_kong"))
    assert how_strict(regime_id, row, plain) <= how_strict(regime_id, row, caught)


GP10 = {"gp10", "gp10_density_unknown"}


@pytest.mark.parametrize("regime_id", ["apr_2025", "aug_2025", "jul_2026", "domestic_only"])
@given(row=chips, factor=factors, known=st.booleans())
def test_a_faster_chinese_chip_never_loses_the_flag_of_general_prohibition_10(
    regime_id: str, row: Row, factor: float, known: bool
) -> None:
    design = replace(row, origin="CN", die_mm2=row.die_mm2 if known else None)
    faster = replace(design, bf16_tflops=(row.bf16_tflops or 0.0) * factor)
    denser = replace(design, die_mm2=row.die_mm2 / factor if known and row.die_mm2 else None)
    before, *after = (GP10 & set(rule_row(regime_id, "chip", r, SG).flags) for r in (design, faster, denser))
    assert all(after) or not before
    assert all("gp10" in flags for flags in after) or "gp10" not in before


def test_the_page_states_every_regime_and_place() -> None:
    page = (Path(__file__).parents[2] / "docs" / "export_rules.md").read_text(encoding="utf-8")
    for entry in REGIMES:
        row = f"| `{entry.id}` | {entry.effective.isoformat()} | {entry.name}"
        assert row in page
        assert f"| {entry.source} |" in page
        assert f"\n### {entry.id}\n" in page, "its own heading in section 5"
    for known in PLACES:
        assert f"`{known.id}`" in page


def test_the_catalogue_places_agree_in_the_groups_that_decide() -> None:
    path = Path(__file__).parents[2] / "optimizer" / "catalogue" / "places.toml"
    decisive = {"D:1", "D:4", "D:5"}
    for place_id, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert decisive & set(row["country_groups"]) == decisive & place(place_id).country_groups, place_id

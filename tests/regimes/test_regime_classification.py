"""TPP, density and class of every chip of the fact base; edges of the thresholds; facts that are missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from regime_chips import HK, HK_ABROAD, ROWS, D, F, L, Row, ask, facts, trade

from optimizer.regimes.conditions import classify, letter_hit
from optimizer.regimes.facts import BIT_LENGTHS, MissingFact, chip_facts
from optimizer.regimes.ruling import RulingStatus, Trade
from optimizer.regimes.table import regime

# chip, precision of the maximum, TPP, performance density, class ("?" needs the die), letter hit, Jan 2026 eligibility.
TABLE: tuple[tuple[str, str, int, float | None, str, bool | None, bool | None], ...] = (
    ("h100_sxm", "fp8", 15832, 19.45, "a", True, True),
    ("h200_sxm", "fp8", 15832, 19.45, "a", True, True),
    ("b200_hgx", "bf16", 36000, 22.5, "a", True, False),
    ("b300_hgx", "fp4", 54000, 33.75, "a", True, False),
    ("gb200_nvl72_gpu", "bf16", 40000, 25.0, "a", True, False),
    ("gb300_nvl72_gpu", "fp4", 60000, 37.5, "a", True, False),
    ("a100_sxm80", "bf16", 4992, 6.04, "a", True, True),
    ("a800_sxm80", "bf16", 4992, 6.04, "a", True, True),
    ("h800_sxm", "fp8", 15832, 19.45, "a", True, True),
    ("h20_sxm", "bf16", 2368, 2.91, "none", True, None),
    ("l40s", "fp8", 5864, 9.63, "a", False, True),
    ("l20", "bf16", 1912, 3.14, "none", False, None),
    ("rtx_pro_6000d", "bf16", 2368, 3.16, "none", False, None),
    ("mi300x", "fp8", 20919, 8.72, "a", True, True),
    ("mi308x", "fp8", 3016, 1.26, "none", True, None),
    ("mi325x", "fp8", 20919, 8.72, "a", True, True),
    ("mi355x", "fp8", 40264, 16.78, "a", True, False),
    ("ascend_910b3", "int8", 5120, 7.69, "a", None, None),
    ("ascend_910c", "bf16", 12480, 9.38, "a", None, None),
    ("cloudmatrix384_npu", "bf16", 12480, 9.38, "a", None, None),
    ("ascend_950pr", "bf16", 8000, None, "a", None, None),
    ("ascend_950dt", "bf16", 8000, None, "a", None, None),
    ("mtt_s4000", "bf16", 1600, None, "?", None, None),
    ("mtt_s5000", "bf16", 8000, None, "a", None, None),
    ("mlu370_x8", "int8", 2048, None, "?", None, None),
    ("mlu590", "bf16", 4096, None, "?", None, None),
    ("mlu690", "bf16", 8000, None, "a", None, None),
    ("hygon_k100_ai", "int8", 3136, None, "?", None, None),
    ("hygon_bw1000", "bf16", 7680, None, "a", None, None),
    ("biren_br106", "bf16", 4096, None, "?", None, None),
    ("kunlun_p800", "bf16", 5520, None, "a", None, None),
    ("tt_wormhole_n300", "fp8", 3728, None, "?", False, None),
    ("tt_blackhole_p150", "fp8", 6192, None, "a", False, True),
)


def test_every_row_of_the_classification_table_is_tested() -> None:
    assert len(TABLE) == 33
    assert {row[0] for row in TABLE} == set(ROWS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_classification_table(row: tuple[str, str, int, float | None, str, bool | None, bool | None]) -> None:
    chip, precision, tpp, density, paragraph, letter, eligible = row
    found = facts(chip)
    assert (round(found.tpp), found.tpp_precision) == (tpp, precision)
    if density is None:
        assert found.performance_density is None
    else:
        assert found.performance_density == pytest.approx(density, abs=0.006)
    if paragraph == "?":
        with pytest.raises(MissingFact):
            classify(found)
    else:
        assert classify(found).paragraph == paragraph
    if letter is not None:
        assert letter_hit(found) is letter
    if eligible is not None:
        expected = RulingStatus.LICENCE if eligible else RulingStatus.DENIED
        assert ask("jan_2026", chip, HK).status is expected


@pytest.mark.parametrize(
    ("chip", "published"),
    [("h20_sxm", 2368), ("h100_sxm", 15832), ("a100_sxm80", 4992), ("mi325x", 20919), ("l20", 1912)],
)
def test_published_tpp_is_reproduced_with_all_precisions_counted(chip: str, published: int) -> None:
    assert round(facts(chip).tpp) == published


def test_tf32_at_32_bits_would_miss_the_published_figure() -> None:
    h100 = ROWS["h100_sxm"]
    assert h100.tf32_tflops is not None
    assert h100.tf32_tflops * 32 > facts("h100_sxm").tpp
    assert dict(BIT_LENGTHS)["tf32"] == 19


def test_fp64_counts_at_64_bits() -> None:
    found = chip_facts("hpc", Row(fp64_tflops=100.0, bf16_tflops=200.0))
    assert (found.tpp, found.tpp_precision) == (6400.0, "fp64")


def test_a_row_without_throughput_is_refused() -> None:
    with pytest.raises(MissingFact, match="dense throughput"):
        chip_facts("empty", Row())


@pytest.mark.parametrize(
    ("bf16", "memory", "launch", "status"),
    [
        (1312.4375, 6499.0, date(2026, 1, 15), L),  # TPP 20,999
        (1312.5, 6499.0, date(2026, 1, 15), D),  # TPP 21,000 is not below it.
        (1312.4375, 6500.0, date(2026, 1, 15), D),
        (1312.4375, 6499.0, date(2026, 1, 16), D),  # not on sale when the rule was published
    ],
)
def test_edges_of_the_case_by_case_review(bf16: float, memory: float, launch: date, status: RulingStatus) -> None:
    chip = chip_facts("edge", Row(bf16_tflops=bf16, memory_bandwidth_gbs=memory, launch=launch, die_mm2=2400.0))
    assert regime("jan_2026").rule(chip, HK).status is status
    assert regime("may_2026").rule(chip, HK).status is status


@pytest.mark.parametrize(
    ("tpp", "die", "data_centre", "paragraph"),
    [
        (4800.0, None, True, "a"),
        (4800.0, None, False, "a"),
        (4799.0, None, False, "none"),
        (1599.0, None, True, "none"),
        (1600.0, 1600 / 5.92, True, "a"),
        (1600.0, 1600 / 5.91, True, "b"),
        (1600.0, 500.0, True, "b"),
        (1600.0, 501.0, True, "none"),
        (2400.0, 1500.0, True, "b"),
        (2400.0, 1501.0, True, "none"),
        (2399.0, 1400.0, True, "none"),
    ],
)
def test_edges_of_3a090(tpp: float, die: float | None, data_centre: bool, paragraph: str) -> None:
    chip = chip_facts("edge", Row(bf16_tflops=tpp / 16, die_mm2=die, data_centre=data_centre))
    assert classify(chip).paragraph == paragraph


@pytest.mark.parametrize(
    ("memory", "link", "hit"),
    [(1400, 1, True), (1399, 1, False), (1, 1100, True), (1, 1099, False), (850, 850, True), (850, 849, False)],
)
def test_edges_of_the_letters(memory: float, link: float, hit: bool) -> None:
    chip = chip_facts("edge", Row(bf16_tflops=10.0, memory_bandwidth_gbs=memory, link_gbs=link))
    assert letter_hit(chip) is hit
    assert regime("aug_2025").rule(chip, HK).status is (L if hit else F)


def test_edges_of_october_2022() -> None:
    at = chip_facts("at", Row(bf16_tflops=300.0, link_gbs=600.0))
    assert regime("oct_2022").rule(at, HK).status is D
    assert regime("oct_2022").rule(replace(at, link_gbs=599.0), HK).status is F
    assert regime("oct_2022").rule(replace(at, tpp=4799.0), HK).status is F


@pytest.mark.parametrize("regime_id", ["oct_2023", "apr_2025", "aug_2025", "jan_2026", "may_2026"])
@pytest.mark.parametrize("where", [HK, HK_ABROAD, trade("united_arab_emirates")])
def test_a_missing_die_is_never_guessed(regime_id: str, where: Trade) -> None:
    with pytest.raises(MissingFact, match="die_mm2") as error:
        ask(regime_id, "tt_wormhole_n300", where)
    assert (error.value.chip, error.value.field) == ("tt_wormhole_n300", "die_mm2")
    assert "3A090" in error.value.clause


@pytest.mark.parametrize("regime_id", ["before_oct_2022", "oct_2022", "domestic_only", "open_market"])
def test_a_missing_die_does_not_matter_where_density_is_not_asked(regime_id: str) -> None:
    assert ask(regime_id, "tt_wormhole_n300", HK).clause

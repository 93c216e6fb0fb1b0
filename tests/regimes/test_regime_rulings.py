"""What each regime rules for whom, on what terms and with which flags."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from regime_chips import HK, HK_ABROAD, LAW, ROWS, SG, D, F, L, Row, ask, rule_row, trade

from optimizer.regimes.conditions import classify
from optimizer.regimes.facts import chip_facts
from optimizer.regimes.fees import section_232_fraction
from optimizer.regimes.places import place
from optimizer.regimes.ruling import Buyer, RulingStatus, Trade
from optimizer.regimes.table import regime

EARLIER = trade("singapore", delivery=date(2025, 5, 12))
"""A day before the guidance on General Prohibition 10."""
WORKED: dict[str, tuple[RulingStatus, ...]] = {
    "h100_sxm": (F, D, D, D, D, L, L, L),
    "h200_sxm": (F, D, D, D, D, L, L, L),
    "b200_hgx": (F, D, D, D, D, D, D, D),
    "a800_sxm80": (F, F, D, D, D, L, L, L),
    "h800_sxm": (F, F, D, D, D, L, L, L),
    "h20_sxm": (F, F, F, D, L, L, L, L),
    "l40s": (F, F, D, D, D, L, L, L),
    "l20": (F, F, F, F, F, F, F, F),
    "rtx_pro_6000d": (F, F, F, F, F, F, F, F),
    "mi308x": (F, F, F, D, L, L, L, L),
    "mi325x": (F, D, D, D, D, L, L, L),
    "mi355x": (F, D, D, D, D, D, D, D),
    "ascend_910c": (F, F, F, F, F, F, F, F),
    "mtt_s4000": (F, F, F, F, F, F, F, F),
}


@pytest.mark.parametrize("chip", WORKED)
@pytest.mark.parametrize("where", ["hong_kong", "mainland_china", "macau"])
def test_the_history_of_a_chip_in_china(chip: str, where: str) -> None:
    assert tuple(ask(regime_id, chip, trade(where)).status for regime_id in LAW) == WORKED[chip]


@pytest.mark.parametrize("regime_id", LAW)
@pytest.mark.parametrize("chip", ROWS)
def test_singapore_parent_in_singapore_is_always_free(regime_id: str, chip: str) -> None:
    assert ask(regime_id, chip, SG).status is F


@pytest.mark.parametrize("where", ["singapore", "malaysia", "japan", "united_kingdom", "united_arab_emirates"])
def test_a_hong_kong_parent_abroad_is_caught_from_october_2023(where: str) -> None:
    abroad = trade(where, "hong_kong")
    expected = (F, F, D, D, D, D, D, D)
    assert tuple(ask(regime_id, "h200_sxm", abroad).status for regime_id in LAW) == expected
    assert "31 May 2026" in ask("may_2026", "h200_sxm", abroad).clause
    assert "parent_headquarters" in ask("jan_2026", "h200_sxm", abroad).flags


def test_the_letters_follow_the_parent_too() -> None:
    assert ask("apr_2025", "h20_sxm", HK_ABROAD).status is D
    assert ask("aug_2025", "h20_sxm", HK_ABROAD).fee_fraction == 0.15


def test_a_singapore_parent_delivering_to_hong_kong_is_ruled_as_hong_kong() -> None:
    for regime_id in LAW:
        assert ask(regime_id, "h100_sxm", trade("hong_kong", "singapore")).status is (
            ask(regime_id, "h100_sxm", HK).status
        )


def test_delivery_inside_the_united_states_is_no_export() -> None:
    ruling = ask("may_2026", "gb300_nvl72_gpu", trade("united_states", "hong_kong"))
    assert (ruling.status, "not an export" in ruling.clause) == (F, True)


def test_the_gulf_needs_a_licence_for_3a090a_and_no_more() -> None:
    gulf = trade("united_arab_emirates")
    ruling = ask("may_2026", "gb300_nvl72_gpu", gulf)
    assert (ruling.status, ruling.probability, ruling.extra_lead_weeks) == (L, 0.6, 26.0)
    assert ask("oct_2022", "gb300_nvl72_gpu", gulf).status is F
    assert ask("may_2026", "h20_sxm", gulf).status is F
    lesser = chip_facts("b_part", Row(bf16_tflops=187.5, die_mm2=800.0))
    assert classify(lesser).paragraph == "b"
    assert "ACA" in regime("oct_2023").rule(lesser, gulf).clause
    gaming = chip_facts("gaming", Row(bf16_tflops=330.0, data_centre=False, die_mm2=609.0))
    assert regime("oct_2023").rule(gaming, gulf).status is F


def test_terms_of_the_licences() -> None:
    fifteen = ask("aug_2025", "h20_sxm", HK)
    assert (fifteen.fee_fraction, fifteen.probability, fifteen.extra_lead_weeks) == (0.15, 0.5, 13.0)
    assert fifteen.quota_accelerators is None
    tariff = ask("jan_2026", "h200_sxm", HK)
    assert (tariff.fee_fraction, tariff.probability, tariff.extra_lead_weeks) == (0.25, 0.3, 26.0)
    assert tariff.quota_accelerators is None
    assert ask("may_2026", "h200_sxm", HK) == replace(tariff, quota_accelerators=75_000)
    assert ask("jul_2026", "h200_sxm", replace(HK, volume_cap_accelerators=2_000)).quota_accelerators == 2_000
    assert ask("may_2026", "h20_sxm", HK).quota_accelerators is None


@pytest.mark.parametrize("chip", ["ascend_910b3", "mtt_s4000", "h20_sxm", "gb300_nvl72_gpu"])
@pytest.mark.parametrize("where", ["hong_kong", "singapore", "united_states"])
def test_domestic_only_buys_chinese_designs_everywhere(chip: str, where: str) -> None:
    expected = F if ROWS[chip].origin == "CN" else D
    assert ask("domestic_only", chip, trade(where)).status is expected


@pytest.mark.parametrize("chip", ROWS)
@pytest.mark.parametrize("where", [HK, SG, HK_ABROAD])
def test_the_open_market_is_free_and_without_flags(chip: str, where: Trade) -> None:
    ruling = ask("open_market", chip, where)
    assert (ruling.status, ruling.flags) == (F, ())


@pytest.mark.parametrize(
    ("regime_id", "chip", "where", "flags"),
    [
        ("oct_2022", "ascend_910c", SG, ()),
        ("oct_2023", "mtt_s4000", SG, ("entity_list_vendor",)),
        ("oct_2023", "mtt_s4000", HK, ("entity_list_vendor", "import_licence")),
        ("apr_2025", "ascend_910c", SG, ("gp10", "entity_list_vendor", "hbm_supply")),
        (
            "apr_2025",
            "ascend_910c",
            trade("singapore", delivery=date(2025, 5, 12)),
            ("entity_list_vendor", "hbm_supply"),
        ),
        ("may_2026", "mtt_s4000", SG, ("gp10_density_unknown", "entity_list_vendor", "hbm_supply")),
        ("may_2026", "mtt_s5000", SG, ("gp10", "entity_list_vendor", "hbm_supply")),
        ("jul_2026", "mlu370_x8", SG, ("gp10_density_unknown", "entity_list_vendor", "hbm_supply")),
        ("domestic_only", "ascend_910c", SG, ("gp10", "entity_list_vendor", "hbm_supply")),
        ("domestic_only", "h200_sxm", SG, ()),
        ("oct_2023", "h800_sxm", HK, ("no_spares_channel", "import_licence")),
        ("may_2026", "h200_sxm", HK, ("china_discourages", "us_shipment", "import_licence")),
        ("may_2026", "rtx_pro_6000d", HK, ("china_discourages", "import_licence")),
        ("may_2026", "h200_sxm", HK_ABROAD, ("no_spares_channel", "parent_headquarters")),
        ("jul_2026", "gb300_nvl72_gpu", SG, ("tenant_diligence",)),
        ("jan_2026", "gb300_nvl72_gpu", SG, ()),
        ("jul_2026", "h200_sxm", trade("malaysia"), ("tenant_diligence", "malaysia_permit")),
        (
            "may_2026",
            "l20",
            trade("singapore", delivery=date(2025, 1, 1)),
            ("before_effective_date", "tenant_diligence"),
        ),
    ],
)
def test_flags(regime_id: str, chip: str, where: Trade, flags: tuple[str, ...]) -> None:
    assert ask(regime_id, chip, where).flags == flags


def test_macau_counts_as_restricted_though_not_in_d5() -> None:
    assert "D:5" not in place("macau").country_groups
    assert ask("may_2026", "h200_sxm", trade("singapore", "macau")).status is D


def test_the_notice_exception_counts_as_denied_and_is_named() -> None:
    gaming = chip_facts("gaming", Row(bf16_tflops=330.0, data_centre=False, die_mm2=609.0))
    lesser = chip_facts("b_part", Row(bf16_tflops=187.5, die_mm2=800.0))
    for chip in (gaming, lesser):
        ruling = regime("oct_2023").rule(chip, HK)
        assert (ruling.status, ruling.source) == (D, "S55")
        assert "License Exception NAC" in ruling.clause
        assert regime("jan_2026").rule(chip, HK).status is L
    assert "NAC" not in ask("oct_2023", "h100_sxm", HK).clause


@pytest.mark.parametrize(
    ("chip", "fee"),
    [("h200_sxm", 0.25), ("mi325x", 0.25), ("h100_sxm", 0.0), ("a800_sxm80", 0.0), ("l40s", 0.0), ("mi300x", 0.0)],
)
def test_the_tariff_is_due_by_numbers(chip: str, fee: float) -> None:
    assert ask("jul_2026", chip, HK).fee_fraction == fee


def test_the_bounds_of_a_band_are_outside_it() -> None:
    within = chip_facts("h200_sxm", ROWS["h200_sxm"])
    for change in ({"tpp": 14_000.0}, {"tpp": 17_500.0}, {"memory_bandwidth_gbs": 4_500.0}):
        assert section_232_fraction(replace(within, **change)) == 0.0


def test_reexports_are_not_reviewed_case_by_case() -> None:
    assert ask("jul_2026", "h200_sxm", replace(HK, shipped_from_us=False)).status is D


@pytest.mark.parametrize("regime_id", ["oct_2023", "may_2026"])
def test_before_july_2026_the_emirates_are_in_d4(regime_id: str) -> None:
    lesser = chip_facts("b_part", Row(bf16_tflops=187.5, die_mm2=800.0))
    assert regime(regime_id).rule(lesser, trade("united_arab_emirates")).status is F


@pytest.mark.parametrize(
    ("buyer", "chip", "status"),
    [
        ("other", "gb300_nvl72_gpu", L),
        ("other", "h20_sxm", F),
        ("government", "gb300_nvl72_gpu", F),
        ("listed", "gb300_nvl72_gpu", F),
    ],
)
def test_since_july_2026_the_emirates_are_named(buyer: Buyer, chip: str, status: RulingStatus) -> None:
    assert ask("jul_2026", chip, replace(trade("united_arab_emirates"), buyer=buyer)).status is status


def test_class_b_needs_a_licence_to_the_emirates_now() -> None:
    lesser = chip_facts("b_part", Row(bf16_tflops=187.5, die_mm2=800.0))
    assert regime("jul_2026").rule(lesser, trade("united_arab_emirates")).status is L
    assert regime("jul_2026").rule(lesser, trade("united_arab_emirates", "hong_kong")).status is D


def test_a_listing_that_lapses_is_flagged() -> None:
    gulf = replace(trade("united_arab_emirates"), buyer="listed")
    late = replace(gulf, delivery=date(2027, 4, 7))
    assert "listing_lapses" not in ask("jul_2026", "gb300_nvl72_gpu", gulf).flags
    assert "listing_lapses" in ask("jul_2026", "gb300_nvl72_gpu", late).flags


@pytest.mark.parametrize(
    ("day", "flagged"),
    [
        (date(2025, 9, 28), False),
        (date(2025, 9, 29), True),
        (date(2025, 11, 10), False),
        (date(2026, 11, 9), False),
        (date(2026, 11, 10), True),
    ],
)
def test_the_affiliates_rule_by_day(day: date, flagged: bool) -> None:
    chip = replace(ROWS["ascend_910c"], entity_listed=False)
    ruling = rule_row("aug_2025", "chip", chip, trade("singapore", delivery=day))
    assert ("affiliates_rule" in ruling.flags) is flagged

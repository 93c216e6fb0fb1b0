"""The audit's export rulings against the worked answers of docs/export_rules.md, section 9."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from audit_tiny import chip

from optimizer.audit.rulings import AuditedTrade, MissingFactError, class_3a090, rule, total_processing_performance
from optimizer.inputs.compute import Accelerator

HK, SG = AuditedTrade("hong_kong", "hong_kong"), AuditedTrade("singapore", "singapore")
HK_IN_SG = AuditedTrade("singapore", "hong_kong")
GULF = AuditedTrade("united_arab_emirates", "singapore")


def make(tflops: dict[str, float], memory: float, link: float, die: float | None, **more: Any) -> Accelerator:
    bare = {"bf16_tflops": None, "fp8_tflops": None}
    return Accelerator.model_validate(
        chip(**(bare | tflops), memory_bandwidth_gbs=memory, link_gbs=link, die_mm2=die, **more)
    )


H100 = make({"bf16_tflops": 989.0, "tf32_tflops": 495.0, "fp8_tflops": 1979.0}, 3350.0, 900.0, 814.0)
H200 = make({"bf16_tflops": 989.0, "tf32_tflops": 495.0, "fp8_tflops": 1979.0}, 4800.0, 900.0, 814.0)
B200 = make({"bf16_tflops": 2250.0, "fp8_tflops": 4500.0, "fp4_tflops": 9000.0}, 8000.0, 1800.0, 1600.0)
A800 = make({"bf16_tflops": 312.0, "tf32_tflops": 156.0, "int8_tops": 624.0}, 2039.0, 400.0, 826.0)
H20 = make({"bf16_tflops": 148.0, "tf32_tflops": 74.0, "fp8_tflops": 296.0}, 4000.0, 900.0, 814.0)
L40S = make({"fp8_tflops": 733.0, "bf16_tflops": 362.0}, 864.0, 64.0, 609.0)
B_PART = make({"bf16_tflops": 187.5}, 1000.0, 64.0, 800.0)
"""TPP 3,000 on 800 mm2: 3A090.b."""
L20 = make({"bf16_tflops": 119.5, "fp8_tflops": 239.0, "tf32_tflops": 59.8}, 864.0, 64.0, 609.0)
N300 = make({"fp8_tflops": 466.0, "bf16_tflops": 131.0}, 576.0, 100.0, None)
CN = make({"bf16_tflops": 780.0}, 3200.0, 784.0, None, origin="CN")

ANSWERS = (
    ("oct_2022", HK, H100, "denied"),
    ("oct_2022", HK, A800, "free"),
    ("oct_2022", HK_IN_SG, H100, "free"),
    ("oct_2023", HK, H20, "free"),
    ("oct_2023", HK, L40S, "denied"),
    ("oct_2023", AuditedTrade("united_arab_emirates", "singapore"), H100, "licence"),
    ("oct_2023", AuditedTrade("united_arab_emirates", "singapore"), H20, "free"),
    ("oct_2023", AuditedTrade("vietnam", "singapore"), H100, "licence"),
    ("apr_2025", HK, H20, "denied"),
    ("apr_2025", HK, L20, "free"),
    ("aug_2025", HK, H20, "licence"),
    ("aug_2025", HK, H100, "denied"),
    ("jan_2026", HK, H100, "licence"),
    ("jan_2026", HK, B200, "denied"),
    ("jan_2026", HK_IN_SG, H100, "denied"),
    ("may_2026", HK, A800, "licence"),
    ("may_2026", HK, L40S, "licence"),
    ("may_2026", HK_IN_SG, L40S, "denied"),
    ("may_2026", HK_IN_SG, H20, "licence"),
    ("may_2026", SG, B200, "free"),
    ("may_2026", SG, N300, "free"),
    ("may_2026", HK, CN, "free"),
    ("may_2026", AuditedTrade("united_states", "hong_kong"), B200, "free"),
    ("may_2026", GULF, B_PART, "free"),
    ("jul_2026", GULF, B_PART, "licence"),
    ("jul_2026", GULF, H100, "licence"),
    ("jul_2026", GULF, H20, "free"),
    ("jul_2026", replace(GULF, buyer="government"), B200, "free"),
    ("jul_2026", replace(GULF, buyer="listed"), B200, "free"),
    ("jul_2026", AuditedTrade("united_arab_emirates", "hong_kong"), B_PART, "denied"),
    ("jul_2026", AuditedTrade("saudi_arabia", "singapore"), B_PART, "free"),
    ("jul_2026", HK, H200, "licence"),
    ("jul_2026", HK, B200, "denied"),
    ("domestic_only", AuditedTrade("united_states", "hong_kong"), B200, "denied"),
    ("domestic_only", HK, CN, "free"),
    ("before_oct_2022", HK, B200, "free"),
    ("open_market", HK, B200, "free"),
)


@pytest.mark.parametrize(("regime", "trade", "accelerator", "status"), ANSWERS)
def test_worked_answers(regime: str, trade: AuditedTrade, accelerator: Accelerator, status: str) -> None:
    assert rule(regime, accelerator, trade).status == status


def test_terms_of_licences() -> None:
    case = rule("may_2026", H200, HK)
    assert (case.fee_fraction, case.extra_lead_weeks, case.quota) == (0.25, 26.0, 75_000)
    assert (rule("may_2026", H100, HK).fee_fraction, rule("jan_2026", H100, HK).quota) == (0.0, None)
    assert rule("jul_2026", H200, replace(HK, volume_cap=2_000)).quota == 2_000
    assert rule("jul_2026", H200, replace(HK, shipped_from_us=False)).status == "denied"
    letter = rule("may_2026", H20, HK)
    assert (letter.fee_fraction, letter.extra_lead_weeks, letter.quota) == (0.15, 13.0, None)


def test_published_performance() -> None:
    assert total_processing_performance(H100) == 15_832
    assert total_processing_performance(H20) == 2368
    assert total_processing_performance(L20) == 1912


def test_unknown_facts_and_places_are_no_free_pass() -> None:
    with pytest.raises(MissingFactError):
        class_3a090(N300)
    with pytest.raises(MissingFactError):
        rule("oct_2023", N300, HK)
    with pytest.raises(MissingFactError):
        total_processing_performance(make({}, 100.0, 100.0, 100.0))
    with pytest.raises(ValueError, match="atlantis"):
        rule("may_2026", H100, AuditedTrade("atlantis", "singapore"))
    with pytest.raises(ValueError, match="no_rules"):
        rule("no_rules", H100, HK)

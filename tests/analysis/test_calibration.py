"""The model against published facts: the counts of hits as they are, and a page that is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer.analysis.calibration import CalibrationCase, cases
from optimizer.analysis.calibration.plant import annual_pue
from optimizer.analysis.calibration.rows import chip
from optimizer.report.calibration_page import blocks, counted
from optimizer.report.document import to_markdown

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"
COUNTS = {
    "Training": (20, 35),
    "Scaling": (4, 5),
    "Serving": (25, 54),
    "Power": (14, 14),
    "PUE": (2, 2),
    "Facilities": (0, 0),
    "Rental": (8, 12),
}
"""Within their aim, of those with an aim from which no value was read off. They change with the model only."""


def case(key: str) -> CalibrationCase:
    (found,) = [each for each in cases() if each.key == key]
    return found


@pytest.mark.parametrize("group", COUNTS)
def test_counts_are_what_they_are(group: str) -> None:
    assert counted(group) == COUNTS[group]
    assert set(COUNTS) == {each.group for each in cases()}


def test_each_miss_has_a_reason() -> None:
    named = {each.what for each in cases() if not each.hits and not each.why and each.group in ("Training", "Serving")}
    assert not named


def test_what_was_asked_of_training_and_serving() -> None:
    """Within 15 % on ten of fifteen runs and within 30 % on twelve of twenty services, and many chips and models."""
    assert counted("Training")[0] >= 10
    assert counted("Training")[1] >= 15
    assert counted("Serving")[0] >= 12
    assert counted("Serving")[1] >= 20
    served = {each.what.rsplit(": ", 1)[1] for each in cases() if each.group == "Serving" and ": " in each.what}
    assert len(served) >= 8


def test_llama_on_paper() -> None:
    """6 x 405e9 x 15.6e12 = 3.7908e25. 16,384 x 989 T x 0.40 x 8^-0.05 x 50,700 / (50,700 + 16,384 x 0.3), in days."""
    flops = 16_384 * 989e12 * 0.4 * 8**-0.05 * 50_700 / (50_700 + 16_384 * 0.3)
    assert case("llama_405b_h100_hours").model == pytest.approx(3.7908e25 / flops / 86_400, rel=1e-9)
    assert case("llama_405b_h100_hours").fact == pytest.approx(30_840_000 / 16_384 / 24)


def test_a_mixture_of_experts_on_paper() -> None:
    """Kimi K2: 6 x 32.6e9 operations a token on 5,000 TFLOPS x 0.40 x 0.55 of a domain of 72, all 256 at work."""
    assert case("kimi_k2_gb300").model == pytest.approx(15.5e12 * 6 * 32.6e9 / (256 * 5e15 * 0.4 * 0.55) / 86_400)
    assert case("kimi_k2_gb300").fact == pytest.approx(15.5e12 / (256 * 5_372) / 86_400)


def test_a_service_on_paper() -> None:
    """Llama 3.3 70B on two H100 in FP8: caches of 1,536 tokens x 163,840 B fill 144 - 70 GB, read at half the rate."""
    cache = 1_536 * 163_840 / 1e9
    step = 144 / (2 * 3_350 * 0.5)
    decode = (144 - 70) / cache / step / 2
    prefill = chip("h100_sxm").utilisation["inference"] * 1_979e12 / 140e9
    assert case("llama33_70b_h100_1k").model == pytest.approx(1_024 / (1_024 / prefill + 1_024 / decode))


def test_overheads_rise_at_part_load_and_without_eco_mode() -> None:
    eco = annual_pue("singapore", "air", "li_ion_eco", 1.0)
    full, half = (annual_pue("singapore", "air", "li_ion", load) for load in (1.0, 0.5))
    assert 1 < eco < full < half
    assert full - eco == pytest.approx(0.026 - 0.007 + 1.2 * (0.007 - 0.004), abs=5e-4)


def test_fans_that_run_on_cost_what_the_heat_does_not() -> None:
    """At 60 % of the load fans of 18 % that do not slow down take 0.18 / 0.6: 0.12 more, and a little transformer."""
    following, running_on = (annual_pue("singapore", "air", "li_ion", 0.6, share) for share in (0.0, 1.0))
    assert running_on - following == pytest.approx(0.18 * (1 / 0.6 - 1), abs=2e-3)
    assert annual_pue("singapore", "air", "li_ion", 1.0, 1.0) == pytest.approx(
        annual_pue("singapore", "air", "li_ion", 1.0), abs=1e-12
    )


def test_halls_are_within_five_hundredths_at_their_stated_design() -> None:
    assert all(abs(case(key).model - case(key).fact) <= 0.05 for key in ("dc_tuas", "sg_air", "isambard_pue"))


def test_a_city_outside_its_band_says_what_is_missing() -> None:
    """Frankfurt is 10.4 to 12.8: what its plant lacks is what the whole lacks."""
    frankfurt = case("hall_frankfurt")
    lacking = float(re.findall(r"(\d+) % dearer", frankfurt.why)[0]) / 100
    plant = float(re.findall(r"([\d.]+) USD per W", frankfurt.why)[0])
    assert frankfurt.model + lacking * plant == pytest.approx(10.4, abs=0.02)
    halls = [each for each in cases() if each.group == "Facilities"]
    assert all(("Outside its band" in each.why) != each.hits for each in halls)
    assert sum(each.hits for each in halls) >= 8


def test_the_page_says_which_cities_are_within_their_band_and_which_are_not() -> None:
    """Counted from the table itself: the model's price against the band in the row's name."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\w ]+), published ([\d.]+) to ([\d.]+) \| USD/W \| ([\d.]+) \|.*?\((.*?)\)", text, re.MULTILINE
    )
    assert len(rows) == 15
    within = [name for name, low, high, model, _ in rows if float(low) <= float(model) <= float(high)]
    outside = [name for name, *_ in rows if name not in within]
    assert (len(within), len(outside)) == (8, 7)
    assert f"Within what is published are 8 of 15: {', '.join(within)}. " in text
    assert f"Outside it are 7: {', '.join(outside)}. " in text
    assert [name for name, *_, marks in rows if "outside" in marks] == outside


def test_the_page_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == to_markdown(blocks())

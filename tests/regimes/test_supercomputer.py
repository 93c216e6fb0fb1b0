"""The definition of a supercomputer, applied to pods on a floor: numbers that can be checked on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.regimes.supercomputer import PodGroup, peak_tflops, reached, readings
from tests.tiny import tiny


def group(pods: float, volume_m3: float, fp64: float, fp32: float = 0.0) -> PodGroup:
    return PodGroup(accelerator="chip", pods=pods, volume_m3=volume_m3, peak_pflops={"fp64": fp64, "fp32": fp32})


def test_a_small_hall_is_counted_whole() -> None:
    """64 racks of 10.5 m3 fill 672 m3: all of 64 x 5.23 = 335 PFLOPS counts."""
    reading = readings([group(64, 10.5, 5.23)])[0]
    assert reading.total_pflops == pytest.approx(334.72)
    assert reading.densest_pflops == reading.even_pflops == pytest.approx(334.72)
    assert reading.verdict == "supercomputer"


def test_dense_racks_beside_empty_ones_depend_on_the_layout() -> None:
    """64 dense racks (335 PFLOPS in 672 m3) among 500 with nothing: mixed evenly 335 x 1,178 / 5,922 = 66.6."""
    reading = readings([group(64, 10.5, 5.23), group(500, 10.5, 0.0)])[0]
    assert reading.densest_pflops == pytest.approx(334.72)
    assert reading.even_pflops == pytest.approx(334.72 * 1178 / 5922)
    assert reading.verdict == "by_layout"


def test_the_envelope_is_filled_by_density_and_the_last_pod_counts_in_part() -> None:
    """100 racks of 10 m3 with 0.9 each, then 178 m3 of racks with 0.5 in 10 m3: 90 + 17.8 x 0.5 = 98.9."""
    reading = readings([group(500, 10.0, 0.5), group(100, 10.0, 0.9)])[0]
    assert reading.densest_pflops == pytest.approx(98.9)
    assert reading.verdict == "not_reached"


def test_exactly_the_limit_is_a_supercomputer() -> None:
    assert readings([group(10, 10.0, 10.0)])[0].verdict == "supercomputer"
    assert readings([group(10, 10.0, 0.0, 20.0)])[1].verdict == "supercomputer"


def test_nothing_installed_reaches_nothing() -> None:
    assert [reading.verdict for reading in readings([])] == ["not_reached", "not_reached"]


halls = st.lists(
    st.builds(group, st.integers(1, 300), st.floats(5.0, 40.0), st.floats(0.0, 8.0), st.floats(0.0, 16.0)),
    min_size=1,
    max_size=4,
)
ORDER = ("not_reached", "by_layout", "supercomputer")


@given(hall=halls, factor=st.floats(1.0, 5.0))
def test_faster_or_denser_racks_are_never_judged_more_leniently(hall: list[PodGroup], factor: float) -> None:
    """Of the first group the peak rises, or its racks stand on less room; nothing else changes."""
    first, *others = hall
    faster = replace(first, peak_pflops={m: peak * factor for m, peak in first.peak_pflops.items()})
    denser = replace(first, volume_m3=first.volume_m3 / factor)
    for changed in (faster, denser):
        for before, after in zip(readings(hall), readings([changed, *others]), strict=True):
            assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)
            assert after.densest_pflops >= before.densest_pflops * (1 - 1e-9)
            assert after.even_pflops >= before.even_pflops * (1 - 1e-9)


def test_double_precision_is_the_faster_unit() -> None:
    chip = tiny({"accelerators.quick.fp64_tflops": 163.4, "accelerators.quick.fp64_vector_tflops": 81.7}).accelerators
    assert peak_tflops(chip["quick"], "fp64") == 163.4
    assert peak_tflops(chip["quick"], "fp32") is None


@pytest.mark.parametrize(("eccn", "answer"), [("5A992.c", True), ("5A991", False), ("EAR99", False), (None, None)])
def test_items_are_reached_by_their_class(eccn: str | None, answer: bool | None) -> None:
    assert reached(eccn) is answer

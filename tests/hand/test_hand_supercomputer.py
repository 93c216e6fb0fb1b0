"""A site that may not be a supercomputer by law: below the peak, or spread over more volume. Optima on paper."""

from __future__ import annotations

import pytest

from tests.hand.on_paper import FRUGAL, QUICK, decides, lcoc, pods, solve

BOUND = {
    "sites.paper.place": "hong_kong",
    "export.supercomputer": "bind",
    "accelerators.quick.fp64_tflops": 3000.0,
    "accelerators.quick.fp32_tflops": 0.0,
    "accelerators.frugal.fp64_vector_tflops": 0.0,
    "accelerators.frugal.fp32_tflops": 0.0,
}
"""A quick pod of eight has 24 PFLOPS in FP64, a frugal one none; both stand on 3 m2."""


def test_supercomputer_below_the_peak() -> None:
    """Under 100 PFLOPS: at most 4 quick pods (96), and 11 frugal ones for the other 22 of 38 effective PFLOPS.

    Fifteen racks under 3.5 m fill 157.5 m3, a seventh of the envelope: spreading allows 13.4 PFLOPS, no quick pod.
    """
    result = decides("supercomputer.below", BOUND, lcoc(4 * QUICK + 11 * FRUGAL, 38))
    assert pods(result) == {"quick": 4, "frugal": 11}


def test_supercomputer_spread_over_the_volume() -> None:
    """Under 50 m a rack fills 150 m3 and brings 100 / 1,178 x 150 = 12.73 PFLOPS of room.

    6 quick and 7 frugal pods: 144 <= 13 x 12.73 = 165.5, for 24 + 14 = 38 effective PFLOPS. With 7 quick ones 168 is
    beyond what their 13 or fewer racks allow, and 14 racks cost more.
    """
    high = {**BOUND, "sites.paper.building.clear_height_m": 50.0}
    result = decides("supercomputer.spread", high, lcoc(6 * QUICK + 7 * FRUGAL, 38))
    assert pods(result) == {"quick": 6, "frugal": 7}


def test_supercomputer_by_single_precision() -> None:
    """200 PFLOPS in FP32: a quick pod has 48, so 4 of them; FP64 does not bind."""
    single = {"accelerators.quick.fp64_tflops": 100.0, "accelerators.quick.fp32_tflops": 6000.0}
    assert pods(solve({**BOUND, **single})) == {"quick": 4, "frugal": 11}


@pytest.mark.parametrize("change", [{"sites.paper.place": "singapore"}, {"export.supercomputer": "warn"}])
def test_nothing_binds_elsewhere_or_when_only_warned(change: dict[str, str]) -> None:
    assert pods(solve({**BOUND, **change})) == {"quick": 9, "frugal": 1}

"""What caps let through is never below what a linear programme delivers under them, and met where caps are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimizer.policies.caps import Cap, Deliveries, most_of_chip, most_pflops

PLACES = [(site, chip, phase) for site in ("north", "south") for chip in ("quick", "frugal") for phase in ("a", "b")]


@st.composite
def caps_on(draw: st.DrawFn) -> tuple[Cap, ...]:
    sets = draw(st.lists(st.sets(st.sampled_from(PLACES), min_size=1), min_size=1, max_size=5))
    amounts = draw(st.lists(st.integers(0, 1000), min_size=len(sets), max_size=len(sets)))
    return tuple(
        Cap(str(n), (str(n),), float(most), frozenset(s)) for n, (s, most) in enumerate(zip(sets, amounts, strict=True))
    )


def delivered(caps: tuple[Cap, ...], wanted: Deliveries, worth: dict[str, float]) -> float:
    """Most throughput of real deliveries under every cap; infinite if one of them is not capped."""
    places = sorted(wanted)
    if any(not any(place in cap.covers for cap in caps) and worth[place[1]] > 0 for place in places):
        return math.inf
    rows = [[float(place in cap.covers) for place in places] for cap in caps]
    value = np.array([worth[chip] for _, chip, _ in places])
    bounds = [(0, None) if worth[chip] > 0 else (0, 0) for _, chip, _ in places]
    answer = linprog(-value, A_ub=rows, b_ub=[cap.most for cap in caps], bounds=bounds)
    assert answer.status == 0
    return -float(answer.fun)


@settings(max_examples=60)
@given(caps=caps_on(), chip=st.sampled_from(("quick", "frugal")))
def test_no_delivery_of_a_chip_beats_its_caps(caps: tuple[Cap, ...], chip: str) -> None:
    wanted = frozenset(place for place in PLACES if place[1] == chip)
    most, named = most_of_chip(caps, wanted)
    assert most >= delivered(caps, wanted, {chip: 1.0}) * (1 - 1e-9)
    if math.isfinite(most):
        assert most == sum(cap.most for cap in named)
        assert wanted <= frozenset().union(*(cap.covers for cap in named))


@settings(max_examples=60)
@given(caps=caps_on(), quick=st.integers(0, 9), frugal=st.integers(0, 9))
def test_no_fleet_beats_its_caps(caps: tuple[Cap, ...], quick: int, frugal: int) -> None:
    worth = {"quick": float(quick), "frugal": float(frugal)}
    most, _ = most_pflops(caps, frozenset(PLACES), worth)
    assert most >= delivered(caps, frozenset(PLACES), worth) * (1 - 1e-9)


@settings(max_examples=60)
@given(amounts=st.tuples(*[st.integers(0, 1000)] * 4), worth=st.tuples(*[st.integers(1, 9)] * 2))
def test_caps_that_lie_apart_are_met(amounts: tuple[int, ...], worth: tuple[int, ...]) -> None:
    """A cap for each chip and phase: both sites share it, so the most is the sum of caps, each times its chip."""
    kinds = [(chip, phase) for chip in ("quick", "frugal") for phase in ("a", "b")]
    caps = tuple(
        Cap(chip, (chip, phase), float(most), frozenset(p for p in PLACES if p[1:] == (chip, phase)))
        for (chip, phase), most in zip(kinds, amounts, strict=True)
    )
    each = dict(zip(("quick", "frugal"), map(float, worth), strict=True))
    most, _ = most_pflops(caps, frozenset(PLACES), each)
    assert most == pytest.approx(sum(each[chip] * n for (chip, _), n in zip(kinds, amounts, strict=True)))
    assert most == pytest.approx(delivered(caps, frozenset(PLACES), each))


def test_a_shared_cap_counts_the_better_chip_once() -> None:
    """Ten accelerators of either kind at 3 or 2 PFLOPS: 30, not 50; a cap of 4 on the better one is 4 x 3 + 10 x 2
    taken chip by chip, which is more than the 30 of the shared one alone."""
    shared = Cap("quota", ("quota",), 10.0, frozenset(PLACES))
    own = Cap("supply", ("supply",), 4.0, frozenset(p for p in PLACES if p[1] == "quick"))
    worth = {"quick": 3.0, "frugal": 2.0}
    assert most_pflops((shared,), frozenset(PLACES), worth)[0] == 30
    assert most_pflops((shared, own), frozenset(PLACES), worth)[0] == 30
    assert most_of_chip((shared, own), own.covers) == (4.0, (own,))


def test_what_no_cap_covers_has_no_bound_and_what_nobody_wants_none_at_all() -> None:
    cap = Cap("one", ("one",), 5.0, frozenset(PLACES[:1]))
    assert most_of_chip((cap,), frozenset(PLACES[:1])) == (5.0, (cap,))
    assert most_of_chip((cap,), frozenset(p for p in PLACES if p[1] == "quick")) == (math.inf, ())
    assert most_of_chip((cap,), frozenset()) == (0.0, ())

"""Axes as they are written, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.reading.read import Variants
from optimizer.study.axes import Axis, parse_axis
from optimizer.study.designs import Definition
from optimizer.study.plan import plan
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"
VALUES = {
    "sites.paper.grid_mw=10:30:2": (10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
    "sites.paper.grid_mw=0.1:0.3:0.1": (0.1, 0.2, 0.3),
    "sites.paper.grid_mw=10:31:10": (10, 20, 30),
    "sites.paper.grid_mw=1:2": (1.0, 1.25, 1.5, 1.75, 2.0),
    "export.regime=may_2026,open_market": ("may_2026", "open_market"),
    "accelerators.*.price_usd=-30%:+30%:5": (-0.3, -0.15, 0.0, 0.15, 0.3),
    "accelerators.*.price_usd=-30%,0%": (-0.3, 0.0),
    "procurement.include=[['quick'], ['quick', 'frugal']]": (["quick"], ["quick", "frugal"]),
    "planning_date=2026-01-01,2026-02-01": (date(2026, 1, 1), date(2026, 2, 1)),
    'sites.paper.name="a:b","c,d"': None,
}


@pytest.mark.parametrize("text", [text for text, values in VALUES.items() if values])
def test_values(text: str) -> None:
    axis = parse_axis(text)
    assert axis.values == VALUES[text]
    assert axis.relative == ("%" in text)


REFUSED = {
    "sites.paper.grid_mw": ("E0319", "has no values"),
    "sites.paper.grid_mw=": ("E0315", "has no values"),
    "sites.paper.grid_mw=3:1:1": ("E0319", "backwards"),
    "sites.paper.grid_mw=1:1:1": ("E0315", "empty"),
    "sites.paper.grid_mw=1:2:0": ("E0312", "step"),
    "sites.paper.grid_mw=1:2:-1": ("E0312", "step"),
    "sites.paper.grid_mw=1:nan:1": ("E0311", "finite"),
    "sites.paper.grid_mw=nan": ("E0311", "finite"),
    "sites.paper.grid_mw=1:1e999:1": ("E0311", "finite"),
    "sites.paper.grid_mw=a:b:c": ("E0310", "finite number"),
    "sites.paper.grid_mw=1:2:3:4": ("E0315", "range"),
    "sites.paper.grid_mw=1,,2": ("E0315", "empty"),
    "sites.paper.grid_mw=1,1.0": ("E0322", "twice"),
    "sites.paper.grid_mw=0:1e12:1": ("E0315", "more than"),
    "sites.paper.grid_mw=-30%:+30%:1": ("E0315", "points"),
    "sites.paper.grid_mw=-30%:30:2": ("E0310", "per cent"),
    "sites.paper.grid_mw={a=1}": ("E0310", "table"),
    "sites..grid_mw=1": ("E0314", "path"),
    "sites.paper.grid_mw=1\n[x]": ("E0310", "one value"),
    # Against the instance:
    "sites.papr.grid_mw=1,2": ("E0302", "sites.paper.grid_mw"),
    "sites.paper.gird_mw=1,2": ("E0302", "sites.paper.grid_mw"),
    "sites.*.gird_mw=1,2": ("E0302", "sites.*.grid_mw"),
    "sites.paper=1,2": ("E0310", "is a table"),
    "sites.paper.grid_mw=high,low": ("E0310", "takes numbers"),
    "export.regime=1,2": ("E0310", "takes a text"),
    "accelerators.quick.per_server=1.5,2.5": ("E0310", "whole"),
    "finance.discount_rate=-30%:30%": ("E0319", "stays 0"),
    "export.regime=-30%:30%": ("E0310", "no number"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    code, words = REFUSED[text]
    with pytest.raises(InputError) as raised:
        plan(Variants(MINIMAL), Definition("grid", (parse_axis(text),)))
    found = raised.value.diagnostics[0]
    assert found.code == code
    assert words in f"{found.message} {found.help}"


def test_two_axes_over_one_key_are_refused() -> None:
    axes = tuple(map(parse_axis, ("accelerators.*.price_usd=-10%:10%", "accelerators.quick.price_usd=1,2")))
    with pytest.raises(InputError, match="varied twice"):
        plan(Variants(MINIMAL), Definition("grid", axes))


def test_a_pattern_moves_all_keys_together_and_whole_numbers_stay_whole() -> None:
    variants = Variants(MINIMAL)
    axes = (parse_axis("accelerators.*.price_usd=-50%,0%"), parse_axis("accelerators.*.server_units=-10%,0%"))
    first = next(plan(variants, Definition("grid", axes)).cells())
    instance = variants.read(first.settings).instance
    assert {name: chip.price_usd for name, chip in instance.accelerators.items()} == {"quick": 10_000, "frugal": 5_000}
    assert {chip.server_units for chip in instance.accelerators.values()} == {7}


def test_a_key_without_a_value_may_be_given_one() -> None:
    variants = Variants(MINIMAL)
    planned = plan(variants, Definition("grid", (parse_axis("limits.capex_musd=2,3"),)))
    values = [variants.read(cell.settings).instance.limits.capex_musd for cell in planned.cells()]
    assert values == [2, 3]


@given(st.integers(-1000, 1000), st.integers(1, 50), st.integers(1, 20))
def test_ranges_of_whole_numbers_are_exact(low: int, count: int, step: int) -> None:
    axis = parse_axis(f"a.b={low}:{low + count * step}:{step}")
    assert axis.values == tuple(range(low, low + count * step + 1, step))


@given(st.floats(0, 1, exclude_max=True))
def test_quantiles_stay_inside(u: float) -> None:
    assert 2 <= parse_axis("a.b=2:3:0.5").quantile(u) <= 3
    assert Axis(path="a.b", values=("x", "y", "z")).quantile(u) in ("x", "y", "z")


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(InputError):
        assert parse_axis(f"a.b={text}").values

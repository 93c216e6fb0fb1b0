"""What export law asks of a design and an instance does not say: each finding with its code, line and remedy."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.reading.checks_law import (
    avoiding_avoids_something,
    peaks_are_there_where_they_bind,
    sales_end_after_they_begin,
)
from tests.tiny import tiny

BIND = {"sites.paper.place": "hong_kong", "export.supercomputer": "bind"}
REGIME = 'regime = "open_market"'


def of(found, code):
    return [d for d in found if d.code == code]


def test_binding_asks_for_each_peak_by_its_key():
    found = list(peaks_are_there_where_they_bind(tiny(BIND)))
    assert {(d.code, ".".join(map(str, d.path))) for d in found} == {
        ("E0465", f"accelerators.{chip}.{key}")
        for chip in ("quick", "frugal")
        for key in ("fp64_vector_tflops", "fp32_tflops")
    }
    assert "0 if it has no such units" in (found[0].help or "")


@pytest.mark.parametrize("change", [{"sites.paper.place": "singapore"}, {"export.supercomputer": "warn"}])
def test_nothing_is_asked_where_the_rule_does_not_hold(change):
    assert not list(peaks_are_there_where_they_bind(tiny({**BIND, **change})))


def test_chips_that_may_not_be_bought_are_not_asked_for():
    found = list(peaks_are_there_where_they_bind(tiny({**BIND, "procurement.include": ["quick"]})))
    assert {d.path[1] for d in found} == {"quick"}


def test_sale_that_ends_before_it_begins():
    (found,) = sales_end_after_they_begin(tiny({"accelerators.quick.last_delivery": date(2024, 12, 31)}))
    assert (found.code, found.path) == ("E0466", ("accelerators", "quick", "last_delivery"))
    assert "before its launch 2025-01-01" in found.message


@pytest.mark.parametrize(
    ("chip", "codes"),
    [
        ({}, ["W0646"]),
        ({"accelerators.quick.origin": "CN"}, []),
        ({"accelerators.quick.origin": "CN", "accelerators.quick.bf16_tflops": 99.0}, ["W0646"]),
    ],
)
def test_avoiding_what_nobody_offers_is_said(chip, codes):
    found = avoiding_avoids_something(tiny({"export.prc_3a090": "avoid", **chip}))
    assert [d.code for d in found] == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('buyer = "bank"', "E0313"),
        ('supercomputer = "yes"', "E0313"),
        ('prc_3a090 = "never"', "E0313"),
        ("volume_cap_accelerators = -1", "E0312"),
        ('shipped_from_us = "no"', "E0310"),
    ],
)
def test_values_that_are_no_choice(write, findings, text, code):
    assert of(findings(write((REGIME, f"{REGIME}\n{text}"))), code)


def test_a_classification_is_written_as_the_list_has_it(write, findings):
    text = 'accelerators.h20]\nserver_eccn = "5a992"\n'
    assert of(findings(write(("accelerators.h20]\n", text))), "E0317")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('place = "hong_kong"', 'place = "hongkong"', "sites.hub.place"),
        ('parent = "hong_kong"', 'parent = "hongkong"', "export.parent"),
    ],
)
def test_a_place_that_nobody_knows_gets_the_nearest(write, findings, old, new, path):
    found = [d for d in of(findings(write((old, new))), "E0320") if d.path == path]
    assert [d.line is not None and "hong_kong" in f"{d.message} {d.help}" for d in found] == [True]


@pytest.mark.parametrize("height", ["0", "-3.5", '"high"'])
def test_a_volume_needs_a_height(write, findings, height):
    """The envelope is a volume: a clear height of nothing, or in words, has none."""
    found = findings(write(("white_space_m2 = 3000", f"white_space_m2 = 3000\nclear_height_m = {height}")))
    assert [d.path for d in found if d.code in {"E0310", "E0312"}] == ["sites.hub.building.clear_height_m"]

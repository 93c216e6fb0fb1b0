"""Occupancy, resale and announced products: each slip with its code, its place and what to write instead."""

from __future__ import annotations

import pytest

from optimizer.errors import InputError
from optimizer.reading.checks_law import announced_products_are_requested
from optimizer.reading.checks_life import pods_kept_longer_work, refresh_can_change_something, values_fall_with_age
from optimizer.reading.checks_work import (
    first_tokens_have_a_prompt,
    occupancy_is_stated,
    occupancy_is_stated_once,
    scale_up_domains_rise,
)
from optimizer.reading.read import ReadOptions, read_instance
from tests.tiny import ROOT, TWO_PHASES, tiny


def rows(*points):
    return [{"years": float(years), "fraction": fraction} for years, fraction in points]


USUAL = "such values are usually from 0.05 to 1"


@pytest.mark.parametrize(("value", "hint"), [("0.0", USUAL), ("1.2", USUAL), ("80", "80 % is written 0.8")])
def test_occupancy_out_of_range(write, findings, value, hint):
    """A hundredth of 1.2 is no occupancy anybody means: what is usual is told instead."""
    (found,) = findings(write(("occupancy = 1.0", f"occupancy = {value}")))
    assert (found.code, found.path) == ("E0312", "workloads.train.occupancy")
    assert "between 0 and 1 (0 excluded)" in found.message
    assert found.help == hint


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("place", ("one of the ", "optimizer catalogue list places")),
        ("tariff", ("optimizer catalogue list tariffs", "or state your own as [tariffs.xyzzy_quux]")),
    ],
)
def test_a_place_or_tariff_that_is_not_there_says_which_are(tmp_path, key, words):
    text = (ROOT / "instances" / "hong_kong_edge.toml").read_text()
    path = tmp_path / "edge.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_instance(path, ReadOptions(sets=(f'sites.central.{key}="xyzzy_quux"',)))
    (found,) = [d for d in caught.value.diagnostics if d.code == "E0320"]
    assert found.path == f"sites.central.{key}"
    assert all(word in found.help for word in words)


def test_no_occupancy_is_said_once_and_is_no_error(write, read):
    reading = read(write(("occupancy = 1.0\n", "")), strict=True)
    assert [d.code for d in reading.warnings if d.code == "W0648"] == ["W0648"]


def test_all_silent_classes_are_named_together():
    other = {"kind": "throughput", "workload_class": "training", "precisions": ["bf16"]}
    (found,) = occupancy_is_stated(tiny({"workloads.training.occupancy": None, "workloads.other": other}))
    assert "training, other are taken to be at full work" in found.message


def test_two_occupancies_of_one_class():
    changes = {**TWO_PHASES, "workloads.training.occupancy": 0.8, "workloads.training.occupancy_by_phase": {"b": 0.5}}
    (found,) = occupancy_is_stated_once(tiny(changes))
    assert (found.code, found.path) == ("E0439", ("workloads", "training", "occupancy"))


def test_idle_power_without_idle_hours():
    changes = {"workloads.training.occupancy": None, "workloads.training.idle_fraction": 0.2}
    (found,) = occupancy_is_stated_once(tiny(changes))
    assert found.code == "W0649"


@pytest.mark.parametrize(
    ("resale", "words"),
    [
        (rows((0, 0.5), (1, 0.9)), "rises with age: 0.5 at 0 years, 0.9 at 1"),
        (rows((2, 0.5), (2, 0.4)), "2 years come after 2"),
    ],
)
def test_value_by_age_that_does_not_fall(resale, words):
    (found,) = values_fall_with_age(tiny({"accelerators.quick.resale": resale}))
    assert (found.code, found.path) == ("E0467", ("accelerators", "quick", "resale", 1))
    assert words in found.message


@pytest.mark.parametrize(
    ("second", "words"),
    [((8, 0.9), "8 accelerators come after 8"), ((72, 0.3), "fall with the domain: 0.5 within 8")],
)
def test_scale_up_domains_out_of_order(second, words):
    factors = [{"accelerators": n, "fraction": f} for n, f in ((8, 0.5), second)]
    model = {"name": "Ten", "params_total_b": 30.0, "params_active_b": 10.0, "scale_up_factors": factors}
    (found,) = scale_up_domains_rise(tiny({"models.ten": model}))
    assert (found.code, found.path) == ("E0440", ("models", "ten", "scale_up_factors", 1))
    assert words in found.message


@pytest.mark.parametrize(
    ("chat", "latency_ms", "words"),
    [
        ({"first_token_s": 0.5}, 0.0, "no prompt_tokens to read"),
        ({"first_token_s": 0.5, "prompt_tokens": 1000}, 500.0, "the nearest site is 0.5 s away"),
    ],
)
def test_first_tokens_that_cannot_be(chat, latency_ms, words):
    service = {"kind": "serving", "model": "ten", "precisions": ["bf16"], "context_tokens": 1000}
    service |= {"input_tokens_b_per_day": 1.0, "output_tokens_b_per_day": 1.0}
    model = {"name": "Ten", "params_total_b": 10.0, "params_active_b": 10.0}
    changes = {"models.ten": model, "workloads.chat": service | chat, "sites.paper.latency_ms": latency_ms}
    (found,) = first_tokens_have_a_prompt(tiny(changes))
    assert (found.code, found.path) == ("E0441", ("workloads", "chat", "first_token_s"))
    assert words in found.message


def test_value_above_the_price():
    with pytest.raises(ValueError, match="less than or equal to 1"):
        tiny({"accelerators.quick.resale": rows((0, 1.1))})


def test_announced_product_asked_for_by_name():
    changes = {"accelerators.quick.roadmap": True}
    (found,) = announced_products_are_requested(tiny(changes))
    assert (found.code, found.path) == ("E0468", ("procurement", "include", 0))
    assert "procurement.roadmap = true" in (found.help or "")
    assert not list(announced_products_are_requested(tiny({**changes, "procurement.roadmap": True})))
    assert not list(announced_products_are_requested(tiny({**changes, "procurement.include": ["*"]})))


KEPT = {**TWO_PHASES, "accelerators.quick.life_max_years": 8.0}
"""Quick pods live five years and may be kept for eight."""


def test_kept_for_less_than_the_life():
    (found,) = pods_kept_longer_work(tiny({**TWO_PHASES, "accelerators.quick.life_max_years": 4.0}))
    assert (found.code, found.path) == ("E0469", ("accelerators", "quick", "life_max_years"))
    assert "is 4, below its life_years, 5" in found.message
    assert found.help == "life_max_years = 5, or more"


def test_kept_until_none_works():
    (found,) = pods_kept_longer_work(tiny({**KEPT, "accelerators.quick.ageing": {"failed_fraction_per_year": 0.4}}))
    assert (found.code, found.help) == ("E0469", "life_max_years below 7.5")
    less = {**KEPT, "accelerators.quick.ageing": {"failed_fraction_per_year": 0.3}}
    assert not list(pods_kept_longer_work(tiny(less)))


def test_removal_below_zero(write, findings):
    (found,) = findings(write(("price_usd = 12000", "price_usd = 12000\nremoval_usd = -1.0")))
    assert (found.code, found.path.rpartition(".")[2]) == ("E0312", "removal_usd")


def test_refresh_with_one_phase_says_that_it_can_do_nothing():
    (found,) = refresh_can_change_something(tiny({"procurement.refresh": True}))
    assert (found.code, found.path) == ("W0651", ("procurement", "refresh"))
    assert not list(refresh_can_change_something(tiny({**TWO_PHASES, "procurement.refresh": True})))


def test_longer_service_and_ageing_that_change_nothing():
    ageing = {"accelerators.quick.ageing": {"maintenance_fraction_per_year": 0.1}}
    (kept,) = refresh_can_change_something(tiny(KEPT))
    assert (kept.code, kept.path[2], kept.help) == ("W0652", "life_max_years", "procurement.refresh = true")
    (aged,) = refresh_can_change_something(tiny({**TWO_PHASES, **ageing, "procurement.refresh": True}))
    assert (aged.code, aged.path[2]) == ("W0652", "ageing")
    assert not list(refresh_can_change_something(tiny({**KEPT, **ageing, "procurement.refresh": True})))

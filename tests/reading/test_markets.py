"""Values of the catalogue by place: taken where the sites are, never over what the planner states."""

from __future__ import annotations

import pytest

from optimizer.errors import InputError
from optimizer.reading.read import ReadOptions, read_instance
from tests.tiny import ROOT

ONE, TWO = ROOT / "instances" / "hong_kong_cyberport.toml", ROOT / "instances" / "hong_kong_two_sites.toml"
H200 = "accelerators.h200_sxm.price_usd"


def test_a_price_by_place_is_that_of_the_site_and_brings_its_source() -> None:
    here = read_instance(ONE)
    assert here.instance.accelerators["h200_sxm"].price_usd == 27_000
    assert here.origins[H200].source == ("S190", "S178")
    assert here.origins[H200].kind == "catalogue"
    there = read_instance(ONE, ReadOptions(sets=("sites.cyberport.place=singapore",)))
    assert there.instance.accelerators["h200_sxm"].price_usd == 32_000
    assert there.origins["accelerators.h200_sxm.memory_gb"] == here.origins["accelerators.h200_sxm.memory_gb"]


def test_what_the_planner_states_holds_in_any_place() -> None:
    own = read_instance(ONE, ReadOptions(sets=(f"{H200}=25_000",)))
    assert own.instance.accelerators["h200_sxm"].price_usd == 25_000
    assert own.origins[H200].kind == "set"


def test_sites_in_two_markets_need_one_stated_price() -> None:
    abroad = "sites.sandy_ridge.place=singapore"
    with pytest.raises(InputError) as caught:
        read_instance(TWO, ReadOptions(sets=(abroad,)))
    (found,) = [d for d in caught.value.diagnostics if d.code == "E0418" and d.path == H200]
    assert found.message == f"{H200} is 27000 in hong_kong, 32000 in singapore: one value holds for the plan"
    assert found.help == f"state {H200}; it then holds at every site"
    stated = read_instance(TWO, ReadOptions(sets=(abroad, f"{H200}=30_000")))
    assert stated.instance.accelerators["h200_sxm"].price_usd == 30_000

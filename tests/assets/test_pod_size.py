"""What fits into a rack, and what a pod then draws, weighs and takes up, on paper."""

from __future__ import annotations

import pytest

from optimizer.assets.compute.pods import STANDARD_GRAVITY, pod_size
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.cooling import Cooling
from tests.tiny import tiny


def parts(**changes: object) -> tuple[Accelerator, Cooling]:
    """Quick's servers (10 kW, 8 units, 100 kg, 8 accelerators) and racks of 15 kW and 8 units, some values changed."""
    paths = {key.replace("__", "."): value for key, value in changes.items()}
    instance = tiny(paths)
    return instance.accelerators["quick"], instance.coolings["warm_water"]


def test_height_lets_in_one_server() -> None:
    chip, cooling = parts()
    size = pod_size(chip, cooling, 0.0)
    assert size is not None
    assert (size.servers, size.racks, size.accelerators, size.kw) == (1, 1, 8, 10.0)


def test_power_lets_in_as_many_as_it_carries() -> None:
    """A tall rack of 30 kW holds three servers of 10 kW, one of 29.9 kW two; a trace of rounding costs none."""
    for rack_kw, servers in ((30.0, 3), (29.9, 2), (0.1 * 300, 3)):
        size = pod_size(*parts(coolings__warm_water__rack_units=48, coolings__warm_water__rack_kw_max=rack_kw), 0.0)
        assert size is not None
        assert size.servers == servers


@pytest.mark.parametrize(
    "changes", [{"coolings__warm_water__rack_kw_max": 9.9}, {"accelerators__quick__server_units": 9}]
)
def test_a_server_that_does_not_fit_makes_no_pod(changes: dict[str, object]) -> None:
    assert pod_size(*parts(**changes), 0.0) is None


def test_the_fabric_draws_beside_the_servers() -> None:
    """0.05 kW for each of the eight."""
    size = pod_size(*parts(), 0.05)
    assert size is not None
    assert size.kw == pytest.approx(10.4)


def test_weight_over_the_footprint_presses_on_the_floor() -> None:
    """A server of 100 kg in a rack of 150 kg over 1.25 m2: 200 kg/m2 times gravity."""
    size = pod_size(*parts(coolings__warm_water__rack_kg=150.0, coolings__warm_water__rack_footprint_m2=1.25), 0.0)
    assert size is not None
    assert size.floor_kpa == pytest.approx(200 * STANDARD_GRAVITY / 1000)


def test_white_space_is_that_of_the_racks() -> None:
    size = pod_size(*parts(coolings__warm_water__m2_per_rack=3.5), 0.0)
    assert size is not None
    assert size.white_m2 == 3.5

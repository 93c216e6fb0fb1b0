"""What an instance says of a place: measured PUE, prices by place, the spread of the dry bulb; each falsified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit
from optimizer.audit.weather import from_normals as audited_year
from optimizer.inputs.design import Design
from optimizer.inputs.setting import Climate, ClimateMonth
from optimizer.pipeline import Options, run
from optimizer.reading.catalogue import table_layer
from optimizer.reading.read import Reading, ReadOptions, read_instance
from optimizer.setting.weather import from_normals
from tests.tiny import ROOT, tiny

HERE = Path(__file__).parent
MEASURED = "sites.paper.measured_pue"
JANUARY, FEBRUARY = [1.5, *[1.2] * 11], [1.2, 1.5, *[1.2] * 10]


def best(instance) -> Design:  # type: ignore[no-untyped-def]
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified
    assert result.design is not None
    return result.design


def findings(instance, design: Design) -> set[str]:  # type: ignore[no-untyped-def]
    """Ids of the checks that fail; another instance's search has another bound, which is no matter here."""
    return {each.check for each in audit(instance, design.model_copy(update={"solve": None}), HERE).findings}


@pytest.mark.parametrize(
    ("made", "true", "check"),
    [
        # The measurement left out, made up, of another size, of another month.
        (None, 1.2, "ledger.energy"),
        (1.2, None, "ledger.energy"),
        (1.2, 1.201, "ledger.energy"),
        (JANUARY, FEBRUARY, "figures.pue_annual"),
        ([1.2] * 12, FEBRUARY, "figures.pue_peak"),
    ],
)
def test_a_design_of_another_measured_pue_is_rejected(made, true, check) -> None:
    design = best(tiny({MEASURED: made}))
    assert findings(tiny({MEASURED: made}), design) == set()
    assert check in findings(tiny({MEASURED: true}), design)


def test_a_measured_pue_beyond_the_grid_is_rejected_whatever_the_design_reports() -> None:
    """94 kW of IT at 1.05 fit into 100 kW of import, at a measured 1.2 they do not."""
    grid = {"sites.paper.grid_mw": 0.1}
    design = best(tiny(grid)).model_copy(update={"reported": None})
    assert findings(tiny(grid), design) == set()
    assert findings(tiny(grid | {MEASURED: 1.2}), design) == {"power.grid"}


def _at(place: str) -> Reading:
    """The minimal site in a city, with an accelerator of the catalogue whose price depends on it."""
    sets = (
        'procurement.include=["h200_sxm"]',
        'sites.paper.coolings=["direct_to_chip", "air"]',
        f'sites.paper.place="{place}"',
        "sites.paper.building.plant_m2=1000",
    )
    return read_instance(ROOT / "instances" / "minimal.toml", ReadOptions(sets=sets))


def test_a_design_at_the_prices_of_another_place_is_rejected() -> None:
    """An H200 costs 27,000 USD in Hong Kong and 32,000 in Singapore."""
    here, there = _at("hong_kong").instance, _at("singapore").instance
    design = best(here)
    assert findings(here, design) == set()
    assert "ledger.capex_accelerators" in findings(there, design)
    assert "figures.lcoc_usd_per_eflop" in findings(there, design)


CLIMATES = {name: Climate.model_validate(row) for name, row in table_layer("climates").tree["climates"].items()}


def _as_wet(month: ClimateMonth) -> ClimateMonth:
    return month.model_copy(update={"dry_quantiles_k": None})


def _turned(month: ClimateMonth) -> ClimateMonth:
    return month.model_copy(update={"dry_quantiles_k": tuple(reversed(month.dry_quantiles_k or ()))})


def _narrower(month: ClimateMonth) -> ClimateMonth:
    return month.model_copy(update={"dry_quantiles_k": tuple(0.99 * k for k in month.dry_quantiles_k or ())})


@pytest.mark.parametrize("mutated", [_as_wet, _turned, _narrower])
def test_two_calculations_agree_on_every_dry_bulb_and_on_no_mutant(mutated: Callable[..., ClimateMonth]) -> None:
    """No technology rejects heat to the dry bulb, so that no design tells: the hours themselves are compared."""
    spread = {name: c for name, c in CLIMATES.items() if all(month.dry_quantiles_k for month in c.months)}
    assert len(spread) >= 14
    for climate in spread.values():
        false = climate.model_copy(update={"months": tuple(map(mutated, climate.months))})
        audited = audited_year(climate)
        np.testing.assert_allclose(from_normals(climate).dry_c, audited.dry_c, rtol=0, atol=1e-9)
        assert np.abs(from_normals(false).dry_c - audited.dry_c).max() > 0.01
        np.testing.assert_allclose(from_normals(false).wet_c, audited.wet_c, rtol=0, atol=1e-9)

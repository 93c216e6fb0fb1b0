"""The facility around the plant, losses by loading, and a measured PUE, against paper."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.inputs.design import Status
from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    account,
    best,
    decides,
    ended,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)

HALL: dict[str, Any] = {"name": "Hall", "life_years": 1.0}
"""Everything lives one year, so nothing is left at the end."""


def hall(**more: Any) -> dict[str, Any]:
    """The only site with a facility."""
    return {"sites.paper.facility": "hall", "facilities.hall": HALL | more}


def item(**more: Any) -> dict[str, Any]:
    return {"life_years": 1.0, **more}


def test_facility_serve_every_megawatt_of_it() -> None:
    """94 kW of pods on busway of 0.5 USD/W and controls of 0.1 USD/W: 47,000 and 9,400 USD."""
    changes = hall(lv_distribution=item(usd_per_mw=5e5), controls=item(usd_per_mw=1e5))
    result = decides("facility.serve", changes, lcoc(MINIMAL + 56_400, 38))
    assert account(result, "capex_lv_distribution") * 1e6 == pytest.approx(47_000)
    assert account(result, "capex_controls") * 1e6 == pytest.approx(9_400)
    assert figures(result)["facility_usd_per_w_it"] == pytest.approx(0.6)
    # 50 kW are served already: 44 are bought, and the figure is that of what was bought.
    there = solve(changes | {"sites.paper.existing_facility_mw": 0.05})
    assert is_close(best(there), lcoc(MINIMAL + 26_400, 38))
    assert figures(there)["facility_usd_per_w_it"] == pytest.approx(0.6)


def test_facility_base_design_and_contingency() -> None:
    """94 kW at 0.5 USD/W are 47,000 USD, fit-out comes on top; design is a tenth, contingency a twentieth of all."""
    changes = hall(lv_distribution=item(usd_per_mw=5e5), design_fraction=0.1, contingency_fraction=0.05)
    changes |= {"sites.paper.building.fitout_usd_per_m2": 100.0, "sites.paper.building.fitout_life_years": 1.0}
    plain = solve(changes | {"facilities.hall": HALL | {"lv_distribution": item(usd_per_mw=5e5)}})
    base = 1e6 * (account(plain, "capex_fitout") + account(plain, "capex_lv_distribution"))
    assert base > 47_000
    result = decides("facility.base", changes, lcoc(MINIMAL + base * 1.1 * 1.05, 38))
    assert account(result, "capex_design") * 1e6 == pytest.approx(0.1 * base)
    assert account(result, "capex_contingency") * 1e6 == pytest.approx(0.05 * 1.1 * base)
    assert figures(result)["facility_usd_per_w_it"] == pytest.approx(base * 1.155 / 94_000)


def test_facility_wait_for_the_connection() -> None:
    """A connection takes 60 weeks, the first phase starts after 52: the site works from the second phase on.

    Four years of 8 PFLOPS: 2 quick pods of 4 years in the second phase; the charge is paid there, once.
    """
    changes = {**ONLY_QUICK, **two_phases(0.0, 8.0), **hall(connection=item(usd_fixed=30_000, lead_time_weeks=60.0))}
    result = decides("facility.wait", changes, lcoc(2 * 200_000 / 2 + 30_000 + 2 * 9_198 * 4, 8 * 4))
    assert account(result, "capex_connection", "b") * 1e6 == pytest.approx(30_000)
    # Who has a substation pays nothing.
    there = {**changes, "sites.paper.grid.existing": {"transformer": "ideal", "units": 2}}
    assert account(solve(there), "capex_connection") == 0
    # The first phase can ask for nothing.
    assert ended({**changes, **two_phases(1.0, 8.0)}) is Status.INFEASIBLE


def test_time_on_site_is_added_to_every_lead_time() -> None:
    """52 weeks and a day lie between planning (1 January 2026) and the first phase; plant takes 20 of them."""
    within = hall(fitout_weeks=20.0, commissioning_weeks=12.0)
    assert is_close(best(solve(within)), lcoc(MINIMAL, 38))
    # 20 + 20 + 12.3 weeks are 366 days: a day too long for plant.
    assert ended(hall(fitout_weeks=20.0, commissioning_weeks=12.3)) is Status.INFEASIBLE
    # Of pods only commissioning counts: their racks are there when it begins.
    chips = {"accelerators.quick.lead_time_weeks": 40.0, "accelerators.frugal.lead_time_weeks": 40.0}
    assert is_close(best(solve(chips | hall(fitout_weeks=20.0, commissioning_weeks=12.0))), lcoc(MINIMAL, 38))
    assert ended(chips | hall(fitout_weeks=19.0, commissioning_weeks=12.3)) is Status.INFEASIBLE


def test_house_load_follows_the_pods_at_work() -> None:
    """2 % of 20 kW all year: 0.4 kW x 876 USD per kW and year; import 1.07 of IT."""
    result = solve({**ONLY_QUICK, **target(8.0), **hall(house_load_fraction=0.02)})
    assert is_close(best(result), lcoc(400_000 + 20 * 1.07 * 876, 8))
    assert figures(result)["pue_annual"] == pytest.approx(1.07)


def test_idle_loss_of_the_ups_is_of_its_capacity() -> None:
    """24 kW of UPS for 20 kW of pods at half load lose 1 % of 24 always and 3 % of 10: 0.24 + 0.30 kW."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "workloads.training.load_fraction": 0.5,
        "upses.none.no_load_loss_fraction": 0.01,
        "upses.none.loss_fraction": 0.03,
        "upses.none.redundancy_fraction": 0.2,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(400_000 + (10 * 1.08 + 0.24) * 876, 8))
    assert figures(result)["pue_annual"] == pytest.approx(1.08 + 0.024)


LOSING: dict[str, Any] = {**ONLY_QUICK, **target(8.0), "transformers.ideal.load_loss_kw": 400.0}
"""Two transformers of 0.5 MVA that lose 400 kW each at their rating."""


def test_transformer_loss_is_the_square_of_the_mean_load() -> None:
    """21 kW on 1,000 kVA: 2 x 400 x 0.021^2 = 0.3528 kW all year."""
    paper = lcoc(400_000 + (21 + 0.3528) * 876, 8)
    result = decides("transformer_loss.split", LOSING, paper)
    assert figures(result)["pue_annual"] == pytest.approx(1.05 + 0.3528 / 20)
    decides("transformer_loss.tangent", LOSING, paper)


def test_transformer_loss_place_counts_the_units() -> None:
    """A third unit takes its share: 3 x 400 x 0.014^2 = 0.2352 kW. The 0.1176 kW saved are worth 103.02 USD a year."""
    prices = {"transformers.ideal.max_units": 3, "transformers.ideal.life_years": 1.0}
    # The life of a transformer covers the year.
    cheap = {**LOSING, **prices, "transformers.ideal.usd_per_unit": 100.0}
    assert is_close(best(solve(cheap)), lcoc(400_000 + 300 + (21 + 0.2352) * 876, 8))
    dear = {**LOSING, **prices, "transformers.ideal.usd_per_unit": 110.0}
    decides("transformer_loss.place", dear, lcoc(400_000 + 220 + (21 + 0.3528) * 876, 8))


def test_transformer_loss_room_is_of_the_type_in_place() -> None:
    """A type without loss of 300 USD a year: the load cannot be carried by what is not there.

    The lossy pair costs nothing and 0.3528 x 876 = 309.05 USD of energy; the other pair 2 x 150 USD.
    """
    ideal = {"name": "Without loss", "primary_kv": 11.0, "unit_mva": 0.5, "reactance_pu": 0.06, "no_load_loss_kw": 0.0}
    ideal |= {"usd_per_unit": 150.0, "usd_fixed": 0.0, "m2_per_unit": 1.0, "m2_fixed": 0.0, "max_units": 2}
    ideal |= {"life_years": 1.0, "maintenance_fraction": 0.0, "lead_time_weeks": 20.0}
    changes = {**LOSING, "transformers.other": ideal, "sites.paper.grid.transformers": ["ideal", "other"]}
    decides("transformer_loss.room", changes, lcoc(400_000 + 300 + 21 * 876, 8))


def test_transformer_loss_of_a_swinging_load_is_that_of_its_mean() -> None:
    """Half a day at full and half at half load: a mean of 15.75 kW, 2 x 400 x 0.01575^2 = 0.19845 kW all year."""
    changes = {**LOSING, "workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12}
    result = solve(changes)
    assert is_close(best(result), lcoc(400_000 + (15.75 + 0.19845) * 876, 8))
    assert account(result, "standing_mw") * 1000 == pytest.approx(0.19845)


def test_measured_pue_takes_the_place_of_all_overheads() -> None:
    """1.3 of 20 kW, whatever cooling, UPS, transformers and auxiliaries would draw."""
    overheads = {
        **ONLY_QUICK,
        **target(8.0),
        **hall(house_load_fraction=0.02),
        "sites.paper.auxiliary_mw": 0.01,
        "sites.paper.distribution_loss_fraction": 0.03,
        "upses.none.no_load_loss_fraction": 0.01,
        "transformers.ideal.load_loss_kw": 400.0,
        "transformers.ideal.no_load_loss_kw": 1.0,
        "sites.paper.measured_pue": 1.3,
    }
    result = solve(overheads)
    assert is_close(best(result), lcoc(400_000 + 20 * 1.3 * 876, 8))
    assert figures(result)["pue_annual"] == pytest.approx(1.3)
    # By month: January of 744 hours at 1.5, the rest at 1.2.
    monthly = solve(overheads | {"sites.paper.measured_pue": [1.5] + [1.2] * 11})
    assert is_close(best(monthly), lcoc(400_000 + 20 * 0.1 * (1.5 * 744 + 1.2 * 8016), 8))
    assert figures(monthly)["pue_peak"] == pytest.approx(1.5)


def test_what_lives_longer_is_worth_something_at_the_end() -> None:
    """Design and contingency live ten years, of which one passes: nine tenths are left, undiscounted."""
    hall_ten = {**HALL, "life_years": 10.0, "lv_distribution": item(usd_per_mw=5e5), "design_fraction": 0.1}
    result = solve({"sites.paper.facility": "hall", "facilities.hall": hall_ten})
    paper = MINIMAL + 47_000 + 4_700 * (1 - 0.9)
    assert best(result) == pytest.approx(lcoc(paper, 38), rel=1e-5)
    assert pods(result) == {"quick": 9, "frugal": 1}
    assert account(result, "residual_value") * 1e6 == pytest.approx(-4_700 * 0.9, rel=1e-3)
    assert best(result) > MINIMAL / (38 * EFLOP)


def test_items_that_end_are_bought_again() -> None:
    """Two phases of four years; controls of four years are bought in both, distribution of eight once."""
    facility = hall(
        controls={"usd_per_mw": 1e6, "life_years": 4.0}, lv_distribution={"usd_per_mw": 1e6, "life_years": 8.0}
    )
    result = solve({**ONLY_QUICK, **two_phases(8.0, 8.0), **facility})
    assert account(result, "capex_controls", "b") * 1e6 == pytest.approx(20_000)
    assert account(result, "capex_lv_distribution", "b") == 0
    assert is_close(best(result), lcoc(400_000 + 40_000 + 20_000 + 8 * 2 * 9_198, 8 * 8))

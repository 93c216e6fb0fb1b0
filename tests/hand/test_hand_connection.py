"""The grid by the hour: ten quick pods draw 105 kW all year at 0.10 USD/kWh, 91,980 USD, of seven days.

In the window, from 18 to 20 h, are 2 of 24 hours: 730 of a year. A MWh of the engine (60 kW, 1,000 USD) costs 110 USD.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.hand.on_paper import GAP, account, best, decides, ended, figures, is_close, solve
from tests.hand.test_hand_generation import ENERGY, IDLE, PV, TEN, engine, idle_paper, paper
from tests.tiny import SUN, tiny

EVENING = [{"label": "evening", "from_hour": 18, "to_hour": 20}]
ENGINE_AT_HAND: dict[str, Any] = {**TEN, **engine(12.5)}


def firm(mw: float, **rule: Any) -> dict[str, Any]:
    """A connection of which so much is there in the window."""
    return {"sites.paper.flexible_connection": {"firm_mw": mw, "windows": EVENING, **rule}}


def test_an_engine_carries_the_hours_called_back() -> None:
    """45 kW for 730 hours at 0.11 in place of 0.10 USD, and the engine; without one nothing works."""
    changes = {**ENGINE_AT_HAND, **firm(0.06)}
    result = decides("hours.within", changes, paper(ENERGY + 45 * 730 * 0.01 + 1_000))
    assert figures(result)["generated_mwh_per_year"] == pytest.approx(0.045 * 730)
    assert ended({**TEN, **firm(0.06)}) is Status.INFEASIBLE


def test_of_equals_the_first_hours_are_called() -> None:
    """104 hours a year are two of the 168 that are looked at: both of the first evening."""
    result = solve({**ENGINE_AT_HAND, **firm(0.06, hours_per_year=104.0)})
    assert is_close(best(result), paper(ENERGY + 45 * 2 / 168 * 8760 * 0.01 + 1_000))


def test_the_dearest_hours_are_called() -> None:
    """A dear hour from 19 h: that one of each evening is called where one in 24 is."""
    prices = [
        {"label": "most", "price_per_kwh": 0.10, "to_hour": 19},
        {"label": "dear", "price_per_kwh": 0.105, "from_hour": 19, "to_hour": 20},
        {"label": "late", "price_per_kwh": 0.10, "from_hour": 20},
    ]
    changes = {**ENGINE_AT_HAND, "tariffs.flat.energy": prices, **firm(0.06, hours_per_year=365.0, called="dearest")}
    result = solve(changes)
    assert is_close(best(result), paper(ENERGY + 105 * 365 * 0.005 + 45 * 365 * 0.005 + 1_000))


def test_the_mean_itself_is_within_what_is_firm() -> None:
    """Full work is taken up by the engine's rest; of the mean of 90.3 kW it has to carry 10.3."""
    changes = {**IDLE, **engine(12.5), **firm(0.08)}
    decides("hours.calm", changes, idle_paper(90.3 * 8760 * 0.10 + 10.3 * 730 * 0.01 + 1_000))


def test_work_that_waits_carries_the_hours_called_back() -> None:
    """Half of the evening's work waits until midnight, when the machines are half idle: it costs nothing."""
    profile = [1.0] * 20 + [0.5] * 4
    changes = {**TEN, "workloads.training.daily_profile": profile, "workloads.training.deferrable_fraction": 0.5}
    result = solve({**changes, **firm(0.06)})
    assert is_close(best(result), paper(ENERGY * 22 / 24))
    assert figures(result)["moved_mwh_per_year"] >= 0.045 / 1.05 * 730 * (1 - 1e-6)
    assert ended({**changes, "workloads.training.deferrable_fraction": 0.4, **firm(0.06)}) is Status.INFEASIBLE


LARGE_SUN: dict[str, Any] = {
    **TEN,
    **PV,
    "generation.sun": {**SUN, "unit_mw": 0.1},
    "sites.paper.export_price_per_kwh": 0.04,
}
"""Three units give 300 kW from 11 to 14 h: 105 are used."""
SUNNY_HOURS = 3 * 365


def test_surplus_is_sold_as_far_as_the_connection_carries_it() -> None:
    """110 kW of 195."""
    changes = {**LARGE_SUN, "sites.paper.grid_mw": 0.11}
    result = decides("hours.sold", changes, paper(ENERGY - SUNNY_HOURS * (105 * 0.10 + 110 * 0.04)))
    assert figures(result)["exported_mwh_per_year"] == pytest.approx(0.11 * SUNNY_HOURS)
    assert is_close(account(result, "export_revenue") * 1e6, -110 * SUNNY_HOURS * 0.04)
    assert figures(result)["pue_annual"] == pytest.approx(1.05)


def test_surplus_is_sold_as_far_as_it_is_taken() -> None:
    """20 kW."""
    changes = {**LARGE_SUN, "sites.paper.export_max_mw": 0.02}
    decides("hours.offered", changes, paper(ENERGY - SUNNY_HOURS * (105 * 0.10 + 20 * 0.04)))


def test_full_work_takes_what_would_be_sold_first() -> None:
    """90.3 kW on the mean, 105 of full work: the peak of the day's import is charged at night, and none at noon."""
    changes = {**LARGE_SUN, "workloads.training.occupancy": 0.8}
    noon = {"label": "noon", "per_kva_month": 10.0, "from_hour": 11, "to_hour": 14}
    result = solve({**changes, "tariffs.flat.demand": [noon]})
    assert is_close(best(result), idle_paper(90.3 * 21 * 365 * 0.10 - (300 - 90.3) * SUNNY_HOURS * 0.04))


def response(**rule: Any) -> dict[str, Any]:
    """40,000 USD a year for a MW that is dropped in the window."""
    given = {"usd_per_mw_year": 40_000.0, "max_mw": 0.05, "windows": EVENING, **rule}
    return {"sites.paper.demand_response": given}


def test_an_engine_is_paid_for_what_it_adds_to_its_mean() -> None:
    """50 kW are taken: f less f x 2 / 24 on the mean, f = 54.5454 kW in 730 hours at 0.01 USD more."""
    changes = {**ENGINE_AT_HAND, **response()}
    usd = ENERGY + 1_000 + 50 / (22 / 24) * 730 * 0.01 - 2_000
    result = decides("hours.drop", changes, paper(usd))
    decides("hours.mean", changes, paper(usd))
    decides("hours.enrolled hours.asked", changes, paper(usd))
    assert figures(result)["demand_response_mw"] == pytest.approx(0.05)
    assert is_close(account(result, "demand_response") * 1e6, -2_000)


def test_who_enrols_nothing_promises_nothing() -> None:
    """A programme that pays nothing costs nothing: the sun is sold in the hours called, at noon."""
    noon = response(usd_per_mw_year=0.0, windows=[{"label": "noon", "from_hour": 11, "to_hour": 14}])
    assert is_close(best(solve({**LARGE_SUN, **noon})), best(solve(LARGE_SUN)))


def test_what_is_paid_is_promised() -> None:
    """The sun drops nothing, however well that would be paid: nothing is enrolled."""
    noon = response(windows=[{"label": "noon", "from_hour": 11, "to_hour": 14}])
    changes = {**LARGE_SUN, **noon}
    decides("hours.asked", changes, paper(ENERGY - SUNNY_HOURS * (105 * 0.10 + 195 * 0.04)))


def test_an_engine_that_runs_all_year_drops_nothing() -> None:
    """At 0.05 USD it runs in every hour; resting for the programme would cost more than that pays."""
    result = solve({**TEN, **engine(5.0), **response(usd_per_mw_year=10.0)})
    assert figures(result)["demand_response_mw"] == pytest.approx(0.0, abs=1e-9)


def test_work_that_waits_is_paid_for() -> None:
    """0.3 of 105 kW wait until after 20 h: 31.5 kW at 40 USD."""
    profile = [1.0] * 20 + [0.5] * 4
    changes = {
        **TEN,
        "workloads.training.daily_profile": profile,
        "workloads.training.deferrable_fraction": 0.3,
        **response(),
    }
    result = solve(changes)
    assert is_close(best(result), paper(ENERGY * 22 / 24 - 31.5 * 40))


def test_a_site_keeps_its_cap_of_carbon() -> None:
    """459.9 t of import at 0.5 kg; every MWh of the engine saves 0.05 t and costs 10 USD more: 98 of them."""
    changes = {**ENGINE_AT_HAND, "sites.paper.carbon_kg_per_kwh": 0.5, "sites.paper.carbon_t_per_year": 455.0}
    result = decides("site_caps.carbon", changes, paper(ENERGY + 1_000 + 98 * 10))
    assert figures(result)["carbon_t_per_year"] == pytest.approx(455.0)


def write(folder: Path, **columns: np.ndarray) -> list[dict[str, Any]]:
    """A file of the grid by the hour, and the row that names it."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(f"{value:g}" for value in row) for row in rows)]
    (folder / "grid.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [{"path": "grid.csv"}]


HOUR = np.arange(8760) % 24


def test_prices_carbon_and_limit_come_from_a_file(tmp_path: Path) -> None:
    """0.20 USD and 1 kg from 8 to 20 h, 0.05 and 0.2 kg else; at 19 h only 60 kW may be imported."""
    day = (HOUR >= 8) & (HOUR < 20)
    rows = write(
        tmp_path,
        price_per_kwh=np.where(day, 0.20, 0.05),
        carbon_kg_per_kwh=np.where(day, 1.0, 0.2),
        import_limit_mw=np.where(HOUR == 19, 0.06, 9.0),
    )
    changes = {**TEN, **engine(30.0), "sites.paper.grid_series": rows, "sites.paper.carbon_price_usd_per_t": 20.0}
    result = run(tiny(changes), tmp_path, Options(gap=GAP, isolated=False))
    assert result.audit is not None
    assert result.audit.passed, [f"{f.check} {f.where}: {f.value} / {f.limit}" for f in result.audit.findings]
    engine_kwh = 45 * 365
    grid_usd = 105 * 365 * 12 * (0.22 + 0.054) - engine_kwh * 0.22
    assert is_close(best(result), paper(grid_usd + engine_kwh * (0.25 + 0.45 * 0.02) + 1_000))
    tonnes = 105 * 365 * 12 * (1.0 + 0.2) / 1000 - engine_kwh * (1.0 - 0.45) / 1000
    assert figures(result)["carbon_t_per_year"] == pytest.approx(tonnes)

"""Halls: redundancy bought where it pays or where it is asked for.

Prices per pod as in on_paper.py: quick 200,000 USD and 9,198.0 USD a year at full work, 10 kW and 4 PFLOPS.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Result
from tests.hall_cases import BACKUP, CAREFUL, FIRM, HALLS, PLAIN, SET, TWO_HALLS
from tests.hand.on_paper import (
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
    account,
    best,
    decides,
    ended,
    figures,
    is_close,
    lcoc,
    solve,
    target,
)

N_OR_2N: dict[str, Any] = {
    **ONLY_QUICK,
    **target(8.0),
    "halls.n": {**PLAIN, "protected_fraction": 1.0},
    "halls.two_n": {**FIRM, "generator_fraction": 0.0, "loss_fraction": 0.0, "space_factor": 1.0},
    "sites.paper.halls": ["n", "two_n"],
    "upses.none.life_years": 1.0,
}
"""8 PFLOPS: two pods in the 2N hall, or three in the N hall (3.6 each), of which 8 / 3.6 are at work."""


def halls(result: Result) -> dict[str | None, int]:
    """Pods delivered by hall."""
    assert result.design is not None
    counts: dict[str | None, int] = {}
    for row in result.design.decisions.deliveries:
        counts[row.hall] = counts.get(row.hall, 0) + row.pods
    return counts


@pytest.mark.parametrize(("ups_usd_per_kw", "hall"), [(1_000, "two_n"), (30_000, "n")])
def test_n_or_2n_by_the_price_of_the_ups(ups_usd_per_kw: int, hall: str) -> None:
    """N wants a third pod for its availability of 0.9, 2N twice the UPS: 20 kW more of it for two pods than 10 kW.

    N: 3 x (200,000 + 10 u) + 8 / 3.6 x 9,198; 2N: 2 x (200,000 + 20 u) + 2 x 9,198. Equal at u = 20,204.4 USD/kW.
    """
    n = 3 * (QUICK_PRICE + 10 * ups_usd_per_kw) + 8 / 3.6 * QUICK_ENERGY
    two_n = 2 * (QUICK_PRICE + 20 * ups_usd_per_kw) + 2 * QUICK_ENERGY
    result = solve({**N_OR_2N, "upses.none.usd_per_mw": 1000 * ups_usd_per_kw})
    assert is_close(best(result), lcoc(min(n, two_n), 8))
    assert halls(result) == {hall: 3 if hall == "n" else 2}


SIDE_BY_SIDE: dict[str, Any] = {
    **ONLY_QUICK,
    **target(11.6),
    **TWO_HALLS,
    "halls.plain": {**PLAIN, "availability": 0.9},
    "upses.none.usd_per_mw": 1_000_000,
    "upses.none.life_years": 1.0,
    "generators.set": SET,
    "sites.paper.backup": BACKUP,
    "workloads.careful": {**CAREFUL, "floor_pflops": {"only": 4.0}},
    "sites.paper.grid.spare_units": 0,
}
"""4 PFLOPS of 11.6 ask for a hall that has power at least 0.95 of the time."""
PLAIN_POD = QUICK + 5_000
"""5 kW of UPS for the half of it that is protected."""
FIRM_POD = QUICK + 0.02 * 10 * 876 + 20_000
"""20 kW of UPS, and two per cent of loss: 10 kW x 0.02 x 8,760 h x 0.10 USD/kWh."""


def test_generators_spares_are_kept_where_something_is_carried() -> None:
    """One pod in the firm hall: half of its 10 kW is carried by one set of 20 kW, and a spare one stands by.

    Two pods in the plain hall do the other 7.2 PFLOPS and have no generators; 11.2 are done, so a target of 11.2.
    """
    changes = {**SIDE_BY_SIDE, **target(11.2)}
    result = decides("generators.spares", changes, lcoc(2 * PLAIN_POD + FIRM_POD + 20_000, 11.2))
    assert halls(result) == {"plain": 2, "firm": 1}
    assert figures(result)["generator_units"] == 2
    assert is_close(account(result, "critical_mw"), 0.005)


def test_a_plain_hall_alone_needs_no_generators() -> None:
    """Nobody asks for more: two pods in the plain hall, no set, no spare one."""
    changes = {key: value for key, value in SIDE_BY_SIDE.items() if key != "workloads.careful"} | target(7.2)
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * PLAIN_POD, 7.2))
    assert figures(result)["generator_units"] == 0


def test_distribution_follows_the_hall() -> None:
    """A pod in the firm hall takes 15 kW of distribution, its controls 10; one in the plain hall 10 of each."""
    life = {"life_years": 1.0}
    changes = {
        **SIDE_BY_SIDE,
        **target(7.6),
        "sites.paper.backup": None,
        "sites.paper.facility": "hall",
        "facilities.hall": {
            "name": "Hall",
            "lv_distribution": {"usd_per_mw": 2e6, **life},
            "controls": {"usd_per_mw": 1e6, **life},
            **life,
        },
    }
    result = solve(changes)
    assert is_close(account(result, "capex_lv_distribution"), 2 * 0.025)
    assert is_close(account(result, "capex_controls"), 0.02)
    assert is_close(best(result), lcoc(PLAIN_POD + FIRM_POD + 50_000 + 20_000, 7.6))


def test_no_hall_has_what_is_asked_for() -> None:
    """The class wants more than any of the site's halls has: no design."""
    changes = {**SIDE_BY_SIDE, "sites.paper.halls": ["plain"], "sites.paper.backup": None}
    assert ended(changes) is Status.INFEASIBLE


def test_a_pod_in_a_wider_hall_takes_more_floor() -> None:
    """3 m2 and a tenth: 6.5 m2 hold two pods in the plain hall, and one in each, but not two in the firm one."""
    cramped = {**SIDE_BY_SIDE, **HALLS, "sites.paper.building.white_space_m2": 6.5}
    careful = {**CAREFUL, "floor_pflops": {"only": 4.1}}
    assert halls(solve({**cramped, **target(7.6)})) == {"plain": 1, "firm": 1}
    assert ended({**cramped, **target(4.1), "workloads.careful": careful}) is Status.INFEASIBLE

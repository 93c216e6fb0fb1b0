"""Entry prices: crossing the bracket flips the optimum, and one of them is derived on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import UsageError
from optimizer.pipeline import Options, Result, run
from optimizer.study.entry_price import EntryKind, EntryPrice, at_price, entry_price, is_bought
from optimizer.study.search_settings import SearchSettings
from tests.study.test_alternatives import three_chips
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)
SEARCH = SearchSettings(options=OPTIONS)


def solved(instance: Any) -> Result:
    return run(instance, HERE, OPTIONS)


def entry(instance: Any, chip: str, **how: Any) -> EntryPrice:
    return entry_price(solved(instance), chip, SEARCH, **how)


def bought_at(instance: Any, chip: str, price_usd: float) -> bool:
    result = solved(at_price(instance, chip, price_usd))
    assert result.design is not None
    return is_bought(result.design, frozenset((chip,)))


INSTANCES: dict[str, tuple[Any, str, EntryKind]] = {
    "quick leaves": (tiny(), "quick", EntryKind.LEAVES),
    "frugal leaves": (tiny(), "frugal", EntryKind.LEAVES),
    "frugal enters": (tiny({"phases.only.target_pflops": 36.0}), "frugal", EntryKind.ENTERS),
    "third enters": (three_chips({"accelerators.third.price_usd": 30_000}), "third", EntryKind.ENTERS),
}


@pytest.mark.parametrize("name", INSTANCES)
def test_crossing_the_price_flips_the_choice(name: str) -> None:
    instance, chip, kind = INSTANCES[name]
    found = entry(instance, chip)
    assert found.kind is kind
    assert found.at_usd is not None
    assert found.not_at_usd is not None
    assert found.not_at_usd / found.at_usd <= 1.01 * (1 + 1e-9)
    assert (found.at_usd >= found.price_usd) == (kind is EntryKind.LEAVES)
    assert bought_at(instance, chip, found.at_usd * 0.999)
    assert not bought_at(instance, chip, found.not_at_usd * 1.001)


def test_entry_price_on_paper() -> None:
    """36 PFLOPS: 9 quick pods, 36 * 52,299.5 USD. Two frugal pods in the place of one quick pod save its 209,198 USD if
    they cost less: 2 * (8 p + 30,000 + 3,679.2) = 209,198 at p = 8,864.975 USD."""
    found = entry(tiny({"phases.only.target_pflops": 36.0}), "frugal")
    assert found.at_usd is not None
    assert found.not_at_usd is not None
    assert found.at_usd == pytest.approx(8_864.975, rel=1e-6)
    assert found.not_at_usd == pytest.approx(8_864.975 * 1.01, rel=1e-6)
    assert found.forced_worse_by is not None
    assert found.forced_worse_by > 0


def test_a_narrower_bracket() -> None:
    found = entry(tiny({"phases.only.target_pflops": 36.0}), "frugal", tolerance=1e-4)
    assert found.at_usd is not None
    assert found.not_at_usd is not None
    assert found.at_usd <= 8_864.976 <= found.not_at_usd <= found.at_usd * 1.00011


def test_not_even_as_a_gift() -> None:
    """A frugal pod whose servers alone cost more than quick pods is not bought at any price of the chip."""
    instance = tiny({"accelerators.frugal.server_rest_usd": 500_000, "phases.only.target_pflops": 36.0})
    found = entry(instance, "frugal")
    assert found.kind is EntryKind.NEVER
    assert found.at_usd is None
    assert not bought_at(instance, "frugal", 0.0)


def test_indispensable_at_any_price() -> None:
    """47 kW hold 36 PFLOPS of neither chip alone but of frugal; without frugal nothing does."""
    instance = tiny({"sites.paper.grid_mw": 0.08})
    found = entry(instance, "frugal")
    assert found.kind is EntryKind.ALWAYS
    assert bought_at(instance, "frugal", 1e6)


def test_a_chip_no_design_can_hold() -> None:
    """All of the compute must be frugal's: a pod of quick may be ordered, but one that costs more than the cap not."""
    instance = tiny({"accelerators.quick.price_usd": 1_000_000, "limits.capex_musd": 3.0})
    assert entry(instance, "quick").kind is EntryKind.IMPOSSIBLE


def test_excluded_by_a_rule_and_not_by_price() -> None:
    found = entry(tiny({"procurement.include": ["quick"]}), "frugal")
    assert found.kind is EntryKind.EXCLUDED
    assert "procurement list" in found.reason
    assert found.solves == 0


def test_an_objective_without_prices() -> None:
    result = run(tiny(), HERE, Options(isolated=False, objective="energy"))
    with pytest.raises(UsageError):
        entry_price(result, "quick", SearchSettings(options=Options(isolated=False, objective="energy")))

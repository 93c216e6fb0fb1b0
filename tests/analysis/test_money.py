"""Money as a reader knows it: figures stay in US dollars and are told in the instance's currency."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from optimizer.analysis.end_values import end_values
from optimizer.analysis.money import DOLLARS, Currency, money_of, other_money
from optimizer.analysis.unit_costs import unit_costs
from optimizer.inputs.design import Timing
from optimizer.pipeline import Options, Result, run
from optimizer.report.summary import summary_text
from tests.tiny import EVERYTHING, WORKING, tiny

OPTIONS = Options(isolated=False)
YEN = {"currency": "JPY", "exchange_rates.JPY": {"per_usd": 150.0, "quoted": date(2026, 11, 1)}}
"""No decimals, and amounts two orders larger."""


@pytest.fixture(scope="module")
def dollars() -> Result:
    return run(tiny(EVERYTHING), Path(), OPTIONS)


@pytest.fixture(scope="module")
def yen() -> Result:
    return run(tiny({**EVERYTHING, **YEN}), Path(), OPTIONS)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2.0, "USD/EFLOP", "300.0 JPY/EFLOP"),
        (0.5, "MUSD", "75.00 MJPY"),
        (0.5, "MUSD/year", "75.00 MJPY/year"),
        (0.5, "MWh", "0.5000 MWh"),
        (0.5, "", "0.5000"),
        (600.0, "MUSD", "90,000 MJPY"),
        (2_968.0, "MUSD", "445.2 billion JPY"),
        (8_693_386.3, "MUSD/year", "1,304 trillion JPY/year"),
        (6_183_079.0, "USD", "927.5 million JPY"),
        (1e12, "MWh", "1,000,000,000,000 MWh"),
    ],
)
def test_what_is_no_money_stays_as_it_is(value: float, unit: str, words: str) -> None:
    assert Currency(code="JPY", per_usd=150.0).figure(value, unit) == words


def test_the_currency_changes_no_figure(dollars: Result, yen: Result) -> None:
    """Keys in USD stay in USD: the same design, the same ledger."""
    assert dollars.design is not None
    assert yen.design is not None
    assert yen.verified
    assert yen.design.decisions == dollars.design.decisions
    assert yen.design.reported == dollars.design.reported


def test_every_amount_of_the_summary_is_told_in_the_currency(dollars: Result, yen: Result) -> None:
    assert dollars.design is not None
    assert dollars.design.reported is not None
    npv = dollars.design.reported.npv_cost_musd
    mine, told = summary_text(dollars), " ".join(summary_text(yen).split())
    assert " MUSD" in mine
    assert f"Whole-life cost {Currency(code='JPY', per_usd=150.0).figure(npv, 'MUSD')}" in told
    # Beside it, in US dollars, what the first figures are; nowhere else.
    rest = told.split("WHAT THE COST IS MADE OF")[1].split("BEFORE YOU RELY")[0]
    assert "JPY/EFLOP" in rest
    assert "USD" not in rest
    assert other_money(yen.problem.instance) == DOLLARS
    assert money_of(dollars.problem.instance) == DOLLARS


def test_the_price_per_kwh_is_the_bill_over_the_meter(dollars: Result) -> None:
    """From the ledger's own lines, weighted year by year."""
    assert dollars.design is not None
    assert dollars.design.reported is not None
    calendar, lines = dollars.problem.calendar, dollars.design.reported.ledger

    def worth(*accounts: str) -> float:
        return sum(e.amount * calendar.weight(Timing.YEARLY, e.phase) for e in lines if e.account in accounts)

    found = unit_costs(dollars)
    assert found.usd_per_kwh == pytest.approx(worth("energy", "demand") * 1e6 / (worth("import_mwh") * 1000), rel=1e-12)
    # One flat tariff of 0.10 USD per kWh on the paper instance, and no charge on demand.
    assert unit_costs(run(tiny(), Path(), OPTIONS)).usd_per_kwh == pytest.approx(0.10, rel=1e-9)


def test_a_pflops_year_is_31536_eflop(dollars: Result) -> None:
    assert dollars.design is not None
    assert dollars.design.reported is not None
    lcoc = dollars.design.reported.lcoc_usd_per_eflop
    assert unit_costs(dollars).usd_per_pflops_year == pytest.approx(lcoc * 31_536, rel=1e-12)


def test_tokens_cost_what_the_services_share_of_compute_costs(dollars: Result) -> None:
    assert unit_costs(dollars).usd_per_million_tokens is None
    served = run(tiny(WORKING), Path(), OPTIONS)
    assert served.design is not None
    assert served.design.reported is not None
    kpis, found = served.design.reported.kpis, unit_costs(served).usd_per_million_tokens
    assert found is not None
    calendar = served.problem.calendar
    tokens_m = sum(kpis["tokens_b_per_day"] * 1000 * 365 * calendar.annuity(p) for p in calendar.phases)
    # Services do part of the work, so they cost no more than all of it.
    assert 0 < found * tokens_m <= served.design.reported.npv_cost_musd * 1e6 * (1 + 1e-9)


def test_end_values_by_asset_are_those_of_the_ledger(dollars: Result) -> None:
    assert dollars.design is not None
    assert dollars.design.reported is not None
    found, calendar = end_values(dollars), dollars.problem.calendar
    lines = [e for e in dollars.design.reported.ledger if e.account == "residual_value"]
    assert set(found.by_asset) == {e.label for e in lines}
    assert sum(found.by_asset.values()) == pytest.approx(found.musd)
    assert found.musd == pytest.approx(-sum(e.amount * calendar.weight(Timing.END, e.phase) for e in lines))
    assert list(found.by_asset.values()) == sorted(found.by_asset.values(), reverse=True)

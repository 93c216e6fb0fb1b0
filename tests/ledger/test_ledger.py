"""Laws of the ledger, in numbers: postings add up, a purchase that is taken back leaves what it fetched and no more."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.inputs.quantity import ResalePoint
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.ledger.ledger import Ledger, Place, Terms, post_purchase, post_retirement
from optimizer.setting.calendar import calendar_of
from tests.tiny import TWO_PHASES, tiny

CALENDAR = calendar_of(tiny(TWO_PHASES))
HERE = Place("a", "paper", "row")
MONEY = st.floats(0.01, 1e4)
SHARES = st.floats(0, 0.2)


def ledger(insurance: float = 0.0) -> Ledger:
    return Ledger(CALENDAR, insurance)


def sums(book: Ledger) -> dict[tuple[str, str], float]:
    """Amount by account and phase."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for posting in book.postings:
        found[posting.account.id, posting.place.phase] += float(posting.amount)
    return found


def test_an_account_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="capex_gold"):
        ledger().post("capex_gold", HERE, 1.0)
    with pytest.raises(KeyError, match="capex_gold"):
        list(ledger().select("capex_gold", "a"))


@given(amounts=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("x", "y", None)), MONEY), max_size=8))
def test_sites_add_up_to_the_whole(amounts: list[tuple[str, str | None, float]]) -> None:
    book = ledger()
    for phase, site, amount in amounts:
        book.post("capex_ups", Place(phase, site, "row"), amount)
    for phase in "ab":
        whole = book.total("capex_ups", phase)
        sites = sum(book.total("capex_ups", phase, site) for site in ("x", "y"))
        nowhere = sum(p.amount for p in book.select("capex_ups", phase) if p.place.site is None)
        assert whole == pytest.approx(sites + nowhere)
        assert whole == pytest.approx(book.total("capex_ups", phase, label="row"))
    assert book.capital() == pytest.approx(sum(amount for _, _, amount in amounts))


@given(price=MONEY, times=st.floats(0.1, 10), maintenance=SHARES, insurance=SHARES, life=st.floats(2.5, 30))
def test_money_is_linear_in_the_price(
    price: float, times: float, maintenance: float, insurance: float, life: float
) -> None:
    terms = Terms(life_years=life, maintenance_fraction=maintenance)
    one, many = ledger(insurance), ledger(insurance)
    post_purchase(one, "capex_ups", HERE, price, terms)
    post_purchase(many, "capex_ups", HERE, price * times, terms)
    assert many.net_present_value() == pytest.approx(times * one.net_present_value(), rel=1e-9)


@given(price=MONEY, maintenance=SHARES, insurance=SHARES, fetched=st.floats(0, 1), later=st.floats(0, 1))
def test_what_is_retired_at_once_leaves_only_its_price_less_what_it_fetches(
    price: float, maintenance: float, insurance: float, fetched: float, later: float
) -> None:
    """Upkeep and worth at the end cancel to the last cent; a purchase and a sale remain."""
    points = (ResalePoint(years=0.0, fraction=fetched), ResalePoint(years=10.0, fraction=fetched * later))
    terms = Terms(life_years=30.0, maintenance_fraction=maintenance, resale=points)
    book = ledger(insurance)
    post_purchase(book, "capex_ups", HERE, price, terms)
    post_retirement(book, HERE, "a", price, terms)
    left = {key: amount for key, amount in sums(book).items() if abs(amount) > 1e-9 * price}
    assert left.pop(("capex_ups", "a")) == pytest.approx(price)
    assert left.pop(("salvage", "a"), 0.0) == pytest.approx(-fetched * price, abs=1e-9 * price)
    assert not left


@given(price=MONEY, life=st.floats(0.5, 40))
def test_nothing_is_worth_more_at_the_end_than_it_cost(price: float, life: float) -> None:
    book = ledger()
    post_purchase(book, "capex_ups", HERE, price, Terms(life_years=life))
    back = -sums(book).get(("residual_value", "b"), 0.0)
    assert 0 <= back <= price
    used = CALENDAR.horizon - CALENDAR.t0["a"]
    assert back == pytest.approx(price * max(1 - used / life, 0), abs=1e-9 * price)


def test_an_account_counts_at_one_time_and_in_one_unit() -> None:
    """Capital is money at the start of its phase; what is not money has no share in the cost."""
    assert len({account.id for account in ACCOUNTS}) == len(ACCOUNTS)
    assert all(account.is_money and account.timing == "start" for account in ACCOUNTS if account.is_capital)
    book = ledger()
    for account in ACCOUNTS:
        if not account.is_money:
            book.post(account.id, HERE, 1.0)
    assert book.net_present_value() == 0

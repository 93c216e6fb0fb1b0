"""The award against enumeration, the second best, and break-even prices that turn the award when crossed."""

from __future__ import annotations

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import run
from optimizer.study.alternatives import Ending
from optimizer.study.entry_price import EntryKind
from optimizer.study.search_settings import SearchSettings
from optimizer.tender.award import award, bidder_lever
from optimizer.tender.offers import offer_rows, with_offers
from tests.tender.bid_cases import HERE, QUICKLY, SEARCH, bid_of, small_tender, splits, tree
from tests.tiny import tiny

EFLOP = 31_536.0
SEEDS = range(64)


LONG = pytest.mark.long


@pytest.mark.parametrize("block", [0, *(pytest.param(number, marks=LONG) for number in range(1, 8))])
def test_the_award_is_the_least_of_all_splits(block: int) -> None:
    """64 tenders in all; a tender without any split that meets the target is proven infeasible."""
    split = 0
    for seed in SEEDS[block::8]:
        tender = small_tender(seed)
        result, tried = tender.solved(), list(splits(tender))
        if not tried:
            assert result.status is Status.INFEASIBLE
            continue
        assert result.verified, seed
        assert result.design is not None
        assert result.design.solve is not None
        least, _ = min(tried)
        assert result.design.solve.value == pytest.approx(least / (tender.target * EFLOP), rel=1e-7), seed
        split += len({row.accelerator for row in result.design.decisions.deliveries}) > 1
    assert split, "no award of these was split"


def studied(seed: int):  # type: ignore[no-untyped-def]
    tender = small_tender(seed)
    best = tender.solved()
    assert best.verified
    return tender, award(best, tender.instance, tender.rows, SearchSettings(options=SEARCH))


def turning(count: int) -> list[int]:
    """Seeds of tenders that can be met, so that there is something to study."""
    return [seed for seed in SEEDS if any(True for _ in splits(small_tender(seed)))][:count]


@pytest.mark.parametrize("seed", [turning(1)[0], *(pytest.param(seed, marks=LONG) for seed in turning(3)[1:])])
def test_break_even_prices_turn_the_award_when_crossed(seed: int) -> None:
    tender, found = studied(seed)
    crossed = 0
    for price in found.break_even:
        assert price.kind is not EntryKind.UNDECIDED
        lever = bidder_lever(tender.instance, tender.rows, price.accelerator)
        if price.at_usd is None or price.not_at_usd is None:
            continue
        assert price.at_usd <= price.not_at_usd <= price.at_usd * 1.0011
        for factor, wins_there in ((price.at_usd * 0.999, True), (price.not_at_usd * 1.001, False)):
            there = run(with_offers(tender.instance, tender.rows, {price.accelerator: factor}), HERE, SEARCH)
            assert there.design is not None
            bought = {row.accelerator for row in there.design.decisions.deliveries}
            assert bool(bought & lever.accelerators) is wins_there, (price, factor)
            crossed += 1
        was_awarded = any(lot.bidder.lower() == price.accelerator for lot in found.lots)
        assert was_awarded is (price.kind is EntryKind.LEAVES)
    assert crossed


@pytest.mark.parametrize("seed", turning(2))
def test_second_best_is_the_best_of_another_set_of_bidders(seed: int) -> None:
    tender, found = studied(seed)
    by_set: dict[frozenset[int], float] = {}
    for cost, pods in splits(tender):
        names = frozenset(number for number, count in enumerate(pods) if count)
        by_set[names] = min(cost, by_set.get(names, cost))
    ordered = sorted(by_set.values())
    assert found.second is not None
    if len(ordered) == 1:
        assert found.second.ending is Ending.NOTHING_ELSE
        return
    assert found.second.alternatives[0].worse_by == pytest.approx(ordered[1] / ordered[0] - 1, abs=1e-7)


def test_the_same_quantity_and_day_as_the_bid_states() -> None:
    """16 by the only phase: 2 pods; Bravo's frugal accelerators do the rest of 38 PFLOPS."""
    instance = tiny(QUICKLY)
    first = bid_of(tree("Acme", deliveries=[{"delivery": instance.planning_date.replace(month=9), "accelerators": 16}]))
    second = bid_of(tree("Bravo", accelerator="frugal", unit_price=10_000))
    result = run(with_offers(instance, offer_rows(instance, (first, second), fixed=True)), HERE, SEARCH)
    assert result.design is not None
    assert {row.accelerator: row.pods for row in result.design.decisions.deliveries} == {
        "acme_chips_1": 2,
        "bravo_chips_1": 15,
    }
    # What a bid delivers is the most that can be awarded of it; nothing of it is there sooner.
    free = offer_rows(instance, (first,), fixed=False)
    assert [tier[:2] for tier in free[0].tiers] == [(1, 16)]
    assert free[0].available == {"only": 16}

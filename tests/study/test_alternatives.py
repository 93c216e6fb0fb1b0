"""Alternatives against an enumeration of every set of chips, and their endings."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.study.alternatives import Alternatives, Ending, Wanted, alternatives
from optimizer.study.no_good_cuts import Difference, DifferenceKind, signature
from optimizer.study.search_settings import SearchSettings
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)
SEARCH = SearchSettings(options=OPTIONS)
THREE_CHIPS: dict[str, Any] = {"procurement.include": ["quick", "frugal", "third"], "phases.only.target_pflops": 10.0}


def three_chips(changes: dict[str, Any] | None = None) -> Any:
    """The minimal instance with a third chip, of another vendor: 3 PFLOPS a pod at 170,000 USD and 7 kW."""
    quick = tiny().accelerators["quick"].model_dump(mode="python")
    third = {**quick, "name": "Third", "vendor": "Another", "price_usd": 17_000, "server_rest_usd": 34_000}
    third |= {"server_kw": 7.0, "utilisation": {"training": 0.375}}
    third = {key: value for key, value in third.items() if value is not None}
    return tiny({**THREE_CHIPS, "accelerators.third": third, **(changes or {})})


def solved(instance: Any) -> Result:
    result = run(instance, HERE, OPTIONS)
    assert result.verified
    return result


def value(result: Result) -> float:
    assert result.design is not None
    assert result.design.reported is not None
    return result.design.reported.lcoc_usd_per_eflop


def bought(result: Result) -> frozenset[str]:
    assert result.design is not None
    return frozenset(row.accelerator for row in result.design.decisions.deliveries)


def by_enumeration(instance: Any) -> list[tuple[float, frozenset[str]]]:
    """Best value of every set of chips, each of which is bought: a pod of each is asked for by the model itself."""
    found = []
    names = list(instance.accelerators)
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            result = run(with_each_of(instance, chosen), HERE, OPTIONS)
            if result.verified and bought(result) == frozenset(chosen):
                found.append((value(result), frozenset(chosen)))
    return sorted(found, key=lambda pair: pair[0])


def with_each_of(instance: Any, chosen: tuple[str, ...]) -> Any:
    """Only these chips may be bought, and a sliver of each must be at work, which takes a pod."""
    from optimizer.inputs.policies import Match, Share

    shares = {name: Share(match=Match(accelerator=name), min_fraction=1e-6) for name in chosen}
    changed = instance.procurement.model_copy(update={"include": chosen, "shares": shares})
    return instance.model_copy(update={"procurement": changed})


def search(instance: Any, **wanted: Any) -> Alternatives:
    kinds = wanted.pop("kinds", (DifferenceKind.CHIPS,))
    difference = Difference(kinds, wanted.pop("replace", False))
    return alternatives(solved(instance), Wanted(difference=difference, **wanted), SEARCH)


def test_the_ranking_is_that_of_an_enumeration() -> None:
    instance = three_chips()
    expected = by_enumeration(instance)
    assert len(expected) == 7
    found = search(instance, count=10, within=10.0)
    ranking = [(value(found.best), bought(found.best))]
    ranking += [(value(alternative.result), bought(alternative.result)) for alternative in found.alternatives]
    assert [cost for cost, _ in ranking] == pytest.approx([cost for cost, _ in expected], rel=1e-6)
    assert {chips for _, chips in ranking} == {chips for _, chips in expected}
    assert found.ending is Ending.NOTHING_ELSE
    assert all(alternative.result.verified for alternative in found.alternatives)


def test_every_pair_differs_and_none_is_too_far() -> None:
    found = search(three_chips(), count=10, within=0.1)
    sets = [bought(found.best), *(bought(alternative.result) for alternative in found.alternatives)]
    assert len(set(sets)) == len(sets) > 1
    assert all(-1e-6 <= alternative.worse_by <= 0.1 for alternative in found.alternatives)
    within = [cost for cost, _ in by_enumeration(three_chips()) if cost <= 1.1 * value(found.best)]
    assert len(sets) == len(within)
    assert found.ending is Ending.BEYOND
    assert found.next_worse_by is not None
    assert found.next_worse_by > 0.1


def test_no_other_within_is_proven() -> None:
    found = search(three_chips(), within=0.001)
    assert not found.alternatives
    assert found.ending is Ending.BEYOND


def test_the_count_ends_it() -> None:
    found = search(three_chips(), count=1, within=10.0)
    assert len(found.alternatives) == 1
    assert found.ending is Ending.COUNTED


def test_vendors() -> None:
    """A vendor is replaced, not joined: both vendors together are no alternative to one of them."""
    found = search(three_chips(), count=10, within=10.0, kinds=(DifferenceKind.VENDOR,))
    vendors = [alternative.signature for alternative in found.alternatives]
    assert vendors == [frozenset({(DifferenceKind.VENDOR, "Another")})]
    assert found.ending is Ending.NOTHING_ELSE


def test_a_replacement_is_no_addition() -> None:
    found = search(three_chips(), count=10, within=10.0, replace=True)
    sets = [bought(found.best), *(bought(alternative.result) for alternative in found.alternatives)]
    for at, later in enumerate(sets):
        assert not any(later >= earlier for earlier in sets[:at])


def test_sites_coolings_and_substations() -> None:
    """One site and one cooling leave nothing else; of the transformer types, one may be replaced by the other."""
    for kind in (DifferenceKind.SITE, DifferenceKind.COOLING):
        assert search(tiny(), kinds=(kind,), within=10.0).ending is Ending.NOTHING_ELSE
    ideal = tiny().transformers["ideal"].model_dump(mode="python")
    dear = {**ideal, "usd_fixed": 3000}
    instance = tiny({"transformers.dear": dear, "sites.paper.grid.transformers": ["ideal", "dear"]})
    found = search(instance, kinds=(DifferenceKind.SUBSTATION,), within=10.0)
    assert [sorted(name for _, name in alternative.signature) for alternative in found.alternatives] == [["paper/dear"]]
    # A thirtieth of its life is used up: 100 of 3,000 USD.
    assert value(found.alternatives[0].result) * 38 * 31_536 == pytest.approx(1_996_461.2 + 100, rel=1e-9)


def test_signature_of_a_design_on_paper() -> None:
    best = solved(tiny())
    assert best.design is not None
    every = signature(best.problem, best.design.decisions, tuple(DifferenceKind))
    assert every == {
        (DifferenceKind.VENDOR, "Example"),
        (DifferenceKind.SUPPLIER, "Example"),
        (DifferenceKind.CHIPS, "quick"),
        (DifferenceKind.CHIPS, "frugal"),
        (DifferenceKind.COOLING, "warm_water"),
        (DifferenceKind.FABRIC, "none"),
        (DifferenceKind.SITE, "paper"),
        (DifferenceKind.SUBSTATION, "paper/ideal"),
    }


def test_a_design_is_needed_to_start_from() -> None:
    nothing = run(tiny({"sites.paper.grid_mw": 0.01}), HERE, OPTIONS)
    with pytest.raises(ValueError, match="verified design"):
        alternatives(nothing, Wanted(), SEARCH)


def test_a_vendor_with_a_token_share_is_none_to_be_replaced() -> None:
    """Of 400 PFLOPS one pod of the third chip does 3: below a hundredth, so only Example's is a vendor of the plan."""
    best = solved(three_chips())
    assert best.design is not None
    last = best.problem.calendar.last
    chips = {key[1]: key for key in best.problem.compute.types}
    rows = [
        {
            "site": "paper",
            "accelerator": name,
            "cooling": "warm_water",
            "workload": "training",
            "phase": last,
            "pods": n,
        }
        for name, n in (("quick", 100.0), ("third", 1.0))
    ]
    pods = [{key: value for key, value in row.items() if key != "workload"} | {"pods": 1} for row in rows]
    decisions = best.design.decisions.model_validate({"deliveries": pods, "assignments": rows})
    assert {"quick", "third"} <= set(chips)
    found = signature(best.problem, decisions, (DifferenceKind.VENDOR,))
    assert found == {(DifferenceKind.VENDOR, "Example")}


def buying(counts: dict[str, int]) -> Any:
    """A rule for a search: so many pods of each chip are delivered."""

    def fixed(built: Any) -> None:
        from pyomo.environ import Block, Constraint

        block = built.model.choice = Block()
        chips = list(counts)
        deliver = built.model.compute.deliver

        def exactly(_: Any, at: int) -> Any:
            return sum(deliver[key] for key in deliver if key[1] == chips[at]) == counts[chips[at]]

        block.exactly = Constraint(range(len(chips)), rule=exactly)

    return fixed


def pods_of(result: Result) -> dict[str, int]:
    assert result.design is not None
    pods = dict.fromkeys(result.problem.instance.accelerators, 0)
    for row in result.design.decisions.deliveries:
        pods[row.accelerator] += row.pods
    return pods


def test_a_tenth_of_the_throughput_against_every_number_of_pods() -> None:
    """32 PFLOPS of pods of 4 and of 3, from two vendors: every number of each is tried. One pod of 3 is no tenth."""
    rates = {"quick": 4.0, "third": 3.0}
    instance = three_chips({"phases.only.target_pflops": 32.0, "procurement.include": list(rates)})
    best = solved(instance)
    rate = {key[1]: pod.effective_pflops["training", "only"] for key, pod in best.problem.compute.types.items()}
    assert {name: rate[name] for name in rates} == pytest.approx(rates)
    every = []
    for quick, third in product(range(10), range(12)):
        pods = {"quick": quick, "third": third}
        if 32 <= 4 * quick + 3 * third <= 36:
            result = run(instance, HERE, replace(OPTIONS, restrict=buying(pods)))
            if result.verified:
                every.append((value(result), pods))
    every.sort(key=lambda pair: pair[0])
    assert len(every) > 8
    assert value(best) == pytest.approx(every[0][0], rel=1e-9)

    def differs(pods: dict[str, int], earlier: dict[str, int]) -> bool:
        lost = sum(rates[name] * max(0, earlier[name] - pods[name]) for name in rates)
        left = any(earlier[name] and not pods[name] for name in rates)
        return left or lost >= 0.1 * sum(rates[name] * earlier[name] for name in rates)

    wanted, skipped = [every[0]], 0
    for one in every[1:]:
        if all(differs(one[1], earlier[1]) for earlier in wanted):
            wanted.append(one)
        else:
            skipped += 1
    assert skipped, "some are too much alike"
    found = alternatives(best, Wanted(count=3, within=10.0), SEARCH)
    worse = [value(alternative.result) / value(best) for alternative in found.alternatives]
    assert worse == pytest.approx([one[0] / every[0][0] for one in wanted[1:4]], rel=1e-7)
    designs = [pods_of(found.best), *(pods_of(alternative.result) for alternative in found.alternatives)]
    assert all(differs(later, earlier) for at, later in enumerate(designs) for earlier in designs[:at])


def test_by_default_a_design_differs_by_vendor_or_a_tenth() -> None:
    assert Wanted().difference.kinds == (DifferenceKind.VENDOR, DifferenceKind.THROUGHPUT)

"""A planner's own regime and the timeline: rulings by hand, the law of rising throughput, and the audit's reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regime_chips import HK, LAW, ROWS, SG, facts, strictness

from optimizer.audit.own_rules import Rulings
from optimizer.inputs.design import Status as Ended
from optimizer.inputs.export import UserRegime
from optimizer.model.build import build
from optimizer.model.derive import derive, rulings_of
from optimizer.pipeline import Options, run
from optimizer.policies.export_rules import known_regimes, made
from optimizer.regimes.facts import MissingFact
from optimizer.regimes.ruling import RulingStatus
from optimizer.regimes.table import REGIMES, regime
from optimizer.regimes.turning import status_of, turns
from optimizer.setting.calendar import calendar_of
from optimizer.solve.search import compile_built
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
BASES = {entry.id: entry for entry in REGIMES}


def own(*tests: dict[str, Any], based_on: str | None = None) -> UserRegime:
    plain = {"name": "Mine", "effective": date(2027, 1, 1), "source": "a memo", "tests": tests, "based_on": based_on}
    return UserRegime.model_validate(plain)


def when(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value}


def test_first_test_that_applies_decides() -> None:
    rule = made(
        "mine",
        own(
            {"when": [when("origin", "==", "CN")], "ruling": "free", "clause": "Chinese"},
            {"when": [when("tpp", ">=", 4800.0)], "ruling": "denied", "clause": "fast"},
            {
                "when": [when("memory_bandwidth_gbs", ">", 1400.0), when("destination_group", "==", "D:5")],
                "ruling": "licence",
                "clause": "memory",
                "fee_fraction": 0.2,
                "quota_accelerators": 500,
                "extra_lead_weeks": 8.0,
                "probability": 0.4,
            },
        ),
        BASES,
    ).rule
    assert rule(facts("ascend_910c"), HK).clause == "Chinese"
    assert rule(facts("h100_sxm"), HK).status is RulingStatus.DENIED
    licence = rule(facts("h20_sxm"), HK)
    assert (licence.fee_fraction, licence.quota_accelerators, licence.extra_lead_weeks) == (0.2, 500, 8.0)
    assert licence.probability == 0.4
    assert rule(facts("h20_sxm"), SG).clause == "no test of mine applies"
    assert rule(facts("h20_sxm"), HK).flags == (), "delivered after it took effect"


def test_what_no_test_reaches_falls_through_to_the_base() -> None:
    rule = made(
        "mine", own({"when": [when("accelerator", "==", "l20")], "ruling": "denied", "clause": "c"}), BASES
    ).rule
    base = regime("may_2026").rule
    spec = own({"when": [when("accelerator", "==", "l20")], "ruling": "denied", "clause": "c"}, based_on="may_2026")
    based = made("mine", spec, BASES).rule
    for chip in set(ROWS) - {"l20", "tt_wormhole_n300"}:
        assert based(facts(chip), HK) == base(facts(chip), HK)
        assert rule(facts(chip), HK).status is RulingStatus.FREE
    assert based(facts("l20"), HK).status is RulingStatus.DENIED


def test_macau_is_in_d5_and_a_group_can_be_excluded() -> None:
    test = {"when": [when("destination_group", "!=", "D:5")], "ruling": "denied", "clause": "outside"}
    rule = made("mine", own(test), BASES).rule
    from regime_chips import trade

    assert rule(facts("l20"), trade("macau")).status is RulingStatus.FREE
    assert rule(facts("l20"), SG).status is RulingStatus.DENIED


def test_a_missing_die_area_is_asked_for_only_if_it_is_reached() -> None:
    test = {
        "when": [when("tpp", ">=", 5000.0), when("performance_density", ">=", 1.0)],
        "ruling": "denied",
        "clause": "dense",
    }
    rule = made("mine", own(test), BASES).rule
    assert rule(facts("tt_wormhole_n300"), HK).status is RulingStatus.FREE, "TPP 3,728 ends the test"
    with pytest.raises(MissingFact, match=r"dense turns on die_mm2.*state die_mm2 for tt_blackhole_p150"):
        rule(facts("tt_blackhole_p150"), HK)


RULINGS = ("denied", "licence", "free")
conditions = st.builds(
    lambda fact, op, value: when(fact, op, value),
    st.sampled_from(["tpp", "performance_density", "memory_bandwidth_gbs", "io_bandwidth_gbs"]),
    st.sampled_from([">=", ">"]),
    st.floats(0.1, 20_000),
)
ladders = st.lists(st.tuples(st.sampled_from(RULINGS), st.lists(conditions, max_size=3)), max_size=4).map(
    lambda rows: own(
        *(
            {"when": tests, "ruling": ruling, "clause": f"c{n}"}
            for n, (ruling, tests) in enumerate(sorted(rows, key=lambda row: RULINGS.index(row[0])))
        )
    )
)


@given(spec=ladders, bf16=st.floats(1, 3000), factor=st.floats(1, 50))
def test_a_faster_chip_is_never_ruled_on_more_leniently(spec: UserRegime, bf16: float, factor: float) -> None:
    rule = made("mine", spec, BASES).rule
    slow = replace(facts("h20_sxm"), tpp=bf16 * 16, performance_density=bf16 * 16 / 814)
    fast = replace(slow, tpp=slow.tpp * factor, performance_density=slow.tpp * factor / 814)
    assert strictness(rule(fast, HK)) >= strictness(rule(slow, HK))


@given(bf16=st.floats(1, 3000), factor=st.floats(1, 50), law=st.sampled_from(LAW))
def test_a_denial_before_the_law_keeps_its_order(bf16: float, factor: float, law: str) -> None:
    deny = {"when": [when("tpp", ">=", 2000.0)], "ruling": "denied", "clause": "c"}
    rule = made("mine", own(deny, based_on=law), BASES).rule
    slow = replace(facts("h20_sxm"), tpp=bf16 * 16, performance_density=bf16 * 16 / 814)
    fast = replace(slow, tpp=slow.tpp * factor, performance_density=slow.tpp * factor / 814)
    assert strictness(rule(fast, HK)) >= strictness(rule(slow, HK))


@pytest.mark.parametrize("law", LAW)
@pytest.mark.parametrize("chip", ["h100_sxm", "h20_sxm", "l20", "mi308x", "tt_wormhole_n300", "ascend_910c"])
def test_what_would_change_a_ruling_was_put_to_the_rule(law: str, chip: str) -> None:
    found = regime(law)
    now = status_of(found.rule, facts(chip), HK)
    assert all(turn.status != now for turn in turns(found.rule, facts(chip), HK, found.thresholds))


def test_published_thresholds_turn_the_h20() -> None:
    """TPP 4,800 denies it under the first rule; under October 2023 TPP 2,400 does, as density is above 1.6."""
    first = {turn.change: turn.status for turn in turns(regime("oct_2022").rule, facts("h20_sxm"), HK)}
    assert first == {"TPP of 4,800 or more": "denied"}
    second = {turn.change: turn.status for turn in turns(regime("oct_2023").rule, facts("h20_sxm"), HK)}
    assert second["TPP of 2,400 or more"] == "denied"


# The timeline.

MEMO = own(
    {
        "when": [when("accelerator", "==", "frugal")],
        "ruling": "licence",
        "clause": "memo 1",
        "fee_fraction": 0.1,
        "quota_accelerators": 16,
    },
    {"when": [when("tpp", ">=", 4800.0)], "ruling": "denied", "clause": "memo 2"},
    based_on="may_2026",
).model_dump()
TURN: dict[str, Any] = {
    **TWO_PHASES,
    "export": {
        "parent": "hong_kong",
        "timeline": [
            {"from_date": date(2026, 1, 1), "regime": "before_oct_2022"},
            {"from_date": date(2028, 1, 1), "regime": "memo"},
        ],
    },
    "regimes.memo": MEMO,
    "sites.paper.place": "hong_kong",
}
"""Everything is free in a (2027); in b (2028) the frugal chip needs a licence and the quick one is denied."""


def test_delivery_day_decides() -> None:
    """4 quick pods serve 8 and then 12 PFLOPS only with 2 frugal ones: 16 accelerators, the whole quota of b."""
    result = run(tiny(TURN), HERE, Options(isolated=False))
    assert result.status is Ended.OPTIMAL
    assert result.verified
    assert result.design is not None
    bought = {(row.accelerator, row.phase): row.pods for row in result.design.decisions.deliveries}
    assert bought == {("quick", "a"): 2, ("frugal", "b"): 2}
    assert result.design.reported is not None
    fees = [line for line in result.design.reported.ledger if line.account == "licence_fees"]
    assert [(fee.phase, round(fee.amount, 9)) for fee in fees] == [("b", 2 * 8 * 10_000 * 0.1 / 1e6)]


def test_a_quota_counts_anew_in_each_entry() -> None:
    late = {**TURN, "export": {**TURN["export"], "timeline": [{"from_date": date(2026, 1, 1), "regime": "memo"}]}}
    twice = [*late["export"]["timeline"], {"from_date": date(2028, 1, 1), "regime": "memo"}]
    targets = {
        "phases.a.target_pflops": 4.0,
        "phases.b.target_pflops": 8.0,
        "phases.b.demand_pflops": None,
    }
    assert run(tiny({**late, **targets}), HERE, Options(isolated=False)).status is Ended.INFEASIBLE
    again = {**late, **targets, "export": {**TURN["export"], "timeline": twice}}
    result = run(tiny(again), HERE, Options(isolated=False))
    assert result.verified
    assert result.design is not None
    assert sum(row.pods for row in result.design.decisions.deliveries) == 4


def test_one_entry_is_the_same_matrix_as_a_regime() -> None:
    by_name = {
        **TWO_PHASES,
        "export.regime": "jan_2026",
        "export.parent": "hong_kong",
        "sites.paper.place": "hong_kong",
    }
    timeline = [{"from_date": date(2025, 1, 1), "regime": "jan_2026"}]
    by_date = {**by_name, "export": {"parent": "hong_kong", "timeline": timeline}}
    prints = [compile_built(build(derive(tiny(changes), HERE)))[1].fingerprint for changes in (by_name, by_date)]
    assert prints[0] == prints[1]


@given(
    tests=st.lists(
        st.tuples(
            st.sampled_from(RULINGS),
            st.lists(
                st.one_of(
                    conditions,
                    st.sampled_from(
                        [
                            when("origin", "==", "US"),
                            when("entity_listed", "!=", True),
                            when("destination_group", "==", "D:5"),
                            when("parent_group", "!=", "D:5"),
                            when("tier", "<", 2.0),
                            when("accelerator", "!=", "quick"),
                            when("destination", "==", "hong_kong"),
                        ]
                    ),
                ),
                max_size=3,
            ),
        ),
        max_size=4,
    ),
    base=st.sampled_from([None, *LAW]),
    die=st.sampled_from([None, 814.0]),
    bf16=st.floats(10, 2000),
    place=st.sampled_from(["hong_kong", "macau", "singapore", "united_arab_emirates", "united_states"]),
)
def test_the_audit_reads_the_same_rulings(
    tests: list[Any], base: str | None, die: float | None, bf16: float, place: str
) -> None:
    spec = own(*({"when": w, "ruling": r, "clause": f"c{n}"} for n, (r, w) in enumerate(tests)), based_on=base)
    instance = tiny(
        {
            **TURN,
            "regimes.memo": spec.model_dump(),
            "sites.paper.place": place,
            "accelerators.quick.bf16_tflops": bf16,
            "accelerators.quick.die_mm2": die,
        }
    )
    calendar = calendar_of(instance)
    second = Rulings(instance, tuple(calendar.starts.values()))
    for (s, a, p), ruling in rulings_of(instance, calendar).items():
        other = second.on(s, a, calendar.phases.index(p))
        assert (ruling.status.value, ruling.fee_fraction, ruling.extra_lead_weeks, ruling.entry) == (
            other.status,
            other.fee_fraction,
            other.extra_lead_weeks,
            other.entry,
        )
        assert ruling.quota_accelerators == other.quota


def test_own_regimes_stand_beside_the_law() -> None:
    assert list(known_regimes(tiny(TURN))) == [*BASES, "memo"]

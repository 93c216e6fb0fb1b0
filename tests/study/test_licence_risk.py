"""The instance of licences at risk: what makes today's decision matter, and (long) what the study says of it."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from optimizer.model.derive import derive
from optimizer.pipeline import Options
from optimizer.reading.read import Reading, ReadOptions, read_instance
from optimizer.report.robust import fallbacks, hedge
from optimizer.setting.supply import supplied
from optimizer.study.robust import robust
from optimizer.study.scenarios import scenario_instances, shared_phases
from tests.tiny import ROOT


@cache
def reading() -> Reading:
    return read_instance(ROOT / "instances" / "hong_kong_licence_risk.toml", ReadOptions(strict=False))


def test_h200_can_be_there_for_the_first_phase_and_be_refused_for_the_second() -> None:
    scenarios = scenario_instances(reading().instance)
    assert shared_phases(reading().instance) == ("y2027",)
    for name, instance in scenarios.items():
        types = derive(instance, reading().folder).compute.types
        phases = {p for (_, chip, _), pod in types.items() for p in pod.deliverable if chip == "h200_sxm"}
        assert "y2027" in phases, name
    barred = scenarios["h200_refused"].procurement.quotas["refused_h200_sxm"]
    assert barred.phases == ("y2028", "y2029", "y2030", "y2031")
    assert sum(future.probability for future in reading().instance.uncertainty.scenarios.values()) == pytest.approx(1.0)  # type: ignore[union-attr]


def test_domestic_supply_by_the_second_phase() -> None:
    """31 of 92 days of 750, two quarters of 750, five of 1,000 and 61 of 92 days of 1,000."""
    made = supplied(reading().instance, "ascend_910c", date(2028, 12, 1))
    assert made == pytest.approx(750 * 31 / 92 + 1500 + 5000 + 1000 * 61 / 92)


@pytest.mark.long
def test_today_stocks_up_and_that_is_worth_something() -> None:
    """To a wider gap than the instance's own: what planning ahead is worth is far more than that."""
    found = robust(reading().instance, reading().folder, Options(gap=0.01))
    assert found.verified
    noise = max(found.gap, found.plan.gap) * found.plan.expected_lcoc
    assert found.stochastic_solution > 3 * noise
    assert found.perfect_information > -noise
    # More H200 now than whoever plans for today's law; after a refusal domestic chips, and no refused ones, are bought.
    assert hedge(found)[0].startswith("Dec 2027: ")
    assert "H200 SXM" in hedge(found)[0]
    assert "more than the plan for as_today" in hedge(found)[0]
    refused = {row[0]: row for row in fallbacks(found)}
    assert set(refused) == {"h200_refused", "all_refused"}
    for _, denied, bought in refused.values():
        assert "Ascend" in bought
        assert not any(chip in bought for chip in denied.split(", "))
    # What was planned for the law of today is dearer by far after a refusal, or has no way on.
    planned = found.single[found.likeliest].outcomes
    assert planned["all_refused"].lcoc > found.plan.outcomes["all_refused"].lcoc + 3 * noise

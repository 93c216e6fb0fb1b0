"""What changes nothing is said: refusals without licences, factors and rules on nothing, scenarios that are alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from optimizer.reading.checks import run_checks
from optimizer.reading.checks_no_effect import demand_factors_touch_something
from optimizer.reading.overrides import parse_setting
from optimizer.reading.read import ReadOptions, Variants
from tests.reading.test_export_faults import OWN, REGIME, licensed, one, tree
from tests.tiny import WORKING, tiny

RUNS_ALONE: dict[str, Any] = WORKING | {
    "phases": {
        name: {"start": date(year, 1, 1), "years": 1.0, "target_pflops": 0.0}
        for name, year in (("a", 2027), ("b", 2028))
    },
    "uncertainty": {
        "reveal_phase": "b",
        "scenarios": {"as_now": {"probability": 0.5}, "more": {"probability": 0.5, "demand_factor": 2.0}},
    },
}
"""Training runs and a service; from the second year on, one future wants twice as much of what is no task."""


def warned(read, path, code):
    return [d for d in read(path, strict=False).warnings if d.code == code]


@pytest.mark.parametrize("pattern", ["*", "h20"])
def test_refusals_where_nothing_needs_a_licence(write, findings, pattern):
    found = one(findings(write(add=tree(refused=pattern))), "E0464")
    assert "none of them needs a licence" in found.message
    assert "[regimes]" in (found.help or "")
    assert found.path.startswith("uncertainty.scenarios.refused")


def test_refusals_where_licences_are_not_planned_with(write, findings):
    path = licensed(write, tree())
    text = path.read_text().replace('regime = "mine"', 'regime = "mine"\nlicences = "avoid"')
    path.write_text(text)
    assert 'export.licences is "avoid"' in one(findings(path), "E0464").message


def test_a_scenario_may_bring_the_regime_that_licences_are_of(write, read):
    """Free until the reveal; the scenario's own regime asks for licences and refuses them."""
    path = licensed(write, tree() + 'regime = "mine"\n')
    path.write_text(path.read_text().replace('regime = "mine"', REGIME, 1))
    assert read(path, strict=False).instance.uncertainty.scenarios["refused"].regime == "mine"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('[uncertainty.scenarios.refused.accelerator_price_factors]\n"h99*" = 2.0\n', 'fits "h99*"'),
        ("[uncertainty.scenarios.refused.accelerator_supply_factors]\nh20 = 0.5\n", "is not limited"),
    ],
)
def test_factors_on_nothing(write, read, extra, message):
    (found,) = warned(read, licensed(write, tree() + extra), "W0606")
    assert message in found.message


def test_factors_of_a_phase_on_nothing(write, read):
    path = write(("target_pflops = 200", 'target_pflops = 200\naccelerator_price_factors = { "h99" = 2.0 }'))
    (found,) = warned(read, path, "W0606")
    assert 'accelerator_price_factors: no accelerator that may be bought fits "h99"' in found.message


def test_scenarios_that_do_not_differ(write, read):
    """A factor of 1 and the regime in force change nothing."""
    same = 'tariff_factor = 1.0\nregime = "mine"\n'
    text = tree(chance="0.3") + "[uncertainty.scenarios.again]\nprobability = 0.3\n" + same
    (found,) = warned(read, licensed(write, text), "W0647")
    assert "again changes the same as granted" in found.message


@pytest.mark.parametrize(("status", "count"), [("licence", 1), ("free", 0)])
def test_a_quota_on_a_ruling_that_nothing_has(write, read, status, count):
    quota = f'\n[procurement.quotas.q]\nmatch = {{ status = "{status}" }}\nmax_accelerators = 10\n'
    assert len(warned(read, write(add=quota), "W0606")) == count


def test_a_quota_over_no_phase(write, read):
    quota = "\n[procurement.quotas.q]\nmax_accelerators = 10\nphases = []\n"
    (found,) = warned(read, write(add=quota), "W0606")
    assert "phases of q is empty" in found.message
    assert found.path == "procurement.quotas.q.phases"


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"phases.a.target_pflops": 1.0}, 1),
        ({"phases.b.target_pflops": 1.0}, 0),
        ({"phases.b.demand_pflops": 1.0}, 0),
        ({"workloads.training.floor_pflops": {"a": 1.0}}, 1),
        ({"workloads.training.floor_pflops": {"b": 1.0}}, 0),
        ({"milestones": [{"date": date(2027, 6, 30), "target_pflops": 1.0}]}, 1),
        ({"milestones": [{"date": date(2028, 6, 30), "target_pflops": 1.0}]}, 0),
        ({"uncertainty.scenarios.more.demand_factor": 1.0}, 0),
    ],
)
def test_a_demand_factor_where_only_tasks_are_asked_for(changes, count):
    """Runs and services are tasks; what it scales are amounts from the reveal on."""
    found = list(demand_factors_touch_something(tiny(RUNS_ALONE | changes)))
    assert len(found) == count
    assert all(f.path == ("uncertainty", "scenarios", "more", "demand_factor") for f in found)


def test_an_own_regime_that_no_day_is_under(write, read):
    """The regime it rests on is in force with it; one that nothing names is told, and is no error under --strict."""
    own = OWN.replace("mine", "idle")
    reading = read(write(add=own), strict=True)
    assert [d.path for d in reading.warnings if d.code == "W0650"] == ["regimes.idle"]
    used = licensed(write, tree())
    assert not warned(read, used, "W0650")


OFFER = {"offers.maker": {"supplier": "A maker", "tiers": [
    {"accelerator": "quick", "from_accelerators": 1, "to_accelerators": 100}
]}}  # fmt: skip
CRITERION = {"service": {"name": "Service", "weight_fraction": 1.0}}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sites.paper.existing_facility_mw": 2.0}, "sites.paper.existing_facility_mw"),
        ({**OFFER, "procurement.exclude": ["quick"]}, "offers.maker"),
        ({**OFFER, "procurement.include": ["frugal"]}, "offers.maker"),
        ({"tender": {"two_envelopes": True}}, "tender.two_envelopes"),
        (OFFER, None),
        ({**OFFER, "procurement.include": ["q*"]}, None),
        ({"tender": {"two_envelopes": True, "quality": CRITERION}}, None),
    ],
)
def test_offers_facilities_and_envelopes_of_nothing(changes, path):
    found = {".".join(map(str, f.path)) for f in run_checks(tiny(changes)) if f.code == "W0606"}
    assert found == ({path} if path else set())


def told(reading):
    return [(d.path, d.message) for d in reading.warnings if d.code == "W0660"]


def test_scenarios_that_change_nothing(write, read):
    """Empty, or with the values that the file and the defaults have; chosen or not. One change in many is a change."""
    text = (
        "\n[scenarios.empty]\n[scenarios.alike.sites.hub]\ndistribution_loss_fraction = 0.03\n"
        '[scenarios.usual.export]\nlicences = "use"\n'
        "[scenarios.one.sites.hub]\ndistribution_loss_fraction = 0.03\ncarbon_kg_per_kwh = 0.5\n"
        "[scenarios.list.procurement]\nexclude = []\n[scenarios.row.accelerators.h20]\nmemory_gb = 96.0\n"
    )
    idle = {path for path, _ in told(read(write(add=text), strict=True))}
    assert idle == {f"scenarios.{name}" for name in ("empty", "alike", "usual", "list")}


@pytest.mark.parametrize(
    ("setting", "count"),
    [
        ("sites.hub.distribution_loss_fraction=0.03", 1),
        ("sites.hub.distribution_loss_fraction=0.031", 0),
        ('export.licences="use"', 1),
        ('export.licences="avoid"', 0),
        ("solve.gap=0.0001", 1),
        ('procurement.include=["*"]', 1),
        ('procurement.include=["h20"]', 0),
        ("accelerators.h20.memory_gb=96", 1),
    ],
)
def test_settings_that_change_nothing(write, read, setting, count):
    assert len(told(read(write(), sets=(setting,)))) == count


def test_a_cell_of_a_study_may_be_the_instance_itself(write, folder):
    """Only what a planner sets is meant to change something; a value on an axis may be the one there is."""
    same = parse_setting("sites.hub.distribution_loss_fraction=0.03")
    options = ReadOptions(catalogue=folder.parent / "catalogue")
    assert not told(Variants(write(), options).read([same]))
    assert told(Variants(write(), replace(options, sets=(same.text,))).read([]))

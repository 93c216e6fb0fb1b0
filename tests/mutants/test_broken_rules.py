"""For every constraint family a design that breaks that rule, and the check of the audit that says so.

The designs come from the optimiser; a decision is changed, or the instance, so that the design breaks what it kept.
Where a corruption cannot help breaking something else as well, that is named too: nothing else may be found.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Entry, RetirementRow
from optimizer.inputs.policies import Limits
from optimizer.pipeline import Options, run
from tests.golden.test_golden import families
from tests.mutants.connection_mutants import CONNECTION_MUTANTS
from tests.mutants.corrupted import KINDS, Change, Mutant, Plain, add, drop, edit, failed, put, scale, solved
from tests.mutants.dispatch_mutants import DISPATCH_MUTANTS
from tests.mutants.fabric_mutants import FABRIC_MUTANTS
from tests.mutants.generation_mutants import GENERATION_MUTANTS
from tests.mutants.work_mutants import PRICE_MUTANTS, WORK_MUTANTS
from tests.tiny import tiny

HERE = Path(__file__).parent

HERE = "sites.paper"
FREE_PLANT = put("transformers.ideal.m2_per_unit", 0.0)
NO_STANDING_SPACE = put("coolings.warm_water.m2_per_module", 0.0)


def another_transformer(instance: Plain, design: Plain) -> None:
    """A second type that the site may have, a copy of the first."""
    instance["transformers"]["other"] = dict(instance["transformers"]["ideal"])
    instance["sites"]["paper"]["grid"]["transformers"] = ("ideal", "other")


def another_cooling(instance: Plain, design: Plain) -> None:
    """A second technology that the site may open, a copy of the first."""
    instance["coolings"]["other"] = dict(instance["coolings"]["warm_water"])
    instance["sites"]["paper"]["coolings"] = ("warm_water", "other")


def another_workload(instance: Plain, design: Plain) -> None:
    """A second workload of the same class, without a floor."""
    instance["workloads"]["other"] = instance["workloads"]["training"] | {"floor_pflops": {}}


def third_country(instance: Plain, design: Plain) -> None:
    """Quick pods of 40,000 accelerators in Hong Kong, where 75,000 are licensed; every planner's rule is lifted."""
    instance["export"] = {"regime": "may_2026", "parent": "hong_kong", "licences": "use"}
    instance["sites"]["paper"]["place"] = "hong_kong"
    instance["accelerators"]["quick"] |= {"per_server": 40_000, "supply_per_year": None}
    instance["procurement"] |= {"quotas": {}, "shares": {}}
    instance["limits"] = {}


def more_by_the_milestone(instance: Plain, design: Plain) -> None:
    """More than the design delivers in the phase of the milestone."""
    instance["milestones"][0]["target_pflops"] = 17.0


def lower_july_peak(instance: Plain, design: Plain) -> None:
    """A design that reports a lower peak than it has."""
    _lower(design, ["month 07"])


def lower_every_peak(instance: Plain, design: Plain) -> None:
    """A design that reports, in every month, less than all that is at work draws."""
    _lower(design, [f"month {month:02}" for month in range(1, 13)])


def _lower(design: Plain, months: list[str]) -> None:
    lines = [line for line in design["reported"]["ledger"] if line["label"] in months]
    assert {line["account"] for line in lines} == {"peak_import_mw", "demand"}
    assert {line["label"] for line in lines} == set(months)
    for line in lines:
        line["amount"] *= 0.99


def less(account: str, label: str) -> Change:
    """A design that reports a hundredth less of an account than it causes."""

    def change(instance: Plain, design: Plain) -> None:
        lines = [x for x in design["reported"]["ledger"] if (x["account"], x["label"]) == (account, label)]
        assert lines
        for line in lines:
            line["amount"] *= 0.99

    return change


def one_price(least: int, most: int, **fixed: int) -> Change:
    """Quick accelerators are offered in these quantities alone."""

    def change(instance: Plain, design: Plain) -> None:
        tier = {"accelerator": "quick", "from_accelerators": least, "to_accelerators": most}
        instance["offers"] = {"maker": {"supplier": "A maker", "tiers": [tier], "deliveries": fixed or None}}

    return change


def there_late(instance: Plain, design: Plain) -> None:
    """Nothing of the quick accelerators is there before phase b."""
    one_price(1, 400)(instance, design)
    instance["offers"]["maker"]["available"] = {"b": 400}


def second_price(instance: Plain, design: Plain) -> None:
    """Quick and frugal are two prices of one offer."""
    tiers = [
        {"accelerator": "quick", "from_accelerators": 1, "to_accelerators": 400},
        {"accelerator": "frugal", "from_accelerators": 401, "to_accelerators": 10_000},
    ]
    instance["offers"] = {"maker": {"supplier": "A maker", "tiers": tiers}}


ONE_OF_ANOTHER_COOLING = (
    another_cooling,
    put("accelerators.quick.coolings", ("warm_water", "other")),
    add("deliveries", site="paper", accelerator="quick", cooling="other", phase="b", pods=1),
)
"""A pod more of the quick chip, in the other cooling."""
MORE_PODS = ("cooling.duty", "floor.white", "battery.power", "power.ups", "facility.capacity")
"""What a pod more cannot but break."""
QUICK_B = {"accelerator": "quick", "phase": "b"}
FRUGAL_A = {"accelerator": "frugal", "phase": "a"}
FRUGAL_B = {"accelerator": "frugal", "phase": "b"}
RETIRED = {"site": "paper", "accelerator": "frugal", "cooling": "warm_water", "phase": "b"}
CELL_A = {"site": "paper", "phase": "a", "mw": 0.0, "mwh": 0.0, "opened": True}
LOOP_B = {"site": "paper", "cooling": "warm_water", "phase": "b", "units": 0, "opened": True}
OTHER_LOOP = {"site": "paper", "cooling": "other", "phase": "a", "units": 1, "opened": True}
IDEAL_B = {"site": "paper", "phase": "b", "transformer": "ideal", "units": 3}
FEWER_MW = put(f"{HERE}.grid.ramp_mw_per_minute", 1.389e-4)

MUTANTS: dict[str, Mutant] = {
    # 2.01 of 2 quick pods at work.
    "compute.work": Mutant("assignment.installed", (scale("assignments", "pods", 1.005, **QUICK_B),)),
    # 3 of 2 old pods retired; the two then are no longer there to work.
    "compute.keep": Mutant(
        "retirement.existing", (add("retirements", **RETIRED, pods=3),), beside=("assignment.installed",)
    ),
    # More pods of what was delivered in a leave in b than came.
    "compute.vintage": Mutant(
        "retirement.bought",
        (
            put("procurement.refresh", True),
            add("retirements", **(RETIRED | {"accelerator": "quick"}), bought="a", pods=1000),
        ),
        beside=("assignment.installed",),
    ),
    "compute.port": Mutant("stacks.adopted", (lambda instance, design: design["decisions"].update(stacks=()),)),
    # Two substations in one phase.
    "substation.one": Mutant("ids.duplicate", (another_transformer, add("substations", **IDEAL_B))),
    # None in b: nothing is fed and nothing damps a step.
    "substation.stay": Mutant(
        "substation.stays",
        (drop("substations", phase="b"),),
        beside=("power.firm", "power.no_substation", "battery.reserve"),
    ),
    "substation.grow": Mutant("substation.shrinks", (FREE_PLANT, edit("substations", {"phase": "a"}, units=3))),
    # Another type replaces the old one in a, and is itself replaced in b.
    "substation.keep": Mutant(
        "substation.replaced", (another_transformer, edit("substations", {"phase": "a"}, transformer="other"))
    ),
    "substation.late": Mutant(
        "availability.lead_time",
        (FREE_PLANT, edit("substations", {"phase": "b"}, units=3), put("transformers.ideal.lead_time_weeks", 105.0)),
    ),
    "cooling.duty": Mutant("cooling.duty", (edit("cooling", {}, units=1),)),
    "cooling.gate": Mutant("cooling.gate", (edit("cooling", {}, opened=False),)),
    "cooling.once": Mutant("cooling.opened_once", (add("cooling", **LOOP_B),)),
    "cooling.variety": Mutant(
        "cooling.technologies", (another_cooling, NO_STANDING_SPACE, add("cooling", **OTHER_LOOP))
    ),
    # 4 quick pods of 8 x 3,126 TFLOPS are 100.03 PFLOPS in FP64.
    "supercomputer.below": Mutant(
        "export.supercomputer", (put("accelerators.quick.fp64_tflops", 3126.0),), kind="bound"
    ),
    # 6 quick pods have 144 PFLOPS, and 13 racks of 3 m2 under 43 m only room for 142.4.
    "supercomputer.spread": Mutant(
        "export.supercomputer", (put(f"{HERE}.building.clear_height_m", 43.0),), kind="spread"
    ),
    "ups.protect": Mutant("power.ups", (scale("ups", "mw", 0.999),)),
    "generators.carry": Mutant("generators.critical", (edit("generators", {}, units=1),)),
    "generators.most": Mutant("generators.max_units", (put("generators.set.max_units", 1),)),
    "battery.step": Mutant("battery.reserve", (put(f"{HERE}.grid.voltage_step_max_fraction", 0.001),)),
    # 4 kW through a ramp of 1 W a minute take 133 kWh.
    "battery.ramp": Mutant(
        "battery.energy",
        (add("step_reserves", site="paper", phase="b", mw=0.004), put(f"{HERE}.grid.ramp_mw_per_minute", 1e-6)),
    ),
    # 5.6 kW are there.
    "battery.hold": Mutant("battery.power", (add("step_reserves", site="paper", phase="b", mw=0.0057),)),
    # 0.005^2 / (120 x 0.0001389) = 1.5 kWh up fit into 2.24, another 1.5 down do not.
    "battery.store_ramp": Mutant("battery.energy", (add("step_reserves", site="paper", phase="b", mw=0.005), FEWER_MW)),
    "battery.ride_mw": Mutant("battery.power", (scale("batteries", "mw", 0.99),)),
    # 5.6 kW for half an hour are 2.8 kWh of 2.24 usable.
    "battery.store_ride": Mutant("battery.energy", (put(f"{HERE}.backup.ride_through_minutes", 30.0),)),
    "battery.c_rate": Mutant("battery.c_rate", (put("batteries.cell.c_rate_max_per_hour", 1.99),)),
    "battery.space_mw": Mutant("battery.max_mw", (put("batteries.cell.max_mw", 0.0055),)),
    "battery.space_mwh": Mutant("battery.max_mwh", (put("batteries.cell.max_mwh", 0.0027),)),
    "battery.once": Mutant("battery.opened_once", (add("batteries", **CELL_A),)),
    # What draws alike, said to draw a hundredth less together.
    "operations.together": Mutant(
        "ledger.peak_import_mw", (lower_every_peak,), beside=("ledger.demand", "ledger.total"), kind="rich", report=True
    ),
    # July's peak, and the demand charge with it, said to be a hundredth lower than the highest hour.
    "operations.highest": Mutant(
        "ledger.peak_import_mw", (lower_july_peak,), beside=("ledger.demand", "ledger.total"), kind="rich", report=True
    ),
    **dict.fromkeys(
        (f"transformer_loss.{name}" for name in ("place", "split", "room", "tangent")),
        Mutant("ledger.import_mwh", (less("import_mwh", "standing load"),), kind="rich", report=True),
    ),
    "facility.serve": Mutant("facility.capacity", (scale("facility", "mw", 0.999, phase="b"),)),
    "facility.base": Mutant(
        "ledger.capex_design", (less("capex_design", "design"),), beside=("ledger.total",), kind="rich", report=True
    ),
    "facility.wait": Mutant(
        "facility.opening", (put("facilities.hall.connection.lead_time_weeks", 60.0),), kind="rich"
    ),
    "building.white": Mutant("floor.white", (scale("fitout", "white_m2", 0.99, phase="b"),)),
    "building.plant": Mutant("floor.plant", (scale("fitout", "plant_m2", 0.99, phase="b"),)),
    "building.white_room": Mutant("floor.white_space", (put(f"{HERE}.building.white_space_m2", 11.9),)),
    "building.plant_room": Mutant("floor.plant_space", (put(f"{HERE}.building.plant_m2", 8.0),)),
    # 11.9 of 12 PFLOPS: what is in use is counted from the pods.
    "throughput.total": Mutant("throughput.floor", (scale("assignments", "pods", 0.9875, **QUICK_B),)),
    "throughput.target": Mutant("throughput.floor", (scale("assignments", "pods", 0.99, **FRUGAL_A),)),
    # 11 PFLOPS are asked for in the middle of b, and 12.5 of its 12 after the change.
    "throughput.milestone": Mutant("throughput.milestone", (more_by_the_milestone,)),
    # A cap on the levelised cost counts what is useful: with a demand of a tenth the same design costs ten times more.
    "throughput.useful": Mutant(
        "limits.lcoc_usd_per_eflop",
        (
            put("phases.a.demand_pflops", 0.8),
            put("phases.b.demand_pflops", 1.2),
            put("limits.lcoc_usd_per_eflop", 0.4),
        ),
    ),
    # At work a tenth of the year the same design delivers a tenth, and costs nearly ten times more for each.
    "throughput.occupied": Mutant(
        "limits.lcoc_usd_per_eflop",
        (put("workloads.training.occupancy", 0.1), put("limits.lcoc_usd_per_eflop", 2.0)),
    ),
    # The frugal pods of b work on something else: 8 of 10 PFLOPS are left.
    "throughput.class_total": Mutant(
        "throughput.class", (another_workload, edit("assignments", FRUGAL_B, workload="other"))
    ),
    "throughput.floor": Mutant("throughput.class", (put("workloads.training.floor_pflops", {"b": 12.1}),)),
    "power.grid": Mutant("power.grid", (put(f"{HERE}.grid_stages", ({"from_phase": "b", "mw": 0.029},)),)),
    # Hardly any reactance, so that the smaller unit is no weaker to a load step.
    "power.firm": Mutant(
        "power.firm", (put("transformers.ideal.unit_mva", 0.029), put("transformers.ideal.reactance_pu", 1e-3))
    ),
    # Both kinds are bought, in lots of few pods.
    "simple_purchase.of_kind": Mutant("rules.kinds", (put("procurement.max_kinds", 1),), kind="rich"),
    "simple_purchase.kinds": Mutant("rules.kinds", (put("procurement.max_kinds", 1),), kind="rich"),
    "simple_purchase.in_lot": Mutant("rules.lot", (put("procurement.min_lot", 2),)),
    "simple_purchase.least": Mutant("rules.lot", (put("procurement.min_lot", 50),)),
    "simple_purchase.in_cooling": Mutant("rules.cooling", ONE_OF_ANOTHER_COOLING, beside=MORE_PODS),
    "simple_purchase.one": Mutant("rules.cooling", ONE_OF_ANOTHER_COOLING, beside=MORE_PODS),
    "procurement.quota": Mutant("rules.quota", (put("procurement.quotas.quick_total.max_accelerators", 15),)),
    "procurement.ruling_quota": Mutant("export.quota", (third_country,)),
    "offers.tier": Mutant("offers.tier", (second_price,), ("offers.quantity",), kind="bound"),
    "offers.least": Mutant("offers.quantity", (one_price(100, 400),)),
    "offers.most": Mutant("offers.quantity", (one_price(1, 3),)),
    "offers.within": Mutant("offers.within", (there_late,)),
    "offers.fixed": Mutant("offers.fixed", (one_price(1, 400, a=8, b=808),)),
    "procurement.supply": Mutant("rules.supply", (put("accelerators.quick.supply_per_year", 7),)),
    # One a quarter: 4 are made by the start of a, and 8 by that of b, a pod.
    "procurement.quarters": Mutant("rules.stock", (put("accelerators.quick.supply_per_quarter", 1),)),
    "procurement.share_min": Mutant("rules.share", (put("procurement.shares.some_frugal.min_fraction", 0.34),)),
    "procurement.share_max": Mutant("rules.share", (put("procurement.shares.not_all_quick.max_fraction", 0.66),)),
    "limits.area": Mutant(
        "limits.floor_area_m2",
        (put(f"{HERE}.building.plant_m2", 1_000.0), edit("fitout", {"phase": "b"}, plant_m2=190.0)),
    ),
    "limits.cap": Mutant("limits.capex_musd", (put("limits.capex_musd", 0.4),)),
    "limits.phase_cap": Mutant("limits.energy_mwh_per_year", (put("limits.energy_mwh_per_year", 250.0),)),
    **DISPATCH_MUTANTS,
    **WORK_MUTANTS,
    **GENERATION_MUTANTS,
    **CONNECTION_MUTANTS,
}

AT_ANOTHER_SITE: dict[str, Mutant] = {
    "cooling.duty": Mutant("cooling.duty", (edit("cooling", {"site": "there"}, units=1),), kind="two"),
    "ups.protect": Mutant("power.ups", (scale("ups", "mw", 0.999, site="there"),), kind="two"),
    "power.grid": Mutant("power.grid", (put("sites.there.grid_mw", 0.008),), kind="two"),
    "generators.carry": Mutant("generators.critical", (edit("generators", {"site": "there"}, units=1),), kind="two"),
    "battery.ride_mw": Mutant("battery.power", (scale("batteries", "mw", 0.99, site="there"),), kind="two"),
    "building.white": Mutant("floor.white", (scale("fitout", "white_m2", 0.99, site="there", phase="a"),), kind="two"),
    "building.plant": Mutant("floor.plant", (scale("fitout", "plant_m2", 0.99, site="there", phase="a"),), kind="two"),
    "compute.work": Mutant(
        "assignment.installed", (scale("assignments", "pods", 1.1, site="there", phase="a"),), kind="two"
    ),
    "substation.stay": Mutant(
        "substation.stays",
        (drop("substations", site="there", phase="b"),),
        beside=("power.firm", "power.no_substation", "battery.reserve"),
        kind="two",
    ),
    "limits.area": Mutant("limits.floor_area_m2", (put("limits.floor_area_m2", 31.0),), kind="two"),
    "procurement.quota": Mutant(
        "rules.quota", (put("procurement.quotas.quick_total.max_accelerators", 7),), kind="two"
    ),
}


def check_rejected(mutant: Mutant) -> None:
    """The named check fails, and nothing that is not named."""
    found = failed(mutant.kind, *mutant.changes, report=mutant.report)
    assert mutant.check in found
    assert found <= {mutant.check, *mutant.beside}


@pytest.mark.parametrize("family", MUTANTS)
def test_broken_rule_is_rejected_by_its_check(family: str) -> None:
    check_rejected(MUTANTS[family])


@pytest.mark.parametrize(
    ("kind", "check", "path", "value"),
    [
        # 4 x 8 x 6,251 TFLOPS are 200.03 PFLOPS in FP32.
        ("bound", "export.supercomputer", "accelerators.quick.fp32_tflops", 6_251.0),
        ("bound", "export.supercomputer", "accelerators.quick.fp64_vector_tflops", 3_126.0),
        ("bound", "export.supercomputer_peaks", "accelerators.quick.fp64_tflops", None),
        ("bound", "export.supercomputer_peaks", "accelerators.frugal.fp32_tflops", None),
        ("spread", "export.supercomputer", f"{HERE}.building.clear_height_m", 3.5),
    ],
)
def test_broken_law_on_supercomputers_is_rejected(kind: str, check: str, path: str, value: float | None) -> None:
    check_rejected(Mutant(check, (put(path, value),), kind=kind))


def test_a_supercomputer_elsewhere_or_only_warned_of_is_accepted() -> None:
    larger = put("accelerators.quick.fp64_tflops", 30_000.0)
    for lifted in (put("export.supercomputer", "warn"), put(f"{HERE}.place", "singapore")):
        assert failed("bound", larger, lifted) == set()


@pytest.mark.parametrize("family", AT_ANOTHER_SITE)
def test_broken_rule_at_a_second_site_is_rejected(family: str) -> None:
    check_rejected(AT_ANOTHER_SITE[family])


@pytest.mark.parametrize("name", Limits.model_fields)
def test_broken_limit_of_the_plan_is_rejected(name: str) -> None:
    """Of `limits.cap` and `limits.phase_cap` there are several."""
    check_rejected(Mutant(f"limits.{name}", (put(f"limits.{name}", 1e-3),), kind="rich"))


RESALE = ({"years": 0.0, "fraction": 0.9}, {"years": 9.0, "fraction": 0.3})


@pytest.mark.parametrize(
    ("table", "row"),
    [("accelerators", "quick"), ("coolings", "warm_water"), ("transformers", "ideal"), ("upses", "none")],
)
def test_another_value_by_age_is_another_residual_value(table: str, row: str) -> None:
    """What a design reports on a straight line is false where a value by age is stated."""
    found = failed("rich", put(f"{table}.{row}.resale", RESALE), report=True)
    assert "ledger.residual_value" in found


@pytest.mark.parametrize("number", range(len(PRICE_MUTANTS)))
def test_broken_cap_on_prices_is_rejected(number: int) -> None:
    """Of `limits.cap` there are several."""
    check_rejected(PRICE_MUTANTS[number])


@pytest.mark.parametrize("what", FABRIC_MUTANTS)
def test_another_fabric_than_there_is_is_rejected(what: str) -> None:
    """Fabrics have no constraint family of their own: they are in the coefficients, and in which types there are."""
    check_rejected(FABRIC_MUTANTS[what])


NOTHING_MADE_IN_A = put("phases.a.accelerator_supply_factors", {"qu*": 0.0})
"""Felt by deliveries of b: of supply per year, and of that by quarter beyond what was made before a."""


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant("rules.supply", (NOTHING_MADE_IN_A,)),
        Mutant(
            "rules.stock",
            (
                NOTHING_MADE_IN_A,
                put("accelerators.quick.supply_per_year", None),
                put("accelerators.quick.supply_by_quarter", {"2026Q4": 8}),
            ),
        ),
    ],
)
def test_factors_on_supply_are_recomputed(mutant: Mutant) -> None:
    assert mutant.check in failed(mutant.kind, *mutant.changes, report=False)
    # Without the factor the same design keeps that rule.
    kept = [change for change in mutant.changes if change is not NOTHING_MADE_IN_A]
    assert mutant.check not in failed(mutant.kind, *kept, report=False)


@pytest.mark.parametrize("kind", KINDS)
def test_design_as_it_was_found_is_accepted(kind: str) -> None:
    solved(kind)
    assert failed(kind) == set()


def test_second_site_is_used() -> None:
    _, design = solved("two")
    assert {row.site for row in design.decisions.deliveries} == {"paper", "there"}


ORDER_OF_RETIREMENT = {"compute.first", "compute.then"}
"""A design does not name the group that retires; these two rules only decide whose salvage is booked."""


HALLS = {"generators.spares"}
"""Broken in test_broken_halls.py: a set too few beside the spare one."""
REFRESH = {"compute.vintage"}
"""Broken in test_broken_refresh.py: more retired of a delivery than came."""


def test_every_family_but_the_valid_inequalities_has_a_mutant() -> None:
    rules = {family for family in families() if not family.startswith("tightening.")}
    assert set(MUTANTS) | ORDER_OF_RETIREMENT | REFRESH | HALLS == rules


def test_salvage_of_the_group_named_last_is_rejected() -> None:
    """Of two old pods the second is worth 60,000 USD and the first nothing: a design that books the 60,000 is false."""
    pod = {"accelerator": "frugal", "cooling": "warm_water", "pods": 1, "commissioned": date(2027, 1, 1)}
    instance = tiny(
        {
            "accelerators.frugal.life_years": 8.0,
            "phases.only.target_pflops": 2.0,
            "sites.paper.existing_pods": [pod, pod | {"salvage_usd_per_pod": 60_000}],
        }
    )
    design = run(instance, HERE, Options(isolated=False)).design
    assert design is not None
    assert design.reported is not None
    retired = RetirementRow(site="paper", accelerator="frugal", cooling="warm_water", phase="only", pods=1)
    decisions = design.decisions.model_copy(update={"retirements": (retired,)})
    booked = Entry(
        account="salvage", unit="MUSD", timing="start", phase="only", site="paper", label="frugal", amount=-0.06
    )
    reported = design.reported.model_copy(update={"ledger": (*design.reported.ledger, booked)})
    false = design.model_copy(update={"decisions": decisions, "reported": reported})
    assert "ledger.salvage" in {finding.check for finding in audit(instance, false, HERE).findings}

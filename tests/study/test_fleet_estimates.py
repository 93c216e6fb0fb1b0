"""Every number that may turn a fleet is tried, or there is a reason why not; what one is worth to a rival."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from optimizer.analysis.data_quality import LABELS, MAINTAINED, PRICES
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, Result, run
from optimizer.reading.layers import Origin
from optimizer.reading.read import values_of
from optimizer.report.deciders import decider
from optimizer.study.deciders import Deciders, Effort, deciders
from optimizer.study.fleet_estimates import (
    MORE_IS_BETTER,
    cheaper_by,
    ends_of,
    estimated_paths,
    good_end,
    owning_usd_per_pflops,
)
from optimizer.study.input_values import TARIFF, value_at, with_value
from optimizer.study.search_settings import SearchSettings
from optimizer.study.trials import most_moved
from tests.hand.on_paper import two_phases
from tests.tiny import tiny

OPTIONS = Options(isolated=False)
LAW = "decides rulings and flags by law, which have a page of their own"
FORM = "the form of a server, a rack or a job: a whole number of the product, no estimate of its cost"
PEAK = "what is done is peak times utilisation: the range of the one is that of the other"
LIMIT = "a limit or a date, not a cost: what one more of it is worth is asked for with the marginal value"
OVERHEAD = "a part of PUE: with its whole range it moves the energy bill less than the range of the tariffs does"
STATED = "what is there or what is wanted, which the planner states"
PERSONAL = "of an accelerator that is there: it is sold or kept, not bought"
REFRESH = "acts with refresh alone, on what is kept beyond its life"
SMALL = "beside the price of the same plant or pod it is a small part"
CALENDAR = "when something holds, not how much it is"
NOT_TRIED = {
    **dict.fromkeys(("accelerators.fp64_tflops", "accelerators.fp64_vector_tflops", "accelerators.fp32_tflops"), LAW),
    **dict.fromkeys(("accelerators.tdp_w", "accelerators.die_mm2"), LAW),
    **{f"accelerators.{p}": PEAK for p in ("tf32_tflops", "bf16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")},
    **{f"accelerators.{p}": PEAK for p in ("memory_gb", "memory_bandwidth_gbs", "link_gbs")},
    **{f"accelerators.{p}": FORM for p in ("per_server", "server_units", "server_kg", "rack_scale")},
    **{f"accelerators.{p}": FORM for p in ("scale_up_accelerators", "fabric_reference_accelerators")},
    **{f"accelerators.{p}": LIMIT for p in ("lead_time_weeks", "supply_per_year", "supply_per_quarter")},
    **{f"accelerators.{p}": LIMIT for p in ("supply_by_quarter", "power_smoothing_fraction")},
    **{f"accelerators.{p}": REFRESH for p in ("life_max_years", "ageing")},
    "accelerators.payment": "stated by contract: it moves a price by what money costs in the weeks between",
    **{f"coolings.{p}": SMALL for p in ("life_years", "resale", "usd_open", "m2_per_module")},
    **{f"coolings.{p}": FORM for p in ("rack_units", "module_mw", "spare_modules", "rack_footprint_m2", "rack_kg")},
    **{f"coolings.{p}": LIMIT for p in ("lead_time_weeks", "rack_kw_max", "max_modules", "m2_per_rack")},
    **{f"coolings.{p}": OVERHEAD for p in ("capture_fraction", "supply_c", "return_c", "approach_k", "min_lift_k")},
    **{f"coolings.{p}": OVERHEAD for p in ("fan_pump_fraction", "fan_pump_standing_fraction", "carnot_fraction")},
    **{f"coolings.{p}": OVERHEAD for p in ("evaporator_approach_k", "condenser_approach_k", "water_l_per_kwh")},
    **{f"tariffs.{p}": CALENDAR for p in ("price_year", "energy.months", "energy.from_hour", "energy.to_hour")},
    **{f"tariffs.{p}": CALENDAR for p in ("demand.months", "demand.from_hour", "demand.to_hour")},
    **{f"sites.{p}": CALENDAR for p in ("weather.utc_offset_hours", "grid_series")},
    **{f"sites.{p}": OVERHEAD for p in ("weather.warming_k", "auxiliary_mw", "distribution_loss_fraction")},
    "tariffs.load_factor_eligible_hours": "a term of the tariff that the utility states: when a rebate is earned",
    "sites.measured_pue": "metered",
    "sites.carbon_kg_per_kwh": "moves the cost by the carbon price alone, which is tried",
    **{f"sites.{p}": LIMIT for p in ("import_licence_weeks", "latency_ms", "grid_mw", "grid_stages", "export_max_mw")},
    **{f"sites.{p}": LIMIT for p in ("carbon_t_per_year", "grid", "max_coolings", "generation_m2")},
    **{f"sites.{p}": STATED for p in ("flexible_connection", "backup", "existing_facility_mw", "existing_ups_mw")},
    **{f"sites.{p}": STATED for p in ("existing_cooling_modules", "generation")},
    **{f"sites.demand_response.{p}": STATED for p in ("max_mw", "windows", "hours_per_year")},
    "sites.existing_pods": PERSONAL,
    **{f"sites.building.{p}": LIMIT for p in ("white_space_m2", "plant_m2", "clear_height_m", "floor_loading_kpa")},
    **{f"sites.building.{p}": STATED for p in ("existing_white_m2", "existing_plant_m2", "support_fraction")},
    **{f"sites.building.{p}": SMALL for p in ("plant_fitout_usd_per_m2", "fitout_life_years")},
}
"""Numbers of these tables that are not tried, and why; a name stands for all that is in it."""
OF_TARIFF = ("energy", "fuel_clause", "demand", "contracted", "uncontracted", "load_factor_rebates", "real_trend")


def _models(annotation: object) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in typing.get_args(annotation) for found in _models(part)}


def _is_number(annotation: object) -> bool:
    return annotation in (int, float) or any(map(_is_number, typing.get_args(annotation)))


def _numbers(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = _models(field.annotation)
        for each in inner:
            yield from _numbers(each, f"{path}.{name}")
        if not inner and _is_number(field.annotation):
            yield f"{path}.{name}"


def _tried(path: str) -> bool:
    """Whether a swing or a trial moves the number: of an accelerator, of what payments follow, or of the tariffs."""
    table, _, rest = path.partition(".")
    if table == "accelerators":
        return rest.split(".")[0] in MORE_IS_BETTER
    if table == "tariffs":
        return path not in NOT_TRIED and any(rest.startswith(start) for start in OF_TARIFF)
    followed = {key for key in (*PRICES.values(), *LABELS.values()) if key.startswith(f"{table}.")}
    followed |= {f"{each}.X.maintenance_fraction" for each in MAINTAINED}
    paid = {".".join(key.split(".")[2:]) for key in followed if key.startswith(f"{table}.")}
    return rest in paid or path == "coolings.usd_per_rack"


NUMBERS = [
    path
    for table in ("accelerators", "coolings", "tariffs", "sites")
    for (model,) in [_models(Instance.model_fields[table].annotation)]
    for path in dict.fromkeys(_numbers(model, table))
]


@pytest.mark.parametrize("path", NUMBERS)
def test_every_number_is_tried_or_there_is_a_reason(path: str) -> None:
    within = [name for name in NOT_TRIED if path == name or path.startswith(f"{name}.")]
    assert _tried(path) != bool(within), (path, within)


def test_no_reason_without_a_number() -> None:
    assert [name for name in NOT_TRIED if not any(p == name or p.startswith(f"{name}.") for p in NUMBERS)] == []


FRUGAL = "accelerators.frugal"
TWENTY = {"phases.only.target_pflops": 20.0}
FIVE_YEARS = {f"accelerators.{a}.life_years": 5.0 for a in ("quick", "frugal")}
NOTHING_LEFT = {f"accelerators.{a}.resale": [{"years": 0.0, "fraction": 0.0}] for a in ("quick", "frugal")}


def _asked(changes: dict[str, object], *estimates: str) -> tuple[Result, Deciders]:
    base = run(tiny(changes), Path(), OPTIONS)
    known = {".".join(map(str, path)): "A" for path, _ in values_of(base.problem.instance)}
    grades = {**known, **dict.fromkeys(estimates, "C")}
    origins = {path: Origin(kind="catalogue", source=("S1",), grade=grade) for path, grade in grades.items()}
    made = deciders(base, origins, SearchSettings(options=OPTIONS), Effort(within_s=60.0, gap=1e-4))
    assert made is not None
    return base, made


def test_a_tariff_turns_the_plan_at_the_level_on_paper() -> None:
    """A PFLOPS of quick: 50,000 + 2,299.5 f; of frugal at 8,870 USD: 50,480 + 1,839.6 f. Level at f = 1.0437."""
    base, made = _asked({**TWENTY, f"{FRUGAL}.price_usd": 8_870}, "tariffs.flat.real_trend_fraction")
    (turn,) = made.decisive
    assert (turn.path, turn.accelerator, turn.value, turn.bought) == (TARIFF, "quick", 1.0, 40)
    assert turn.stands_at < 480 / 459.9 < turn.at
    assert turn.at - turn.stands_at == pytest.approx(0.3 / 8)
    assert {each.at for each in made.turns if not each.turns} == {0.7}
    sentence = decider(base.problem.instance, made)
    assert "the plan changes if the level of the electricity tariffs rises above" in sentence


def test_what_a_rival_fetches_turns_the_plan() -> None:
    """Neither fetches anything today; frugal is 4,540 behind, and of its 55,000 USD a PFLOPS 0.8 v would come back."""
    _, made = _asked({**TWENTY, **FIVE_YEARS, **NOTHING_LEFT}, f"{FRUGAL}.resale")
    (turn,) = made.decisive
    assert (turn.path, turn.value, turn.accelerator) == (f"{FRUGAL}.resale", 0.0, "frugal")
    assert turn.stands_at < 4_540.1 / (55_000 * 0.8) < turn.at


def test_what_costs_less_than_the_gap_is_not_solved_again() -> None:
    """Upkeep of 1e-5 of the price a year: 30 % more of it is 3e-6 of the cost, and keeping the plan costs no more."""
    upkeep = "accelerators.quick.maintenance_fraction"
    _, made = _asked({**TWENTY, upkeep: 1e-5}, upkeep)
    assert [one.path for one in made.swings if one.path == upkeep] == [upkeep]
    assert (made.turns, made.left_out) == ((), 0)


def test_a_life_that_ends_within_the_plan_turns_it() -> None:
    """Pods of either kind live through both phases, of four years each; quick ones of 5.6 years are bought twice."""
    life = "accelerators.quick.life_years"
    _, made = _asked({**two_phases(20.0, 20.0), "accelerators.frugal.price_usd": 11_000}, life)
    (turn,) = made.decisive
    assert (turn.path, turn.accelerator) == (life, "quick")
    assert turn.at < 8.0 - 0.05 < turn.stands_at + 0.3 * 8.0 / 8


def test_owning_on_paper() -> None:
    """Quick: 25,000 USD a year of life, 1.25 kW, 0.5 PFLOPS; the end that speaks for it is the higher use."""
    instance = tiny()
    quick = instance.accelerators["quick"]
    kw = quick.server_kw / quick.per_server
    usd = quick.price_usd + quick.server_rest_usd / quick.per_server + kw * (1_000 + 1.3 * 0.12 * 8_760)
    assert owning_usd_per_pflops(instance, "quick") == pytest.approx(usd / 0.5)
    use = "accelerators.quick.utilisation.training"
    assert good_end(use, 0.5, 0.3) == pytest.approx(0.65)
    assert cheaper_by(instance, use, 0.65) == pytest.approx(1 - 0.5 / 0.65)
    assert ends_of(use, 0.9, 0.3)[1] == 1.0


@pytest.mark.parametrize("field", sorted(MORE_IS_BETTER))
def test_the_end_that_speaks_for_an_accelerator_is_the_cheaper_one(field: str) -> None:
    changes = {
        **FIVE_YEARS,
        "phases.only.years": 7.0,
        "accelerators.quick.resale": [{"years": 0.0, "fraction": 0.6}, {"years": 6.0, "fraction": 0.2}],
        "accelerators.quick.price_trend_fraction": -0.1,
        "accelerators.quick.training_precision_factors": {"bf16": 0.9},
        "accelerators.quick.maintenance_fraction": 0.04,
        "accelerators.quick.warranty_years": 2.0,
        "accelerators.quick.removal_usd": 100.0,
        "accelerators.quick.interruption_hours": 40_000.0,
        "accelerators.quick.repair_hours": 0.3,
        "accelerators.quick.fabric_reference_accelerators": 512,
        "accelerators.quick.fabric_exponent": 0.05,
        "workloads.training.job_accelerators": 1024,
    }
    instance = tiny(changes)
    (path,) = [p for p in estimated_paths(instance, "quick") if p.split(".")[2] == field]
    value = value_at(instance, path)
    assert value
    low, high = ends_of(path, value, 0.3)
    good = good_end(path, value, 0.3)
    assert cheaper_by(instance, path, good) > 0 > cheaper_by(instance, path, low + high - good)


def test_resale_is_scaled_as_a_whole_and_starts_on_a_line_where_there_is_none() -> None:
    path = "accelerators.quick.resale"
    rows = [{"years": 1.0, "fraction": 0.6}, {"years": 4.0, "fraction": 0.2}]
    stated = with_value(tiny({path: rows}), path, 0.3).accelerators["quick"].resale
    assert [row.years for row in stated] == [1.0, 4.0]
    assert [row.fraction for row in stated] == pytest.approx([0.3, 0.1])
    assert value_at(tiny(FIVE_YEARS), path) == 1.0
    fallen = with_value(tiny(FIVE_YEARS), path, 0.5).accelerators["quick"].resale
    assert [(row.years, row.fraction) for row in fallen] == [(0.0, 0.5), (5.0, 0.0)]


def test_the_accelerator_that_shows_the_change() -> None:
    assert most_moved({"a": 100, "b": 8}, {"a": 10, "c": 90}) == "a"
    assert most_moved({"a": 100, "b": 8}, {"a": 100, "c": 60}) == "b"
    assert most_moved({"a": 100}, {"a": 90, "c": 60}) == "c"
    assert most_moved({"a": 100, "b": 8}, {"a": 98, "b": 9}) == "a"

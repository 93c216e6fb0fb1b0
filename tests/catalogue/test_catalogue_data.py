"""The catalogue's rows: each fits its spec, and each of its numbers has a grade and a source that exists."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import optimizer
from optimizer.inputs.battery import Battery
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.facility import Facility
from optimizer.inputs.generators import Generator
from optimizer.inputs.halls import Hall
from optimizer.inputs.network import Fabric
from optimizer.inputs.quantity import HOURS_PER_YEAR, Spec
from optimizer.inputs.setting import Climate, Precision, Stack, Tariff
from optimizer.inputs.substation import Transformer
from optimizer.inputs.ups import Ups
from optimizer.inputs.usual_rates import USUAL_RATES
from optimizer.inputs.work import MeasuredServing, Model
from optimizer.regimes.facts import chip_facts
from optimizer.regimes.flags import meets_3a090
from optimizer.regimes.places import PLACES
from optimizer.setting.weather import from_normals

ROOT = Path(optimizer.__file__).parent
CHIPS = ROOT.parent.parent / "shared" / "facts" / "chips.csv"
PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note", "by_place")
SPECS: dict[str, type[Spec]] = {
    "accelerators": Accelerator,
    "coolings": Cooling,
    "transformers": Transformer,
    "upses": Ups,
    "facilities": Facility,
    "halls": Hall,
    "batteries": Battery,
    "generators": Generator,
    "fabrics": Fabric,
    "stacks": Stack,
    "tariffs": Tariff,
    "climates": Climate,
    "models": Model,
    "measured_serving": MeasuredServing,
}
PLAIN = ("cities", "places", "references", "calibration")
WITHOUT_ADDRESS = {"est", "datasheet", "repo", "S33", "S146", "S161", "M03"} | {
    f"S{n}" for n in (*range(171, 175), *range(177, 186), *range(187, 192), 240, 261, 263, 265, *range(267, 274))
}
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
BITS = {"bf16_tflops": 16, "fp8_tflops": 8, "int8_tops": 8, "fp4_tflops": 4}
COLUMNS = {**{name: name for name in ("fp64_tflops", "tf32_tflops", *BITS)}, "memory_gb": "memory_gb"}


@cache
def table(name: str) -> dict[str, dict[str, Any]]:
    """One file of the catalogue, as parsed."""
    with (ROOT / "catalogue" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def content(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row without its provenance; `price_year` stays where the spec has such a field (tariffs)."""
    fields = SPECS[name].model_fields if name in SPECS else {}
    return {key: value for key, value in row.items() if key not in PROVENANCE or key in fields}


def row_of(name: str, row: str) -> Any:
    """A row validated against its spec."""
    return SPECS[name].model_validate(content(name, table(name)[row]))


QUOTED = ("warranty_years", "removal_usd")
"""Terms of a quotation or of a house, which the catalogue has none of."""
ROWS = [(name, row) for name in SPECS for row in table(name)]
ACCELERATORS = list(table("accelerators"))
ADDED = (
    *("h20_sxm_141", "b30a", "rtx_5090d", "l4", "l2", "a10"),
    *("ascend_910b1", "ascend_910b4", "zhenwu_810e", "metax_c550", "metax_c600", "enflame_s60", "galaxy_blackhole"),
    *("vr200_nvl72_gpu", "mi455x_helios_gpu", "atlas_950_npu", "ascend_960", "ascend_970", "enflame_l600"),
)
"""Accelerators that the list of chips does not have."""
LISTED = [row for row in ACCELERATORS if row not in ADDED]


READ_SINCE: dict[str, dict[str, float]] = {
    "ascend_910c": {"bf16_tflops": 752, "int8_tops": 1_504},
    "cloudmatrix384_npu": {"bf16_tflops": 752, "int8_tops": 1_504, "server": 8_000_000},
    "ascend_910b3": {"int8_tops": 626, "server": 112_800},
    "ascend_950pr": {"bf16_tflops": 378, "fp8_tflops": 756, "int8_tops": 756, "fp4_tflops": 1_512},
    "ascend_950dt": {"bf16_tflops": 486},
    "b200_hgx": {"fp64_tflops": 37},
    "gb300_nvl72_gpu": {"server": 4_110_000},
    "mtt_s4000": {"tf32_tflops": 49, "bf16_tflops": 98, "int8_tops": 196},
    "mlu590": {"bf16_tflops": 314, "int8_tops": 628},
    "tt_blackhole_p150": {"fp8_tflops": 664, "bf16_tflops": 166, "int8_tops": 664},
    "tt_wormhole_n300": {"server": 20_392},
}
"""Figures of better sources than the list's, read in November 2026; `server` is the price of a whole one."""


def numbers(value: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of the numbers in a value; those in an array go by the path of the array."""
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, f"{path}.{key}" if path else key)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from (path for _ in numbers(item, path))


def nearest(exceptions: dict[str, Any], path: str, default: Any) -> Any:
    """The exception for the path or for the closest table around it, else the row's default."""
    while path:
        if path in exceptions:
            return exceptions[path]
        path = path.rpartition(".")[0]
    return default


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_row_fits_its_spec_and_leaves_no_number_to_a_default(name: str, row: str) -> None:
    spec = row_of(name, row)
    unwritten = [
        field
        for field in type(spec).model_fields
        if field not in {*spec.model_fields_set, *QUOTED} and list(numbers(getattr(spec, field)))
    ]
    assert unwritten == []


@pytest.mark.parametrize(("name", "row"), [*ROWS, *((name, row) for name in PLAIN for row in table(name))])
def test_every_number_has_a_grade_and_a_known_source(name: str, row: str) -> None:
    raw = table(name)[row]
    for path in {*numbers(content(name, raw)), "the row"}:
        assert nearest(raw.get("grades", {}), path, raw["grade"]) in {"A", "B", "C"}, path
        ids = nearest(raw.get("sources", {}), path, raw["source"])
        assert ids, path
        assert set(ids) <= set(table("sources")), path


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_every_exception_is_about_a_number_of_the_row(name: str, row: str) -> None:
    raw = table(name)[row]
    paths = {*numbers(content(name, raw))}
    parents = {path.rpartition(".")[0] for path in paths} | {"entity_listed", "server_eccn"}
    assert {*raw.get("grades", {}), *raw.get("sources", {})} <= paths | parents


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_estimates_and_memory_are_graded_c(name: str, row: str) -> None:
    raw = table(name)[row]
    for path in numbers(content(name, raw)):
        if set(nearest(raw.get("sources", {}), path, raw["source"])) <= {"est", "datasheet"}:
            assert nearest(raw.get("grades", {}), path, raw["grade"]) == "C", path


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_rows_with_prices_say_of_which_year(name: str, row: str) -> None:
    raw = table(name)[row]
    priced = [path for path in numbers(content(name, raw)) if "usd" in path or path.startswith("energy")]
    assert not priced or 2020 <= raw["price_year"] <= 2026


def test_sources_have_titles_and_safe_addresses() -> None:
    for key, source in table("sources").items():
        assert source["title"], key
        assert date.fromisoformat(source["accessed"]) >= date(2026, 11, 22)
        assert set(source) <= {"title", "url", "accessed"}
        if "url" in source:
            assert source["url"].startswith(("https://", "http://")), key
            assert not set(source["url"]) & set(" <>\"'`\\"), key
        else:
            assert key in WITHOUT_ADDRESS


def test_no_source_is_idle() -> None:
    used = {"est", "datasheet"}
    for name in (*SPECS, *PLAIN):
        for raw in table(name).values():
            for said in raw.get("by_place", {}).values():
                used |= set(said["source"])
            used |= {key for ids in (raw["source"], *raw.get("sources", {}).values()) for key in ids}
    assert set(table("sources")) - used == set()


def test_rows_refer_to_rows_that_exist() -> None:
    for row in ACCELERATORS:
        accelerator = row_of("accelerators", row)
        assert accelerator.stack in table("stacks")
        assert set(accelerator.coolings) <= set(table("coolings"))
    for row in table("coolings"):
        cooling = row_of("coolings", row)
        assert cooling.supply_c < cooling.return_c
        assert (cooling.residual is None) == (cooling.capture_fraction == 1)
        assert cooling.residual is None or row_of("coolings", cooling.residual).capture_fraction == 1


def test_every_accelerator_can_be_placed_in_some_rack() -> None:
    for row in ACCELERATORS:
        accelerator = row_of("accelerators", row)
        scale = accelerator.rack_scale
        rack_kw = scale.densest_rack_kw if scale else accelerator.server_kw
        for cooling in accelerator.coolings:
            rack = row_of("coolings", cooling)
            assert rack_kw <= rack.rack_kw_max
            assert scale or accelerator.server_units <= rack.rack_units


@cache
def chips() -> dict[str, dict[str, str]]:
    """The list the accelerators were taken from, or a skip where it is not at hand."""
    if not CHIPS.exists():
        pytest.skip("the list of chips is not at hand")
    with CHIPS.open(newline="") as file:
        return {line["id"]: line for line in csv.DictReader(file)}


def test_all_chips_of_the_list_are_there() -> None:
    assert set(chips()) <= set(ACCELERATORS)
    assert len(chips()) == 33


@pytest.mark.parametrize("row", LISTED)
def test_dense_peaks_and_memory_are_those_of_the_list(row: str) -> None:
    accelerator = row_of("accelerators", row)
    listed = {field: chips()[row][column] for field, column in COLUMNS.items()}
    expected = {field: float(value) if value else None for field, value in listed.items()}
    since = {field: value for field, value in READ_SINCE.get(row, {}).items() if field != "server"}
    assert {field: getattr(accelerator, field) for field in COLUMNS} == expected | since
    assert all(expected[field] != value for field, value in since.items()), "what the list says needs no exception"


@pytest.mark.parametrize("row", LISTED)
def test_unverified_chips_are_graded_c(row: str) -> None:
    expected = "B" if chips()[row]["verified"] == "yes" else "C"
    assert table("accelerators")[row]["grade"] == expected


@pytest.mark.parametrize("row", LISTED)
def test_accelerators_and_the_rest_add_up_to_the_server_price(row: str) -> None:
    accelerator = row_of("accelerators", row)
    price = accelerator.per_server * accelerator.price_usd + accelerator.server_rest_usd
    assert price == READ_SINCE.get(row, {}).get("server", float(chips()[row]["server_price_usd"]))


@pytest.mark.parametrize(
    ("row", "tpp"),
    [("h20_sxm", 2_368), ("a100_sxm80", 4_992), ("h100_sxm", 15_832), ("l20", 1_912), ("mtt_s4000", 1_568)],
)
def test_total_processing_performance(row: str, tpp: float) -> None:
    assert max_tpp(row) == pytest.approx(tpp, abs=1e-9)


def test_the_mi325x_stays_below_the_line_drawn_for_it() -> None:
    assert 20_900 < max_tpp("mi325x") < 21_000


def max_tpp(row: str) -> float:
    """Largest product of dense peak and bit length over the tensor precisions of up to 16 bits."""
    accelerator = row_of("accelerators", row)
    return max((getattr(accelerator, field) or 0.0) * bits for field, bits in BITS.items())


def test_special_facts_of_single_chips() -> None:
    assert row_of("accelerators", "h20_sxm").link_gbs == 900
    assert row_of("accelerators", "mtt_s4000").fp8_tflops is None
    b300, gb300 = row_of("accelerators", "b300_hgx"), row_of("accelerators", "gb300_nvl72_gpu")
    assert (b300.int8_tops, b300.fp64_tflops) == (150, 1.25)
    assert (gb300.int8_tops, gb300.fp64_tflops) == (165, 1.3)
    assert row_of("accelerators", "h800_sxm").link_gbs == row_of("accelerators", "a800_sxm80").link_gbs == 400


def test_rack_scale_systems() -> None:
    cloud = row_of("accelerators", "cloudmatrix384_npu")
    assert (cloud.rack_scale.racks, cloud.rack_scale.densest_rack_kw, cloud.rack_scale.fabric_included) == (
        16,
        42,
        True,
    )
    assert (cloud.per_server, cloud.server_kw) == (384, 559)
    for row in ("gb200_nvl72_gpu", "gb300_nvl72_gpu"):
        nvl = row_of("accelerators", row)
        assert nvl.rack_scale.racks == 1
        assert nvl.rack_scale.densest_rack_kw == nvl.server_kw
        assert not nvl.rack_scale.fabric_included
        assert nvl.coolings == ("direct_to_chip",)
        assert nvl.server_kg + row_of("coolings", "direct_to_chip").rack_kg == 1_360
    assert [row for row in ACCELERATORS if row_of("accelerators", row).rack_scale] == [
        "gb200_nvl72_gpu",
        "gb300_nvl72_gpu",
        "cloudmatrix384_npu",
        "vr200_nvl72_gpu",
        "mi455x_helios_gpu",
        "atlas_950_npu",
    ]


def test_products_of_roadmaps_are_estimates() -> None:
    announced = [row for row in ACCELERATORS if row_of("accelerators", row).roadmap]
    assert announced == [
        *("b30a", "vr200_nvl72_gpu", "mi455x_helios_gpu", "atlas_950_npu", "ascend_960", "ascend_970", "enflame_l600")
    ]
    for row in announced:
        raw = table("accelerators")[row]
        assert {raw["grade"], *raw.get("grades", {}).values()} == {"C"}


@pytest.mark.parametrize(("name", "row"), [(n, r) for n, r in ROWS if "by_place" in table(n)[r]])
def test_values_by_place_are_of_fields_of_the_row_and_have_a_source(name: str, row: str) -> None:
    raw = table(name)[row]
    for place, said in raw["by_place"].items():
        assert place in table("places")
        fields = {key: value for key, value in said.items() if key not in PROVENANCE}
        assert fields
        assert fields.keys() <= content(name, raw).keys()
        SPECS[name].model_validate(content(name, raw) | fields)
        assert set(said["source"]) <= set(table("sources"))
        assert said["grade"] == "C" if set(said["source"]) <= {"est", "datasheet"} else said["grade"] in "ABC"
        assert 2020 <= said["price_year"] <= 2026


def test_origin_and_entity_list_follow_the_vendor() -> None:
    for row in ACCELERATORS:
        accelerator = row_of("accelerators", row)
        assert (accelerator.origin == "US") == (accelerator.vendor in {"NVIDIA", "AMD", "Tenstorrent"})
        listed = {"Huawei", "Moore Threads", "Biren", "Cambricon", "Hygon"}
        assert accelerator.entity_listed == (accelerator.vendor in listed)


def test_simulation_needs_fp64_or_tf32() -> None:
    assert set(get_args(Precision)) == {"fp64", "tf32", "bf16", "fp8", "int8", "fp4"}
    for row in ACCELERATORS:
        accelerator = row_of("accelerators", row)
        has = accelerator.fp64_tflops is not None or accelerator.tf32_tflops is not None
        assert ("simulation" in accelerator.utilisation) == has, row


def calendar() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month (1 to 12), weekday (0 Monday) and hour of the day of each hour of the reference year."""
    hour = np.arange(HOURS_PER_YEAR)
    month = np.repeat(np.arange(1, 13), np.array(DAYS) * 24)
    return month, (hour // 24) % 7, hour % 24


def energy_price(tariff: Tariff) -> tuple[np.ndarray, np.ndarray]:
    """Price and number of rows that cover it, for each hour of the year."""
    month, weekday, hour = calendar()
    price, covered = np.zeros(HOURS_PER_YEAR), np.zeros(HOURS_PER_YEAR, dtype=int)
    for row in tariff.energy:
        inside = np.isin(month, row.months) & (hour >= row.from_hour) & (hour < row.to_hour)
        if row.days != "all":
            inside &= (weekday < 5) == (row.days == "weekday")
        price[inside] += row.price_per_kwh
        covered[inside] += 1
    return price, covered


@pytest.mark.parametrize("row", list(table("tariffs")))
def test_tariffs_cover_every_hour_once(row: str) -> None:
    _, covered = energy_price(row_of("tariffs", row))
    assert (covered == 1).all()


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [("hke_maximum_demand", 1.45, 1.63), ("clp_bulk", 1.20, 1.41), ("sg_high_tension", 0.21, 0.23)],
)
def test_all_in_price_at_a_load_factor_of_85_percent(row: str, low: float, high: float) -> None:
    tariff = row_of("tariffs", row)
    kwh_per_kva_month = 0.85 * 0.95 * HOURS_PER_YEAR / 12
    price = (
        energy_price(tariff)[0].mean() + tariff.fuel_clause_per_kwh + tariff.demand_per_kva_month / kwh_per_kva_month
    )
    assert low <= price <= high


@pytest.mark.parametrize(("row", "low", "high"), [("clp_on_peak_demand", 1.20, 1.41), ("sg_contracted", 0.21, 0.23)])
def test_all_in_price_of_tariffs_by_window_and_contract(row: str, low: float, high: float) -> None:
    """A load factor of 0.85 whose peak falls into the window, contracted in full."""
    tariff = row_of("tariffs", row)
    kwh_per_kw_month = 0.85 * HOURS_PER_YEAR / 12
    charges = sum(window.per_kva_month for window in tariff.demand) / 0.95 + (tariff.contracted_per_kw_month or 0.0)
    price = energy_price(tariff)[0].mean() + tariff.fuel_clause_per_kwh + charges / kwh_per_kw_month
    assert low <= price <= high


@pytest.mark.parametrize(
    ("city", "low", "high"),
    [
        *(("johor", 0.100, 0.115), ("tokyo", 0.12, 0.15), ("osaka", 0.11, 0.13), ("seoul", 0.125, 0.135)),
        *(("sydney", 0.11, 0.14), ("mumbai", 0.095, 0.11), ("dubai", 0.09, 0.12), ("frankfurt", 0.14, 0.18)),
        *(("london", 0.22, 0.27), ("stockholm", 0.04, 0.07), ("northern_virginia", 0.07, 0.09)),
        *(("phoenix", 0.07, 0.085), ("dallas", 0.05, 0.065), ("shenzhen", 0.09, 0.10), ("singapore", 0.15, 0.18)),
        ("hong_kong", 0.155, 0.18),
    ],
)
def test_what_a_large_user_pays_in_a_city(city: str, low: float, high: float) -> None:
    """USD per kWh in all, at a load factor of 0.9 whose peak falls into every window of the charges on demand."""
    row = table("cities")[city]
    tariff = row_of("tariffs", row["tariff"])
    charges = tariff.demand_per_kva_month + sum(
        window.per_kva_month + window.per_kva_year / 12 for window in tariff.demand
    )
    kwh_per_kva_month = 0.9 * 0.95 * HOURS_PER_YEAR / 12
    price = energy_price(tariff)[0].mean() + tariff.fuel_clause_per_kwh + charges / kwh_per_kva_month
    assert low <= price / row["per_usd"] <= high


def test_cities_name_rows_that_exist_and_what_is_usual_there() -> None:
    places, kinds = table("places"), {"climate": "climates", "tariff": "tariffs"}
    for city, row in table("cities").items():
        assert row["place"] in places
        for key, name in kinds.items():
            assert row[key] in table(name), city
        assert set(row["transformers"]) <= set(table("transformers"))
        assert row_of("tariffs", row["tariff"]).currency == row["currency"]
        usual = 1.0 if row["currency"] == "USD" else USUAL_RATES[row["currency"]]
        assert row["per_usd"] == pytest.approx(usual, rel=0.1)


def test_the_rider_leaves_the_level_of_the_bulk_tariff() -> None:
    """At 620 kWh per kVA, a load factor of 0.85 without reactive power: within 2 %."""
    rider, bulk = row_of("tariffs", "clp_high_load_factor"), row_of("tariffs", "clp_bulk")
    rebate = (0.052 * (620 - 500) + (0.105 - 0.052) * (620 - 600)) / 620
    assert [(row.from_hours, row.per_kwh) for row in rider.load_factor_rebates] == [(500, 0.052), (600, 0.105)]
    assert energy_price(rider)[0].mean() - rebate == pytest.approx(energy_price(bulk)[0].mean(), rel=0.02)


@cache
def wet_bulb(row: str) -> np.ndarray:
    """The synthesised year of wet bulb temperatures, by the formula of docs/model.md section 5."""
    hours: list[float] = []
    for month, days in zip(row_of("climates", row).months, DAYS, strict=True):
        for day in range(days):
            departure = np.interp((11 * day % days + 0.5) / days, np.linspace(0, 1, 11), month.day_quantiles_k)
            hours += [min(wet + departure, max(month.wet_bulb_max_c)) for wet in month.wet_bulb_c]
    return np.array(hours)


def test_wet_bulb_of_the_synthesised_years() -> None:
    assert np.count_nonzero(wet_bulb("hong_kong") <= 14) == pytest.approx(1_384, rel=0.08)
    assert np.count_nonzero(wet_bulb("singapore") <= 14) == 0
    assert wet_bulb("hong_kong").max() == pytest.approx(28.2, abs=0.3)
    assert wet_bulb("singapore").max() == pytest.approx(28.7, abs=0.3)
    assert wet_bulb("hong_kong").mean() == pytest.approx(20.4, abs=0.2)
    assert wet_bulb("singapore").mean() == pytest.approx(25.4, abs=0.2)


@pytest.mark.parametrize("row", list(table("climates")))
def test_climates_are_in_physical_order(row: str) -> None:
    for month in row_of("climates", row).months:
        assert all(wet <= dry for wet, dry in zip(month.wet_bulb_c, month.dry_bulb_c, strict=True))
        assert all(wet <= top for wet, top in zip(month.wet_bulb_c, month.wet_bulb_max_c, strict=True))
        assert list(month.day_quantiles_k) == sorted(month.day_quantiles_k)
        assert list(month.dry_quantiles_k) == sorted(month.dry_quantiles_k)


@pytest.mark.parametrize(
    ("row", "mean_c", "hot_c"),
    [
        *(("hong_kong", 23.1, 32.1), ("singapore", 27.6, 33.0), ("johor", 26.6, 33.9), ("tokyo", 16.0, 33.6)),
        *(("seoul", 12.3, 32.2), ("sydney", 17.0, 31.8), ("mumbai", 26.9, 35.8), ("dubai", 28.1, 43.0)),
        *(("frankfurt", 11.7, 32.0), ("london", 11.5, 28.8), ("stockholm", 6.5, 27.1), ("phoenix", 24.7, 43.6)),
        *(("northern_virginia", 13.8, 35.0), ("dallas", 19.8, 38.6), ("osaka", 17.0, 34.6), ("shenzhen", 23.1, 32.1)),
    ],
)
def test_dry_bulbs_keep_their_mean_and_reach_the_heat_of_the_place(row: str, mean_c: float, hot_c: float) -> None:
    """Annual mean and 99.6 % of the sample, or of the design tables where the sample is not at hand."""
    dry = from_normals(row_of("climates", row)).dry_c
    assert dry.mean() == pytest.approx(mean_c, abs=0.25)
    assert np.quantile(dry, 0.996) == pytest.approx(hot_c, abs=0.2)


def test_the_hottest_hours_are_those_after_noon_everywhere() -> None:
    """A file on the wrong clock shows here: Singapore's and Johor's were an hour early."""
    for row in table("climates"):
        by_hour = np.mean([month.dry_bulb_c for month in row_of("climates", row).months], axis=0)
        assert 12 <= int(by_hour.argmax()) <= 16, row
    singapore = [month.dry_bulb_c for month in row_of("climates", "singapore").months]
    assert int(np.mean(singapore, axis=0).argmax()) == 14


def loop_power(cooling: Cooling, wet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power per unit of heat and chiller share of one loop, by docs/model.md section 6."""
    share = np.clip((wet + cooling.approach_k - cooling.supply_c) / (cooling.return_c - cooling.supply_c), 0, 1)
    evaporating = cooling.supply_c - cooling.evaporator_approach_k
    lift = np.maximum(wet + cooling.condenser_approach_k - evaporating, cooling.min_lift_k)
    return cooling.fan_pump_fraction + share * lift / (cooling.carnot_fraction * (evaporating + 273.15)), share


def pue(technology: str, place: str) -> float:
    """Annual PUE at constant load with 5.6 % lost in UPS and distribution."""
    cooling = row_of("coolings", technology)
    power = cooling.capture_fraction * loop_power(cooling, wet_bulb(place))[0]
    if cooling.residual:
        rest = loop_power(row_of("coolings", cooling.residual), wet_bulb(place))[0]
        power = power + (1 - cooling.capture_fraction) * rest
    return float(1.056 + power.mean())


@pytest.mark.parametrize("place", ["hong_kong", "singapore"])
def test_annual_pue_is_plausible(place: str) -> None:
    assert 1.3 <= pue("air", place) <= 1.6
    assert 1.15 <= pue("rear_door", place) <= 1.35
    assert 1.1 <= pue("direct_to_chip", place) <= 1.25
    order = ["immersion_two_phase", "immersion", "direct_to_chip", "rear_door", "air"]
    assert [pue(technology, place) for technology in order] == sorted(pue(technology, place) for technology in order)


@pytest.mark.parametrize("place", ["hong_kong", "singapore"])
@pytest.mark.parametrize("technology", ["direct_to_chip", "immersion", "immersion_two_phase"])
def test_warm_water_needs_no_chiller_even_in_a_warmer_climate(technology: str, place: str) -> None:
    assert loop_power(row_of("coolings", technology), wet_bulb(place) + 2.0)[1].max() == 0


def test_chilled_water_is_never_free_in_singapore() -> None:
    assert loop_power(row_of("coolings", "air"), wet_bulb("singapore"))[1].min() > 0


@pytest.mark.parametrize(
    ("technology", "low", "high"),
    [
        ("air", 1.8, 2.8),
        ("rear_door", 2.0, 3.2),
        ("direct_to_chip", 2.5, 4.0),
        ("immersion", 3.0, 4.5),
        ("immersion_two_phase", 4.5, 7.0),
    ],
)
def test_cooling_of_four_megawatts_costs_what_is_usual(technology: str, low: float, high: float) -> None:
    cooling, server = row_of("coolings", technology), row_of("accelerators", "h100_sxm")
    rack_kw = server.server_kw * min(cooling.rack_kw_max // server.server_kw, cooling.rack_units // server.server_units)
    cost = cooling.usd_open + 4_000 / rack_kw * cooling.usd_per_rack
    cost += (4 * cooling.capture_fraction / cooling.module_mw + cooling.spare_modules) * cooling.usd_per_module
    if cooling.residual:
        air = row_of("coolings", cooling.residual)
        cost += 4 * (1 - cooling.capture_fraction) / air.module_mw * air.usd_per_module
    assert low <= cost / 4e6 <= high


def test_fabrics_rise_with_cluster_size_and_roce_is_cheaper() -> None:
    infiniband, roce = row_of("fabrics", "infiniband_ndr").tiers, row_of("fabrics", "roce_400g").tiers
    assert [(tier.up_to_accelerators, tier.usd_per_accelerator) for tier in infiniband] == [
        (512, 1_880),
        (16_384, 4_250),
        (1_000_000, 6_610),
    ]
    for dear, cheap in zip(infiniband, roce, strict=True):
        assert cheap.usd_per_accelerator == pytest.approx(0.7 * dear.usd_per_accelerator)


def test_places_know_the_country_groups_that_matter() -> None:
    places = table("places")
    assert places["hong_kong"]["country_groups"] == places["mainland_china"]["country_groups"]
    assert "D:5" in places["hong_kong"]["country_groups"]
    for place in PLACES:
        groups = set(places[place.id]["country_groups"]) & {"D:1", "D:4", "D:5", "A:5", "A:6"}
        assert groups == place.country_groups - {"D:3"}, place.id
    concern = {row for row, place in places.items() if place["parent_of_concern"]}
    assert concern == {"hong_kong", "mainland_china", "macau"}


def test_references_are_single_numbers_with_units() -> None:
    for key, reference in table("references").items():
        assert set(reference) <= {"name", "value", "unit", "source", "grade", "note"}, key
        assert math.isfinite(reference["value"])
        assert reference["unit"]
    assert table("references")["cyberport_floor_m2"]["value"] == 3_716
    assert table("references")["cyberport_h800_bf16"]["value"] == round(3_000_000 / 989)


@pytest.mark.parametrize("row", ACCELERATORS)
def test_servers_of_us_design_are_classified_as_estimates(row: str) -> None:
    """5A992 by its encryption; .z where the accelerators meet 3A090. Chinese servers are not of American make."""
    chip, raw = row_of("accelerators", row), table("accelerators")[row]
    if chip.origin != "US":
        assert chip.server_eccn is None
        return
    meets = meets_3a090(chip_facts(row, chip)) is not False
    assert chip.server_eccn == ("5A992.z" if meets else "5A992.c")
    assert raw["grades"]["server_eccn"] == "C"
    assert raw["sources"]["server_eccn"] == ["S160", "est"]


@pytest.mark.parametrize("row", list(table("fabrics")))
def test_every_fabric_is_classified(row: str) -> None:
    raw = table("fabrics")[row]
    assert raw["eccn"] in {"5A991", "5A992.c", "4A994.j"}
    assert raw["grade"] == "C" or "(C)" in raw["note"]

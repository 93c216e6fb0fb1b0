"""Every constraint family of the model has a hand-derived test, named here and found there."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.golden.test_golden import families

HERE = Path(__file__).parent

HAND_TESTS = {
    "simple_purchase.of_kind": "test_a_kind_is_counted_where_it_is_bought",
    "simple_purchase.kinds": "test_at_most_one_kind",
    "simple_purchase.in_lot": "test_a_lot_is_there_where_something_is_delivered",
    "simple_purchase.least": "test_no_lone_pod",
    "simple_purchase.in_cooling": "test_pods_are_in_the_cooling_that_is_chosen",
    "simple_purchase.one": "test_one_cooling_for_an_accelerator",
    "throughput.occupied": "test_throughput_occupied_counts_what_is_delivered",
    "compute.work": "test_compute_work_needs_installed_pods",
    "compute.vintage": "test_compute_vintage_sells_no_more_of_a_delivery_than_came",
    "compute.keep": "test_compute_keep_retires_each_pod_once",
    "compute.first": "test_existing_entries_of_one_type_first_named_first_retired",
    "compute.then": "test_existing_entries_of_one_type_first_named_first_retired",
    "compute.port": "test_compute_port_pays_for_a_stack",
    "substation.one": "test_substation_one_type_at_a_time",
    "substation.stay": "test_substation_stay_costs_its_auxiliaries",
    "substation.grow": "test_substation_grow_never_shrinks",
    "substation.keep": "test_substation_keep_what_was_started",
    "substation.late": "test_substation_late_type_is_not_there_yet",
    "cooling.duty": "test_cooling_duty_spare_modules",
    "cooling.gate": "test_cooling_gate_opening_is_paid",
    "cooling.once": "test_cooling_once_opened_a_second_time_would_double_it",
    "cooling.variety": "test_cooling_variety_one_technology",
    "supercomputer.below": "test_supercomputer_below_the_peak",
    "supercomputer.spread": "test_supercomputer_spread_over_the_volume",
    "ups.protect": "test_ups_protect_half_with_redundancy",
    "generators.carry": "test_generators_carry_the_critical_half",
    "generators.spares": "test_generators_spares_are_kept_where_something_is_carried",
    "generators.most": "test_generators_most_sets_on_the_site",
    "generation.most": "test_one_of_two_engines_is_spare",
    "generation.room": "test_land_and_roof_hold_two_units",
    "hours.yielded": "test_free_sun_is_taken_until_it_is_curtailed",
    "hours.permitted": "test_engines_run_no_longer_than_they_may",
    "hours.base": "test_generation_takes_up_full_work_and_no_more",
    "hours.still": "test_generation_runs_where_the_grid_cannot_carry_the_mean",
    "hours.within": "test_an_engine_carries_the_hours_called_back",
    "hours.calm": "test_the_mean_itself_is_within_what_is_firm",
    "hours.sold": "test_surplus_is_sold_as_far_as_the_connection_carries_it",
    "hours.offered": "test_surplus_is_sold_as_far_as_it_is_taken",
    "hours.drop": "test_an_engine_is_paid_for_what_it_adds_to_its_mean",
    "hours.mean": "test_an_engine_is_paid_for_what_it_adds_to_its_mean",
    "hours.asked": "test_what_is_paid_is_promised",
    "hours.enrolled": "test_an_engine_is_paid_for_what_it_adds_to_its_mean",
    "site_caps.carbon": "test_a_site_keeps_its_cap_of_carbon",
    "battery.step": "test_battery_step_beyond_the_limit_is_reserved",
    "battery.ramp": "test_battery_ramp_energy",
    "battery.hold": "test_battery_hold_the_reserve_with_smoothing",
    "battery.store_ramp": "test_battery_store_ramp_up_and_down",
    "battery.ride_mw": "test_battery_ride_mw_carries_the_critical_load",
    "battery.store_ride": "test_battery_store_ride_through",
    "battery.free_power": "test_two_hour_arbitrage_at_full_power",
    "battery.free_ramp": "test_two_hour_arbitrage_with_little_energy",
    "battery.free_ride": "test_ride_through_is_not_sold",
    "hours.trading": "test_paid_for_import_the_battery_wastes_what_one_inverter_can",
    "battery.c_rate": "test_battery_c_rate_asks_for_energy",
    "battery.space_mw": "test_battery_space_mw_holds_over_all_purchases",
    "battery.space_mwh": "test_battery_space_mwh_holds_over_all_purchases",
    "battery.once": "test_battery_once_opened_a_second_time_would_double_it",
    "operations.together": "test_operations_together_adds_up_what_draws_alike",
    "operations.highest": "test_operations_highest_sets_the_demand_charge",
    "operations.window": "test_demand_of_some_hours",
    "operations.yearly": "test_the_highest_demand_of_the_year_is_charged_once",
    "operations.charged": "test_a_ratchet_bills_a_share_of_the_highest_month",
    "operations.ratchet": "test_a_ratchet_bills_a_share_of_the_highest_month",
    "operations.least": "test_a_minimum_bill_is_a_share_of_the_connection",
    "hours.yearly": "test_the_shaved_peak_of_the_year",
    "hours.charged": "test_a_ratchet_on_shaved_peaks",
    "hours.ratchet": "test_a_ratchet_on_shaved_peaks",
    "hours.least": "test_a_minimum_bill_leaves_nothing_to_shave",
    "operations.tier": "test_second_block",
    "operations.excess": "test_contract",
    "operations.rebate": "test_high_load_factor_rebate",
    "operations.one": "test_high_load_factor_rebate_in_between",
    "operations.reach": "test_rebates_that_are_missed_are_not_paid",
    "operations.paid": "test_rebates_that_are_missed_are_not_paid",
    "operations.beyond_block": "test_each_block_is_dearer_than_the_one_before",
    "hours.month": "test_an_engine_runs_for_the_block_that_is_dearer_than_its_fuel",
    "hours.beyond_block": "test_an_engine_runs_for_the_block_that_is_dearer_than_its_fuel",
    "transformer_loss.place": "test_transformer_loss_place_counts_the_units",
    "transformer_loss.split": "test_transformer_loss_is_the_square_of_the_mean_load",
    "transformer_loss.room": "test_transformer_loss_room_is_of_the_type_in_place",
    "transformer_loss.tangent": "test_transformer_loss_is_the_square_of_the_mean_load",
    "facility.serve": "test_facility_serve_every_megawatt_of_it",
    "facility.base": "test_facility_base_design_and_contingency",
    "facility.wait": "test_facility_wait_for_the_connection",
    "operations.at": "test_two_hour_arbitrage_at_full_power",
    "operations.price": "test_two_hour_arbitrage_at_full_power",
    "building.white": "test_building_white_is_fitted_out",
    "building.plant": "test_building_plant_is_fitted_out",
    "building.white_room": "test_building_white_room_limits_the_pods",
    "building.plant_room": "test_building_plant_room_limits_the_plant",
    "throughput.total": "test_throughput_total_is_what_works",
    "throughput.target": "test_throughput_target_binds_beyond_the_demand",
    "throughput.milestone": "test_throughput_milestone_comes_before_the_target",
    "throughput.useful": "test_throughput_useful_counts_what_is_delivered",
    "throughput.class_total": "test_throughput_class_total_counts_the_class_alone",
    "throughput.floor": "test_throughput_floor_of_a_class",
    "power.grid": "test_power_grid_limits_the_import",
    "power.firm": "test_power_firm_limits_the_import",
    "procurement.quota": "test_procurement_quota_of_a_phase",
    "procurement.ruling_quota": "test_procurement_ruling_quota_of_a_licence",
    "procurement.supply": "test_procurement_supply_of_each_phase",
    "procurement.quarters": "test_procurement_quarters_fill_a_store",
    "procurement.share_min": "test_procurement_share_min_of_the_frugal",
    "procurement.share_max": "test_procurement_share_max_of_the_quick",
    "offers.tier": "test_offers_tier_one_price_for_the_whole_quantity",
    "offers.least": "test_offers_least_an_all_units_discount_is_reached_by_buying_more",
    "offers.most": "test_offers_most_a_supplier_has_no_more",
    "offers.within": "test_offers_within_what_is_there_by_then",
    "offers.fixed": "test_offers_fixed_by_a_bid",
    "limits.area": "test_limits_area_of_white_and_plant",
    "limits.cap": "test_limits_cap_of_capital",
    "limits.phase_cap": "test_limits_phase_cap",
    "throughput.tokens": "test_throughput_tokens_are_served",
    "serving.gate": "test_serving_whole_a_replica_stands_where_it_serves",
    "serving.whole": "test_serving_whole_a_replica_stands_where_it_serves",
    "serving.beside": "test_serving_whole_a_replica_stands_where_it_serves",
    "training.one": "test_training_one_cluster_carries_a_run",
    "training.between": "test_training_between_no_run_idles_for_another",
    "training.drawn": "test_training_drawn_an_idle_cluster_draws_power",
    "porting.gate": "test_porting_gate_and_part_keep_the_product_exact",
    "porting.part": "test_porting_gate_and_part_keep_the_product_exact",
    "porting.whole": "test_porting_gate_and_part_keep_the_product_exact",
    "porting.sooner": "test_porting_sooner_the_smaller_cluster_needs_the_programme",
    "staff.most": "test_staff_most_engineers_leave_pods_standing_still",
    "tightening.site": "test_tightening_site_whole_substation",
    "tightening.plant": "test_tightening_plant_whole_opening",
    "tightening.stack": "test_tightening_stack_whole_adoption",
    "tightening.residual": "test_tightening_residual_opens_with_the_loop",
    "tightening.fed_stack": "test_tightening_fed_stack_grid_bounds_adoption",
    "tightening.fed_plant": "test_tightening_fed_plant_grid_bounds_opening",
    "tightening.task_stack": "test_tightening_task_stack_does_the_whole_run",
    "tightening.task_plant": "test_tightening_task_plant_does_the_whole_run",
    "tightening.standby": "test_tightening_standby_spare_and_one_at_work",
    "tightening.feed": "test_tightening_feed_counts_the_battery_power",
    "tightening.carry": "test_tightening_carry_counts_the_stored_energy",
    "hours.balance": "test_two_hour_arbitrage_at_full_power",
    "hours.limit": "test_grid_limit_holds_while_charging",
    "hours.charging": "test_two_hour_arbitrage_at_full_power",
    "hours.discharging": "test_two_hour_arbitrage_at_full_power",
    "hours.holding": "test_two_hour_arbitrage_with_little_energy",
    "hours.store": "test_two_hour_arbitrage_at_full_power",
    "hours.parallel": "test_generators_run_beside_the_grid_with_one_spare",
    "hours.fuelled": "test_generators_run_no_longer_than_they_may",
    "hours.room": "test_work_waits_for_cheap_hours",
    "hours.day": "test_work_waits_for_cheap_hours",
    "hours.highest": "test_spike_is_shaved_by_the_battery",
    "hours.tier": "test_second_block_of_demand",
    "hours.excess": "test_contract_for_the_shaved_peak",
    "hours.cap": "test_energy_cap_limits_the_losses",
}


def hand_tests() -> dict[str, ast.FunctionDef]:
    """The test functions of this folder by name."""
    return {
        node.name: node
        for path in sorted(HERE.glob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def names_of(function: ast.FunctionDef) -> set[str]:
    """Families a test hands to `decides` or `tightens`."""
    return {
        family
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("decides", "tightens")
        for text in call.args[:1]
        if isinstance(text, ast.Constant)
        for family in str(text.value).split()
    }


def test_every_family_is_in_the_table() -> None:
    assert set(families()) - set(HAND_TESTS) == set()


def test_no_family_in_the_table_is_gone() -> None:
    assert set(HAND_TESTS) - set(families()) == set()


def test_every_test_in_the_table_exists_and_is_about_its_family() -> None:
    functions = hand_tests()
    missing = {name for name in HAND_TESTS.values() if name not in functions}
    assert missing == set()
    elsewhere = {family for family, name in HAND_TESTS.items() if family not in names_of(functions[name])}
    assert elsewhere == set()


def test_every_test_is_derived_in_words() -> None:
    functions = hand_tests()
    silent = {name for name in HAND_TESTS.values() if ast.get_docstring(functions[name]) is None}
    assert silent == set()

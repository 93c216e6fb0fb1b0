"""Prices, engineers, porting programmes and fabrics of sites: figures from the paper, every rule broken once."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from audit_tasks import POD, add_row, put, set_rows, without_fabric, work
from audit_tiny import Change, Plain, build, failed, run, with_report

from optimizer.audit.audit import AuditReport, audit

COST_MUSD, EFLOP = 19.54076632, 15_137_280.0
"""Of the tiny design; see test_tiny.py."""
LIST_PRICE = COST_MUSD * 1e6 / EFLOP / 0.8


def amounts(report: AuditReport) -> dict[tuple[str, str | None], float]:
    return {(line.account, line.site): line.amount for line in report.ledger if line.phase == "p1"}


def terms(**changes: Any) -> Change:
    """Four fifths of the compute are sold, a quarter of the price is subsidised."""
    cloud = {"accelerator": "us", "workload": "train", "usd_per_hour": 2.0}
    return put("affordability", {"sold_fraction": 0.8, "subsidy_fraction": 0.25, "cloud": cloud} | changes)


def test_prices() -> None:
    report = run(terms())
    assert report.passed
    figures = report.figures
    assert figures["list_price_usd_per_eflop"] == pytest.approx(LIST_PRICE)
    assert figures["user_price_usd_per_eflop"] == pytest.approx(0.75 * LIST_PRICE)
    assert figures["subsidy_musd"] == pytest.approx(COST_MUSD / 4)
    # 1,000 TFLOPS * 0.4 for an hour are 1.44 EFLOP; for inference in FP8 it has no utilisation.
    assert figures["cloud_price_usd_per_eflop"] == pytest.approx(2 / 1.44)


def test_of_several_clouds_the_cheapest_counts() -> None:
    """Beside 2 USD an hour: 1.6 in BF16 by name; a cloud that cannot do the work is a finding under its name."""
    cheaper = {"accelerator": "us", "workload": "train", "usd_per_hour": 1.6}
    figures = run(terms(clouds={"first": cheaper, "second": cheaper | {"usd_per_hour": 9.0}})).figures
    assert figures["cloud_price_usd_per_eflop"] == pytest.approx(1.6 / 1.44)
    alone = run(terms(cloud=None, clouds={"first": cheaper})).figures
    assert alone["cloud_price_usd_per_eflop"] == pytest.approx(1.6 / 1.44)
    report = run(terms(clouds={"first": cheaper | {"accelerator": "nowhere"}}))
    assert [each.where for each in report.findings if each.check == "affordability.cloud"] == ["first"]


def test_prices_are_reported_only_where_they_are_asked_for() -> None:
    figures = set(run(terms(cloud=None)).figures)
    assert "cloud_price_usd_per_eflop" not in figures
    assert figures - set(run().figures) == {
        "list_price_usd_per_eflop",
        "user_price_usd_per_eflop",
        "subsidy_musd",
    }


def test_the_cloud_works_at_the_fastest_precision_of_its_workload() -> None:
    fp8 = put("workloads.train.precisions", ("bf16", "fp8"))
    assert run(terms(), fp8).figures["cloud_price_usd_per_eflop"] == pytest.approx(2 / 2.88)


NEW_STACK: Plain = {"programme_usd": 2_000_000.0, "programme_ramp_months": 12.0}


def domestic(instance: Plain, design: Plain) -> None:
    """Chinese pods whose stack ripens within a year if its programme is run: from 0.5, a mean of 0.9375 in 4 years."""
    instance["stacks"]["cann"] |= NEW_STACK
    instance["phases"]["p1"]["target_pflops"] = 60.0
    for table in ("deliveries", "assignments"):
        design["decisions"][table][0]["accelerator"] = "cn"
    design["decisions"]["stacks"] = ("cann",)
    design["decisions"]["programmes"] = ("cann",)


def existing(instance: Plain, design: Plain) -> None:
    """The Chinese pods are there already, and nothing is bought."""
    pods = {"accelerator": "cn", "cooling": "air", "pods": 10, "commissioned": date(2027, 1, 1)}
    instance["sites"]["here"]["existing_pods"] = (pods,)
    design["decisions"].update(deliveries=(), stacks=())


def test_a_programme_ripens_the_stack_and_costs() -> None:
    report, without = run(domestic), run(domestic, set_rows("programmes"))
    assert report.passed
    assert report.figures["effective_pflops"] == pytest.approx(320 * 0.5 * 0.4 * 0.9375)
    assert amounts(report)["capex_porting", None] == pytest.approx(3.0)
    assert failed(without) == {"throughput.floor"}
    assert without.figures["effective_pflops"] == pytest.approx(320 * 0.5 * 0.4 * 0.875)
    # Neither insured, nor maintained, nor worth anything at the end.
    for account in ("insurance", "maintenance", "residual_value"):
        assert amounts(report)[account, "here"] == pytest.approx(amounts(without)[account, "here"])


def test_a_programme_for_existing_pods() -> None:
    report = run(domestic, existing)
    assert report.passed
    assert amounts(report)["capex_porting", None] == pytest.approx(2.0)
    assert report.figures["effective_pflops"] == pytest.approx(60.0)


def scarce(most: float) -> Change:
    """So many engineers can be had; 2 are for the site, 10 for 1,000 accelerators at work."""
    return put("staff.max_engineers", most)


def test_engineers_follow_what_works_if_they_are_scarce() -> None:
    report = run(scarce(5.04), work(train=9.5))
    assert report.passed
    assert report.figures["engineers"] == pytest.approx(2 + 10 * 0.304)
    assert amounts(report)["staff", "here"] == pytest.approx(5.04 * 0.05)
    assert report.figures["idle_accelerators"] == pytest.approx(16.0)
    # Without a limit they follow what stands.
    assert run(work(train=9.5)).figures["engineers"] == pytest.approx(5.2)


def test_engineers_of_all_sites_together() -> None:
    def more_sites(instance: Plain, design: Plain) -> None:
        instance["sites"]["there"] = instance["sites"]["here"] | {"place": "malaysia", "backup": None}
        for table in ("substations", "fitout"):
            add_row(table, site="there")(instance, design)

    assert failed(run(more_sites, scarce(7.2))) == set()
    assert failed(run(more_sites, scarce(7.19))) == {"staff.max_engineers"}


def ethernet(instance: Plain, design: Plain) -> None:
    """A fabric of the site's own."""
    tiers = (
        {"up_to_accelerators": 100, "usd_per_accelerator": 50.0},
        {"up_to_accelerators": 511, "usd_per_accelerator": 80.0},
    )
    instance["fabrics"]["eth"] = {"name": "Ethernet", "tiers": tiers, "kw_per_accelerator": 0.125}
    instance["sites"]["here"]["fabric"] = "eth"


def test_the_fabric_of_a_site() -> None:
    report = run(ethernet)
    assert report.passed
    # 40 kW of servers and 4 kW of fabric; the last tier also prices larger clusters.
    assert report.figures["it_mw"] == pytest.approx(0.44)
    assert report.figures["peak_import_mw"] == pytest.approx(0.44 * 1.2 + 0.024)
    assert amounts(report)["capex_fabric", "here"] == pytest.approx(320 * 80 / 1e6)


def test_no_fabric_at_all() -> None:
    report = run(without_fabric)
    assert report.passed
    assert report.figures["it_mw"] == pytest.approx(0.4)
    assert ("capex_fabric", "here") not in amounts(report)


def unused(instance: Plain, design: Plain) -> None:
    """A programme of a stack that nobody uses."""
    instance["stacks"]["cann"] |= NEW_STACK
    design["decisions"]["programmes"] = ("cann",)


def test_a_programme_that_is_not_offered_ripens_nothing() -> None:
    report = run(domestic, put("stacks.cann.programme_usd", None))
    assert failed(report) == {"programmes.offered", "throughput.floor"}
    assert report.figures["effective_pflops"] == pytest.approx(56.0)


def not_offered(instance: Plain, design: Plain) -> None:
    """A programme of a stack that has none."""
    design["decisions"]["programmes"] = ("cuda",)


def nothing_works(instance: Plain, design: Plain) -> None:
    """Costs without any compute."""
    instance["phases"]["p1"]["target_pflops"] = 0.0
    design["decisions"]["assignments"] = ()


MUTANTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("affordability.subsidy", (terms(subsidy_cap_musd=4.885),)),
    ("affordability.subsidy", (terms(subsidy_fraction=1.0, subsidy_cap_musd=19.54),)),
    ("affordability.list_price", (terms(list_price_max_usd_per_eflop=1.6136),)),
    (
        "affordability.list_price",
        (terms(list_price_max_usd_per_eflop=1.6137), put("tariffs.flat.fuel_clause_per_kwh", 0.021)),
    ),
    ("affordability.list_price", (nothing_works, terms(list_price_max_usd_per_eflop=1e9))),
    ("affordability.cloud", (terms(cloud={"accelerator": "h900", "workload": "train", "usd_per_hour": 2.0}),)),
    ("affordability.cloud", (terms(cloud={"accelerator": "us", "workload": "dream", "usd_per_hour": 2.0}),)),
    ("affordability.cloud", (terms(cloud={"accelerator": "us", "workload": "infer", "usd_per_hour": 2.0}),)),
    ("staff.max_engineers", (scarce(5.19),)),
    ("staff.max_engineers", (scarce(5.03), work(train=9.5))),
    ("programmes.offered", (not_offered,)),
    ("programmes.adopted", (unused,)),
    ("ids.unknown", (domestic, set_rows("programmes", "cann", "nothing"))),
    ("ids.duplicate", (domestic, set_rows("programmes", "cann", "cann"))),
    ("assignment.fabric", (without_fabric, put("workloads.train.job_accelerators", 9))),
    (
        "assignment.residency",
        (
            put("workloads.train.residency", ("hong_kong", "japan")),
            put("workloads.train2", {"kind": "throughput", "workload_class": "training", "precisions": ("bf16",)}),
        ),
    ),
)


@pytest.mark.parametrize(("check", "changes"), MUTANTS, ids=[f"{n}-{check}" for n, (check, _) in enumerate(MUTANTS)])
def test_mutant_has_one_finding(check: str, changes: tuple[Change, ...]) -> None:
    assert failed(run(*changes)) == {check}


@pytest.mark.parametrize(
    "changes",
    [
        (terms(subsidy_cap_musd=4.8852, list_price_max_usd_per_eflop=1.6137),),
        (scarce(5.2),),
        (put("workloads.train.residency", ("hong_kong", "singapore")),),
    ],
)
def test_a_limit_that_is_just_kept_is_no_finding(changes: tuple[Change, ...]) -> None:
    assert failed(run(*changes)) == set()


def test_where_no_workload_may_be_nothing_may_be_bought() -> None:
    assert failed(run(put("workloads.train.residency", ()))) == {"pods.useful", "assignment.residency"}


def test_a_row_of_the_wrong_table_is_a_finding() -> None:
    """A cluster where the instance has no runs."""
    found = failed(run(set_rows("clusters", POD | {"workload": "train", "pods": 1})))
    assert found == {"training.kind"}


def test_a_true_report_passes() -> None:
    for changes in ((terms(),), (scarce(5.2),), (domestic,), (ethernet,)):
        assert failed(audit(*with_report(*changes))) == set()


PRICES = ("list_price_usd_per_eflop", "user_price_usd_per_eflop", "subsidy_musd", "cloud_price_usd_per_eflop")


@pytest.mark.parametrize("figure", PRICES)
def test_a_false_price_is_rejected(figure: str) -> None:
    instance, design = with_report(terms())
    assert design.reported is not None
    kpis = design.reported.kpis
    left_out = {name: value for name, value in kpis.items() if name != figure}
    false = (
        (kpis | {figure: kpis[figure] * 1.001}, f"figures.{figure}"),
        (kpis | {figure: math.nan}, f"figures.{figure}"),
        (left_out, "figures.missing"),
    )
    for values, check in false:
        reported = design.reported.model_copy(update={"kpis": values})
        assert failed(audit(instance, design.model_copy(update={"reported": reported}))) == {check}


def test_a_price_nobody_asked_for_is_rejected() -> None:
    instance, design = with_report()
    assert design.reported is not None
    reported = design.reported.model_copy(update={"kpis": design.reported.kpis | {"subsidy_musd": 0.0}})
    assert failed(audit(instance, design.model_copy(update={"reported": reported}))) == {"figures.unknown"}


@pytest.mark.parametrize(("account", "changes"), [("capex_porting", domestic), ("staff", scarce(5.2))])
def test_a_false_account_is_rejected(account: str, changes: Change) -> None:
    instance, design = with_report(changes)
    assert design.reported is not None
    lines = tuple(
        line.model_copy(update={"amount": line.amount * 1.001}) if line.account == account else line
        for line in design.reported.ledger
    )
    reported = design.reported.model_copy(update={"ledger": lines})
    assert f"ledger.{account}" in failed(audit(instance, design.model_copy(update={"reported": reported})))


def test_a_programme_that_is_no_name_is_a_finding_even_without_the_schema() -> None:
    """Names that are no text at all are unknown, not an error."""
    instance, design = build(domestic)
    decisions = design.decisions.model_copy(update={"programmes": ("cann", 7)})
    assert "ids.unknown" in failed(audit(instance, design.model_copy(update={"decisions": decisions})))

"""Fabrics that are chosen pod by pod: figures from the paper, and every rule of them broken once."""

from __future__ import annotations

from datetime import date

import pytest
from audit_fabrics import SHORT, chosen, on, split, system, with_fabrics
from audit_tasks import POD, both_instance, put, run_instance, serving_instance, set_rows
from audit_tiny import Change, Plain, build, failed, run, with_report

from optimizer.audit.audit import AuditReport, audit
from optimizer.audit.fabrics import fabric_list, fabric_of_existing, interconnect, naming_fault
from optimizer.inputs.compute import ExistingPods

IB_OR_ETH = chosen("ib", "eth")
ALL = ("ib", "eth", "none", "east", "own")
LARGE = put("workloads.train.job_accelerators", 2048)


def chip(accelerator: str = "us", **figures: object) -> Change:
    """Change an accelerator."""

    def change(instance: Plain, design: Plain) -> None:
        instance["accelerators"][accelerator] |= figures

    return change


def amounts(report: AuditReport) -> dict[str, float]:
    return {line.account: line.amount for line in report.ledger if line.phase == "p1"}


def limits(report: AuditReport, check: str) -> list[tuple[float, float]]:
    return [(found.value, found.limit) for found in report.findings if found.check == check]


def test_a_choice_of_the_same_fabric_changes_nothing() -> None:
    report, before = run(IB_OR_ETH), run()
    assert report.passed
    assert (report.figures, report.ledger) == (before.figures, before.ledger)
    assert report.checks > before.checks
    # That the site's one fabric joins what is bought is looked at as well; a choice also has to be named.
    assert before.checks_by_family["fabric"] < report.checks_by_family["fabric"]


def test_pods_of_two_fabrics_are_two_types() -> None:
    report = run(IB_OR_ETH, split(ib=6, eth=4))
    assert report.passed
    # 6 pods of 48 kW and 4 of 44 kW; the tier of a cluster of 512 chips costs 1,000 and 600 USD a chip.
    assert report.figures["it_mw"] == pytest.approx(0.464)
    assert report.figures["peak_import_mw"] == pytest.approx(0.464 * 1.2 + 0.024)
    assert report.figures["accelerators"] == 320
    assert amounts(report)["capex_fabric"] == pytest.approx((192 * 1000 + 128 * 600) / 1e6)
    assert report.figures["effective_pflops"] == pytest.approx(128.0)


def test_a_large_job_keeps_what_the_fabric_of_its_pods_lets_it() -> None:
    report = run(IB_OR_ETH, split(ib=6, eth=4), LARGE, chip(**SHORT))
    # Twice the reference: 2^-0.1 on ib, 2^-0.2 on eth.
    assert report.figures["effective_pflops"] == pytest.approx(12.8 * (6 * 2**-0.1 + 4 * 2**-0.2))
    assert failed(report) == {"throughput.floor"}


def test_the_exponent_factor_counts_where_nothing_is_chosen() -> None:
    eth = put("network.fabric", "eth")
    report = run(with_fabrics, eth, LARGE, chip(**SHORT))
    assert report.figures["effective_pflops"] == pytest.approx(128.0 * 2**-0.2)
    assert report.figures["it_mw"] == pytest.approx(0.44)
    assert amounts(report)["capex_fabric"] == pytest.approx(0.192)


def test_origins_and_vendors_count_where_nothing_is_chosen_too() -> None:
    assert failed(run(with_fabrics, put("network.fabric", "east"))) == {"fabric.joins"}
    assert failed(run(with_fabrics, put("sites.here.fabric", "own"))) == {"fabric.joins"}
    assert run(with_fabrics, put("sites.here.fabric", "own"), chip(vendor="Eastern")).passed


@pytest.mark.parametrize(
    ("network", "site", "expected"),
    [
        ({"fabric": "ib"}, {}, None),
        ({"fabrics": ("ib",)}, {}, ("ib",)),
        ({"fabrics": ("ib", "eth"), "fabric": "ib"}, {}, ("ib", "eth")),
        ({"fabrics": ("ib", "eth")}, {"fabric": "eth"}, None),
        ({"fabrics": ("ib", "eth")}, {"fabrics": ("none",)}, ("none",)),
        ({"fabric": "ib"}, {"fabrics": ("none",), "fabric": "eth"}, ("none",)),
    ],
)
def test_the_first_of_four_that_is_given(network: Plain, site: Plain, expected: tuple[str, ...] | None) -> None:
    def change(instance: Plain, design: Plain) -> None:
        with_fabrics(instance, design)
        del instance["network"]["fabric"]
        instance["network"] |= network
        instance["sites"]["here"] |= site

    instance, _ = build(change)
    assert fabric_list(instance, "here") == expected
    only = site.get("fabric") or network.get("fabric")
    if expected is None:
        kw = {"ib": 0.25, "eth": 0.125}[only]
        assert interconnect(instance, "here", "us", "").kw_per_accelerator == kw
    assert (naming_fault(instance, "here", "us", None) is None) == (expected is None)
    assert (naming_fault(instance, "here", "us", "ib") is None) == (expected is not None)


def test_a_site_without_any_fabric_is_refused() -> None:
    with pytest.raises(ValueError, match="here has no fabric"):
        run(put("network.fabric", None))


@pytest.mark.parametrize("table", ["deliveries", "assignments"])
def test_a_row_that_names_none_where_there_is_a_choice(table: str) -> None:
    report = run(IB_OR_ETH, on(None, table))
    assert [found.where for found in report.findings if found.check == "fabric.named"] == [
        " / ".join((table, "here", "us", "air", *(["train"] * (table == "assignments")), "p1"))
    ]
    # The row is left out: nothing stands there, or nothing works.
    left_out = {"deliveries": "assignment.installed", "assignments": "throughput.floor"}
    assert failed(report) == {"fabric.named", left_out[table]}


@pytest.mark.parametrize("table", ["deliveries", "assignments"])
def test_a_row_that_names_one_where_there_is_no_choice(table: str) -> None:
    """Even the fabric that is there, at a site with its own or at one with that of the network."""
    assert "fabric.named" in failed(run(on("ib", table)))
    assert "fabric.named" in failed(run(IB_OR_ETH, put("sites.here.fabric", "ib"), on(None), on("ib", table)))
    assert run(IB_OR_ETH, put("sites.here.fabric", "ib"), on(None)).passed


def test_retirements_and_clusters_have_to_name_it_too() -> None:
    cluster = (IB_OR_ETH, run_instance, on("ib"))
    assert run(*cluster).passed
    assert failed(run(*cluster, on(None, "clusters"))) >= {"fabric.named", "training.cluster"}
    assert failed(run(run_instance, on("ib", "clusters"))) >= {"fabric.named", "training.cluster"}
    gone = set_rows("retirements", POD | {"pods": 1, "fabric": None})
    assert failed(run(existing(), gone)) == {"fabric.named"}


@pytest.mark.parametrize(
    ("fabric", "check"),
    [
        ("west", "ids.unknown"),
        ("none", "fabric.joins"),  # Not in the list.
        ("east", "fabric.joins"),  # For Chinese chips.
        ("own", "fabric.joins"),  # For other vendors' chips.
    ],
)
def test_a_fabric_that_cannot_be_had(fabric: str, check: str) -> None:
    report = run(chosen("ib", "eth", "east", "own"), on(fabric))
    assert check in failed(report)
    if check == "fabric.joins":
        assert failed(report) == {check}


@pytest.mark.parametrize("fabric", ["east", "own"])
def test_a_fabric_that_joins_the_chip(fabric: str) -> None:
    def domestic(instance: Plain, design: Plain) -> None:
        for table in ("deliveries", "assignments"):
            design["decisions"][table][0]["accelerator"] = "cn"
        design["decisions"]["stacks"] = ("cann",)
        instance["phases"]["p1"]["target_pflops"] = 56.0

    assert run(chosen(*ALL), on(fabric), domestic).passed


def test_work_on_a_fabric_on_which_nothing_stands() -> None:
    report = run(IB_OR_ETH, on("eth", "assignments"))
    assert failed(report) == {"assignment.installed"}
    assert limits(report, "assignment.installed") == [(10.0, 0)]


def test_the_same_row_on_another_fabric_is_no_duplicate() -> None:
    assert run(IB_OR_ETH, split(ib=5, eth=5)).passed
    twice = set_rows("deliveries", *(POD | {"fabric": "ib", "pods": 5},) * 2)
    assert "ids.duplicate" in failed(run(IB_OR_ETH, twice))


def existing(*fabrics: str | None, listed: tuple[str, ...] = ("ib", "eth")) -> Change:
    """The ten pods are there already, on some fabric; nothing is bought."""

    def change(instance: Plain, design: Plain) -> None:
        chosen(*listed)(instance, design)
        row = {"accelerator": "us", "cooling": "air", "commissioned": date(2027, 1, 1)}
        rows = [row | ({} if fabric is None else {"fabric": fabric}) for fabric in (fabrics or (None,))]
        each = 10 // len(rows)
        instance["sites"]["here"]["existing_pods"] = tuple(
            row | {"pods": each, "salvage_usd_per_pod": 1000.0 * (1 + i)} for i, row in enumerate(rows)
        )
        design["decisions"]["deliveries"] = ()
        names = dict.fromkeys(fabric or listed[0] for fabric in (fabrics or (None,)))
        design["decisions"]["assignments"] = tuple(
            POD | {"fabric": name, "workload": "train", "pods": 10.0 / len(names)} for name in names
        )

    return change


def retired(fabric: str, pods: int) -> Change:
    return set_rows("retirements", POD | {"fabric": fabric, "pods": pods})


def test_existing_pods_are_on_the_first_of_the_list() -> None:
    report = run(existing())
    assert report.passed
    assert report.figures["it_mw"] == pytest.approx(0.48)
    assert run(existing(listed=("eth", "ib"))).figures["it_mw"] == pytest.approx(0.44)
    assert "capex_fabric" not in amounts(report)


@pytest.mark.parametrize("fabric", ["eth", "none", "east", "own"])
def test_existing_pods_are_on_any_fabric(fabric: str) -> None:
    """It need not be listed, nor join them; more of the same cannot be bought where it is not and does not."""
    report = run(existing(fabric))
    assert report.passed
    assert report.figures["it_mw"] == pytest.approx({"eth": 0.44, "none": 0.40}.get(fabric, 0.48))
    more = set_rows("deliveries", POD | {"fabric": fabric, "pods": 1})
    unfit = {"fabric.joins"} if fabric != "eth" else set()
    assert {"fabric.joins"} & failed(run(existing(fabric), more)) == unfit


def test_pods_retire_from_the_fabric_they_are_on() -> None:
    eight = put("phases.p1.target_pflops", 100.0)
    some = existing("eth", "ib")
    assert run(some).passed
    nine = on_work(eth=4.0, ib=5.0)
    report = run(some, eight, retired("eth", 1), nine)
    assert report.passed
    assert amounts(report)["salvage"] == pytest.approx(-0.001)
    assert amounts(run(some, eight, retired("ib", 1), nine))["salvage"] == pytest.approx(-0.002)
    assert failed(run(some, eight, retired("ib", 1), nine)) == {"assignment.installed"}
    # Six of the five on a fabric; one of those of a fabric that was never there.
    assert failed(run(some, eight, retired("eth", 6), on_work(ib=5.0))) >= {"retirement.existing"}
    assert failed(run(some, retired("none", 1))) == {"retirement.existing"}
    assert limits(run(some, retired("none", 1)), "retirement.existing") == [(1, 0)]


def on_work(**pods: float) -> Change:
    return set_rows(
        "assignments", *(POD | {"fabric": f, "workload": "train", "pods": number} for f, number in pods.items())
    )


def test_where_nothing_is_chosen_existing_pods_are_on_what_is_there() -> None:
    instance, _ = build(with_fabrics)
    row = ExistingPods(accelerator="us", cooling="air", pods=1, commissioned=date(2027, 1, 1), fabric="eth")
    assert fabric_of_existing(instance, "here", row) == ""


def test_a_system_that_brings_its_fabric_has_one_type_everywhere() -> None:
    for where in (with_fabrics, IB_OR_ETH):
        report = run(where, system)
        assert report.passed
        assert report.figures["it_mw"] == pytest.approx(0.4)
        assert "capex_fabric" not in amounts(report)
        assert failed(run(where, system, on("ib", "assignments"))) == {"fabric.named", "throughput.floor"}
    there = existing("eth")
    assert failed(run(there, system)) == set()


def test_a_system_that_brings_its_fabric_knows_no_factor() -> None:
    report = run(chosen("eth"), system, LARGE, chip(**SHORT))
    assert report.figures["effective_pflops"] == pytest.approx(128.0 * 2**-0.1)


def test_a_system_that_brings_its_fabric_spans_servers_where_any_fabric_does() -> None:
    job = put("workloads.train.job_accelerators", 64)
    assert run(chosen("none", "ib"), system, job).passed
    assert failed(run(chosen("none"), system, job)) == {"assignment.fabric"}
    alone = put("sites.here.fabric", "none")
    assert failed(run(with_fabrics, alone, system, job)) == {"assignment.fabric"}


def test_a_job_that_spans_servers_needs_a_fabric_on_its_own_pods() -> None:
    job = put("workloads.train.job_accelerators", 16)
    both = chosen("ib", "none")
    assert run(both, split(ib=10), job).passed
    report = run(both, split(ib=6, none=4), job)
    assert failed(report) == {"assignment.fabric"}
    assert limits(report, "assignment.fabric") == [(16, 8)]
    assert run(both, split(ib=6, none=4)).passed


def cluster(deliveries: dict[str, int], run_on: str, pods: int = 6) -> Change:
    """The run of audit_tasks.py on one fabric of several; whatever is left works for the throughput class."""

    def change(instance: Plain, design: Plain) -> None:
        chosen("ib", "eth", "none")(instance, design)
        run_instance(instance, design)
        decisions = design["decisions"]
        decisions["deliveries"] = tuple(POD | {"fabric": f, "pods": n} for f, n in deliveries.items())
        decisions["clusters"] = (POD | {"fabric": run_on, "workload": "pre", "pods": pods},)
        rest = {f: n - (pods / 2 if f == run_on else 0) for f, n in deliveries.items()}
        decisions["assignments"] = (
            POD | {"fabric": run_on, "workload": "pre", "pods": pods / 2},
            *(POD | {"fabric": f, "workload": "train", "pods": n} for f, n in rest.items() if n > 0),
        )

    return change


def test_a_run_on_one_of_two_fabrics() -> None:
    report = run(cluster({"ib": 4, "eth": 6}, "eth"))
    assert report.passed
    assert report.figures["training_days_max"] == pytest.approx(73 * 70 / 76.8)
    # The step is that of pods of 44 kW: 3 on the class at half, 4 of 48 kW at half, the cluster of 6 at a quarter.
    step = (0.5 * (3 * 44 + 4 * 48) + 0.25 * 6 * 44) / 1000 * 1.1
    least = put("sites.here.grid.voltage_step_max_fraction", 1e-9)
    found = limits(run(cluster({"ib": 4, "eth": 6}, "eth"), least), "battery.reserve")
    assert found == [(0.024, pytest.approx(step, rel=1e-5))]


def test_a_cluster_loses_by_its_own_fabric() -> None:
    # 192 chips are twice the reference: 76.8 * 2^-0.1 = 71.7 PFLOPS on ib suffice for 70, on eth 66.9 do not.
    ref = chip(fabric_reference_accelerators=96, fabric_exponent=0.1)
    ib = run(cluster({"ib": 6, "eth": 4}, "ib"), ref)
    assert "training.compute" not in failed(ib)
    assert ib.figures["training_days_max"] == pytest.approx(73 * 70 / 76.8 * 2**0.1)
    eth = run(cluster({"ib": 4, "eth": 6}, "eth"), ref)
    assert failed(eth) == {"training.compute"}
    assert limits(eth, "training.compute") == [(pytest.approx(76.8 * 2**-0.2), pytest.approx(70.0))]


def test_a_cluster_inside_its_servers() -> None:
    report = run(cluster({"none": 6, "ib": 4}, "none"))
    assert failed(report) == {"training.fabric"}
    assert limits(report, "training.fabric") == [(192, 8)]


def test_a_cluster_of_two_fabrics() -> None:
    # Three pods of each fabric are no six of one.
    report = run(cluster({"ib": 3, "eth": 7}, "ib"))
    assert failed(report) >= {"training.at_once"}
    assert limits(report, "training.at_once") == [(6, 3)]
    halves = set_rows("clusters", *(POD | {"fabric": f, "workload": "pre", "pods": 3} for f in ("ib", "eth")))
    two = run(cluster({"ib": 3, "eth": 7}, "eth"), halves)
    assert failed(two) >= {"training.cluster", "training.compute"}


def test_a_run_at_work_on_another_fabric_than_its_cluster() -> None:
    rows = (("ib", "train", 4.0), ("eth", "train", 3.0), ("eth", "pre", 3.0))

    def elsewhere(instance: Plain, design: Plain) -> None:
        design["decisions"]["assignments"] = tuple(POD | {"fabric": f, "workload": w, "pods": n} for f, w, n in rows)

    base = cluster({"ib": 6, "eth": 6}, "ib")
    assert failed(run(base, elsewhere)) >= {"training.elsewhere", "training.busy", "training.drawn"}


def test_serving_inside_servers() -> None:
    served = (serving_instance, on("none"))
    assert run(chosen("none"), *served, put("accelerators.us.per_server", 8)).passed
    large = put("workloads.chat.replica_accelerators", 16)
    assert "serving.fabric" in failed(run(chosen("none", "ib"), *served, large))
    assert "serving.fabric" not in failed(run(chosen("none", "ib"), serving_instance, on("ib"), large))


def test_cluster_and_serving_share_no_pods_of_different_fabrics() -> None:
    both = (chosen("ib", "eth"), both_instance, on("ib"))
    assert run(*both).passed
    assert "training.at_once" in failed(run(*both, set_deliveries(ib=8, eth=2)))


def set_deliveries(**pods: int) -> Change:
    return set_rows("deliveries", *(POD | {"fabric": name, "pods": number} for name, number in pods.items()))


def test_rules_by_accelerator_sum_over_fabrics() -> None:
    mixed = (IB_OR_ETH, split(ib=6, eth=4))
    quota = {"most": {"match": {"accelerator": "us"}, "max_accelerators": 320}}
    assert run(*mixed, put("procurement.quotas", quota)).passed
    quota["most"]["max_accelerators"] = 319
    report = run(*mixed, put("procurement.quotas", quota))
    assert limits(report, "rules.quota") == [(320, 319)]
    report = run(*mixed, put("accelerators.us.supply_per_year", 319))
    assert limits(report, "rules.supply") == [(320, 319)]
    share = {"all": {"match": {"accelerator": "us"}, "max_fraction": 0.9}}
    assert limits(run(*mixed, put("procurement.shares", share)), "rules.share") == [(128.0, pytest.approx(115.2))]
    assert failed(run(*mixed, put("staff.max_engineers", 5.2))) == set()
    assert failed(run(*mixed, put("staff.max_engineers", 5.1))) == {"staff.max_engineers"}


def test_licence_quota_sums_over_fabrics() -> None:
    def licensed(instance: Plain, design: Plain) -> None:
        instance["export"] = {"regime": "house", "parent": "singapore"}
        test = {"ruling": "licence", "clause": "house", "fee_fraction": 0.1, "quota_accelerators": 319}
        fact = {"fact": "origin", "op": "==", "value": "US"}
        rules = {"name": "House", "effective": date(2026, 1, 1), "source": "here"}
        instance["regimes"] = {"house": rules | {"tests": (test | {"when": (fact,)},)}}

    report = run(IB_OR_ETH, split(ib=6, eth=4), licensed)
    assert failed(report) == {"export.quota"}
    assert limits(report, "export.quota") == [(320, 319)]
    assert amounts(report)["licence_fees"] == pytest.approx(0.1 * 320 * 0.03)


def test_another_fabric_named_with_the_same_counts_is_another_design() -> None:
    instance, design = with_report(IB_OR_ETH)
    assert audit(instance, design).passed
    plain = design.model_dump()
    on("eth")(instance.model_dump(), plain)
    found = failed(audit(instance, design.model_validate(plain)))
    assert found >= {"ledger.capex_fabric", "ledger.energy", "ledger.it_mw", "figures.it_mw"}
    assert {"figures.peak_import_mw", "result.npv_cost_musd", "result.lcoc_usd_per_eflop"} <= found
    assert not {check for check in found if check.partition(".")[0] not in ("ledger", "figures", "result")}


def test_throughput_claimed_with_the_better_exponent_is_rejected() -> None:
    job = (LARGE, chip(**SHORT), put("phases.p1.target_pflops", 100.0))
    _, better = with_report(IB_OR_ETH, on("ib"), *job)
    instance, design = with_report(IB_OR_ETH, on("eth"), *job)
    assert audit(instance, design).passed
    assert better.reported is not None
    assert design.reported is not None
    claimed = better.reported.kpis["effective_pflops"]
    kpis = design.reported.kpis | {"effective_pflops": claimed}
    false = design.model_copy(update={"reported": design.reported.model_copy(update={"kpis": kpis})})
    assert failed(audit(instance, false)) == {"figures.effective_pflops"}


def test_sites_choose_for_themselves() -> None:
    def second_site(instance: Plain, design: Plain) -> None:
        instance["sites"]["there"] = instance["sites"]["here"] | {"fabric": "eth"}

    there = set_rows("retirements", POD | {"site": "there", "fabric": "eth", "pods": 1})
    assert failed(run(IB_OR_ETH, second_site)) == set()
    assert failed(run(IB_OR_ETH, second_site, there)) == {"fabric.named"}


def test_prepayment_leaves_the_fabric_out() -> None:
    parts = ({"at": "order", "fraction": 1.0},)
    paid = (put("procurement.payment", parts), put("finance.discount_rate", 0.1))
    one, other = run(IB_OR_ETH, *paid), run(IB_OR_ETH, on("eth"), *paid)
    assert amounts(one)["prepayment"] == amounts(other)["prepayment"] > 0.0

"""Which pods stand where, and what they work on: docs/model.md sections 3 and 4."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from optimizer.audit.case import AuditCase, Type, type_of
from optimizer.audit.fabrics import fabric_of_existing, joining_fault
from optimizer.audit.findings import Recorder, joined, listed
from optimizer.audit.halls import available_enough, hall_of_existing, listing_fault
from optimizer.audit.handover import commissioning_weeks
from optimizer.audit.periods import years_between
from optimizer.audit.pods import obstacle, resides, runs
from optimizer.audit.refresh import (
    check_retirements,
    failed_share,
    kept_beyond,
    longest_years,
    lots,
    removal_usd,
)
from optimizer.audit.resale import resale_fraction
from optimizer.inputs.compute import ExistingPods
from optimizer.inputs.setting import Workload

Key = tuple[str, int, Type]
"""Site, phase (by position), pod type."""


@dataclass(kw_only=True)
class Fleet:
    """Pods by site, phase and type. Keys that are absent are zero."""

    installed: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    existing: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    """The part of `installed` that was there before the plan."""
    failed: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    """The part of `installed` that stands failed."""
    beyond_years: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    """Existing pods times their years beyond their life."""
    delivered: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    assigned: dict[tuple[str, int, Type, str], float] = field(default_factory=lambda: defaultdict(float))
    """Pods at work, with the workload last in the key."""
    salvage_usd: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    worth_at_end_usd: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Existing pods that are still in service in the last phase and are sold by age, by site."""

    def installed_at(self, site: str, p: int) -> dict[Type, int]:
        """Installed pods of a site in a phase, by type."""
        return {kind: pods for (s, q, kind), pods in self.installed.items() if (s, q) == (site, p) and pods}

    def able(self, key: Key) -> float:
        """Pods that stand and have not failed."""
        return self.installed.get(key, 0) - self.failed.get(key, 0.0)

    def assigned_at(self, site: str, p: int) -> dict[tuple[Type, str], float]:
        """Pods at work at a site in a phase, by type and workload."""
        return {(kind, w): pods for (s, q, kind, w), pods in self.assigned.items() if (s, q) == (site, p) and pods}


def read_fleet(case: AuditCase, recorder: Recorder) -> Fleet:
    """Count the pods, and check what is retired."""
    fleet = Fleet()
    check_retirements(case, recorder)
    _add_deliveries(case, fleet)
    _add_existing(case, fleet, recorder)
    for row in case.decisions.assignments:
        kind = type_of(row)
        fleet.assigned[row.site, case.periods.index(row.phase), kind, row.workload] += row.pods
    return fleet


def _add_deliveries(case: AuditCase, fleet: Fleet) -> None:
    for lot in lots(case):
        row = lot.delivery
        kind, q = type_of(row), case.periods.index(row.phase)
        fleet.delivered[row.site, q, kind] += lot.pods
        stays = [p for p in range(q, len(case.periods.phases)) if lot.stands(case, p)]
        for p in stays:
            fleet.installed[row.site, p, kind] += lot.pods
            share = failed_share(case, row.accelerator, case.periods.t0[q], p)
            fleet.failed[row.site, p, kind] += share * lot.pods
        gone = stays[-1] + 1 if stays else len(case.periods.phases)
        if gone < len(case.periods.phases):
            fleet.salvage_usd[row.site, gone] -= lot.pods * removal_usd(case, row.site, kind)


def _add_existing(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Existing pods leave at the end of their life or when retired."""
    for site_id, site in case.instance.sites.items():
        left = [entry.pods for entry in site.existing_pods]
        for p in range(len(case.periods.phases)):
            alive = [
                case.periods.exists(entry.commissioned, p, longest_years(case.instance, entry.accelerator))
                for entry in site.existing_pods
            ]
            _remove_old(case, (site_id, p), left, alive, fleet)
            salvage_usd = _retire(case, (site_id, p), left, alive, recorder)
            if salvage_usd:
                fleet.salvage_usd[site_id, p] += salvage_usd
            for i, entry in enumerate(site.existing_pods):
                if alive[i]:
                    kind = existing_type(case, site_id, entry)
                    fleet.existing[site_id, p, kind] += left[i]
                    fleet.installed[site_id, p, kind] += left[i]
                    since = years_between(case.periods.base_date, entry.commissioned)
                    fleet.failed[site_id, p, kind] += left[i] * failed_share(case, entry.accelerator, since, p)
                    fleet.beyond_years[site_id, p, kind] += left[i] * kept_beyond(case, entry.accelerator, since, p)
                    if p == len(case.periods.phases) - 1 and entry.salvage_usd_per_pod is None:
                        worth_usd = _fetches_usd(case, site_id, entry, case.periods.horizon)
                        fleet.worth_at_end_usd[site_id] += left[i] * worth_usd


def _remove_old(case: AuditCase, at: tuple[str, int], left: list[int], alive: list[bool], fleet: Fleet) -> None:
    """What was in service until now and has reached the end of its time is removed."""
    site, p = at
    for i, entry in enumerate(case.instance.sites[site].existing_pods):
        longest = longest_years(case.instance, entry.accelerator)
        if p > 0 and not alive[i] and case.periods.exists(entry.commissioned, p - 1, longest):
            fleet.salvage_usd[at] -= left[i] * removal_usd(case, site, existing_type(case, site, entry))


def _fetches_usd(case: AuditCase, site: str, entry: ExistingPods, at_years: float) -> float:
    """What an existing pod is sold for: what its row says, or its price by age, or nothing."""
    if entry.salvage_usd_per_pod is not None:
        return entry.salvage_usd_per_pod
    chip = case.instance.accelerators[entry.accelerator]
    if not chip.resale:
        return 0.0
    pod = case.pod(site, existing_type(case, site, entry))
    new_usd = pod.accelerators * chip.price_usd + pod.servers * chip.server_rest_usd
    return new_usd * resale_fraction(chip.resale, at_years - years_between(case.periods.base_date, entry.commissioned))


def existing_type(case: AuditCase, site: str, entry: ExistingPods) -> Type:
    """The pod type of pods that are there already."""
    fabric, hall = fabric_of_existing(case.instance, site, entry), hall_of_existing(case.instance, site, entry)
    return Type(entry.accelerator, entry.cooling, fabric, hall)


def _retire(case: AuditCase, at: tuple[str, int], left: list[int], alive: list[bool], recorder: Recorder) -> float:
    """Take the retired pods out of `left`, those of the entry named first before the others; their salvage in USD."""
    site, salvage_usd = at[0], 0.0
    for row in case.decisions.retirements:
        if row.bought is not None or (row.site, case.periods.index(row.phase)) != at:
            continue
        wanted = row.pods
        for i, entry in enumerate(case.instance.sites[site].existing_pods):
            if alive[i] and existing_type(case, site, entry) == type_of(row):
                taken = min(wanted, left[i])
                left[i] -= taken
                wanted -= taken
                salvage_usd += taken * _fetches_usd(case, site, entry, case.periods.t0[at[1]])
                salvage_usd -= taken * removal_usd(case, site, type_of(row))
        where = joined(site, row.phase, *type_of(row))
        recorder.at_most("retirement.existing", where, wanted, 0, "pods retired beyond those there in their life")
    return salvage_usd


def check_admissible(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Every type that stands at a site may stand there; what is delivered may also be bought and ordered in time."""
    standing = {(site, kind) for (site, _, kind), pods in fleet.installed.items() if pods}
    standing |= {(site, kind) for (site, _, kind), pods in fleet.delivered.items() if pods}
    for site, kind in sorted(standing):
        reason = obstacle(case.instance, site, kind.accelerator, kind.cooling)
        recorder.holds("pods.possible", joined(site, *kind), reason is None, reason or "")
    for (site, p, kind), pods in sorted(fleet.delivered.items()):
        if pods:
            _check_delivery(case, site, p, kind, recorder)


def _check_delivery(case: AuditCase, site: str, p: int, kind: Type, recorder: Recorder) -> None:
    name, phase = kind.accelerator, case.periods.phases[p]
    chip, where = case.instance.accelerators[name], joined(site, phase, *kind)
    useful = any(
        runs(chip, work) and resides(case.instance, site, work) and available_enough(case.instance, kind.hall, work)
        for work in case.instance.workloads.values()
    )
    recorder.holds("pods.useful", where, useful, "no workload can run on it")
    fault = joining_fault(case.instance, site, name, kind.fabric)
    recorder.holds("fabric.joins", where, fault is None, fault or "")
    if kind.hall:
        fault = listing_fault(case.instance, site, kind.hall)
        recorder.holds("hall.listed", where, fault is None, fault or "")
    lists = case.instance.procurement
    included = any(fnmatchcase(name, pattern) for pattern in lists.include)
    excluded = any(fnmatchcase(name, pattern) for pattern in lists.exclude)
    recorder.holds("procurement.lists", where, included and not excluded, "the procurement lists leave it out")
    on_sale = lists.roadmap or not chip.roadmap
    recorder.holds("procurement.roadmap", where, on_sale, "it is announced or proposed, and not on sale")
    ruling = case.ruling(site, name, p)
    recorder.holds("export.denied", where, ruling.status != "denied", f"denied: {ruling.clause}")
    avoided = ruling.status == "licence" and case.instance.export.licences == "avoid"
    recorder.holds("export.licence_avoided", where, not avoided, "it needs a licence, and licences are avoided")
    lead_weeks = chip.lead_time_weeks + ruling.extra_lead_weeks + commissioning_weeks(case, site)
    in_time = case.periods.order_in_time(p, lead_weeks)
    recorder.holds("availability.lead_time", where, in_time, "it would have been ordered before the planning date")
    recorder.holds("availability.launch", where, case.periods.starts[p] >= chip.launch, "it is not on the market yet")
    sold = chip.last_delivery is None or case.periods.starts[p] <= chip.last_delivery
    recorder.holds("availability.last_delivery", where, sold, "it is no longer sold")


def check_assignments(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """No more pods work than stand there, and only on what they can run, where it may run."""
    at_work: dict[Key, float] = defaultdict(float)
    for (site, p, kind, workload), pods in fleet.assigned.items():
        at_work[site, p, kind] += pods
        able = runs(case.instance.accelerators[kind.accelerator], case.instance.workloads[workload]) or pods == 0
        where = joined(site, case.periods.phases[p], *kind, workload)
        recorder.holds("assignment.supported", where, able, "the workload cannot run on it")
        if pods:
            _check_place(case, site, kind, workload, recorder)
    for (site, p, kind), pods in at_work.items():
        where = joined(site, case.periods.phases[p], *kind)
        recorder.at_most("assignment.installed", where, pods, fleet.able((site, p, kind)), "pods at work")


def _check_place(case: AuditCase, site: str, kind: Type, name: str, recorder: Recorder) -> None:
    """The workload may be there at all, and a job that spans servers finds a fabric between them."""
    work, where = case.instance.workloads[name], joined(site, kind.accelerator, kind.fabric, kind.hall, name)
    if work.residency is not None:
        home = resides(case.instance, site, work)
        recorder.holds("assignment.residency", where, home, f"may run in {listed(work.residency)} only")
    if work.availability_min is not None:
        up = available_enough(case.instance, kind.hall, work)
        recorder.holds("assignment.availability", where, up, f"asks for availability {work.availability_min:g}")
    if isinstance(work, Workload) and not case.interconnect(site, kind).spans_servers:
        per_server = case.instance.accelerators[kind.accelerator].per_server
        recorder.at_most("assignment.fabric", where, work.job_accelerators, per_server, "accelerators of a job")

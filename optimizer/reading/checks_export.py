"""Whether export rules, milestones and payments fit together: each check is a small pure function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from optimizer.inputs.export import FLAGS, NUMBERS, Condition, Payment
from optimizer.inputs.schema import Instance
from optimizer.reading.messages import InputFinding
from optimizer.reading.schema_walk import did_you_mean
from optimizer.reading.toml_positions import KeyPath
from optimizer.regimes.places import PLACES
from optimizer.regimes.table import REGIMES

GROUP = re.compile(r"^[A-E]:[1-6]$")
STRICT = {"free": 0, "licence": 1, "denied": 2}


def one_regime_or_a_timeline(instance: Instance) -> Iterator[InputFinding]:
    """Either one regime for the whole horizon or a timeline."""
    export = instance.export
    if export.regime is None and not export.timeline:
        yield InputFinding("E0451", ("export",), "export has neither regime nor timeline", 'regime = "may_2026"')
    if export.regime is not None and export.timeline and export.regime != export.timeline[0].regime:
        message = f"export has both regime {export.regime} and a timeline that begins with {export.timeline[0].regime}"
        hint = "leave one of them out; timeline = [] takes an inherited one away"
        yield InputFinding("E0451", ("export", "regime"), message, hint, (("export", "timeline"),))


def timeline_has_no_gap(instance: Instance) -> Iterator[InputFinding]:
    """Entries rise in time, and the first is in force when the first order can be placed."""
    timeline, path = instance.export.timeline, ("export", "timeline")
    for number, (before, after) in enumerate(pairwise(timeline), 1):
        if after.from_date <= before.from_date:
            what = "is the same day as" if after.from_date == before.from_date else "is not later than"
            message = f"from_date {after.from_date} {what} that of the entry before, {before.from_date}"
            uses = ((*path, number - 1, "from_date"),)
            yield InputFinding(
                "E0452", (*path, number, "from_date"), message, "list the entries in order of time", uses
            )
    if timeline and timeline[0].from_date > instance.planning_date:
        message = (
            f"from_date {timeline[0].from_date}: no regime is in force from the planning date "
            f"{instance.planning_date} to then"
        )
        hint = f"from_date = {instance.planning_date}, or an entry before it"
        yield InputFinding("E0453", (*path, 0, "from_date"), message, hint, (("planning_date",),))


def own_regimes_stand_on_ground(instance: Instance) -> Iterator[InputFinding]:
    """A planner's regime has an id of its own and is not based on itself."""
    taken = {regime.id for regime in REGIMES}
    for name, spec in instance.regimes.items():
        if name in taken:
            message = f"there is a regime {name} already; a planner's own needs another id"
            yield InputFinding("E0454", ("regimes", name), message, f"[regimes.my_{name}] with based_on = {name!r}")
        chain, at = [name], spec.based_on
        while at is not None and at in instance.regimes and at not in chain:
            chain.append(at)
            at = instance.regimes[at].based_on
        if at == name:
            message = f"{name} is based on itself: {' -> '.join((*chain, name))}"
            yield InputFinding("E0454", ("regimes", name, "based_on"), message)


def conditions_can_be_judged(instance: Instance) -> Iterator[InputFinding]:
    """Operator and value fit the fact."""
    for name, spec in instance.regimes.items():
        for t, test in enumerate(spec.tests):
            for c, condition in enumerate(test.when):
                path = ("regimes", name, "tests", t, "when", c)
                wrong = _wrong(condition, instance)
                if wrong:
                    yield InputFinding("E0455", (*path, wrong[0]), f"{condition.fact}: {wrong[1]}", wrong[2])


def _wrong(condition: Condition, instance: Instance) -> tuple[str, str, str | None] | None:
    """Key, message and hint of what is wrong with a condition."""
    value, fact = condition.value, condition.fact
    kind = "a number" if fact in NUMBERS else "true or false" if fact in FLAGS else "text"
    fits = {"a number": isinstance(value, float | int) and not isinstance(value, bool), "text": isinstance(value, str)}
    if not fits.get(kind, isinstance(value, bool)):
        return "value", f"value must be {kind}, not {value!r}", None
    if fact not in NUMBERS and condition.op not in ("==", "!="):
        return "op", f"{condition.op} compares numbers; here only == and != make sense", 'op = "=="'
    known: dict[str, tuple[str, ...]] = {
        "origin": ("US", "CN"),
        "destination": tuple(place.id for place in PLACES),
        "parent": tuple(place.id for place in PLACES),
        "accelerator": tuple(instance.accelerators),
    }
    if fact in known and value not in known[fact]:
        return "value", f"there is no {value!r}", did_you_mean(str(value), known[fact])
    if fact.endswith("_group") and not GROUP.match(str(value)):
        return "value", f"{value!r} is no country group", 'such as "D:5"'
    return None


def terms_belong_to_licences(instance: Instance) -> Iterator[InputFinding]:
    """Fee, quota, lead weeks and probability are terms of a licence."""
    for name, spec in instance.regimes.items():
        for t, test in enumerate(spec.tests):
            given = [
                key
                for key in ("fee_fraction", "quota_accelerators", "extra_lead_weeks", "probability")
                if getattr(test, key) not in (None, 0.0)
            ]
            if given and test.ruling != "licence":
                path = ("regimes", name, "tests", t, given[0])
                yield InputFinding(
                    "E0456", path, f'{given[0]} is a term of a licence; the ruling here is "{test.ruling}"'
                )


def faster_is_not_more_lenient(instance: Instance) -> Iterator[InputFinding]:
    """A lenient test with a lower bound before a stricter one: a faster chip may fare better than a slower one."""
    for name, spec in instance.regimes.items():
        for t, test in enumerate(spec.tests):
            floors = [c.fact for c in test.when if c.fact in NUMBERS and c.op in (">=", ">")]
            stricter = [later for later in spec.tests[t + 1 :] if STRICT[later.ruling] > STRICT[test.ruling]]
            if floors and (stricter or (spec.based_on and test.ruling != "denied")):
                then = f'"{stricter[0].clause}"' if stricter else spec.based_on
                message = (
                    f'a chip with more {floors[0]} may fare better: "{test.clause}" comes before the stricter {then}'
                )
                yield InputFinding("W0641", ("regimes", name, "tests", t), message, "put stricter tests first")


def facts_are_there(instance: Instance) -> Iterator[InputFinding]:
    """A planner's regime that asks for density, and chips whose row has no die area."""
    asks = [
        (name, test.clause)
        for name, spec in instance.regimes.items()
        for test in spec.tests
        if any(c.fact == "performance_density" for c in test.when)
    ]
    lacking = [a for a, chip in instance.accelerators.items() if chip.die_mm2 is None]
    if asks and lacking:
        name, clause = asks[0]
        message = f'{name}: "{clause}" asks for performance_density, and {", ".join(lacking[:6])} have no die_mm2'
        hint = f"state accelerators.{lacking[0]}.die_mm2; a chip that cannot be ruled on is left out"
        yield InputFinding("W0642", ("regimes", name), message, hint, (("accelerators",),))


def payments_add_up(instance: Instance) -> Iterator[InputFinding]:
    """The fractions of the price are the whole price."""
    stated: list[tuple[KeyPath, Sequence[Payment]]] = [(("procurement", "payment"), instance.procurement.payment)]
    stated += [(("accelerators", name, "payment"), chip.payment) for name, chip in instance.accelerators.items()]
    for path, parts in stated:
        total = sum(part.fraction for part in parts)
        if parts and abs(total - 1.0) > 1e-9:
            yield InputFinding("E0457", path, f"the fractions of payment add up to {total:g}, not to 1")


def milestones_can_be_met(instance: Instance) -> Iterator[InputFinding]:
    """A phase has begun by then, what is asked can be used, and something can be delivered in time."""
    phases = list(instance.phases.items())
    for number, milestone in enumerate(instance.milestones):
        path = ("milestones", number)
        begun = [(name, phase) for name, phase in phases if phase.start <= milestone.date]
        if not begun:
            first = phases[0][1].start
            message = f"milestone of {milestone.date}: no phase has begun by then; the first starts on {first}"
            yield InputFinding("E0458", (*path, "date"), message, None, (("phases",),))
            continue
        name, phase = begun[-1]
        demand = phase.target_pflops if phase.demand_pflops is None else phase.demand_pflops
        if milestone.target_pflops > demand:
            message = (
                f"milestone of {milestone.date}: {milestone.target_pflops:g} PFLOPS are beyond the demand of {name}, "
                f"{demand:g}"
            )
            yield InputFinding("E0458", (*path, "target_pflops"), message, "raise demand_pflops", (("phases", name),))
        late = _too_late(instance, phase.start)
        if late:
            message = f"milestone of {milestone.date}: {late}"
            yield InputFinding(
                "E0459", (*path, "date"), message, None, (("planning_date",), ("phases",), ("accelerators",))
            )


def _too_late(instance: Instance, start: date) -> str | None:
    """Why nothing can be delivered by the start of a phase; None if something can, or if pods are there already."""
    if any(site.existing_pods for site in instance.sites.values()) or not instance.accelerators:
        return None
    arrivals = {
        name: max(instance.planning_date + timedelta(days=int(7 * chip.lead_time_weeks + 0.5)), chip.launch)
        for name, chip in instance.accelerators.items()
    }
    name = min(arrivals, key=lambda a: arrivals[a])
    if arrivals[name] <= start:
        return None
    weeks = instance.accelerators[name].lead_time_weeks
    return (
        f"no lead time allows it. The phase in force then starts on {start}; the first accelerator that can arrive is "
        f"{name}, ordered on the planning date and delivered {weeks:g} weeks later, on {arrivals[name]}"
    )


EXPORT_CHECKS = (
    one_regime_or_a_timeline,
    timeline_has_no_gap,
    own_regimes_stand_on_ground,
    conditions_can_be_judged,
    terms_belong_to_licences,
    faster_is_not_more_lenient,
    facts_are_there,
    payments_add_up,
    milestones_can_be_met,
)
"""Checks of this page."""

"""What a planner wrote that changes nothing: refusals without licences, factors on nothing, scenarios alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.inputs.policies import Match
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.inputs.uncertainty import Future
from optimizer.policies.rulings import rulings_if_known
from optimizer.reading.messages import InputFinding
from optimizer.reading.schema_walk import did_you_mean
from optimizer.reading.toml_positions import KeyPath
from optimizer.setting.matching import about_chip, matches, may_be_bought
from optimizer.setting.supply import has_quarters

PRICES, SUPPLY = "accelerator_price_factors", "accelerator_supply_factors"


def refusals_meet_licences(instance: Instance) -> Iterator[InputFinding]:
    """A scenario that refuses licences where nothing needs one is no scenario: nothing would be hedged."""
    for z, future in _scenarios(instance).items():
        meant = any(matches(a, future.refused) for a in instance.accelerators)
        licensed = _licensed(instance, future) if meant else None
        if licensed is None or any(matches(a, future.refused) for a in licensed):
            continue
        path = ("uncertainty", "scenarios", z, "refused")
        listed = ", ".join(f'"{pattern}"' for pattern in future.refused)
        why = (
            'export.licences is "avoid", so no licence is ever asked for'
            if instance.export.licences == "avoid"
            else f"under {future.regime or 'the rules in force'} none of them needs a licence after the reveal"
        )
        hint = "state a regime that asks for licences, in [regimes] or as regime of the scenario, or leave refused out"
        uses = (("export",), ("regimes",), ("accelerators",))
        yield InputFinding("E0464", path, f"{z} refuses the licences of {listed}, and {why}", hint, uses)


def _scenarios(instance: Instance) -> Mapping[str, Future]:
    return instance.uncertainty.scenarios if instance.uncertainty else {}


def _licensed(instance: Instance, future: Future) -> frozenset[str] | None:
    """Accelerators that need a licence in a phase of a scenario; None if law or places are not known.

    Phases before the reveal count too: only what no phase asks a licence for is said to need none.
    """
    if instance.export.licences == "avoid":
        return frozenset()
    export = instance.export
    if future.regime is not None:
        export = export.model_copy(update={"regime": future.regime, "timeline": ()})
    rulings = rulings_if_known(instance.model_copy(update={"export": export}))
    if rulings is None:
        return None
    return frozenset(a for (_, a, _), ruling in rulings.items() if ruling.status.value == "licence")


def factors_touch_something(instance: Instance) -> Iterator[InputFinding]:
    """Patterns of factors that fit no accelerator, and factors on a supply that is not limited."""
    for z, future in _scenarios(instance).items():
        for key in (PRICES, SUPPLY):
            yield from _on_nothing(instance, ("uncertainty", "scenarios", z, key), getattr(future, key))
    for p, phase in instance.phases.items():
        for key in (PRICES, SUPPLY):
            yield from _on_nothing(instance, ("phases", p, key), getattr(phase, key))


def _on_nothing(instance: Instance, path: KeyPath, factors: Mapping[str, float]) -> Iterator[InputFinding]:
    for pattern in factors:
        fitting = [a for a in instance.accelerators if matches(a, (pattern,))]
        if not fitting:
            hint = did_you_mean(pattern.strip("*"), instance.accelerators)
            message = f'{path[-1]}: no accelerator that may be bought fits "{pattern}"'
            yield InputFinding("W0606", (*path, pattern), message, hint, (("accelerators",),))
        elif path[-1] == SUPPLY and not any(_is_limited(instance, a) for a in fitting):
            message = f'{path[-1]}: the supply of what fits "{pattern}" is not limited, so the factor changes nothing'
            hint = f"state accelerators.{fitting[0]}.supply_per_year or supply_per_quarter"
            yield InputFinding("W0606", (*path, pattern), message, hint, (("accelerators",),))


def _is_limited(instance: Instance, accelerator: str) -> bool:
    chip = instance.accelerators[accelerator]
    return chip.supply_per_year is not None or has_quarters(chip)


def scenarios_differ(instance: Instance) -> Iterator[InputFinding]:
    """Two scenarios that change the same are one, with the sum of their probabilities."""
    seen: dict[tuple[object, ...], str] = {}
    for z, future in _scenarios(instance).items():
        same = seen.setdefault(_effect(instance, future), z)
        if same != z:
            message = f"{z} changes the same as {same}: they are one scenario"
            hint = f"add their probabilities, or say what {z} changes"
            uses = (("uncertainty", "scenarios", same), ("export",))
            yield InputFinding("W0647", ("uncertainty", "scenarios", z), message, hint, uses)


def _effect(instance: Instance, future: Future) -> tuple[object, ...]:
    """What a scenario changes, without what it only restates."""
    regime = None if not instance.export.timeline and future.regime == instance.export.regime else future.regime
    refused = tuple(sorted(a for a in instance.accelerators if matches(a, future.refused)))
    factors = tuple(
        tuple(sorted((pattern, value) for pattern, value in getattr(future, key).items() if value != 1))
        for key in (PRICES, SUPPLY)
    )
    numbers = (future.tariff_factor, future.utilisation_factor, future.demand_factor)
    return (regime, refused, *factors, *numbers, future.follows, future.from_phase)


def statuses_match_something(instance: Instance) -> Iterator[InputFinding]:
    """A quota or share on a ruling's status that no matching accelerator has in any phase."""
    rules: list[tuple[KeyPath, Match]] = []
    for table in ("quotas", "shares"):
        for name, rule in getattr(instance.procurement, table).items():
            rules.append((("procurement", table, name, "match"), rule.match))
    rules = [(path, match) for path, match in rules if match.status is not None]
    rulings = (rulings_if_known(instance) if rules else None) or {}
    for path, match in rules if rulings else ():
        about = [a for a in instance.accelerators if about_chip(instance, match, a)]
        statuses = {ruling.status.value for (_, a, _), ruling in rulings.items() if a in about}
        if about and match.status not in statuses:
            message = f'{path[2]} is about accelerators whose ruling is "{match.status}", and none that fits has it'
            yield InputFinding("W0606", path, message, None, (("export",), ("regimes",), ("accelerators",)))


def demand_factors_touch_something(instance: Instance) -> Iterator[InputFinding]:
    """A factor on targets, demands, floors and milestones where there are none from the reveal on."""
    for z, future in _scenarios(instance).items():
        if future.demand_factor == 1 or _asks_for_amounts(instance, _known_phases(instance)):
            continue
        message = (
            "demand_factor: no phase from the reveal on has a target, a demand, a floor or a milestone, so it changes "
            "nothing; training runs and services are tasks and stay as they are"
        )
        uses = (("phases",), ("workloads",), ("milestones",), ("uncertainty",))
        yield InputFinding("W0606", ("uncertainty", "scenarios", z, "demand_factor"), message, None, uses)


def _known_phases(instance: Instance) -> tuple[str, ...]:
    """Phases from the reveal on; all, if it is not known where that is."""
    tree, names = instance.uncertainty, tuple(instance.phases)
    if tree is not None and tree.reveal_phase in instance.phases:
        return names[names.index(tree.reveal_phase) :]
    day = tree.reveal_date if tree is not None else None
    return tuple(p for p in names if day is None or instance.phases[p].start >= day)


def _asks_for_amounts(instance: Instance, phases: tuple[str, ...]) -> bool:
    rows = [instance.phases[p] for p in phases]
    classes = [load for load in instance.workloads.values() if isinstance(load, Workload)]
    first = min((row.start for row in rows), default=None)
    return (
        any(row.target_pflops or row.demand_pflops for row in rows)
        or any(load.floor_pflops.get(p) for load in classes for p in phases)
        or any(first is not None and m.date >= first for m in instance.milestones)
    )


def quotas_have_phases(instance: Instance) -> Iterator[InputFinding]:
    """A quota over a list of no phases holds in none."""
    for name, quota in instance.procurement.quotas.items():
        if quota.phases == ():
            path = ("procurement", "quotas", name, "phases")
            message = f"phases of {name} is empty: the quota holds in no phase"
            yield InputFinding("W0606", path, message, "leave phases out: it then holds over the whole horizon")


def own_regimes_are_in_force(instance: Instance) -> Iterator[InputFinding]:
    """A planner's own regime that no day of the plan is under: `regimes` and `rules` alone look at it."""
    export = instance.export
    named = {export.regime, *(change.regime for change in export.timeline)}
    named |= {future.regime for future in _scenarios(instance).values()}
    while more := {own.based_on for name, own in instance.regimes.items() if name in named} - named:
        named |= more
    for name in instance.regimes:
        if name not in named:
            message = f"{name} is in force on no day of this plan; `optimizer regimes` and `optimizer rules` look at it"
            hint = f'state export.regime = "{name}", a timeline or a scenario with it, or leave it out'
            yield InputFinding("W0650", ("regimes", name), message, hint, (("export",), ("uncertainty",)))


def existing_facilities_are_of_one(instance: Instance) -> Iterator[InputFinding]:
    """What stands of a facility already, at a site that pays for none."""
    for s, site in instance.sites.items():
        if site.existing_facility_mw and site.facility is None:
            path = ("sites", s, "existing_facility_mw")
            message = f"existing_facility_mw of {s} changes nothing: the site has no facility to pay for"
            yield InputFinding("W0606", path, message, f'name one, such as sites.{s}.facility = "ROW", or leave it out')


def offers_can_be_taken(instance: Instance) -> Iterator[InputFinding]:
    """Offers of accelerators that the planner's own lists leave out."""
    for name, offer in instance.offers.items():
        chips = dict.fromkeys(tier.accelerator for tier in offer.tiers)
        left_out = [a for a in chips if not may_be_bought(instance, a)]
        if len(left_out) == len(chips):
            message = f"{name} changes nothing: {', '.join(left_out)} may not be bought by the planner's own lists"
            hint = "procurement.include and procurement.exclude decide what may be bought"
            yield InputFinding("W0606", ("offers", name), message, hint, (("procurement",),))


def envelopes_have_quality(instance: Instance) -> Iterator[InputFinding]:
    """A first envelope in which there is nothing to mark."""
    tender = instance.tender
    if tender is not None and tender.two_envelopes and not tender.quality:
        message = "two_envelopes changes nothing: there is no criterion of quality to mark before prices are opened"
        yield InputFinding("W0606", ("tender", "two_envelopes"), message, "add [tender.quality.NAME] tables")


NO_EFFECT_CHECKS = (
    refusals_meet_licences,
    factors_touch_something,
    demand_factors_touch_something,
    scenarios_differ,
    statuses_match_something,
    quotas_have_phases,
    own_regimes_are_in_force,
    existing_facilities_are_of_one,
    offers_can_be_taken,
    envelopes_have_quality,
)
"""Checks of this page."""

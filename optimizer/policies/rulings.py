"""The export ruling on every accelerator at every site, by phase of delivery. Pure."""

from __future__ import annotations

from dataclasses import replace

from optimizer.assets.compute.admission import Rulings
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.policies.export_rules import InForce, in_force, known_regimes
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.flags import GP10_SINCE, meets_3a090
from optimizer.regimes.places import place
from optimizer.regimes.ruling import DATA_MISSING, Ruling, RulingStatus, Trade
from optimizer.setting.calendar import Calendar, calendar_of


def rulings_of(instance: Instance, calendar: Calendar) -> Rulings:
    """The export ruling on every accelerator at every site, by phase of delivery."""
    parent, known = place(instance.export.parent), known_regimes(instance)
    laws = {p: in_force(instance.export, known, calendar.starts[p]) for p in calendar.phases}
    export = instance.export

    def trade(destination: str, p: str) -> Trade:
        return Trade(
            place(destination),
            parent,
            calendar.starts[p],
            buyer=export.buyer,
            shipped_from_us=export.shipped_from_us,
            volume_cap_accelerators=export.volume_cap_accelerators,
        )

    return {
        (s, name, p): _local(site.import_licence_weeks, _ruling(instance, name, laws[p], trade(site.place, p)))
        for s, site in instance.sites.items()
        for name in instance.accelerators
        for p in calendar.phases
    }


def rulings_if_known(instance: Instance) -> Rulings | None:
    """The same of an instance that may be wrong; None where its places or regimes are not known.

    Reported elsewhere: a place or a regime that does not exist, a condition that compares text with a number.
    """
    if instance.export.regime is None and not instance.export.timeline:
        return None
    try:
        return rulings_of(instance, calendar_of(instance))
    except (KeyError, TypeError, ValueError):
        return None


def _local(weeks: float, ruling: Ruling) -> Ruling:
    """The ruling with the weeks that the destination's own import licence takes."""
    if not weeks or ruling.status is RulingStatus.DENIED:
        return ruling
    return replace(ruling, extra_lead_weeks=ruling.extra_lead_weeks + weeks)


def _ruling(instance: Instance, name: str, law: InForce, trade: Trade) -> Ruling:
    """The ruling on one chip. One that needs a fact nobody stated leaves the chip out, and says which fact."""
    try:
        chip = instance.accelerators[name]
        ruling = law.regime.rule(chip_facts(chip.product or name, chip), trade)
    except MissingFact as missing:
        lacking = f"{name}: {missing.clause} turns on {missing.field}, which its row does not give"
        reason = f"{lacking}; state accelerators.{name}.{missing.field} to have it ruled on"
        at = (law.regime.effective, law.regime.source, reason)
        ruling = Ruling(RulingStatus.DENIED, missing.clause, *at, probability=0.0, flags=(DATA_MISSING,))
    if instance.export.prc_3a090 == "avoid":
        ruling = _without_gp10(instance, name, ruling)
    return replace(ruling, entry=law.entry)


def may_breach_gp10(name: str, chip: Accelerator) -> bool | None:
    """Whether a chip is of Chinese design and meets 3A090; None if its density decides and is not known."""
    return meets_3a090(chip_facts(name, chip)) if chip.origin == "CN" else False


def _without_gp10(instance: Instance, name: str, ruling: Ruling) -> Ruling:
    """A chip of Chinese design that meets 3A090, or may meet it, is left out: the planner's own policy."""
    if ruling.status is RulingStatus.DENIED:
        return ruling
    meets = may_breach_gp10(name, instance.accelerators[name])
    if meets is False:
        return ruling
    reason = (
        f"{name} is of Chinese design and meets 3A090."
        if meets
        else f"{name} is of Chinese design, and without accelerators.{name}.die_mm2 it cannot be excluded that it "
        "meets 3A090."
    )
    clause = "planner's policy: General Prohibition 10 avoided (export.prc_3a090)"
    return Ruling(RulingStatus.DENIED, clause, GP10_SINCE, "S162", reason, probability=0.0, flags=ruling.flags)

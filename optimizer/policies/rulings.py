"""The export ruling on every accelerator at every site, by phase of delivery. Pure."""

from __future__ import annotations

from dataclasses import replace

from optimizer.assets.compute.admission import Rulings
from optimizer.inputs.schema import Instance
from optimizer.policies.export_rules import InForce, in_force, known_regimes
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.places import place
from optimizer.regimes.ruling import DATA_MISSING, Ruling, RulingStatus, Trade
from optimizer.setting.calendar import Calendar


def rulings_of(instance: Instance, calendar: Calendar) -> Rulings:
    """The export ruling on every accelerator at every site, by phase of delivery."""
    parent, known = place(instance.export.parent), known_regimes(instance)
    laws = {p: in_force(instance.export, known, calendar.starts[p]) for p in calendar.phases}
    return {
        (s, name, p): _ruling(instance, name, laws[p], Trade(place(site.place), parent, calendar.starts[p]))
        for s, site in instance.sites.items()
        for name in instance.accelerators
        for p in calendar.phases
    }


def _ruling(instance: Instance, name: str, law: InForce, trade: Trade) -> Ruling:
    """The ruling on one chip. One that needs a fact nobody stated leaves the chip out, and says which fact."""
    try:
        ruling = law.regime.rule(chip_facts(name, instance.accelerators[name]), trade)
    except MissingFact as missing:
        lacking = f"{name}: {missing.clause} turns on {missing.field}, which its row does not give"
        reason = f"{lacking}; state accelerators.{name}.{missing.field} to have it ruled on"
        at = (law.regime.effective, law.regime.source, reason)
        ruling = Ruling(RulingStatus.DENIED, missing.clause, *at, probability=0.0, flags=(DATA_MISSING,))
    return replace(ruling, entry=law.entry)

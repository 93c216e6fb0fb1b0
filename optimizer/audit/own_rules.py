"""Which rules decide on a delivery, and a planner's own ones: docs/export_rules.md, sections 11 and 12.

A second reading of those sections; the law itself is in rulings.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from optimizer.audit.rulings import (
    FREE,
    AuditedRuling,
    AuditedTrade,
    MissingFactError,
    barred_by_prohibition_10,
    groups,
    known_places,
    rule,
    total_processing_performance,
)
from optimizer.inputs.schema import Instance

PLAIN = ("tier", "origin", "vendor", "entity_listed", "data_centre", "memory_bandwidth_gbs")
"""Facts that are columns of the chip under the same name."""


@dataclass(frozen=True)
class Rulings:
    """Rulings of an instance by site, accelerator and phase."""

    instance: Instance
    starts: Sequence[date] = ()
    """First days of the phases; needed where there is a timeline."""

    def on(self, site: str, accelerator: str, p: int = 0) -> AuditedRuling:
        """The ruling at a site in a phase. What cannot be ruled on counts as denied, with the reason as its clause."""
        here, export = self.instance.sites[site], self.instance.export
        cap = export.volume_cap_accelerators
        trade = AuditedTrade(here.place, export.parent, export.buyer, export.shipped_from_us, cap)
        entry, regime = self._law(p)
        try:
            ruling = self._ask(regime, accelerator, trade, ())
            if export.prc_3a090 == "avoid" and barred_by_prohibition_10(self.instance.accelerators[accelerator]):
                ruling = AuditedRuling(status="denied", clause="planner's policy: General Prohibition 10 avoided")
        except ValueError as error:
            ruling = AuditedRuling(status="denied", clause=str(error))
        if ruling.status == "denied":
            return replace(ruling, entry=entry)
        weeks = ruling.extra_lead_weeks + here.import_licence_weeks
        return replace(ruling, entry=entry, extra_lead_weeks=weeks)

    def _law(self, p: int) -> tuple[int, str]:
        """Entry of the timeline, and id of the regime, for a delivery in a phase."""
        export = self.instance.export
        if not export.timeline:
            return 0, export.regime or "(none)"
        latest = -1
        for number, entry in enumerate(export.timeline):
            if not entry.from_date > self.starts[p]:
                latest = number
        return latest, export.timeline[latest].regime if latest >= 0 else "(none in force)"

    def _ask(self, regime: str, accelerator: str, trade: AuditedTrade, seen: tuple[str, ...]) -> AuditedRuling:
        """A regime of law, or a planner's, whose tests come first and what it is based on last."""
        own = self.instance.regimes.get(regime)
        if own is None:
            return rule(regime, self.instance.accelerators[accelerator], trade)
        if regime in seen:
            raise ValueError(f"{regime} is based on itself")
        known_places(trade.destination, trade.parent)
        dated = replace(trade, groups_on=own.effective)
        for test in own.tests:
            if all(self._true(c.fact, c.op, c.value, (accelerator, dated)) for c in test.when):
                return AuditedRuling(
                    status=test.ruling,
                    clause=test.clause,
                    fee_fraction=test.fee_fraction,
                    extra_lead_weeks=test.extra_lead_weeks,
                    quota=test.quota_accelerators,
                )
        return self._ask(own.based_on, accelerator, trade, (*seen, regime)) if own.based_on else FREE

    def _true(self, fact: str, op: str, wanted: float | bool | str, about: tuple[str, AuditedTrade]) -> bool:
        """One condition. Raises MissingFactError for a density without die area."""
        accelerator, trade = about
        if fact in ("destination_group", "parent_group"):
            place = trade.destination if fact == "destination_group" else trade.parent
            member = wanted in groups(place, trade.groups_on) or (place == "macau" and wanted == "D:5")
            return member if op == "==" else not member
        have = self._value(fact, accelerator, trade)
        if op in ("==", "!="):
            return (have == wanted) == (op == "==")
        a, b = float(str(have)), float(wanted)
        return {">=": a >= b, ">": a > b, "<=": a <= b, "<": a < b}[op]

    def _value(self, fact: str, accelerator: str, trade: AuditedTrade) -> object:
        chip = self.instance.accelerators[accelerator]
        if fact in PLAIN:
            return getattr(chip, fact)
        if fact == "performance_density" and chip.die_mm2 is None:
            raise MissingFactError(f"{chip.name}: die_mm2 is needed for performance_density")
        computed: dict[str, object] = {
            "accelerator": chip.product or accelerator,
            "destination": trade.destination,
            "parent": trade.parent,
            "io_bandwidth_gbs": chip.link_gbs,
        }
        if fact in computed:
            return computed[fact]
        tpp = total_processing_performance(chip)
        return tpp if fact == "tpp" else tpp / (chip.die_mm2 or 1.0)

"""Whether the steps of a tariff, its energy blocks and what its rebates must earn, are in order and can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.reading.messages import InputFinding

_LONGEST_MONTH_H = 744
_WHY_RISING = (
    "a bill that rises more slowly with energy is no linear programme; write one price, that of your consumption, "
    "in the energy rows"
)


def energy_blocks_rise(instance: Instance) -> Iterator[InputFinding]:
    """Blocks begin one after the other, and none is cheaper than the one before."""
    for name, tariff in instance.tariffs.items():
        from_kwh, surcharge = 0.0, 0.0
        for number, row in enumerate(tariff.energy_blocks):
            path = ("tariffs", name, "energy_blocks", number)
            before = (("tariffs", name, "energy_blocks", number - 1),) if number else ()
            if row.from_kwh == from_kwh:
                message = f"energy_blocks of {name}: two rows begin at {row.from_kwh:g} kWh, a block without width"
                yield InputFinding("E0421", (*path, "from_kwh"), message, "leave one of the two out", before)
            elif row.from_kwh < from_kwh:
                message = f"energy_blocks of {name}: from_kwh {row.from_kwh:g} is below {from_kwh:g} of the row before"
                hint = "write the rows in the order of from_kwh, in kWh of a month"
                yield InputFinding("E0421", (*path, "from_kwh"), message, hint, before)
            if row.surcharge_per_kwh < surcharge:
                earlier = f"below {surcharge:g} of the row before" if number else "below 0, the price of the hours"
                message = f"energy_blocks of {name}: surcharge_per_kwh {row.surcharge_per_kwh:g} is {earlier}"
                yield InputFinding("E0421", (*path, "surcharge_per_kwh"), message, _WHY_RISING, before)
            from_kwh, surcharge = row.from_kwh, row.surcharge_per_kwh


def eligibility_has_rebates(instance: Instance) -> Iterator[InputFinding]:
    """Hours to reach are about rebates."""
    for name, tariff in instance.tariffs.items():
        if tariff.load_factor_eligible_hours is not None and not tariff.load_factor_rebates:
            path = ("tariffs", name, "load_factor_eligible_hours")
            message = f"{name} states load_factor_eligible_hours, and no load_factor_rebates that they would hold for"
            yield InputFinding("E0442", path, message, "state load_factor_rebates, or leave it out")


def steps_can_be_reached(instance: Instance) -> Iterator[InputFinding]:
    """A block begins where some site can get to, and rebates ask for no more hours than there are.

    The months of a short year stand for longer ones, and are not judged.
    """
    if instance.solve.hours != HOURS_PER_YEAR:
        return
    for site_id, site in instance.sites.items():
        tariff = instance.tariffs.get(site.tariff)
        if tariff is None:
            continue
        path = ("tariffs", site.tariff)
        most_mw = max([site.grid_mw, *(stage.mw for stage in site.grid_stages)])
        most_kwh = 1000 * most_mw * _LONGEST_MONTH_H
        for number, row in enumerate(tariff.energy_blocks):
            if row.from_kwh >= most_kwh:
                message = (
                    f"energy_blocks of {site.tariff}: {site_id} never gets to from_kwh {row.from_kwh:g}, since "
                    f"grid_mw {most_mw:g} gives {most_kwh:g} kWh in its longest month at most"
                )
                uses = (("sites", site_id, "grid_mw"),)
                at = (*path, "energy_blocks", number, "from_kwh")
                yield InputFinding("W0659", at, message, "leave the row out, or write from_kwh in kWh of a month", uses)
        hours, most_hours = tariff.load_factor_eligible_hours, _LONGEST_MONTH_H * site.grid.power_factor
        if hours is not None and hours > most_hours:
            message = (
                f"load_factor_eligible_hours {hours:g} of {site.tariff}: {site_id} never gets to more than "
                f"{most_hours:g} kWh per kVA, full load in every hour, so its rebates are never paid"
            )
            remedy = "write the mean kWh of a month per kVA of its highest demand, or leave the rebates out"
            yield InputFinding("W0659", (*path, "load_factor_eligible_hours"), message, remedy)


TARIFF_STEP_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    energy_blocks_rise,
    eligibility_has_rebates,
    steps_can_be_reached,
)

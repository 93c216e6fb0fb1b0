"""Whether tariffs cover the year, and their money can be converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from optimizer.inputs.quantity import HOURS_PER_YEAR, MONTHS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import DemandCharge, Tariff
from optimizer.operations.flexible import dispatches
from optimizer.reading.messages import MONTHS, InputFinding
from optimizer.setting.hours import hours_of_days

_DAYS = ("weekday", "weekend")
_SHOWN = 3

Slot = tuple[int, str, int]
"""Month (1 to 12), weekday or weekend, hour of the day: hours of one slot always have the same price."""


def every_hour_has_one_price(instance: Instance) -> Iterator[InputFinding]:
    """Every hour of the year is covered by exactly one row of the tariff."""
    for name, tariff in instance.tariffs.items():
        path = ("tariffs", name, "energy")
        for number, row in enumerate(tariff.energy):
            if row.from_hour >= row.to_hour:
                message = f"from_hour {row.from_hour} of {row.label} is not before to_hour {row.to_hour}"
                hint = "split a price over midnight into two rows: one until to_hour = 24, one from from_hour = 0"
                yield InputFinding("E0407", (*path, number, "from_hour"), message, hint, ((*path, number, "to_hour"),))
        covered = _coverage(tariff)
        gaps = [slot for slot, rows in covered.items() if not rows]
        overlaps = [slot for slot, rows in covered.items() if len(rows) > 1]
        if gaps:
            yield InputFinding(
                "E0407", path, f"energy of {name} has no price for {_spans(gaps)}", "every hour needs exactly one row"
            )
        if overlaps:
            labels = sorted({tariff.energy[number].label for slot in overlaps for number in covered[slot]})
            message = f"energy of {name} has more than one price ({', '.join(labels[:4])}) for {_spans(overlaps)}"
            yield InputFinding("E0407", path, message, "every hour needs exactly one row")


def _coverage(tariff: Tariff) -> dict[Slot, list[int]]:
    covered: dict[Slot, list[int]] = {
        (month, day, hour): [] for month in range(1, MONTHS_PER_YEAR + 1) for day in _DAYS for hour in range(24)
    }
    for number, row in enumerate(tariff.energy):
        for month in dict.fromkeys(row.months):
            for day in _DAYS if row.days == "all" else (row.days,):
                for hour in range(row.from_hour, row.to_hour):
                    covered[month, day, hour].append(number)
    return covered


def _spans(slots: list[Slot]) -> str:
    """The slots as stretches of hours; those beyond the first few are counted."""
    stretches: list[tuple[int, str, int, int]] = []
    for month, day, hour in slots:
        if stretches and stretches[-1][:2] == (month, day) and stretches[-1][3] == hour:
            stretches[-1] = (*stretches[-1][:3], hour + 1)
        else:
            stretches.append((month, day, hour, hour + 1))
    spans = [f"{MONTHS[month - 1]} {day}s {first:02d}:00-{last:02d}:00" for month, day, first, last in stretches]
    more = f" and {len(spans) - _SHOWN} more stretches" if len(spans) > _SHOWN else ""
    return "; ".join(spans[:_SHOWN]) + more


def tariff_money_is_known(instance: Instance) -> Iterator[InputFinding]:
    """A tariff in another currency needs an exchange rate."""
    for name, tariff in instance.tariffs.items():
        if tariff.currency != "USD" and tariff.currency not in instance.exchange_rates:
            path = ("tariffs", name, "currency")
            message = f"currency: tariff {name} is in {tariff.currency}, and there is no exchange rate for it"
            help_text = f"add [exchange_rates.{tariff.currency}] with per_usd and quoted"
            yield InputFinding("E0408", path, message, help_text, (("exchange_rates",),))


def reporting_money_is_known(instance: Instance) -> Iterator[InputFinding]:
    """Amounts are told in a currency that has an exchange rate."""
    if instance.currency != "USD" and instance.currency not in instance.exchange_rates:
        message = f"currency: amounts are to be told in {instance.currency}, and there is no exchange rate for it"
        help_text = f"add [exchange_rates.{instance.currency}] with per_usd and quoted, or write USD"
        yield InputFinding("E0408", ("currency",), message, help_text, (("exchange_rates",),))


def tariff_price_years_agree(instance: Instance) -> Iterator[InputFinding]:
    """Prices of a tariff are taken as money of the instance's price year."""
    for name, tariff in instance.tariffs.items():
        if tariff.price_year != instance.finance.price_year:
            message = (
                f"price_year of tariff {name} is {tariff.price_year}, that of the instance "
                f"{instance.finance.price_year}; prices are taken as they are"
            )
            yield InputFinding("W0602", ("tariffs", name, "price_year"), message, None, (("finance", "price_year"),))


def demand_rows_hold_sometimes(instance: Instance) -> Iterator[InputFinding]:
    """A charge on demand looks at some hour; charges that look at the same hours both count."""
    for name, tariff in instance.tariffs.items():
        seen: dict[str, int] = {}
        for number, row in enumerate(tariff.demand):
            path = ("tariffs", name, "demand", number)
            if row.from_hour >= row.to_hour:
                message = f"from_hour {row.from_hour} of {row.label} is not before to_hour {row.to_hour}"
                help_text = "a charge over midnight is on the highest of all its hours: it cannot be split into two"
                yield InputFinding("E0407", (*path, "from_hour"), message, help_text, ((*path, "to_hour"),))
            if row.label in seen:
                message = f"label {row.label} is used by demand rows {seen[row.label] + 1} and {number + 1} of {name}"
                yield InputFinding("E0423", (*path, "label"), message, "give every row a label of its own")
            seen.setdefault(row.label, number)
            yield from _charge_says_something(name, number, row)
        for first, second in combinations(tariff.demand, 2):
            # Parts of a bill that state minimums of their own (distribution, generation) meet on purpose.
            if _meet(first, second) and not (first.minimum_fraction and second.minimum_fraction):
                message = f"demand rows {first.label} and {second.label} of {name} share hours: both are charged there"
                yield InputFinding("W0613", ("tariffs", name, "demand"), message)


def _charge_says_something(name: str, number: int, row: DemandCharge) -> Iterator[InputFinding]:
    """A charge has a price, and shares of a month's bill need a price by the month."""
    path = ("tariffs", name, "demand", number)
    if not row.per_kva_month and not row.per_kva_year:
        message = f"demand row {row.label} of {name} charges nothing"
        yield InputFinding("E0425", path, message, "state per_kva_month or per_kva_year, above 0, or leave the row out")
    for key in ("ratchet_fraction", "minimum_fraction"):
        if getattr(row, key) and not row.per_kva_month and row.per_kva_year:
            message = f"{key} of {row.label} is a share of what each month is billed for, and {name} bills no month"
            yield InputFinding("E0425", (*path, key), message, "state per_kva_month, or leave it out")


def holidays_are_days(instance: Instance) -> Iterator[InputFinding]:
    """A holiday is a day of the reference year, and a tariff that has any tells weekdays from weekends."""
    for name, tariff in instance.tariffs.items():
        path = ("tariffs", name, "holidays")
        for number, day in enumerate(tariff.holidays):
            if not hours_of_days([day]).any():
                message = f"holidays of {name}: {day} is no day of the reference year"
                yield InputFinding("E0426", (*path, number), message, "days are MM-DD; 29 February is left out")
            elif day in tariff.holidays[:number]:
                yield InputFinding("E0426", (*path, number), f"holidays of {name} name {day} twice", "leave it out")
        if tariff.holidays and not any(row.days != "all" for row in (*tariff.energy, *tariff.demand)):
            message = f"holidays of {name} have no effect: no row tells weekdays from weekends"
            yield InputFinding("W0655", path, message, None)


def year_is_long_enough(instance: Instance) -> Iterator[InputFinding]:
    """The year's highest demand of a short year is that of the hours kept."""
    if instance.solve.hours == HOURS_PER_YEAR:
        return
    for name, tariff in instance.tariffs.items():
        for number, row in enumerate(tariff.demand):
            if row.ratchet_fraction or row.per_kva_year:
                message = (
                    f"demand row {row.label} of {name} looks at the highest demand of twelve months, "
                    f"and only {instance.solve.hours} hours are looked at: it is the highest of these"
                )
                path = ("tariffs", name, "demand", number)
                yield InputFinding("W0656", path, message, "leave solve.hours out", (("solve", "hours"),))


def _meet(first: DemandCharge, second: DemandCharge) -> bool:
    days = "all" in (first.days, second.days) or first.days == second.days
    hours = max(first.from_hour, second.from_hour) < min(first.to_hour, second.to_hour)
    return days and hours and bool(set(first.months) & set(second.months))


def bills_are_convex(instance: Instance) -> Iterator[InputFinding]:
    """Prices beyond a block or a contract do not fall; the two prices of each come together."""
    for name, tariff in instance.tariffs.items():
        path = ("tariffs", name)
        block, above = tariff.demand_block_kva, tariff.demand_above_block_per_kva_month
        if (block is None) != (above is None):
            message = f"{name} states only one of demand_block_kva and demand_above_block_per_kva_month"
            yield InputFinding("E0421", path, message, "state both, or neither")
        elif above is not None and above < tariff.demand_per_kva_month:
            key = "demand_above_block_per_kva_month"
            message = f"{key} of {name} is {above:g}, below demand_per_kva_month {tariff.demand_per_kva_month:g}"
            help_text = (
                "a bill that rises more slowly with demand is no linear programme; take the price at your demand"
            )
            yield InputFinding("E0421", (*path, key), message, help_text, ((*path, "demand_per_kva_month"),))
        inside, outside = tariff.contracted_per_kw_month, tariff.uncontracted_per_kw_month
        if (inside is None) != (outside is None):
            message = f"{name} states only one of contracted_per_kw_month and uncontracted_per_kw_month"
            yield InputFinding("E0421", path, message, "state both, or neither")
        elif inside is not None and outside is not None and outside < inside:
            key = "uncontracted_per_kw_month"
            message = f"{key} of {name} is {outside:g}, below contracted_per_kw_month {inside:g}"
            hint = "use beyond the contract costs no less than the contract; are the two prices swapped?"
            yield InputFinding("E0421", (*path, key), message, hint, ((*path, "contracted_per_kw_month"),))
        for number, (before, after) in enumerate(pairwise(tariff.load_factor_rebates), 1):
            if after.from_hours <= before.from_hours or after.per_kwh < before.per_kwh:
                message = f"load_factor_rebates of {name}: from_hours and per_kwh must rise from row to row"
                rows = (*path, "load_factor_rebates")
                hint = "write the rows in the order of from_hours"
                yield InputFinding("E0421", (*rows, number), message, hint, ((*rows, number - 1),))


def rebates_without_dispatch(instance: Instance) -> Iterator[InputFinding]:
    """A rebate on a high load factor makes the bill concave, and no cut of a convex bill holds."""
    for site_id, site in instance.sites.items():
        tariff = instance.tariffs.get(site.tariff)
        if tariff is None or not tariff.load_factor_rebates or not dispatches(instance, site_id):
            continue
        path = ("sites", site_id, "tariff")
        message = f"tariff {site.tariff} of {site_id} has load_factor_rebates, and the site dispatches"
        help_text = "the least bill is then no linear programme; price the rebate into the energy rows instead"
        yield InputFinding("E0422", path, message, help_text, (("tariffs", site.tariff, "load_factor_rebates"),))


def net_prices_are_not_negative(instance: Instance) -> Iterator[InputFinding]:
    """Where a site is paid for import, using more pays: the plan may then be one that wastes energy."""
    for site, spec in instance.sites.items():
        tariff = instance.tariffs.get(spec.tariff)
        if tariff is None:
            continue
        if tariff.currency != "USD" and tariff.currency not in instance.exchange_rates:
            continue
        rate = instance.exchange_rates[tariff.currency].per_usd if tariff.currency in instance.exchange_rates else 1.0
        rebate = max((row.per_kwh for row in tariff.load_factor_rebates), default=0.0)
        carbon_usd = spec.carbon_price_usd_per_t * spec.carbon_kg_per_kwh / 1000
        least = min((row.price_per_kwh for row in tariff.energy), default=0.0)
        net = least + tariff.fuel_clause_per_kwh - rebate + carbon_usd * rate
        if net < 0:
            cause = "fuel_clause_per_kwh" if tariff.fuel_clause_per_kwh < 0 else "load_factor_rebates"
            message = (
                f"with fuel clause, rebates and carbon {site} pays as little as {net:.4g} {tariff.currency} per kWh, "
                "less than nothing: import is paid for there, and so is waste"
            )
            help_text = "right if the market pays for consumption; otherwise look for a sign or a unit"
            yield InputFinding("W0620", ("tariffs", spec.tariff, cause), message, help_text)


TARIFF_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    every_hour_has_one_price,
    tariff_money_is_known,
    reporting_money_is_known,
    tariff_price_years_agree,
    demand_rows_hold_sometimes,
    holidays_are_days,
    year_is_long_enough,
    bills_are_convex,
    rebates_without_dispatch,
    net_prices_are_not_negative,
)

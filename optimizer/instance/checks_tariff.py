"""Whether tariffs cover the year, and their money can be converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.instance.messages import Finding
from optimizer.instance.schema import Instance
from optimizer.quantity import MONTHS_PER_YEAR
from optimizer.setting.spec import Tariff

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("weekday", "weekend")
_SHOWN = 3

Slot = tuple[int, str, int]
"""Month (1 to 12), weekday or weekend, hour of the day: hours of one slot always have the same price."""


def every_hour_has_one_price(instance: Instance) -> Iterator[Finding]:
    """Every hour of the year is covered by exactly one row of the tariff."""
    for name, tariff in instance.tariffs.items():
        path = ("tariffs", name, "energy")
        for number, row in enumerate(tariff.energy):
            if row.from_hour >= row.to_hour:
                message = f"from_hour {row.from_hour} of {row.label} is not before to_hour {row.to_hour}"
                yield Finding(
                    "E0407", (*path, number, "from_hour"), message, "split a price over midnight into two rows"
                )
        covered = _coverage(tariff)
        gaps = [slot for slot, rows in covered.items() if not rows]
        overlaps = [slot for slot, rows in covered.items() if len(rows) > 1]
        if gaps:
            yield Finding(
                "E0407", path, f"energy of {name} has no price for {_spans(gaps)}", "every hour needs exactly one row"
            )
        if overlaps:
            labels = sorted({tariff.energy[number].label for slot in overlaps for number in covered[slot]})
            message = f"energy of {name} has more than one price ({', '.join(labels[:4])}) for {_spans(overlaps)}"
            yield Finding("E0407", path, message, "every hour needs exactly one row")


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
    words = [f"{_MONTHS[month - 1]} {day}s {first:02d}:00-{last:02d}:00" for month, day, first, last in stretches]
    more = f" and {len(words) - _SHOWN} more stretches" if len(words) > _SHOWN else ""
    return "; ".join(words[:_SHOWN]) + more


def tariff_money_is_known(instance: Instance) -> Iterator[Finding]:
    """A tariff in another currency needs an exchange rate."""
    for name, tariff in instance.tariffs.items():
        if tariff.currency != instance.currency and tariff.currency not in instance.exchange_rates:
            path = ("tariffs", name, "currency")
            message = f"currency: tariff {name} is in {tariff.currency}, and there is no exchange rate for it"
            help_text = f"add [exchange_rates.{tariff.currency}] with per_usd and quoted"
            yield Finding("E0408", path, message, help_text, (("exchange_rates",),))


def tariff_price_years_agree(instance: Instance) -> Iterator[Finding]:
    """Prices of a tariff are taken as money of the instance's price year."""
    for name, tariff in instance.tariffs.items():
        if tariff.price_year != instance.finance.price_year:
            message = (
                f"price_year of tariff {name} is {tariff.price_year}, that of the instance "
                f"{instance.finance.price_year}; prices are taken as they are"
            )
            yield Finding("W0602", ("tariffs", name, "price_year"), message, None, (("finance", "price_year"),))


TARIFF_CHECKS: tuple[Callable[[Instance], Iterator[Finding]], ...] = (
    every_hour_has_one_price,
    tariff_money_is_known,
    tariff_price_years_agree,
)

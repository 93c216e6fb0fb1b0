"""When accelerators and their servers are paid: parts on the day of the order and of delivery. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

from optimizer.inputs.export import Payment
from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.setting.calendar import order_date

ON_DELIVERY = (Payment(at="delivery", fraction=1.0),)
"""What holds if an instance says nothing."""


def payment_terms(instance: Instance, accelerator: str) -> tuple[Payment, ...]:
    """Parts in which an accelerator and its servers are paid; none: all on delivery."""
    return instance.accelerators[accelerator].payment or instance.procurement.payment


def payment_days(parts: Sequence[Payment], delivery: date, lead_weeks: float) -> tuple[tuple[date, float], ...]:
    """Day and fraction of every part, in order of time. Whole days, half up."""
    ordered = order_date(delivery, lead_weeks)
    days = []
    for part in parts or ON_DELIVERY:
        first = ordered if part.at == "order" else delivery
        days.append((first + timedelta(days=math.floor(7 * part.after_weeks + 0.5)), part.fraction))
    return tuple(sorted(days))


def prepayment_fraction(parts: Sequence[Payment], delivery: date, lead_weeks: float, log_rate: float) -> float:
    """What the days of payment add to the price, as a share of it, valued on the day of delivery."""
    if not parts:
        return 0.0
    days = payment_days(parts, delivery, lead_weeks)
    worth = (fraction * math.exp(-log_rate * (day - delivery).days / DAYS_PER_YEAR) for day, fraction in days)
    return sum(worth) - 1.0

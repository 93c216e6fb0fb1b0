"""What each price moves in the ledger of a design as it is: the workbook's inputs act by these parts.

With the design fixed, every line of money is a sum of parts that are proportional to one price, or to the tariff level.
The audit's books at three values of a price give its part, and show that it acts in proportion; a price that does not
is left out, and so is one that moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.analysis.data_quality import payments_by_path
from optimizer.audit.audit import Recomputed, Repricing
from optimizer.inputs.naming import key_name
from optimizer.ledger.accounts import BY_ID
from optimizer.pipeline import Result
from optimizer.study.input_values import TARIFF, value_at, with_value

MOST_PRICES = 20
"""Of those that most money follows."""
EXACT = 1e-9
"""Share by which a part may depart from being proportional, for rounding."""

Line = tuple[str, str, str, str]
"""Account, timing, phase and site ("" for none)."""


@dataclass(frozen=True, kw_only=True)
class PriceInput:
    """A price, or the tariff level, and what of each line of money is proportional to it, in MUSD (a year)."""

    path: str
    name: str
    value: float
    parts: dict[Line, float]


def price_inputs(result: Result, folder: Path) -> tuple[PriceInput, ...]:
    """The prices of a verified design, the tariff level first, then by the money that follows them.

    `folder` is where series of the instance lie. Raises OSError or ValueError if one cannot be read.
    """
    assert result.design is not None
    instance = result.problem.instance
    design = result.design.model_copy(update={"reported": None, "solve": None})
    repriced = Repricing(instance, design, folder)
    today = _money(repriced.today)
    payments = payments_by_path(result)
    ranked = sorted(payments, key=lambda path: -payments[path])
    paths = [path for path in ranked if "usd" in path.rpartition(".")[2] and value_at(instance, path)]
    made = []
    for path in (TARIFF, *paths[:MOST_PRICES]):
        value = value_at(instance, path) or 1.0
        double, triple = (_money(repriced.at(with_value(instance, path, times * value))) for times in (2, 3))
        parts = {line: amount - today.get(line, 0.0) for line, amount in double.items()}
        twice = {line: amount - today.get(line, 0.0) for line, amount in triple.items()}
        size = max((abs(amount) for amount in today.values()), default=0.0)
        straight = all(abs(twice.get(line, 0.0) - 2 * part) <= EXACT * size for line, part in parts.items())
        parts = {line: part for line, part in parts.items() if abs(part) > 1e-14 * size}
        if parts and straight:
            name = "Electricity tariffs, level" if path == TARIFF else key_name(instance, path)
            made.append(PriceInput(path=path, name=name, value=value, parts=parts))
    return tuple(made)


def _money(recomputed: Recomputed) -> dict[Line, float]:
    """The audit's lines of money."""
    sums: dict[Line, float] = {}
    for line in recomputed.ledger:
        account = BY_ID.get(line.account)
        if account is not None and account.is_money:
            key = (line.account, account.timing.value, line.phase, line.site or "")
            sums[key] = sums.get(key, 0.0) + line.amount
    return sums

"""What a horizon counts for what is left at its end: a levelised cost that rests on it says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.analysis.money import money_of
from optimizer.inputs.design import Timing
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result

ACCOUNT = "residual_value"
LARGE = 0.2
"""Share of the net cost beyond which end values are a warning."""


@dataclass(frozen=True)
class EndValues:
    """Residual values at the end of the horizon, as a present value, and as a share of the net present cost."""

    musd: float
    share: float
    by_asset: Mapping[str, float] = field(default_factory=dict)
    """Present value by what is left, in MUSD: label of the ledger, the largest first."""

    @property
    def is_large(self) -> bool:
        """Whether the cost rests on them."""
        return self.share > LARGE


def end_values(result: Result) -> EndValues:
    """End values of a design that there is; a share of 0 where nothing is paid, and infinite where nothing is left."""
    reported, calendar = result.reported, result.problem.calendar
    sums: dict[str, float] = defaultdict(float)
    for line in reported.ledger:
        if line.account == ACCOUNT:
            sums[line.label] -= line.amount * calendar.weight(Timing(line.timing), line.phase)
    musd, net = sum(sums.values()), reported.npv_cost_musd
    share = musd / net if net > 0 else float("inf") if musd > 0 else 0.0
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return EndValues(musd, share, dict(ordered))


def end_value_text(values: EndValues, instance: Instance) -> str:
    """The warning in one sentence; empty where there is nothing to say."""
    if not values.is_large:
        return ""
    share = f"{100 * values.share:.0f} % of the net cost" if values.share != float("inf") else "more than all costs"
    money = money_of(instance)
    return (
        f"END VALUES: what is left at the end of the horizon counts {money.of(values.musd):,.1f} M{money.code}, "
        f"{share}. The levelised cost rests on what it can be sold for; a longer horizon, or a `resale` of what is "
        "bought, rests on less."
    )

"""What a horizon counts for what is left at its end: a levelised cost that rests on it says so."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.design import Timing
from optimizer.pipeline import Result

LARGE = 0.2
"""Share of the net cost beyond which end values are a warning."""


@dataclass(frozen=True)
class EndValues:
    """Residual values at the end of the horizon, as a present value, and as a share of the net present cost."""

    musd: float
    share: float

    @property
    def is_large(self) -> bool:
        """Whether the cost rests on them."""
        return self.share > LARGE


def end_values(result: Result) -> EndValues:
    """End values of a design that there is; a share of 0 where nothing is paid, and infinite where nothing is left."""
    assert result.design is not None
    assert result.design.reported is not None
    reported, calendar = result.design.reported, result.problem.calendar
    lines = (line for line in reported.ledger if line.account == "residual_value")
    musd = -sum(line.amount * calendar.weight(Timing(line.timing), line.phase) for line in lines)
    net = reported.npv_cost_musd
    share = musd / net if net > 0 else float("inf") if musd > 0 else 0.0
    return EndValues(musd, share)


def end_value_text(values: EndValues) -> str:
    """The warning in one sentence; empty where there is nothing to say."""
    if not values.is_large:
        return ""
    share = f"{100 * values.share:.0f} % of the net cost" if values.share != float("inf") else "more than all costs"
    return (
        f"END VALUES: what is left at the end of the horizon counts {values.musd:,.1f} MUSD, {share}. The levelised "
        "cost rests on what it can be sold for; a longer horizon, or a `resale` of what is bought, rests on less."
    )

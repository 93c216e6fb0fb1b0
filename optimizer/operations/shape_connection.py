"""What the shape of a year says of surplus that is sold and of load that can be dropped. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.operations.coefficients import SiteYear
from optimizer.operations.connection import NOTHING
from optimizer.operations.flexible import Flexible


@dataclass(frozen=True, eq=False, kw_only=True)
class Surplus:
    """Surplus that is sold."""

    usd_per_mwh: float
    share: float
    """Most of what the utility holds available that may be sold in an hour."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Response:
    """What is paid for load that is dropped in every hour called."""

    usd_per_mw: float
    share: float
    """Most that may be enrolled, as a share of what the utility holds available."""
    called: NDArray[np.bool_]
    """Shape (N,)."""
    engines: tuple[int, ...]
    """Sources that count beyond what they give on the mean of the year."""


def export_of(year: SiteYear, phase: str, factor: float) -> Surplus | None:
    """What surplus earns in a phase; `factor` is the trend. None: it is curtailed."""
    share, sold = year.connection.export_share.get(phase, 0.0), year.prices.export_usd_per_mwh
    return Surplus(usd_per_mwh=factor * sold, share=share) if sold is not None and share > NOTHING else None


def response_of(year: SiteYear, flexible: Flexible, phase: str) -> Response | None:
    """What dropping load earns in a phase; None: nothing."""
    given, share = year.connection.response, year.connection.response_share(year.grid_mw[phase])
    if given is None or share == 0:
        return None
    return Response(
        usd_per_mw=given.usd_per_mw_year,
        share=share,
        called=given.called,
        engines=tuple(i for i, name in enumerate(year.sources) if name in flexible.engines),
    )

"""What an instance may say about the grid by the hour: series, a flexible connection, demand response."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import Mw, NonNegative, Positive, Spec, Text
from optimizer.inputs.setting import Window
from optimizer.inputs.substation import GridStages

Called = Literal["hottest", "coldest", "dearest"]
HoursOfYear = Annotated[float, Field(gt=0, le=8760)]
Windows = Annotated[tuple[Window, ...], Field(strict=False, min_length=1)]


class GridSeries(Spec):
    """A year of the grid from a CSV file with at least one of the columns `price_per_kwh`, `carbon_kg_per_kwh` and
    `import_limit_mw`, 8,760 rows."""

    path: Text
    """Path inside the instance's folder."""
    utc_offset_hours: Annotated[int, Field(ge=-12, le=14)] | None = None
    """Standard time of the site less UTC. Times of the file that state another offset are moved to this clock.
    None given: times are taken as they are."""


class FlexibleConnection(Spec):
    """A connection of which a part may be called back by the utility in some hours."""

    firm_mw: Mw
    """Part of grid_mw that is there in every hour."""
    firm_stages: GridStages = ()
    """Later changes of it, by rising phase."""
    windows: Windows
    """Hours in which the rest may be called back; holidays of the tariff count as weekend days."""
    hours_per_year: HoursOfYear | None = None
    """Hours a year in which it is. None given: all hours of the windows."""
    called: Called = "hottest"
    """Which hours of the windows: those of the highest or lowest dry bulb, or of the highest price of energy."""


class DemandResponse(Spec):
    """A programme that pays for load that can be dropped."""

    usd_per_mw_year: NonNegative
    """Paid a year for every MW that is dropped in each of the hours called."""
    max_mw: Positive
    """Most that the programme takes."""
    windows: Windows
    """Hours in which it may call; holidays of the tariff count as weekend days."""
    hours_per_year: HoursOfYear | None = None
    """Hours a year in which it calls. None given: all hours of the windows."""
    called: Called = "hottest"
    """Which hours of the windows: those of the highest or lowest dry bulb, or of the highest price of energy."""

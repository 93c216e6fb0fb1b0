"""Shapes of years at random: every branch of the programme on or off, short years and long ones."""

from __future__ import annotations

import numpy as np

from optimizer.operations.shape_connection import Response, Surplus
from optimizer.operations.shapes import Charge, Placing, SourceShape, YearShape
from optimizer.setting.hours import kept_hours

LOADS = (("air", "train"), ("water", "train"), ("air", "serve"))
MENU = (
    "battery",
    "generators",
    "placing",
    "flat",
    "windows",
    "block",
    "contract",
    "energy",
    "carbon",
    "water",
    "idle",
    "ratchet",
    "annual",
    "minimum",
    "sources",
    "called back",
    "export",
    "response",
    "hourly carbon",
    "energy blocks",
)
"""Branches that a programme may have."""


def random_shape(rng: np.random.Generator, hours: int, having: frozenset[str] | None = None) -> YearShape:
    """A shape with these branches (at random if not given); a third of the prices are negative in some hours."""
    wanted = frozenset(name for name in MENU if rng.random() < 0.5) if having is None else having
    kept = kept_hours(hours)
    loads = LOADS[: int(rng.integers(1, 4))]
    placing = tuple(_placing(rng, hours, load) for load in loads[:2]) if "placing" in wanted else ()
    caps = tuple(what for what in ("energy", "carbon", "water") if what in wanted and (what != "water" or placing))
    block, contract = "block" in wanted, "contract" in wanted
    sources = tuple(_sources(rng, hours)) if "sources" in wanted else ()
    base = rng.uniform(0.7, 1.3, (len(loads), hours)) * (rng.random((len(loads), hours)) > 0.02)
    return YearShape(
        weight=kept.weight,
        month_weight=kept.month_weight,
        month=kept.month,
        loads=loads,
        base_per_mw=base,
        idle_per_mw=0.25 * base if "idle" in wanted else np.zeros_like(base),
        energy_usd_per_mwh=_prices(rng, hours),
        charges=tuple(_charges(rng, hours, wanted)),
        above_usd_per_mw_month=4000.0 if block else 0.0,
        contracted_usd_per_mw_month=2000.0 if contract else 0.0,
        uncontracted_usd_per_mw_month=6000.0 if contract else None,
        efficiency=float(rng.choice([0.9, 0.95, 1.0])) if "battery" in wanted else None,
        degradation_usd_per_mwh=float(rng.choice([0.0, 3.0])),
        generator_hours=float(rng.choice([0.0, 300.0])) if "generators" in wanted else None,
        generator_usd_per_mwh=110.0,
        placing=placing,
        carbon_t_per_mwh=_carbon(rng, hours, "hourly carbon" in wanted) if "carbon" in caps else 0.0,
        generator_t_per_mwh=0.8 if "carbon" in caps else 0.0,
        capped=caps,
        sources=sources,
        connection=_shares(rng, hours) if "called back" in wanted else None,
        export=Surplus(usd_per_mwh=float(rng.choice([0.0, 35.0])), share=float(rng.choice([0.6, 1.0])))
        if "export" in wanted
        else None,
        response=_response(rng, hours, bool(sources)) if "response" in wanted else None,
        energy_rises=(20.0, 45.0) if "energy blocks" in wanted else (),
    )


def _carbon(rng: np.random.Generator, hours: int, by_hour: bool) -> float | np.ndarray:
    return rng.uniform(0.2, 0.9, hours) if by_hour else 0.6


def _shares(rng: np.random.Generator, hours: int) -> np.ndarray:
    """Whole in most hours, half or less in others."""
    return np.where(rng.random(hours) < 0.1, rng.choice([0.05, 0.3, 0.5], hours), 1.0)


def _response(rng: np.random.Generator, hours: int, engines: bool) -> Response:
    """A programme that calls in some evenings."""
    hour, day = np.arange(hours) % 24, np.arange(hours) // 24
    called = (hour >= 18) & (hour < 21) & (day % int(rng.integers(1, 4)) == 0)
    return Response(usd_per_mw=60_000.0, share=0.3, called=called, engines=(0,) if engines else ())


def _prices(rng: np.random.Generator, hours: int) -> np.ndarray:
    """A tariff by hour of the day and kind of day, or prices of which every hour has its own."""
    if rng.random() < 0.25:
        return rng.normal(60.0, 50.0, hours)
    kinds = rng.uniform(-30.0 if rng.random() < 0.4 else 20.0, 200.0, (2, 24))
    return kinds[rng.integers(0, 2, hours // 24)].ravel()


def _charges(rng: np.random.Generator, hours: int, wanted: frozenset[str]) -> list[Charge]:
    found = []
    if wanted & {"flat", "block", "contract"}:
        found.append(Charge(10_000.0 if "flat" in wanted else 0.0, np.ones(hours, dtype=np.bool_)))
    if "windows" in wanted:
        hour, day = np.arange(hours) % 24, np.arange(hours) // 24
        found.append(Charge(5000.0, (hour >= 9) & (hour < 21) & (day % 7 < 5)))
        found.append(Charge(800.0, (hour == int(rng.integers(0, 24))) & (day % 3 == 0)))
    hour = np.arange(hours) % 24
    if "ratchet" in wanted:
        found.append(Charge(3000.0, hour >= 7, ratchet_fraction=0.8))
    if "annual" in wanted:
        found.append(Charge(0.0, hour < 20, usd_per_mw_year=60_000.0))
    if "minimum" in wanted:
        ratchet = float(rng.choice([0.0, 0.9]))
        found.append(Charge(4000.0, np.ones(hours, dtype=np.bool_), 1000.0, ratchet, 0.7))
    return found


def _sources(rng: np.random.Generator, hours: int) -> list[SourceShape]:
    """An engine with limited hours and photovoltaics."""
    sun = np.maximum(0.0, np.sin((np.arange(hours) % 24 - 6) / 12 * np.pi)) * np.repeat(rng.random(hours // 24), 24)
    sun = np.round(sun, 6)
    engine = SourceShape(
        name="engine",
        availability=np.ones(hours),
        usd_per_mwh=float(rng.choice([30.0, 90.0])),
        carbon_t_per_mwh=0.45,
        hours=float(rng.choice([400.0, 6000.0])),
    )
    return [engine, SourceShape(name="pv", availability=sun, usd_per_mwh=0.0, carbon_t_per_mwh=0.0, hours=None)]


def _placing(rng: np.random.Generator, hours: int, load: tuple[str, str]) -> Placing:
    profile = np.tile(rng.uniform(0.4, 1.0, 24), hours // 24)
    litres = rng.uniform(0.0, 2.0, hours) * (rng.random(hours) > 0.1)
    room = np.maximum(0.0, profile.max() - 0.7 * profile) * (rng.random(hours) > 0.02)
    return Placing(
        load=load,
        deferred=0.3 * profile,
        room=room,
        overhead=rng.uniform(1.05, 1.4, hours),
        water_usd_per_mwh=2.0 * litres,
        water_m3_per_mwh=litres,
    )


def anywhere(shape: YearShape, rng: np.random.Generator) -> np.ndarray:
    """Capacities of any size, so that some limits bind and some cannot be met."""
    mw = rng.uniform(0.0, 2.0)
    x = []
    for name in shape.coordinates:
        if name.startswith("load/"):
            x.append(mw * rng.uniform(0.0, 1.0) if rng.random() < 0.8 else 0.0)
        elif name in ("energy", "carbon", "water"):
            x.append(mw * {"energy": 8760.0, "carbon": 5500.0, "water": 2500.0}[name] * rng.uniform(0.5, 4.0))
        elif name == "available":
            x.append(mw * rng.uniform(0.0, 4.0))
        elif name == "unbound":
            x.append(float(rng.choice([0.0, 20.0])))
        elif name == "limit":
            x.append(mw * rng.uniform(0.9, 5.0))
        elif name.startswith("energy_block/"):
            # By dice of its own: all else is drawn as without blocks.
            x.append(mw * rng.spawn(1)[0].uniform(0.0, 800.0))
        elif name == "standing":
            x.append(rng.uniform(0.0, 0.2))
        else:
            x.append(rng.uniform(0.0, 0.6) * rng.integers(0, 2))
    return np.array(x)

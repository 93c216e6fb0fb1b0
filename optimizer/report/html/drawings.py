"""Drawings of our own, as SVG: where the energy goes, and the racks on the floor by power."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from optimizer.inputs.halls import parts_of, room_of
from optimizer.inputs.naming import readable
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.number_format import counted, like, number, percent, whole
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, short
from optimizer.report.html.view import PodsHere, View
from optimizer.setting.halls import protected_fraction
from optimizer.setting.losses import loss_fraction

WIDE = 940
_FLOW_X = (150, 420, 600)
"""Where the meter, the IT and the labels of the sinks stand."""
FULL = 300.0
RACKS_DRAWN = 3000
CELL, GAP, AISLE, PER_ROW = 15, 3, 12, 48
CLASSES = 6


@dataclass(frozen=True)
class Sink:
    """One place where energy ends: MWh a year in the last phase."""

    name: str
    mwh: float
    is_it: bool
    style: str


def sankey(view: View) -> Chart | None:
    """The energy of a year from the meter to its sinks. None without import."""
    sinks = _sinks(view)
    whole_mwh = view.total("import_mwh", view.last)
    it_mwh = view.total("it_mwh", view.last)
    if not whole_mwh or not it_mwh:
        return None
    pue = view.reported.kpis["pue_annual"]
    rest = max((s for s in sinks if not s.is_it), key=lambda s: s.mwh, default=None)
    lost = f"; the largest other use is {rest.name}, {percent(rest.mwh / whole_mwh, 2)}" if rest else ""
    return Chart(
        id="energy",
        title=f"Of 100 kWh bought, {100 * it_mwh / whole_mwh:.1f} reach the IT equipment: PUE {number(pue)}{lost}",
        about="Flows of energy from the grid meter to IT equipment, split by accelerator, and to cooling, losses and "
        "standing loads; widths are proportional to MWh a year.",
        table=_sankey_grid(view, sinks, whole_mwh),
        drawing=_sankey_svg(sinks, (whole_mwh, it_mwh), f"{number(pue)}"),
        notes=(f"Phase {view.last}, all sites. Flows thinner than 1.5 px are drawn 1.5 px wide.",),
    )


def _sinks(view: View) -> list[Sink]:
    instance, last = view.problem.instance, view.last
    chips: dict[str, float] = {}
    for row in view.decisions.assignments:
        if row.phase == last:
            year = view.problem.years[row.site]
            mw = row.pods * view.problem.compute.types[row.type_key].size.kw / 1000
            load = room_of(row.cooling, row.hall), row.workload
            energy = mw * year.it_mwh[load] * year.mean(load, last)
            chips[row.accelerator] = chips.get(row.accelerator, 0.0) + energy
    it, wires, ups = 0.0, 0.0, 0.0
    for (site, label), mwh in view.lines("it_mwh", last).items():
        hall = parts_of(label.partition("/")[0])[1]
        it += mwh
        if instance.sites[site].measured_pue is not None:
            continue
        in_ups = instance.upses[instance.sites[site].ups].loss_fraction * protected_fraction(instance, site, hall)
        wires += mwh * (loss_fraction(instance, site, hall) - in_ups)
        ups += mwh * in_ups
    standing = dict.fromkeys(("auxiliaries", "house load", "idle UPS", "fans and pumps", "transformers"), 0.0)
    for (_, label), mw in view.lines("standing_mw", last).items():
        standing[label if label in standing else "transformers"] += mw * HOURS_PER_YEAR
    ups += standing.pop("idle UPS")
    standing.pop("fans and pumps")
    cooling = view.total("import_mwh", last) - it - wires - ups - sum(standing.values())
    sinks = [Sink(view.chip(c), mwh, True, "f1") for c, mwh in sorted(chips.items(), key=lambda pair: -pair[1])]
    measured = any(site.measured_pue is not None for site in instance.sites.values())
    others = {
        "cooling and what a measured PUE holds" if measured else "cooling": cooling,
        "distribution losses": wires,
        "UPS losses": ups,
        **standing,
    }
    sinks += [Sink(name, mwh, False, "f2") for name, mwh in others.items() if mwh > 1e-9]
    return sinks


def _sankey_grid(view: View, sinks: list[Sink], whole_mwh: float) -> Table:
    rows = [
        (f"IT: {s.name}" if s.is_it else s.name, PageCell(whole(s.mwh), s.mwh), percent(s.mwh / whole_mwh))
        for s in sinks
    ]
    total = ("total import", PageCell(whole(whole_mwh), whole_mwh, "energy_mwh_per_year"), "100 %")
    return grid(
        f"Energy, MWh a year, {view.last}", ("Where it goes", "MWh", "Share"), [*rows, total], (1, 2), total=True
    )


def _sankey_svg(sinks: list[Sink], sums: tuple[float, float], pue: str) -> Markup:
    whole_mwh, it_mwh = sums
    scale = FULL / whole_mwh
    left, middle, right = _FLOW_X
    parts = [_band_text(left - 12, 20 + FULL / 2, ("Grid meter", f"{whole(whole_mwh)} MWh", f"PUE {pue}"), "end")]
    parts.append(Markup('<rect class="node" x="{}" y="20" width="10" height="{:.1f}"/>').format(left, FULL))
    it_high = it_mwh * scale
    parts.append(_band((left + 10, 20.0), (middle, 20.0), it_high, "f1"))
    parts.append(Markup('<rect class="node" x="{}" y="20" width="10" height="{:.1f}"/>').format(middle, it_high))
    parts.append(_band_text(middle - 6, 20 + it_high / 2, ("IT", f"{whole(it_mwh)} MWh"), "end"))
    from_it, from_meter, y = 20.0, 20.0 + it_high, 20.0
    for sink in sinks:
        high = max(1.5, sink.mwh * scale)
        start = (middle + 10, from_it) if sink.is_it else (left + 10, from_meter)
        parts.append(_band(start, (right, y), high, sink.style))
        parts.append(Markup('<rect class="node" x="{}" y="{:.1f}" width="6" height="{:.1f}"/>').format(right, y, high))
        label = (short(sink.name, 36), f"{whole(sink.mwh)} MWh, {percent(sink.mwh / whole_mwh)}")
        parts.append(_band_text(right + 14, y + high / 2, label, "start"))
        if sink.is_it:
            from_it += sink.mwh * scale
        else:
            from_meter += sink.mwh * scale
        y += max(high + 14, 46)
    size = (WIDE, max(FULL + 40, y + 8))
    return _svg(size, "Energy from the grid meter to its uses", Markup("").join(parts))


def _svg(size: tuple[float, float], title: str, inside: Markup) -> Markup:
    # The title names the drawing to a screen reader; the table beside it has the numbers.
    return Markup(
        '<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}" preserveAspectRatio="xMinYMin">{}</svg>'
    ).format(*size, title, inside)


def _band(start: tuple[float, float], end: tuple[float, float], high: float, style: str) -> Markup:
    (x0, y0), (x1, y1) = start, end
    bend = (x0 + x1) / 2
    return Markup(
        '<path class="flow {}" d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}V{:.1f}'
        'C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}Z"/>'
    ).format(style, x0, y0, bend, y0, bend, y1, x1, y1, y1 + high, bend, y1 + high, bend, y0 + high, x0, y0 + high)


def _band_text(x: float, y: float, lines: tuple[str, ...], anchor: str) -> Markup:
    first = y - 8 * (len(lines) - 1)
    return Markup("").join(
        Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}" dominant-baseline="middle">{}</text>').format(
            "strong" if at == 0 else "soft", x, first + 17 * at, anchor, line
        )
        for at, line in enumerate(lines)
    )


def floor_plan(view: View) -> Chart | None:
    """Every rack of the last phase as a square, by kind and power. None without racks."""
    pods = view.pods
    count = sum(here.racks for here in pods)
    if not count:
        return None
    low, high = min(here.rack_kw for here in pods), max(here.rack_kw for here in pods)
    densest = max(pods, key=lambda here: here.rack_kw)
    each = -(-count // RACKS_DRAWN)
    one = "One square is one rack" if each == 1 else f"One square is {each} racks, down-sampled to fit the page"
    range_ = f"all of {number(high, 3)} kW" if high - low < 0.05 else f"from {number(low, 3)} to {number(high, 3)} kW"
    return Chart(
        id="floor",
        title=f"{whole(count)} racks, {range_} each; the densest hold "
        f"{view.chip(densest.accelerator)} ({readable(densest.cooling)})",
        about="Plan of racks: one square per rack, grouped by kind of pod, coloured from dark blue (least power) to "
        "yellow (most power).",
        table=_floor_grid(view, pods, count),
        drawing=_floor_svg(view, pods, (low, high), each),
        notes=(
            f"{one}, phase {view.last}. Racks are arranged by kind, in rows with aisles: a schematic, not a layout.",
        ),
    )


def _racks_name(view: View, here: PodsHere) -> str:
    """Cooling and, where they are chosen, fabric and hall in words."""
    instance = view.problem.instance
    fabric = instance.fabrics[here.fabric].name if here.fabric else ""
    hall = instance.halls[here.hall].name if here.hall else ""
    return "; ".join(filter(None, (instance.coolings[here.cooling].name, fabric, hall)))


def _floor_grid(view: View, pods: tuple[PodsHere, ...], count: int) -> Table:
    mw = sum(here.racks * here.rack_kw for here in pods) / 1000
    rows: list[tuple[PageCell | str, ...]] = [
        (
            view.site(here.site),
            view.chip(here.accelerator),
            _racks_name(view, here),
            PageCell(whole(here.racks), float(here.racks)),
            number(here.rack_kw, 3),
            PageCell(like(here.racks * here.rack_kw / 1000, mw), here.racks * here.rack_kw / 1000),
        )
        for here in pods
    ]
    total = ("total", "", "", PageCell(whole(count), float(count), "racks"), "", PageCell(like(mw, mw), mw, "it_mw"))
    header = ("Site", "Accelerator", "Cooling", "Racks", "kW per rack", "MW")
    return grid(f"Racks by kind, {view.last}", header, [*rows, total], (3, 4, 5), total=True)


def _class_of(kw: float, low: float, high: float) -> int:
    return min(CLASSES - 1, int(CLASSES * (kw - low) / (high - low))) if high - low >= 0.05 else CLASSES - 1


def _floor_svg(view: View, pods: tuple[PodsHere, ...], range_kw: tuple[float, float], each: int) -> Markup:
    low, high = range_kw
    parts, y, site = [_legend(low, high)], 44.0, ""
    for here in pods:
        if here.site != site:
            site = here.site
            parts.append(_band_text(0, y + 8, (short(view.site(site), 90),), "start"))
            y += 28
        named = f"{short(view.chip(here.accelerator), 40)}, {_racks_name(view, here)}"
        label = f"{named}: {counted(here.racks, 'rack')} of {number(here.rack_kw, 3)} kW"
        parts.append(Markup('<text class="soft" x="0" y="{:.1f}">{}</text>').format(y + 10, label))
        squares, deep = _squares(-(-here.racks // each), y + 20)
        fill = _class_of(here.rack_kw, low, high)
        parts.append(Markup('<path class="rack k{}" d="{}"><title>{}</title></path>').format(fill, squares, label))
        y += 20 + deep + 16
    return _svg((PER_ROW * (CELL + GAP), y), "Racks by kind and power", Markup("").join(parts))


def _squares(count: int, top: float) -> tuple[str, float]:
    """The outline of rows of squares, two rows back to back and then an aisle; and how deep they are."""
    marks = []
    y = top
    for row in range(-(-count // PER_ROW)):
        y = top + row * (CELL + GAP) + (row // 2) * AISLE
        here = min(PER_ROW, count - row * PER_ROW)
        marks += [f"M{at * (CELL + GAP)} {y:.0f}h{CELL}v{CELL}h-{CELL}z" for at in range(here)]
    return "".join(marks), y + CELL - top


def _legend(low: float, high: float) -> Markup:
    if high - low < 0.05:
        return Markup(
            '<rect class="rack k5" x="0" y="4" width="15" height="15"/><text class="soft" x="22" y="16">{}</text>'
        ).format(f"{number(high, 3)} kW per rack")
    step = (high - low) / CLASSES
    return Markup("").join(
        Markup(
            '<rect class="rack k{}" x="{}" y="4" width="15" height="15"/><text class="soft" x="{}" y="16">{}</text>'
        ).format(at, at * 140, at * 140 + 21, f"{low + at * step:.1f} to {low + (at + 1) * step:.1f} kW")
        for at in range(CLASSES)
    )

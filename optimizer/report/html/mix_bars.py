"""The mix by year as small bars at the top of the page: one stretch a kind of accelerator, numbered as in the key."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.naming import day_name, short_chip_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import number
from optimizer.report.first_screen import FirstScreen, bought_text

KINDS_SHOWN = 7
"""Kinds with a colour of their own; the rest share one."""
NUMBERED = 4.0
"""Per cent of the bar that hold a number."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Part of a bar: number of its kind, its length in per cent of the longest bar, and its words."""

    kind: int
    percent: str
    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class MixBar:
    """The bar of a phase. `target` is where its mark stands, in per cent; empty without a target."""

    name: str
    title: str
    stretches: tuple[Stretch, ...]
    target: str
    done: str
    buys: str


@dataclass(frozen=True, kw_only=True)
class MixBars:
    """All bars and their key."""

    bars: tuple[MixBar, ...]
    key: tuple[tuple[int, str], ...]


def longest(screen: FirstScreen) -> float:
    """PFLOPS of the longest bar or mark; 1 if there is none."""
    return max((max(p.effective_pflops, p.target_pflops) for p in screen.phases), default=0.0) or 1.0


def mix_bars(instance: Instance, screen: FirstScreen, most: float = 0.0) -> MixBars:
    """One bar a phase; `most` PFLOPS fill a whole bar (the longest one, if nothing is said)."""
    most = most or longest(screen)
    groups: list[tuple[str, ...]] = [(chip,) for chip in screen.chips[:KINDS_SHOWN]]
    if screen.chips[KINDS_SHOWN:]:
        groups.append(screen.chips[KINDS_SHOWN:])
    names = [short_chip_name(instance, chips[0]) if len(chips) == 1 else f"{len(chips)} others" for chips in groups]
    bars = []
    for phase in screen.phases:
        stretches = []
        for at, (chips, name) in enumerate(zip(groups, names, strict=True), start=1):
            pflops = sum(phase.pflops.get(chip, 0.0) for chip in chips)
            share = 100 * pflops / most
            if share > 0:
                label = str(at) if share >= NUMBERED else ""
                text = f"{name}: {number(pflops)} PFLOPS"
                stretches.append(Stretch(kind=at, percent=f"{share:.2f}", label=label, text=text))
        target = f"{100 * phase.target_pflops / most:.2f}" if phase.target_pflops else ""
        done = f"{number(phase.effective_pflops)} PFLOPS"
        if phase.target_pflops:
            done += f", target {number(phase.target_pflops)} {'met' if phase.met else 'missed'}"
        alternative = "; ".join(stretch.text for stretch in stretches) or "nothing at work"
        bars.append(
            MixBar(
                name=day_name(phase.start),
                title=f"{day_name(phase.start)}: {done}. {alternative}.",
                stretches=tuple(stretches),
                target=target,
                done=done,
                buys=bought_text(instance, phase),
            )
        )
    return MixBars(bars=tuple(bars), key=tuple(enumerate(names, start=1)))

"""The mix by year as a table with bars of plain signs, for the terminal and summary.md."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.analysis.headline import PhaseMix
from optimizer.inputs.naming import day_name, short_chip_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import number
from optimizer.report.document import Block, Paragraph, Table
from optimizer.report.first_screen import FirstScreen, bought_text

SIGNS = "#=+o."
"""One for each kind of accelerator, the last for all that are left."""
WIDTH = 20


def mix_blocks(instance: Instance, screen: FirstScreen) -> list[Block]:
    """What is bought by year, and what does the work: a bar, its signs, throughput beside the target."""
    most = max((phase.effective_pflops for phase in screen.phases), default=0.0)
    rows = tuple(
        (
            day_name(phase.start),
            number(phase.effective_pflops),
            f"{number(phase.target_pflops)} {'met' if phase.met else 'MISSED'}" if phase.target_pflops else "none",
            mix_bar(phase, screen.chips, most),
            bought_text(instance, phase),
        )
        for phase in screen.phases
    )
    header = ("From", "PFLOPS", "Target", "Who does the work", "Buy")
    blocks: list[Block] = [Table(header, rows, frozenset({1, 2}))]
    if screen.chips:
        blocks.append(Paragraph(f"The bars: {sign_text(instance, screen.chips)}."))
    return blocks


def mix_bar(phase: PhaseMix, chips: Sequence[str], most: float, width: int = WIDTH) -> str:
    """A bar of a phase in plain signs, one sign a kind; it reaches `width` at `most` PFLOPS."""
    made = ""
    done = 0.0
    for at, chip in enumerate(chips):
        done += phase.pflops.get(chip, 0.0)
        made += SIGNS[min(at, len(SIGNS) - 1)] * (round(width * done / most) - len(made) if most else 0)
    return made


def sign_text(instance: Instance, chips: Sequence[str]) -> str:
    """What the signs of the bars stand for."""
    named = [f"{SIGNS[at]} {short_chip_name(instance, chip)}" for at, chip in enumerate(chips[: len(SIGNS) - 1])]
    last = chips[len(SIGNS) - 1 :]
    if last:
        named.append(f"{SIGNS[-1]} {short_chip_name(instance, last[0]) if len(last) == 1 else 'others'}")
    return ", ".join(named)

"""Which estimates decide, in words and as rows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from optimizer.inputs.naming import chip_name, field_name, key_name
from optimizer.inputs.quantity import ResalePoint
from optimizer.inputs.schema import Instance
from optimizer.number_format import counted, number, percent, target_percent
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table
from optimizer.study.axes import tidy
from optimizer.study.candidates import Swing
from optimizer.study.deciders import Deciders
from optimizer.study.input_values import RESALE, TARIFF, value_at, with_value
from optimizer.study.trials import Joint, Trial

HEADING = "Which estimate decides"
HEADER = ("Input", "Grade", "Now", "Range", "LCOC at the low end", "LCOC at the high end")
RIGHT = (2, 3, 4, 5)
GRADES = {"own": "yours", "?": "none"}
MOST_ROWS = 8
MOST_MOVES = 3
"""Accelerators named of a plan that turns under several estimates."""


def decider(instance: Instance, deciders: Deciders | None) -> str:
    """The estimates that decide, a sentence each, for the first screen; empty if none was looked for."""
    if deciders is None or not deciders.swings:
        return ""
    together = deciders.together
    turning = [turn_text(instance, turn) for turn in deciders.decisive]
    turning += [joint_text(instance, together)] if together is not None and together.turns else []
    if turning:
        return "; ".join(turning) + _left_out(deciders)
    widest = deciders.swings[0]
    stood = (
        f"; the plan stands at {len(deciders.turns)} of the widest estimates, solved again" if deciders.turns else ""
    )
    stood += f"; {joint_text(instance, together)}" if together is not None else ""
    low, high = _change(widest.at_low), _change(widest.at_high)
    return f"most on {input_name(instance, widest.path)}: {low} to {high} LCOC{stood}{_left_out(deciders)}"


def _left_out(deciders: Deciders) -> str:
    """How many estimates the time did not reach: of those nothing is known."""
    if not deciders.left_out:
        return ""
    return f"; {counted(deciders.left_out, 'estimate')} not solved again in {deciders.within_s:.0f} s"


def turn_text(instance: Instance, turn: Trial) -> str:
    """What becomes of the plan if an estimate is wrong."""
    name, chip = input_name(instance, turn.path), chip_name(instance, turn.accelerator)
    grade = f"grade {turn.grade}" if turn.grade in "ABC" else "ungraded"
    if not turn.turns:
        return f"the plan stands if {name} is {number(turn.at)} (now {number(turn.value)}, {grade})"
    way = "falls below" if turn.at < turn.value else "rises above"
    low, high = sorted((turn.at, turn.stands_at))
    between = f"a value between {number(low)} and {number(high)}"
    return (
        f"the plan changes if {name} {way} {between} (now {number(turn.value)}, {grade}): "
        f"{turn.bought_then:,} {chip} instead of {turn.bought:,}"
    )


def joint_text(instance: Instance, joint: Joint) -> str:
    """What becomes of the plan if several estimates are wrong at once."""
    if not joint.turns:
        return f"it stands with {len(joint.candidates)} of them at their unfavourable ends at once"
    now, then = joint.fleet, joint.fleet_then
    moves = sorted(now | then, key=lambda chip: -abs(then.get(chip, 0) - now.get(chip, 0)))[:MOST_MOVES]
    moved = ", ".join(
        f"{then.get(chip, 0):,} {chip_name(instance, chip)} instead of {now.get(chip, 0):,}" for chip in moves
    )
    values = " and ".join(
        f"{input_name(instance, one.path)} is {number(one.end)} (now {number(one.value)})" for one in joint.candidates
    )
    return f"the plan changes if together {values}: {moved}"


def decider_rows(instance: Instance, deciders: Deciders) -> list[tuple[str, ...]]:
    """Swings on the design as it is, widest first."""
    return [_row(instance, swing) for swing in deciders.swings[:MOST_ROWS]]


def _row(instance: Instance, swing: Swing) -> tuple[str, ...]:
    return (
        input_name(instance, swing.path),
        GRADES.get(swing.grade, swing.grade),
        number(swing.value),
        f"{number(swing.low)} to {number(swing.high)}",
        _change(swing.at_low),
        _change(swing.at_high),
    )


def note(instance: Instance, deciders: Deciders, instance_file: str) -> str:
    """How the figures were made, what was solved again, and how the rest is."""
    sentence = "The design as it is, at either end of the plausible range of each input"
    rest = "".join(f" {text}" for text in _rest(instance, deciders, instance_file))
    if not deciders.turns:
        return f"{sentence}; no other plan was looked for in {deciders.within_s:.0f} s.{rest}"
    turns = "; ".join(_solved_again(instance, deciders))
    return f"{sentence}. Solved again to {target_percent(deciders.gap)}: {turns}.{rest}"


def _rest(instance: Instance, deciders: Deciders, instance_file: str) -> tuple[str, ...]:
    """What the time did not reach, by name, and the command that tries it."""
    if not deciders.unreached:
        return ()
    names = dict.fromkeys(input_name(instance, one.path) for one in deciders.unreached)
    ends: dict[str, list[float]] = {}
    for one in deciders.unreached:
        ends.setdefault(one.path, [one.value]).append(one.end)
    axes = (f"--vary {shlex.quote(_axis(instance, path, values[-2:]))}" for path, values in ends.items())
    command = " ".join(("optimizer sensitivity", instance_file, *axes))
    return (f"Not solved again in {deciders.within_s:.0f} s: {'; '.join(names)}.", f"To try them: {command}")


def _axis(instance: Instance, path: str, values: Sequence[float]) -> str:
    """An estimate now and at its end, or at both ends, as an axis of a study; rows of resale as TOML."""
    if path.endswith(RESALE):
        table, name, _ = path.split(".")
        now = value_at(instance, path)
        each = (instance if value == now else with_value(instance, path, value) for value in values)
        rows = (f"[{','.join(map(_resale_row, getattr(one, table)[name].resale))}]" for one in each)
        return f"{path}=[{','.join(rows)}]"
    key = f"phases.*.{TARIFF}" if path == TARIFF else path
    return f"{key}={','.join(f'{tidy(value):.12g}' for value in values)}"


def _resale_row(row: ResalePoint) -> str:
    return f"{{years={row.years!r},fraction={tidy(row.fraction)!r}}}"


def decider_blocks(instance: Instance, deciders: Deciders, instance_file: str) -> list[Block]:
    """For the terminal and the summary."""
    made: list[Block] = [Heading(HEADING), Table(HEADER, tuple(decider_rows(instance, deciders)), frozenset(RIGHT))]
    if deciders.turns:
        gap = target_percent(deciders.gap)
        made += [
            Paragraph(f"Solved again, to {gap}:"),
            Bullets(_solved_again(instance, deciders)),
        ]
    return made + [Paragraph(text) for text in _rest(instance, deciders, instance_file)]


def _solved_again(instance: Instance, deciders: Deciders) -> tuple[str, ...]:
    """A sentence for each estimate that was solved again, and one for several at once."""
    alone = tuple(turn_text(instance, one) for one in deciders.turns)
    joint = deciders.together
    return alone if joint is None else (*alone, joint_text(instance, joint))


def input_name(instance: Instance, path: str) -> str:
    """An input in words."""
    if path == TARIFF:
        return "the level of the electricity tariffs"
    parts = path.split(".")
    if parts[0] == "accelerators" and len(parts) > 2:
        name = f"{parts[3]} utilisation" if parts[2] == "utilisation" else field_name(parts[2])[0]
        return f"the {name} of {chip_name(instance, parts[1])}"
    return key_name(instance, path)


def _change(fraction: float) -> str:
    return "0 %" if abs(fraction) < 5e-5 else f"{'+' if fraction > 0 else '-'}{percent(abs(fraction))}"

"""Explanations in words: why no design exists, and what a little more of each limit is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.analysis.static_bounds import Obstacle
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.number_format import number
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table, told
from optimizer.report.html.cells import Column, PageCell, listed
from optimizer.study.infeasible import Explanation, Repair
from optimizer.study.marginal import Marginal
from optimizer.study.requirement import ALL_TARGETS, Requirement


def explanation_blocks(explanation: Explanation) -> list[Block]:
    """The conflict and the ways out."""
    return [*_conflict_blocks(explanation), *_repair_blocks(explanation)]


def _conflict_blocks(explanation: Explanation) -> list[Block]:
    blocks: list[Block] = [Heading("What cannot hold together")]
    named = tuple(
        group
        for group in explanation.conflict
        if not (explanation.ended_by_time and group.path in explanation.undecided)
    )
    if not explanation.conflict:
        text = (
            "No requirement of the plan: with every one of them dropped the instance is infeasible all the same. "
            "A fact of the data stands in the way, such as a rate of zero or plant that carries nothing."
        )
        blocks.append(Paragraph(text))
    elif not named:
        blocks.append(Paragraph("Not known: the time limit was over before the requirements could be tried."))
    else:
        minimal = (
            "These together cannot be met; without any one of them, the others can:"
            if explanation.conflict_is_minimal
            else "At least one of these must give way (a time limit left open whether all of them matter):"
        )
        if explanation.ended_by_time and explanation.undecided:
            minimal = "These are among what cannot be met together (the time limit ended the search for the others):"
        blocks += [Paragraph(minimal), Bullets(tuple(map(_required, named)))]
    if explanation.ended_by_time:
        untried = f"; {len(explanation.undecided)} requirements are undecided" if explanation.undecided else ""
        text = f"The time limit ended the explanation{untried}: `optimizer explain` has no limit for the whole of it."
        blocks.append(Paragraph(text))
    if explanation.only_whole_numbers:
        text = "Fractions of pods and units would do: it is infeasible only because they are integers."
        blocks.append(Paragraph(text))
    return blocks


def _required(group: Requirement) -> str:
    """A requirement with its value, if it is a number, and its key."""
    told = group.unit and group.path != ALL_TARGETS
    return f"{group.label}{f': {number(group.value)} {group.unit}' if told else ''} [{group.path}]"


def _repair_blocks(explanation: Explanation) -> list[Block]:
    heading = Heading("The smallest single ways out")
    named = {repair.path for repair in explanation.repairs}
    open_too = [group for group in explanation.conflict if group.path in explanation.undecided]
    if not explanation.repairs:
        none = "No change of one requirement alone admits a design; two or more have to give way."
        if explanation.ended_by_time or open_too:
            none = "None is known: the time limit left the question open."
        return [heading, Paragraph(none)]
    text = "Each was verified by solving the instance with it alone."
    alone = [group.label for group in explanation.conflict if group.path not in named]
    if alone and not explanation.ended_by_time:
        text += f" Giving up one of these alone is not enough, or was not decided: {', '.join(alone)}."
    return [heading, Bullets(tuple(repair_text(repair) for repair in explanation.repairs)), Paragraph(text)]


def repair_text(repair: Repair) -> str:
    """One repair in words."""
    if repair.value is None:
        return f"drop or loosen {repair.label} [{repair.path}]"
    change = f"{(repair.value - repair.before) / repair.before:+.1%}" if repair.before else ""
    doubt = "" if repair.verified else "; NOT verified within the time limit"
    if repair.path == ALL_TARGETS:
        return f"{repair.label}: {change}{doubt} [{repair.path}]"
    now, then = number(repair.before), number(repair.value)
    relative = f" ({change})" if change else ""
    return f"{repair.label}: {now} -> {then} {repair.unit}{relative}{doubt} [{repair.path}]"


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """For explain.json."""
    return {
        "format_version": 1,
        "conflict": [
            {"path": group.path, "label": group.label, "value": group.value if group.unit else None, "unit": group.unit}
            for group in explanation.conflict
        ],
        "conflict_is_minimal": explanation.conflict_is_minimal,
        "only_whole_numbers": explanation.only_whole_numbers,
        "undecided": list(explanation.undecided),
        "ended_by_time": explanation.ended_by_time,
        "repairs": [asdict(repair) for repair in explanation.repairs],
    }


class _Group(BaseModel):
    path: str
    label: str
    value: float | None = None
    unit: str = ""


class _StoredExplanation(BaseModel):
    """The shape of explain.json, which may be a stranger's."""

    conflict: tuple[_Group, ...]
    conflict_is_minimal: bool
    only_whole_numbers: bool
    undecided: tuple[str, ...]
    ended_by_time: bool = False
    repairs: tuple[Repair, ...]


def explanation_from_json(stored: dict[str, Any], path: Path) -> Explanation:
    """The explanation in an explain.json. Raises InputOutputError if it is none."""
    try:
        parsed = _StoredExplanation.model_validate(stored)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = clean(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        raise InputOutputError(f"cannot read {clean(str(path))}: it is not an explanation ({where})") from None
    conflict = tuple(
        Requirement(
            path=group.path,
            label=group.label,
            drop=lambda instance: instance,
            unit=group.unit if group.value is not None else "",
            value=group.value or 0.0,
        )
        for group in parsed.conflict
    )
    return Explanation(**{**dict(parsed), "conflict": conflict})


def marginal_table(values: Sequence[Marginal], money: Currency = DOLLARS, keyed: bool = False) -> Table:
    """What one step more or less of each limit is worth, from solves of their own; the most valuable first. `keyed`:
    the key of a limit stands beside its name."""
    musd = money.unit("MUSD")
    columns: tuple[Column[Marginal], ...] = (
        Column(
            "Limit",
            lambda value: f"{value.label} [{value.path}]" if keyed else PageCell(value.label, tip=value.path),
        ),
        Column("Now", lambda value: f"{number(value.value)} {value.unit}", right=True),
        Column("Step", lambda value: f"{number(value.step)} {value.unit}", right=True),
        Column(f"More saves, {musd}", lambda value: _worth(value, money, more=True), right=True),
        Column(f"Less costs, {musd}", lambda value: _worth(value, money, more=False), right=True),
        Column(f"Saving per unit, {musd}", lambda value: _per_unit(value, money), right=True),
    )
    note = (
        "Present value at the design's compute, each from a solve with that limit one step higher or lower. 'about 0': "
        "less than the gap of the two solves can tell from nothing; 'undecided': a limit ended the solve."
    )
    ranked = sorted(values, key=lambda value: -value.more_musd)
    return listed("What one step more or less is worth", columns, ranked, note)


def marginal_blocks(values: Sequence[Marginal], money: Currency = DOLLARS) -> list[Block]:
    """The same for the terminal."""
    return told(marginal_table(values, money, keyed=True))


def marginal_json(values: Iterable[Marginal]) -> list[dict[str, Any]]:
    """For --json; a limit whose cut leaves no design has no number."""
    return [
        {key: (None if isinstance(item, float) and not isfinite(item) else item) for key, item in asdict(value).items()}
        for value in values
    ]


def _worth(value: Marginal, money: Currency, more: bool) -> str:
    is_open, musd = (value.more_open, value.more_musd) if more else (value.less_open, value.less_musd)
    return "undecided" if is_open else worth(musd, value.noise_musd, money)


def worth(musd: float, noise_musd: float, money: Currency) -> str:
    """A saving or a cost in millions; what the gap leaves open is about 0, and an infinite cost is no design."""
    if not isfinite(musd):
        return "no design"
    return f"{money.of(musd):,.2f}" if abs(musd) > noise_musd else "about 0"


def _per_unit(value: Marginal, money: Currency) -> str:
    if value.more_open:
        return "undecided"
    return number(money.of(value.per_unit_musd), 3) if abs(value.more_musd) > value.noise_musd else "about 0"


def obstacle_blocks(obstacles: tuple[Obstacle, ...]) -> list[Block]:
    """The reasons known without a search, as a part of a page."""
    if not obstacles:
        alone = "offer, grid import, white space, supply and capital each allow every target when taken alone"
        return [Paragraph(f"No single requirement rules a design out: {alone}.")]
    items = tuple(f"{obstacle.reason} [{obstacle.path}]" for obstacle in obstacles)
    return [Heading("Why no design can exist"), Bullets(items)]

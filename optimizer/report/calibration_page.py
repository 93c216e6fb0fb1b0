"""The comparison of the model with published facts as a page of Markdown."""

from __future__ import annotations

from optimizer.analysis.calibration import CalibrationCase, cases, left_out
from optimizer.number_format import number
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

INTRODUCTION = (
    "Written by optimizer calibration --out docs/calibration.md. The model's figures come from the catalogue and the "
    "functions that plans use; the facts, with source and grade (A official or measured, B secondary, C estimate or "
    "memory), from optimizer/catalogue/calibration.toml. No value was chosen for a single case; errors stand as they "
    "are. Where a value of the catalogue was read off a fact (read off), agreement proves nothing and is not counted."
)
HEADER = ("Case", "Unit", "Model", "Published", "Error", "Aim", "Grade", "Source")


def blocks() -> list[Block]:
    """The page."""
    page: list[Block] = [Heading("Calibration: the model against published facts", 1), Paragraph(INTRODUCTION)]
    groups = dict.fromkeys(case.group for case in cases())
    page += [_counts(tuple(groups))]
    for group in groups:
        in_group = [case for case in cases() if case.group == group]
        page += [Heading(group), Table(HEADER, tuple(_cells(case) for case in in_group), frozenset({2, 3, 4, 5}))]
        page += [Paragraph(_bands(in_group))] if all(case.read_off for case in in_group) else []
        reasons: dict[str, list[str]] = {}
        for case in in_group:
            if case.why:
                reasons.setdefault(case.why, []).append(case.what)
        page += [Bullets(tuple(f"{'; '.join(names)}. {why}" for why, names in reasons.items()))] if reasons else []
    page += [Heading("Known, and not compared")]
    page += [Bullets(tuple(f"{name}. {why}" for name, why in left_out()))]
    return page


def counted(group: str) -> tuple[int, int]:
    """Cases of a group within their aim, and all that have an aim and were not read off."""
    held = [case for case in cases() if case.group == group and case.aim is not None and not case.read_off]
    return sum(case.hits for case in held), len(held)


def _bands(in_group: list[CalibrationCase]) -> str:
    """Of a group of which values were read off: who is within its aim all the same, and who is not."""
    within, outside = ([case.what.partition(",")[0] for case in in_group if case.hits is hit] for hit in (True, False))
    return (
        f"Within what is published are {len(within)} of {len(in_group)}: {', '.join(within)}. Outside it are "
        f"{len(outside)}: {', '.join(outside)}. Values were read off these figures, so that the first prove nothing; "
        "what the others lack is said below."
    )


def _counts(groups: tuple[str, ...]) -> Table:
    rows = []
    for group in groups:
        within, held = counted(group)
        in_group = [case for case in cases() if case.group == group]
        off = sum(case.read_off for case in in_group)
        rows.append((group, str(len(in_group)), str(off), str(held), str(within)))
    header = ("", "Cases", "Read off", "Held out, with an aim", "Of these within it")
    return Table(header, tuple(rows), frozenset({1, 2, 3, 4}))


def _cells(case: CalibrationCase) -> tuple[str, ...]:
    aim = "" if case.aim is None else f"{100 * case.aim:.0f} %"
    marks = ", ".join((["read off"] if case.read_off else []) + ([] if case.hits else ["outside"]))
    error = f"{100 * case.error:+.1f} %" + (f" ({marks})" if marks else "")
    source = ", ".join(case.source)
    return (case.what, case.unit, number(case.model), number(case.fact), error, aim, case.grade, source)

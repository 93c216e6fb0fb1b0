"""The comparison of the model with published facts as a page of Markdown."""

from __future__ import annotations

from optimizer.analysis.calibration import CalibrationCase, cases
from optimizer.number_format import number
from optimizer.report.document import Block, Heading, Paragraph, Table

INTRODUCTION = (
    "Written by `optimizer calibration --out docs/calibration.md`. The model's figures come from the catalogue and the "
    "functions that plans use; the facts from the catalogue's references (grade A official or measured, B secondary, "
    "C estimate or memory). No value was chosen for a single case; errors stand as they are."
)


def blocks() -> list[Block]:
    """The page."""
    measured = cases()
    page: list[Block] = [Heading("Calibration: the model against published facts", 1), Paragraph(_plain(INTRODUCTION))]
    for group in dict.fromkeys(case.group for case in measured):
        rows = tuple(_cells(case) for case in measured if case.group == group)
        header = ("Case", "Unit", "Model", "Published", "Error", "Aim", "Grade", "Reference")
        page += [Heading(group), Table(header, rows, frozenset({2, 3, 4, 5}))]
        reasons = [f"{case.what}: {case.why}" for case in measured if case.group == group and case.why]
        page += [Paragraph(reason) for reason in reasons]
    missed = [case for case in measured if not meets(case)]
    names = "; ".join(f"{case.what} ({100 * case.error:+.0f} %)" for case in missed)
    verdict = f"Outside their aims: {names}. The reasons stand above." if missed else "All aims are met."
    return [*page, Heading("Verdict"), Paragraph(verdict)]


def meets(case: CalibrationCase) -> bool:
    """Whether the error is within the aim; cases without an aim always are."""
    return case.aim is None or abs(case.error) <= case.aim


def _plain(text: str) -> str:
    return text.replace("`", "")


def _cells(case: CalibrationCase) -> tuple[str, ...]:
    aim = f"{100 * case.aim:.0f} %" if case.aim is not None else ""
    numbers = (number(case.model, 4), number(case.fact, 4), f"{100 * case.error:+.1f} %", aim)
    return (case.what, case.unit, *numbers, case.grade, case.reference)

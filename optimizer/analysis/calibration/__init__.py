"""The model against published facts. Nothing is tuned for a single case: errors stand as they are.

Every figure of the model comes from the catalogue's rows and the functions that plans use; every fact from the rows
of `optimizer/catalogue/calibration.toml`, with source and grade. Errors are (model - fact) / fact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from optimizer.analysis.calibration.case import CalibrationCase
from optimizer.analysis.calibration.plant import facility, power, pue
from optimizer.analysis.calibration.rental import rental
from optimizer.analysis.calibration.rows import facts
from optimizer.analysis.calibration.work import fleet, scaling, serving, training

__all__ = ["CalibrationCase", "cases", "left_out"]

COMPARED: dict[str, Callable[[str, Any], CalibrationCase]] = {
    "training": training,
    "scaling": scaling,
    "serving": serving,
    "fleet": fleet,
    "power": power,
    "pue": pue,
    "facility": facility,
    "rental": rental,
}
"""What compares the facts of a kind; rows of models are no facts."""


@cache
def cases() -> tuple[CalibrationCase, ...]:
    """Every comparison, by kind, in the order of the file."""
    rows = facts().items()
    return tuple(compare(key, row) for kind, compare in COMPARED.items() for key, row in rows if row.kind == kind)


def left_out() -> tuple[tuple[str, str], ...]:
    """Facts that are known and not compared, each with the reason."""
    return tuple((row.name, row.why) for row in facts().values() if row.kind == "left_out")

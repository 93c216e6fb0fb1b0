"""What would be solved: the problem and the size of its model, without a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.analysis.static_bounds import Obstacle
    from optimizer.model.derive import Problem
    from optimizer.reading.read import Reading
    from optimizer.solve.compiled import Compiled
    from optimizer.solve.outcome import Size


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A problem, its model as the solver would get it, and the reasons known already why no design can exist."""

    problem: Problem
    size: Size
    ranges: dict[str, tuple[float, float]]
    """Smallest and largest magnitude of the numbers the solver sees; zeros and infinities left out."""
    obstacles: tuple[Obstacle, ...]


def planned(reading: Reading) -> Planned:
    """Build the model and describe it. Raises UnsoundError for numbers no solver can be trusted with."""
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.model.build import build
    from optimizer.model.derive import derive
    from optimizer.solve.guards import check_matrix
    from optimizer.solve.input_keys import errors_by_key
    from optimizer.solve.search import compile_built

    problem = derive(reading.instance, reading.folder)
    with errors_by_key(reading.instance):
        compiled, size = compile_built(build(problem))
        check_matrix(compiled)
    return Planned(problem=problem, size=size, ranges=ranges(compiled), obstacles=obstacles(problem))


def ranges(compiled: Compiled) -> dict[str, tuple[float, float]]:
    """Smallest and largest magnitude of each kind of number of a model."""
    import numpy as np

    limits = np.concatenate((compiled.row_lower, compiled.row_upper))
    bounds = np.concatenate((compiled.column_lower, compiled.column_upper))
    vectors = {"matrix": compiled.value, "right-hand sides": limits, "bounds": bounds}
    vectors |= {f"form {name}": form.coefficients for name, form in compiled.forms.items()}
    quarter_ranges = {}
    for name, vector in vectors.items():
        sizes = np.abs(vector[np.isfinite(vector) & (vector != 0)])
        if sizes.size:
            quarter_ranges[name] = (float(sizes.min()), float(sizes.max()))
    return quarter_ranges

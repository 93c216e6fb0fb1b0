"""From a built model to its dispatching years as the search and the readback need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import SolverCrash
from optimizer.ledger.full_names import full_names
from optimizer.operations.operated import Hours, Operated
from optimizer.operations.shapes import AVAILABLE, YearShape
from optimizer.solve.benders import DispatchYear, Years
from optimizer.solve.compiled import Compiled
from optimizer.solve.isolation import run_isolated
from optimizer.solve.parametric import Parametric, compile_year, vector_of
from optimizer.solve.year_lp import Bases, YearLp

if TYPE_CHECKING:
    from optimizer.model.build import Built

Where = tuple[str, str]
_MARGIN = 1e-7
_CAP_MARGIN = 1e-8


def programmes(built: Built) -> dict[str, Parametric]:
    """The programmes of a model's years by digest, each compiled once."""
    by_site: dict[str, Parametric] = {}
    for shape, _ in built.model.operations.shapes.values():
        digest = shape.digest
        if digest not in by_site:
            by_site[digest] = _compiled(_Shape(digest, shape))
    return by_site


@dataclass(frozen=True)
class _Shape:
    """A shape, known by its digest alone."""

    digest: str
    shape: YearShape = field(compare=False)


@lru_cache(maxsize=4)
def _compiled(given: _Shape) -> Parametric:
    """The programme of a shape, which the next cell of a study often shares; nobody writes to it."""
    return compile_year(given.shape)


def years_of(built: Built, compiled: Compiled, by_digest: Mapping[str, Parametric]) -> Years:
    """Where each year's capacities and bill are among the columns. Years share a programme only by its digest."""
    place = {name: j for j, name in enumerate(compiled.column_names)}
    years = []
    for (s, p), (shape, scale) in built.model.operations.shapes.items():
        variables = [built.model.operations.x[s, p, name] for name in shape.coordinates]
        columns = [place[name] for name in full_names(variables)]
        bill = place[built.model.operations.bill[s, p].name]
        years.append(DispatchYear(shape.digest, scale, np.array(columns, dtype=np.int64), bill))
    return Years(tuple(years), dict(by_digest))


def years_within(
    builts: Iterable[Built], compiled: Compiled, known: dict[str, Parametric] | None = None
) -> Years | None:
    """Years of models that were compiled as one; None if none of them dispatches. `known` keeps the programmes."""
    known = {} if known is None else known
    years: list[DispatchYear] = []
    for built in builts:
        for shape, _ in built.model.operations.shapes.values():
            digest = shape.digest
            if digest not in known:
                known[digest] = compile_year(shape)
        years += years_of(built, compiled, known).years
    used = {year.shape for year in years}
    return Years(tuple(years), {digest: known[digest] for digest in known if digest in used}) if years else None


def operate(
    shapes: Mapping[Where, tuple[YearShape, float]],
    capacities: Mapping[Where, Mapping[str, float]],
    by_digest: Mapping[str, Parametric],
    isolated: bool = True,
) -> dict[Where, Operated]:
    """The dispatch of every year at its final capacities: the same for the same decisions, however they were found.

    Raises SolverCrash if a year cannot be served: a design whose years were priced always can.
    """
    work = partial(_operate, shapes, capacities, by_digest)
    return run_isolated(work) if isolated else work(None)


def _operate(
    shapes: Mapping[Where, tuple[YearShape, float]],
    capacities: Mapping[Where, Mapping[str, float]],
    by_digest: Mapping[str, Parametric],
    _hooks: Any,
) -> dict[Where, Operated]:
    bases = Bases()
    lps = {digest: _solver(given, bases) for digest, given in by_digest.items()}
    for lp in lps.values():
        if lp.small:
            # A search has asked it before, and from there the final dispatch takes a third of the time.
            lp.first()
    years = {}
    for where, (shape, _scale) in shapes.items():
        lp = lps[shape.digest]
        answer = lp.answer(vector_of(shape.coordinates, _with_margin(capacities[where], shape)))
        if not answer.served:
            raise SolverCrash(f"{where[0]} cannot be served in {where[1]}: {answer.value:g} MWh are missing")
        years[where] = _operated(shape, lp.given, lp.columns())
    return years


def _solver(given: Parametric, bases: Bases) -> YearLp:
    return YearLp(given, bases, None if given.coarse is None else YearLp(given.coarse, bases))


def _with_margin(x: Mapping[str, float], shape: YearShape) -> dict[str, float]:
    """Room for the rounding of decisions, well below what a limit may be missed by."""
    roomy = {**x, "limit": x["limit"] + _MARGIN}
    if shape.connection is not None:
        roomy[AVAILABLE] = x[AVAILABLE] + _MARGIN
    return roomy | {what: x[what] + _CAP_MARGIN * max(1.0, x[what]) for what in shape.capped}


def _operated(shape: YearShape, given: Parametric, y: Hours) -> Operated:
    zeros = np.zeros(shape.hours)

    def series(name: str, *index: int) -> Hours:
        values = given.series(y, name, index)
        return np.maximum(values, 0.0) if len(values) else zeros

    moved = {work.load: series("placed", j) for j, work in enumerate(shape.placing)}
    contract = given.single(y, "contract") if shape.uncontracted_usd_per_mw_month is not None else None
    soc = series("soc")
    return Operated(
        charge_mw=series("charge"),
        discharge_mw=series("discharge"),
        soc_start_mwh=float(soc[0]),
        generator_mw=series("running"),
        moved_mw=moved,
        contract_mw=contract,
        fed_mw={source.name: series("fed", i) for i, source in enumerate(shape.sources)},
        response_mw=given.single(y, "response") if shape.response is not None else 0.0,
    )

"""The connection in a year of dispatch: hours called back, surplus that is sold, load that can be dropped.

Names, meanings and costs: year.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyomo.core import Block, NonNegativeReals, Var, quicksum

from optimizer.operations.shape_connection import Response, Surplus
from optimizer.operations.shapes import AVAILABLE, ENROLLABLE, UNBOUND, YearShape, load_name, source_name

Key = tuple[str, ...]
Capacities = Mapping[str, Any]


def columns(block: Block, shapes: Mapping[Key, YearShape]) -> None:
    """Surplus sold by hour, load enrolled, and the mean of every engine."""
    selling = [(*k, t) for k, shape in shapes.items() if shape.export is not None for t in range(shape.hours)]
    enrolled = {k: shape.response for k, shape in shapes.items() if shape.response is not None}
    block.exported = Var(selling, domain=NonNegativeReals)
    block.response = Var(list(enrolled), domain=NonNegativeReals)
    block.steady = Var([(*k, i) for k, given in enrolled.items() for i in given.engines], domain=NonNegativeReals)


def rows(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    """Everything that binds them, and import in hours called back."""
    _called_back(block, shapes, x)
    _sold(block, shapes, x)
    _dropped(block, shapes, x)


def cost(block: Block, shape: YearShape, k: Key) -> list[Any]:
    """What is paid for them, in USD per year."""
    terms: list[Any] = []
    if shape.export is not None:
        usd = -shape.weight * shape.export.usd_per_mwh
        terms += [usd * block.exported[(*k, t)] for t in range(shape.hours)]
    if shape.response is not None:
        terms.append(-shape.response.usd_per_mw * block.response[k])
    return terms


def _called_back(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    hours: list[Any] = [(*k, int(t)) for k, shape in shapes.items() for t in shape.called_back]

    def there(key: Any) -> Any:
        share = shapes[key[:-1]].connection
        assert share is not None
        return -float(share[key[-1]]) * x[key[:-1]][AVAILABLE]

    @block.Constraint(hours)
    def within(b: Block, *key: Any) -> Any:
        k, t = key[:-1], key[-1]
        return (None, quicksum([*drawn(b, k, t, shapes[k], x[k]), there(key)]), 0)

    @block.Constraint([key for key in hours if shapes[key[:-1]].takes_up])
    def calm(b: Block, *key: Any) -> Any:
        return (None, b.imported[key] + there(key), 0)


def _sold(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    @block.Constraint(list(block.exported))
    def sold(b: Block, *key: Any) -> Any:
        return (None, b.exported[key] - x[key[:-1]]["limit"], 0)

    def export(k: Key) -> Surplus:
        given = shapes[k].export
        assert given is not None
        return given

    @block.Constraint([key for key in block.exported if export(key[:-1]).share < 1.0])
    def offered(b: Block, *key: Any) -> Any:
        return (None, b.exported[key] - export(key[:-1]).share * x[key[:-1]][AVAILABLE], 0)


def _dropped(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    def response(k: Key) -> Response:
        given = shapes[k].response
        assert given is not None
        return given

    @block.Constraint(list(block.steady))
    def mean(b: Block, *key: Any) -> Any:
        count = shapes[key[:-1]].hours
        return quicksum((1.0 / count) * b.fed[(*key, t)] for t in range(count)) - b.steady[key] == 0

    keys = [k if isinstance(k, tuple) else (k,) for k in block.response]

    @block.Constraint(keys)
    def enrolled(b: Block, *k: Any) -> Any:
        return (None, b.response[k] - response(k).share * x[k][AVAILABLE], 0)

    @block.Constraint(keys)
    def asked(b: Block, *k: Any) -> Any:
        return (None, b.response[k] - x[k][ENROLLABLE], 0)

    @block.Constraint([(*k, t) for k in keys for t in range(shapes[k].hours) if response(k).called[t]])
    def drop(b: Block, *key: Any) -> Any:
        k, t = key[:-1], key[-1]
        shape, given = shapes[k], response(k)
        terms = [b.response[k], -1.0 * x[k][UNBOUND]]
        if shape.efficiency is not None:
            terms += [-1.0 * b.discharge[key], b.charge[key]]
        if shape.generator_hours is not None:
            terms.append(-1.0 * b.running[key])
        if shape.export is not None:
            terms.append(b.exported[key])
        for i in given.engines:
            terms += [-1.0 * b.fed[(*k, i, t)], b.steady[(*k, i)]]
        for j, work in enumerate(shape.placing):
            over, waits = float(work.overhead[t]), float(work.overhead[t]) * float(work.deferred[t])
            terms += [over * b.placed[(*k, j, t)], -waits * x[k][load_name(work.load)]]
        return (None, quicksum(terms), 0)


def drawn(block: Block, k: Key, hour: int, shape: YearShape, given: Capacities) -> list[Any]:
    """Import of an hour, and what full work draws beyond the mean, less what generation has left and what is sold."""
    return [block.imported[(*k, hour)], *_idle(shape, given, hour), *_left(block, k, hour, shape, given)]


def _idle(shape: YearShape, given: Capacities, hour: int) -> list[Any]:
    """What full work draws in an hour beyond the mean."""
    return [
        float(shape.idle_per_mw[j, hour]) * given[load_name(load)]
        for j, load in enumerate(shape.loads)
        if shape.idle_per_mw[j, hour]
    ]


def _left(block: Block, k: Key, hour: int, shape: YearShape, given: Capacities) -> list[Any]:
    """What generation has left in an hour, taken off what full work draws beyond the mean."""
    if not shape.takes_up:
        return []
    left = [block.fed[(*k, i, hour)] for i in range(len(shape.sources))]
    if shape.export is not None:
        left.append(-1.0 * block.exported[(*k, hour)])
    shares = [(float(source.availability[hour]), source.name) for source in shape.sources]
    return left + [-share * given[source_name(name)] for share, name in shares if share]

"""Small models for the solver tests, written as dense matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.solve.compiled import Compiled

INF = float("inf")


def model(
    matrix: Any, row_lower: Any, row_upper: Any, lower: Any, upper: Any, integer: Any, cost: Any = None
) -> Compiled:
    """A compiled model from dense data; rows are r0, r1, ..., columns x0, x1, ..."""
    dense = np.atleast_2d(np.asarray(matrix, dtype=float))
    rows, columns = dense.shape
    start, index, value = [0], [], []
    for j in range(columns):
        used = np.flatnonzero(dense[:, j])
        index += used.tolist()
        value += dense[used, j].tolist()
        start.append(len(index))

    def full(data: Any, length: int) -> Any:
        return np.broadcast_to(np.asarray(data, dtype=float), (length,)).copy()

    return Compiled(
        cost=full(0.0 if cost is None else cost, columns),
        cost_offset=0.0,
        start=np.array(start, np.int32),
        index=np.array(index, np.int32),
        value=np.array(value, float),
        row_lower=full(row_lower, rows),
        row_upper=full(row_upper, rows),
        column_lower=full(lower, columns),
        column_upper=full(upper, columns),
        is_integer=np.broadcast_to(np.asarray(integer, dtype=bool), (columns,)).copy(),
        row_names=tuple(f"r{i}" for i in range(rows)),
        column_names=tuple(f"x{j}" for j in range(columns)),
        forms={},
    )


def market_split(rows: int = 4, binaries: int = 35, seed: int = 0) -> Compiled:
    """Market split with slacks: a feasible design is easy, its proof is far out of reach."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 100, (rows, binaries)).astype(float)
    half = np.floor(weights.sum(axis=1) / 2)
    matrix = np.hstack([weights, np.eye(rows), -np.eye(rows)])
    integer = np.r_[np.ones(binaries, bool), np.zeros(2 * rows, bool)]
    upper = np.r_[np.ones(binaries), np.full(2 * rows, INF)]
    return model(matrix, half, half, 0, upper, integer, np.r_[np.zeros(binaries), np.ones(2 * rows)])

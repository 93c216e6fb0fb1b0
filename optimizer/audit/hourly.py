"""Comparisons in every hour kept, of which the worst is recorded: docs/model.md section 13."""

from __future__ import annotations

import numpy as np

from optimizer.audit.findings import Recorder
from optimizer.audit.psychrometrics import Hours


def ceiling(recorder: Recorder, check: str, where: str, pair: tuple[Hours, Hours | float], message: str) -> None:
    """Check values <= limits in every hour; the worst one is recorded, and a NaN is the worst of all."""
    values, limits = pair
    at = _worst(values, limits)
    limit = float(np.broadcast_to(limits, values.shape)[at])
    recorder.at_most(check, where, float(values[at]), limit, f"{message} {at}")


def floor(recorder: Recorder, check: str, where: str, pair: tuple[Hours, Hours | float], message: str) -> None:
    """Check values >= limits in every hour, likewise."""
    values, limits = pair
    at = _worst(-values, -limits)
    limit = float(np.broadcast_to(limits, values.shape)[at])
    recorder.at_least(check, where, float(values[at]), limit, f"{message} {at}")


def _worst(values: Hours, limits: Hours | float) -> int:
    """The hour that lies farthest beyond its limit, as the tolerance measures it; the first NaN if there is one."""
    excess = (values - limits) / np.maximum(1.0, np.abs(limits))
    return int(np.argmax(excess))

"""Cases of a long list that the default suite runs: every so many. The long suite runs the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def every(step: int, cases: Iterable[Any]) -> list[Any]:
    """All cases, of which one in `step` is of the default suite, the first of them always."""
    return [pytest.param(case, marks=pytest.mark.long) if at % step else case for at, case in enumerate(cases)]

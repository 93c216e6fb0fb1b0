"""What quotas of some phases or licence statuses let through, said before any search; never more than is so."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.static_bounds import obstacles
from optimizer.model.derive import derive
from optimizer.pipeline import Options, run
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
TWO: dict[str, Any] = {**TWO_PHASES, "phases.b.target_pflops": 12.0, "phases.b.demand_pflops": 12.0}
"""8 and 12 PFLOPS; quick 0.5 and frugal 0.25 PFLOPS an accelerator, 8 to a pod, which serve in both phases."""


def quota(most: int, *phases: str, **match: str) -> dict[str, Any]:
    return {"match": match, "max_accelerators": most, **({"phases": list(phases)} if phases else {})}


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    # 8 accelerators in a, 8 in b: at most 8 PFLOPS in b.
    "one quota a phase": {"first": quota(8, "a"), "second": quota(8, "b")},
    # 23 quick ones are 11.5 PFLOPS, and no frugal one is let through.
    "one quota a chip": {"q": quota(23, accelerator="quick"), "f": quota(0, "a", "b", accelerator="frugal")},
    "free ones": {"free": quota(15, status="free")},
}
POSSIBLE: dict[str, dict[str, Any]] = {
    "one phase alone": {"second": quota(0, "b")},
    "enough in two phases": {"first": quota(16, "a"), "second": quota(8, "b")},
    "licensed ones, of which there are none": {"licensed": quota(0, status="licence")},
}


def found(quotas: dict[str, Any]) -> set[str]:
    return {o.group for o in obstacles(derive(tiny({**TWO, "procurement.quotas": quotas}), HERE))}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_quotas_forbid_is_said_and_is_so(name: str) -> None:
    assert found(IMPOSSIBLE[name]) == {"supply"}
    result = run(tiny({**TWO, "procurement.quotas": IMPOSSIBLE[name]}), HERE, Options(isolated=False))
    assert result.status.value == "infeasible"


@pytest.mark.parametrize("name", POSSIBLE)
def test_what_is_possible_is_never_called_impossible(name: str) -> None:
    assert found(POSSIBLE[name]) == set()
    assert run(tiny({**TWO, "procurement.quotas": POSSIBLE[name]}), HERE, Options(isolated=False)).verified


def test_pods_that_are_gone_do_not_count() -> None:
    """Pods live one year: 16 accelerators in a are of no use in b, where 8 are 4 PFLOPS."""
    changes = {**TWO, "accelerators.quick.life_years": 1.0, "accelerators.frugal.life_years": 1.0}
    changes["procurement.quotas"] = POSSIBLE["enough in two phases"]
    assert {o.group for o in obstacles(derive(tiny(changes), HERE))} == {"supply"}
    assert tiny(changes).phases["b"].start == date(2028, 1, 1)

"""The instance of edge rooms: which accelerator can answer where, before any search."""

from __future__ import annotations

import pytest

from optimizer.model.derive import derive
from optimizer.reading.read import ReadOptions, read_instance
from tests.tiny import ROOT

ROOMS, CORE = {"central", "kwai_tsing"}, "sandy_ridge"
EDGE = ROOT / "instances" / "hong_kong_edge.toml"


def able(workload: str, scenario: str | None = None) -> set[tuple[str, str]]:
    """Sites and accelerators that can do a workload in the first phase."""
    reading = read_instance(EDGE, ReadOptions(scenario=scenario))
    types = derive(reading.instance, reading.folder).compute.types.values()
    return {(pod.site, pod.accelerator) for pod in types if pod.effective_pflops.get((workload, "y2028"), 0.0) > 0}


@pytest.mark.parametrize("workload", ["payments", "cranes"])
def test_the_way_to_the_core_ties_first_tokens_to_the_rooms(workload: str) -> None:
    assert {site for site, _ in able(workload)} == ROOMS
    assert CORE in {site for site, _ in able(workload, "dark_fibre")}


def test_a_prompt_of_the_cranes_is_read_in_time_by_the_fastest_reader_only() -> None:
    """4,000 tokens of 60 GFLOP on eight 910C at 0.38 of 1,504 TOPS take 52.5 ms, with the room's 2 ms within 80.

    A 950DT at 0.38 of 1,000 takes 79 and 2: just too long.
    """
    read_s = 4_000 * 60e9 / (8 * 1_504e12 * 0.38)
    assert read_s == pytest.approx(0.0525, abs=1e-4)
    assert {accelerator for _, accelerator in able("cranes")} == {"ascend_910c"}
    assert "ascend_950dt" in {accelerator for _, accelerator in able("payments")}


def test_agents_may_be_anywhere() -> None:
    assert {site for site, _ in able("agents")} == {*ROOMS, CORE}

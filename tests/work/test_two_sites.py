"""Two sites with services in haste: what the way to Sandy Ridge leaves for reading a prompt."""

from __future__ import annotations

import pytest

from optimizer.model.derive import Problem, derive
from optimizer.reading.read import read_instance
from tests.tiny import ROOT

FILE = ROOT / "instances" / "hong_kong_two_sites.toml"


@pytest.fixture(scope="module")
def problem() -> Problem:
    return derive(read_instance(FILE).instance, FILE.parent)


def able(problem: Problem, workload: str, site: str) -> set[str]:
    """Accelerators that may serve a workload at a site."""
    pods = problem.compute.types.values()
    return {pod.accelerator for pod in pods if pod.site == site and any(w == workload for w, _ in pod.duties.possible)}


def test_payments_are_read_in_time_from_afar_by_the_fastest_alone(problem: Problem) -> None:
    """50 ms, of which 2 or 30 are spent on the way: 48 ms are enough for six kinds, 20 ms for Nvidia's two."""
    here, there = able(problem, "payments", "cyberport"), able(problem, "payments", "sandy_ridge")
    assert there == {"h100_sxm", "h200_sxm"}
    assert there < here
    assert "cloudmatrix384_npu" in here


def test_cranes_wait_a_little_longer(problem: Problem) -> None:
    assert "cloudmatrix384_npu" in able(problem, "cranes", "sandy_ridge")
    assert "ascend_910c" in able(problem, "cranes", "cyberport") - able(problem, "cranes", "sandy_ridge")


def test_who_is_not_in_haste_is_served_from_anywhere(problem: Problem) -> None:
    assert able(problem, "assistant", "cyberport") == able(problem, "assistant", "sandy_ridge")

"""Bad runs and services are refused with a code, and runs that cannot be done say what lacks and by how much."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from optimizer.inputs.design import Status
from optimizer.reading.checks import run_checks
from tests.tiny import tiny
from tests.work.least import MODEL, NO_TARGET, ONE_RUN, RUN, SERVICE, least

SERVED: dict[str, Any] = {**NO_TARGET, "models.ten": MODEL, "workloads.chat": SERVICE}
INFERENCE = {"accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5}}


def codes(changes: dict[str, Any]) -> set[str]:
    return {finding.code for finding in run_checks(tiny(changes)) if finding.severity == "error"}


def test_good_runs_and_services_pass() -> None:
    assert codes(ONE_RUN) == set()
    assert codes({**SERVED, **INFERENCE}) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({**ONE_RUN, "models.ten": MODEL | {"params_active_b": 11.0}}, "E0431"),
        ({**ONE_RUN, "models.ten": {key: MODEL[key] for key in MODEL if key != "tokens_t"}}, "E0432"),
        ({**ONE_RUN, "workloads.run": RUN | {"runs_per_year": 3.66}}, "E0433"),
        (
            {
                **SERVED,
                **INFERENCE,
                "workloads.chat": SERVICE | {"input_tokens_b_per_day": 0.0, "output_tokens_b_per_day": 0.0},
            },
            "E0434",
        ),
        ({**ONE_RUN, "workloads.run": RUN | {"residency": ["hong_kong"]}}, "E0435"),
        ({**ONE_RUN, "workloads.training.residency": []}, "E0435"),
        ({**ONE_RUN, "workloads.run": RUN | {"precisions": ["fp4", "fp8"]}}, "E0436"),
        (SERVED, "E0436"),
        ({**ONE_RUN, "phases.only.demand_pflops": 3.0}, "E0403"),
        (
            {
                **ONE_RUN,
                "phases.only.demand_pflops": 8.0,
                "workloads.training.floor_pflops": {"only": 5.0},
            },
            "E0403",
        ),
        ({"stacks.mature.programme_usd": 1.0}, "E0437"),
        ({"stacks.mature.programme_usd": 1.0, "stacks.mature.programme_ramp_months": 1.0}, "E0437"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], code: str) -> None:
    assert codes(changes) == {code}


@pytest.mark.parametrize(
    "changes",
    [
        {**ONE_RUN, "workloads.run": RUN | {"max_days": 0.0}},
        {**ONE_RUN, "workloads.run": RUN | {"max_days": 400.0}},
        {**ONE_RUN, "workloads.run": RUN | {"kind": "training"}},
        {**ONE_RUN, "models.ten": MODEL | {"tokens_t": 0.0}},
        {**SERVED, "workloads.chat": SERVICE | {"cached_input_fraction": 1.0}},
        {**SERVED, "workloads.chat": SERVICE | {"context_tokens": 0}},
        {"stacks.mature.initial_maturity_fraction": 1.2},
        {"affordability": {"sold_fraction": 0.0}},
    ],
)
def test_values_out_of_range_do_not_pass_the_schema(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tiny(changes)


def test_residency_names_the_places_there_are() -> None:
    found = list(run_checks(tiny({**ONE_RUN, "workloads.run": RUN | {"residency": ["hong_kong"]}})))
    assert found[0].path == ("workloads", "run", "residency")
    assert found[0].help == "sites are in: singapore"


def test_a_run_that_no_cluster_hosts_says_that_compute_lacks_and_by_how_much() -> None:
    """In one day 694.4 PFLOPS are needed; 33 quick pods, all that the floor holds, sustain 132."""
    found = least({**ONE_RUN, "workloads.run": RUN | {"max_days": 1.0}})
    assert found.status is Status.INFEASIBLE
    text = next(obstacle.reason for obstacle in found.why if obstacle.path == "workloads.run")
    for part in ("694.4 effective PFLOPS", "within 1.000 days", "132.0 PFLOPS", "80.99 % too little", "5.261 days"):
        assert part in text
    assert "memory:" not in text


def test_a_run_too_large_for_the_memory_says_so() -> None:
    """16 bytes x 2,000 G = 32 TB; 264 accelerators of 80 GB hold 21.12 TB: 34 % too little."""
    found = least({**ONE_RUN, "models.ten": MODEL | {"params_total_b": 2000.0}})
    assert found.status is Status.INFEASIBLE
    text = next(obstacle.reason for obstacle in found.why if obstacle.path == "workloads.run")
    assert "memory: 21.12 TB, 34.00 % too little" in text
    assert "compute:" not in text


def test_a_service_nobody_is_fast_enough_for_is_named() -> None:
    found = least({**SERVED, **INFERENCE, "workloads.chat": SERVICE | {"user_tokens_per_s": 1e6}})
    assert found.status is Status.INFEASIBLE
    assert any("no accelerator" in obstacle.reason for obstacle in found.why if obstacle.path == "workloads.chat")

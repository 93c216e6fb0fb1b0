"""A worker keeps programmes, look-ups and counts from cell to cell: every record is that of a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.inputs.schema import Instance
from optimizer.study.cell import CellTask, Question, Record, StudyContext, solve_cell
from optimizer.study.engine import plain_record
from tests.study.study_cases import DAY_AND_NIGHT
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
DISPATCHING = {
    **TWO_PHASES,
    "solve.hours": 336,
    **DAY_AND_NIGHT,
}
AXES = (
    {"phases.b.target_pflops": 12.0},
    {"accelerators.quick.price_usd": 17_000.0},
    {"finance.discount_rate": 0.08},
    {"batteries.cell.max_mwh": 0.3},
    {"phases.b.target_pflops": 12.0, "phases.b.tariff_factor": 1.3},
)
ALONE = """
import json, sys
from pathlib import Path
from optimizer.inputs.schema import Instance
from tests.study.test_fresh_cells import record_of
print(json.dumps(record_of(Instance.model_validate_json(sys.stdin.read()))))
"""


def record_of(instance: Instance) -> Record:
    """The cell's record as it is stored, start, proof and cuts with it."""
    task = CellTask(key="k", instance=instance, sha256="", keep_proof=True)
    record = solve_cell(StudyContext(HERE, Question()), task)
    return json.loads(json.dumps({name: value for name, value in record.items() if name != "seconds"}))


@pytest.mark.parametrize("base", [{}, DISPATCHING], ids=["rigid", "dispatching"])
def test_it_is_the_record_of_a_fresh_process_to_the_last_bit(base: dict[str, object]) -> None:
    """Every second cell is asked again by the same process when all the others have been there."""
    changes = AXES if base else tuple({**TWO_PHASES, **axis} for axis in AXES if "batteries.cell.max_mwh" not in axis)
    cells = [tiny({**base, **axis}) for axis in changes]
    warm = [record_of(cell) for cell in cells]
    assert [record_of(cell) for cell in cells[::-2]] == warm[::-2]
    assert all(record["verified"] for record in warm)
    assert len({record["value"] for record in warm}) == len(cells)
    for cell, record in list(zip(cells, warm, strict=True))[1::2]:
        fresh = subprocess.run(
            [sys.executable, "-c", ALONE],
            input=cell.model_dump_json(),
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parents[1],
        )
        assert json.loads(fresh.stdout) == record
        assert plain_record(record)

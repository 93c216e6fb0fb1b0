"""Tables of studies offer every key figure that at least one cell reports."""

from __future__ import annotations

from optimizer.model.kpis import ALL_KPIS, KPIS
from optimizer.runs.study_tables import StudyRow, study_table


def test_a_figure_only_some_cells_have_is_a_column_with_gaps() -> None:
    plain = {kpi.id: 1.0 for kpi in KPIS}
    records = ({"kpis": plain | {"training_days_max": 12.5}}, {"kpis": plain}, {})
    table = study_table([StudyRow(at, {"x": at}, record) for at, record in enumerate(records)])
    at = table.columns.index("training_days_max")
    assert [row[at] for row in table.rows] == [12.5, None, None]
    offered = [name for name in table.columns if name in {kpi.id for kpi in ALL_KPIS}]
    assert offered == [*(kpi.id for kpi in KPIS), "training_days_max"]
    assert table.csv().splitlines()[1:][1].count(",") == table.csv().splitlines()[0].count(",")
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(pyarrow.BufferReader(table.parquet()))["training_days_max"].to_pylist() == [
        12.5, None, None,
    ]  # fmt: skip


def test_without_such_cells_the_table_is_as_it_was() -> None:
    table = study_table([StudyRow(0, {}, {"kpis": {kpi.id: 1.0 for kpi in KPIS}})])
    assert "training_days_max" not in table.columns

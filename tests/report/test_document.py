"""Documents folded to a terminal: nothing is cut, and a number keeps its sign of per cent."""

from __future__ import annotations

import pytest

from optimizer.report.document import Paragraph, Table, to_text


@pytest.mark.parametrize("width", range(14, 60))
def test_a_number_and_its_per_cent_stay_on_one_line(width: int) -> None:
    text = to_text([Paragraph("a gap of 0.0001 % against 7.57 % of the best plan, 1.0 % in all")], width)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("%")]
    assert " ".join(text.split()) == "a gap of 0.0001 % against 7.57 % of the best plan, 1.0 % in all"


@pytest.mark.parametrize("width", range(44, 80))
def test_so_it_is_in_tables(width: int) -> None:
    table = Table(
        ("Cell", "Status", "Gap", "Accelerators"), (("0", "infeasible", "0.0001 %", "Frugal and Quick, of each some"),)
    )
    text = to_text([table], width)
    assert "0.0001 %" in text
    assert max(map(len, text.splitlines())) <= width

"""The cells of a row: everything escaped, numbers behind their texts, marks, links and tips."""

from __future__ import annotations

from optimizer.report.html.cells import PageCell, exact, link, sources
from optimizer.report.html.row_cells import row_cells


def shown(text: str) -> str:
    return text.replace("h20", "H20 <SXM>")


def test_a_head_and_its_cells() -> None:
    row = (
        PageCell("2027-01-02", mark="date", tip='a "key"'), exact(1234.5, lambda _: "1,234.5 m2", "npv"), PageCell(""),
        PageCell("h20 & co", mark="binds"), PageCell("0", mark="heat0", value=0.0), PageCell("1.2", mark="warn"),
    )  # fmt: skip
    assert row_cells(row, {1, 5}, shown) == (
        '<th scope="row" class="date" title="a &#34;key&#34;">2027-01-02</th>'
        '<td class="n" data-value="1234.5" data-figure="npv">1,234.5 m²</td><td></td>'
        '<td>H20 &lt;SXM&gt; &amp; co <span class="badge warn">BINDS</span></td>'
        '<td class="heat0" data-value="0.0">● 0</td><td class="n warn">1.2</td>'
    )


def test_a_default_is_marked_and_sources_are_linked_only_to_the_web() -> None:
    cited = sources((link("<b>", "https://example.org/?a=1&b=2"), link("javascript:alert(1)")))
    assert row_cells((PageCell("x"), PageCell("", mark="default"), cited), (), shown) == (
        '<th scope="row">x</th><td><span class="badge warn">DEFAULT</span></td>'
        '<td><a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">&lt;b&gt;</a>, '
        "javascript:alert(1)</td>"
    )


def test_words_from_the_right_stand_apart() -> None:
    assert row_cells((PageCell("אב 5 MW"),), (), str) == '<th scope="row">\u2068אב\u2069 5 MW</th>'

"""Blocks as one HTML page in the look of the report: no script, nothing from outside, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table
from optimizer.report.html.bundle import policy, style

_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
    '<title>{title}</title>\n<link rel="icon" href="data:,">\n<style>{style}</style>\n</head>\n<body>\n'
    '<main id="main">\n{body}\n</main>\n</body>\n</html>\n'
)


def to_html(blocks: Sequence[Block], title: str) -> str:
    """The page. Our own style sheet is the only thing in it that is not escaped."""
    body = Markup("\n").join(_block(block) for block in blocks)
    return str(_PAGE.format(policy=policy(()), title=title, style=Markup(style()), body=body))


def _block(block: Block) -> Markup:
    if isinstance(block, Heading):
        level = min(max(block.level, 1), 6)
        return Markup("<h{0}>{1}</h{0}>").format(level, block.text)
    if isinstance(block, Paragraph):
        return Markup("<p>{}</p>").format(block.text)
    if isinstance(block, Bullets):
        items = Markup("").join(Markup("<li>{}</li>").format(item) for item in block.items)
        return Markup("<ul>{}</ul>").format(items)
    return _table(block)


def _table(table: Table) -> Markup:
    """A table that scrolls by itself; its first column names the rows."""
    names = [
        Markup('<th scope="col"{}>{}</th>').format(_kind(table, at), name) if name else Markup("<td></td>")
        for at, name in enumerate(table.header)
    ]
    rows = [
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<th scope="row">{}</th>').format(cell)
                if at == 0
                else Markup("<td{}>{}</td>").format(_kind(table, at), cell)
                for at, cell in enumerate(row)
            )
        )
        for row in table.rows
    ]
    return Markup(
        '<div class="scroll" role="region" aria-label="{}" tabindex="0"><table>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(table.header[0], Markup("").join(names), Markup("\n").join(rows))


def _kind(table: Table, column: int) -> Markup:
    return Markup(' class="n"') if column in table.right else Markup("")

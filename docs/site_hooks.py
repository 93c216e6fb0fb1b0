"""What the documentation site needs beside Markdown: formulas as MathML, files outside docs/, reports for the gallery, the glossary."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File

from optimizer.report.html.glossary import GLOSSARY, STUDY_GLOSSARY

ROOT = Path(__file__).resolve().parents[1]
GALLERY = ROOT / "build" / "gallery"
_SOURCE = re.compile(r"\[(S\d+)\]")
"""The number of a source; two in a row are not a link by reference."""
_OUTSIDE = re.compile(r"\]\(\.\./([^)#\s]+)(#[^)\s]*)?\)")
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_INSTANCES = sorted((ROOT / "instances").glob("*.toml"))


def on_files(files: Any, config: Any) -> Any:
    """Add what pages link to outside docs/: the shipped instances, the notebooks, the reports of the gallery."""
    extra = {f"instances/{path.name}": path for path in _INSTANCES}
    extra |= {f"gallery/{path.parent.name}.html": path for path in _reports()}
    for address, path in extra.items():
        files.append(File.generated(config, address, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links to `../instances/` hold on the site too; the gallery and the glossary are filled from what there is."""
    name = page.file.src_uri
    if name == "export_rules.md":
        markdown = _SOURCE.sub(r"\\[\1\\]", markdown)
    if name == "gallery.md":
        markdown += _gallery()
    if name == "glossary.md":
        rows = dict([*GLOSSARY, *STUDY_GLOSSARY])
        markdown += "\n".join(f"**{word}**\n:   {meaning}\n" for word, meaning in sorted(rows.items(), key=_alphabetic))
    if name == "notebooks.md":
        for path in sorted((ROOT / "docs" / "notebooks").glob("*.py")):
            markdown += f"\n## {path.name}\n\n```python\n{path.read_text(encoding='utf-8')}```\n"
    return _OUTSIDE.sub(r"](\1\2)", markdown)


def on_page_content(content: str, **_: Any) -> str:
    """Formulas become MathML, which browsers draw without a script."""
    return _FORMULA.sub(_mathml, content)


def _mathml(found: re.Match[str]) -> str:
    return convert(html.unescape(found[2]).strip(), display="block" if found[1] == "div" else "inline")


def _reports() -> list[Path]:
    return sorted([*GALLERY.glob("*/report.html"), *GALLERY.rglob("study.html")])


def _alphabetic(row: tuple[str, str]) -> str:
    return row[0].lower()


def _gallery() -> str:
    rows = []
    for path in _reports():
        title = re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"), re.DOTALL)
        rows.append(
            f"| [{title[1].strip() if title else path.parent.name}](gallery/{path.parent.name}.html) | `{path.name}` |"
        )
    return (
        "\n| open | file |\n|---|---|\n" + "\n".join(rows) + "\n"
        if rows
        else "\nNo reports were made for this build.\n"
    )

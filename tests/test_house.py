"""The house rules that can be checked: what is missing is named."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from optimizer.cli.main import COMMANDS
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.model.build import SLICES
from optimizer.model.kpis import ALL_KPIS
from tests.tiny import ROOT

PACKAGE = ROOT / "optimizer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 320
LONGEST_FUNCTION = 60
MOST_PARAMETERS = 6
FORBIDDEN_WORDS = ("/work/", "/root/", "TODO:", "FIXME")


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions() -> list[tuple[Path, ast.FunctionDef]]:
    return [
        (path, node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_modules_are_pages(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text)), "a module says what it is"
    assert not [word for word in FORBIDDEN_WORDS if word in text]


def test_functions_are_short() -> None:
    long = [(names(path), node.name) for path, node in functions() if _length(node) > LONGEST_FUNCTION]
    assert not long


def _length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_take_few_parameters() -> None:
    crowded = [
        (names(path), node.name, count)
        for path, node in functions()
        if "cli" not in path.parts
        and not any(isinstance(d, ast.Call | ast.Attribute) for d in node.decorator_list)
        and (count := len(node.args.args) + len(node.args.kwonlyargs)) > MOST_PARAMETERS
    ]
    assert not crowded


def test_public_functions_have_docstrings() -> None:
    silent = [
        f"{names(path)}:{node.lineno} {node.name}"
        for path in MODULES
        if "cli" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_only_the_command_line_prints_or_exits() -> None:
    loud = [
        f"{names(path)}:{node.lineno}"
        for path in MODULES
        if "cli" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "exit")
    ]
    assert not loud


def test_every_block_is_in_the_table_of_contents() -> None:
    decided = {path.parent.name for path in (PACKAGE / "assets").glob("*/block.py")}
    posting_only = {"network", "staff"}
    assert decided - posting_only <= set(SLICES)
    contents = (PACKAGE / "model" / "build.py").read_text(encoding="utf-8")
    assert all(f"{name}.add(" in contents for name in decided)


def test_every_account_has_a_meaning_and_is_posted_to() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES if path.name != "accounts.py")
    for account in ACCOUNTS:
        assert account.meaning
        assert f'"{account.id}"' in code, f"nothing posts to {account.id}"


def test_every_account_and_figure_is_in_the_contract() -> None:
    contract = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for account in ACCOUNTS:
        if account.is_money:
            assert f"`{account.id}`" in contract
    for kpi in ALL_KPIS:
        assert f"`{kpi.id}`" in contract


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [entry.name for entry in COMMANDS if f"optimizer {entry.name}" not in readme]
    assert not missing


def test_every_catalogue_number_has_a_source_and_a_grade() -> None:
    for path in sorted((PACKAGE / "catalogue").glob("*.toml")):
        if path.stem in ("sources",):
            continue
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, row in rows.items():
            assert row.get("source"), f"{path.stem}.{name} has no source"
            assert row.get("grade") in ("A", "B", "C"), f"{path.stem}.{name} has no grade"

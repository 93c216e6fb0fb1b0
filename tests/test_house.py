"""The house rules that can be checked: what is missing is named."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from inspect import isfunction, signature
from itertools import pairwise
from pathlib import Path

import pytest

from optimizer.cli.main import COMMANDS
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.model.build import SLICES
from optimizer.model.kpis import ALL_KPIS
from optimizer.model.plant import PLANT, Asset
from tests.tiny import ROOT

PACKAGE = ROOT / "optimizer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 320
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 5
"""Beside `self`."""
AT_SIX = 10
"""Functions that still take one more: the questions of the public API, checks of an hour, the parts of a pod."""
MOST_POSITIONAL = 5
FILLED_BY_UNPACKING = {"Arrays", "AuditedTrade", "Exclusion", "ProvenBound", "PodsHere", "Ruling", "Served", "Trade"}
"""Large dataclasses that are still filled by place, from what is unpacked into them."""
UNTYPED = {
    "any JSON or TOML": {
        *("axes.axis_of", "assumed.value_text", "bundle.script_json", "instance.get"),
        *(
            "instance.set",
            "layers.assigned",
            "layers.leaves",
            "layers.nodes",
            "layers.table_at",
            "layers.value",
            "literals.toml_literal",
            "schema_walk.shaped_leaves",
        ),
        *("messages.described", "names.worded_figure", "number_format.finite", "overrides.unknown_keys"),
        *("pools.usable", "repair.stand_in"),
        *("schema_walk.shaped_leaves", "strict_json.json_text", "strict_json.shaped"),
        *("study_source.value_of",),
        *("study_text.chips_text", "study_text.ending", "study_text.input_shown", "study_text.shown"),
        *("study_text.value_shown", "uncertain.change_of"),
    },
    "expressions and variables of Pyomo, which have no types": {
        *(
            "block.installed",
            "compiled.bounds_of",
            "evaluation.value_of",
            "leaving.left",
            "limits.add",
            "metrics.add_level",
            "month_energy.month_energy",
            "objectives.eflop_millions",
        ),
        *("simple_purchase.simplicity", "values.real_values", "values.whole_values"),
    },
    "libraries without types": {
        *(
            "callbacks.attach",
            "callbacks.run_watched",
            "otherwise.refuse_contradiction",
            "otherwise.told",
            "figures.figure",
        ),
        *("parquet.numbers", "parquet.repeated", "parquet.texts", "routes.routed", "solving.figure"),
        *("warm_start.basis_of", "warm_start.send_start", "warm_start.simplex_from"),
    },
    "what the one asset derives and reads itself": {"plant.add_asset", "plant.derive", "plant.purchases", "plant.read"},
    "as the base class or the annotation has it": {"main.main", "matching.status", "schema_walk.shape_of"},
}
"""Public functions that take or give `Any`, by the reason."""
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
        (count, names(path), node.name)
        for path, node in functions()
        if not any(isinstance(d, ast.Call | ast.Attribute) for d in node.decorator_list)
        and (count := sum(_width(given.annotation) for given in _parameters(node))) > MOST_PARAMETERS
    ]
    assert not [each for each in crowded if each[0] > MOST_PARAMETERS + 1]
    assert len(crowded) <= AT_SIX, crowded


def _parameters(node: ast.FunctionDef) -> list[ast.arg]:
    return [given for given in (*node.args.args, *node.args.kwonlyargs) if given.arg not in ("self", "cls")]


def _width(annotation: ast.expr | None) -> int:
    """Parameters in one: a tuple of unlike things is as many as it packs; ids and numbers of phases are one index."""
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value) != "tuple" or _is_index(annotation):
        return 1
    kinds = [ast.unparse(kind) for kind in getattr(annotation.slice, "elts", ())]
    return len(kinds) if len(set(kinds)) > 1 and "..." not in kinds else 1


def test_a_tuple_of_unlike_things_counts_as_what_it_packs() -> None:
    widths = ["int", "tuple[str, str, str]", "tuple[float, ...]", "tuple[str, int]", "tuple[Fleet, list[int], bool]"]
    assert [_width(ast.parse(text, mode="eval").body) for text in widths] == [1, 1, 1, 1, 3]


def test_public_functions_are_typed_where_a_type_exists() -> None:
    untyped = {
        f"{path.stem}.{node.name}"
        for path in MODULES
        for outer in ast.parse(path.read_text(encoding="utf-8")).body
        for node in (outer.body if isinstance(outer, ast.ClassDef) else [outer])
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        for annotation in (node.returns, *(given.annotation for given in _parameters(node)))
        if annotation is not None and ast.unparse(annotation) == "Any"
    }
    assert untyped == set().union(*UNTYPED.values())


def test_no_parameter_packs_three_unlike_things() -> None:
    """A folder, a date and a list in one bracket are three."""
    packed = [
        f"{names(path)}:{node.lineno} {node.name}({given.arg})"
        for path, node in functions()
        for given in _parameters(node)
        if _width(given.annotation) > 2
    ]
    assert not packed


def _is_index(annotation: ast.expr | None) -> bool:
    kinds = {ast.unparse(kind) for kind in getattr(getattr(annotation, "slice", None), "elts", ())}
    return kinds <= {"str", "int", "str | None"}


def test_no_call_with_six_or_more_positional_arguments() -> None:
    long = [
        f"{names(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and len(node.args) > MOST_POSITIONAL
        and not (isinstance(node.func, ast.Attribute) and node.func.attr == "format")
    ]
    assert not long


def test_large_dataclasses_are_filled_by_keyword() -> None:
    by_place = {
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any("dataclass" in ast.unparse(d) and "kw_only" not in ast.unparse(d) for d in node.decorator_list)
        and sum(isinstance(entry, ast.AnnAssign) for entry in node.body) > MOST_POSITIONAL
    }
    assert by_place == FILLED_BY_UNPACKING


def test_one_class_name_has_one_meaning() -> None:
    count = Counter(
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, times in count.items() if times > 1]


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
    assert not [name for name in decided if name not in PLANT and f"{name}.add(" not in contents]


def test_plant_is_whole() -> None:
    """An asset has all that derive, build, read back, orders and scenarios ask of it, under those names."""
    assert {path.parent.name for path in (PACKAGE / "assets").glob("*/asset.py")} == set(PLANT)
    asked = {
        name: list(signature(part).parameters)[1:]
        for name, part in vars(Asset).items()
        if isfunction(part) and not name.startswith("_")
    }
    assert {"derive", "read", "purchases"} <= set(asked)
    for name, asset in PLANT.items():
        assert isinstance(asset.STAGE_ONE, tuple), name
        block = import_module(f"optimizer.assets.{name}.block")
        assert list(signature(block.add).parameters) == ["block", "given", "ledger"], name
        assert {part: list(signature(getattr(asset, part)).parameters) for part in asked} == asked, name


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


def test_every_command_is_in_the_table_of_commands() -> None:
    """A module of `cli/` with a `command` is a row of `COMMANDS`, and each row is such a module."""
    defined = {
        path.stem
        for path in (PACKAGE / "cli").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "command"
    }
    assert defined == {entry.module for entry in COMMANDS}


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


Arrows = Mapping[str, frozenset[str]]


@cache
def arrows() -> Arrows:
    """From each module to the modules of ours it imports, wherever in the file it does so."""
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.glob("optimizer/**/*.py")}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    return {name: frozenset(_imports(tree, frozenset(trees)) - {name}) for name, tree in trees.items()}


def _imports(tree: ast.Module, known: frozenset[str]) -> set[str]:
    said = {name for node in ast.walk(tree) for name in _names(node)}
    return {name for name in said if name in known}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circle(graph: Arrows) -> list[str]:
    """One circle of the graph; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def mutual(graph: Arrows) -> list[tuple[str, str]]:
    """Pairs of packages that import each other."""
    packages = {(_package(name), _package(other)) for name, others in graph.items() for other in others}
    return sorted((a, b) for a, b in packages if a < b and (b, a) in packages)


def _package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_no_circle_of_files() -> None:
    assert not circle(arrows())


def test_no_two_packages_import_each_other() -> None:
    assert not mutual(arrows())


def test_circles_and_pairs_are_seen() -> None:
    files = ["optimizer.a.x", "optimizer.b.y", "optimizer.a.z"]
    graph = {name: frozenset({other}) for name, other in pairwise([*files, files[0]])}
    assert set(circle(graph)) == set(files)
    assert mutual(graph) == [("optimizer.a", "optimizer.b")]
    assert not circle({files[0]: frozenset({files[1]})})

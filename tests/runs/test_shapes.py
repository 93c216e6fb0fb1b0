"""Files of a run whose JSON or TOML is sound but whose values have another shape: told by code and place.

The rows are mutants of the fuzzer, made as small as they can be, and their brothers in the other files.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from run_cases import make_case, make_extras, write_case

from optimizer.app.loaded import stored_origins
from optimizer.cli.main import root
from optimizer.errors import InputError
from optimizer.runs.lock import HOLDER_NAME, read_holder
from optimizer.runs.read import load_instance
from optimizer.runs.record import read_record
from optimizer.runs.study_folder import DEFINITION_NAME, MARKER_NAME, open_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run, with where its values come from beside it."""
    place = tmp_path_factory.mktemp("made")
    origins = {"format_version": 1, "values": {"finance.discount_rate": {"kind": "file", "line": 3}}}
    return write_case(make_case(place / "in"), place, make_extras(artefacts={"assumptions.json": json.dumps(origins)}))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def told(run: Path, command: str) -> tuple[int, str]:
    """Exit code and messages of a command on the run."""
    more = ["--out", str(run.parent / "out")] if command == "report" else []
    done = CliRunner().invoke(root, [command, str(run), *more], prog_name="optimizer")
    assert "Traceback" not in done.output
    assert "internal error" not in done.output
    return done.exit_code, done.stderr


def with_value(file: Path, path: str, value: Any) -> None:
    """One value of a JSON file replaced."""
    tree = json.loads(file.read_text())
    *above, last = path.split(".")
    node = tree
    for part in above:
        node = node[part]
    node[last] = value
    file.write_text(json.dumps(tree))


def test_origins_are_read(run: Path) -> None:
    assert stored_origins(run)["finance.discount_rate"].line == 3


@pytest.mark.parametrize(
    "values",
    [
        {"a": {"kind": ["file"]}},
        {"a": {"kind": "nowhere"}},
        {"a": {}},
        {"a": {"kind": "file", "line": {}}},
        {"a": {"kind": "file", "source": 5}},
        {"a": {"kind": "file", "source": [["x"]]}},
        {"a": {"kind": "file", "grade": []}},
        {"a": 1},
        [],
        None,
    ],
)
def test_origins_of_another_shape_are_not_known(values: Any, run: Path) -> None:
    (run / "assumptions.json").write_text(json.dumps({"format_version": 1, "values": values}))
    assert stored_origins(run) == {}


def test_origins_of_another_shape_are_told_by_the_seal(run: Path) -> None:
    (run / "assumptions.json").write_text(json.dumps({"values": {"a": {"kind": ["file"]}}}))
    code, said = told(run, "report")
    assert code == 7
    assert "altered since the run: assumptions.json" in said


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", []),
        ("message", {"a": 1}),
        ("instance", []),
        ("instance.sha256", ["x"]),
        ("inputs", {"file": "x"}),
        ("inputs", [1]),
        ("model", 5),
        ("model.rows", "many"),
        ("model.rows", 1e308),
        ("search", [1]),
        ("search.bound", 10**399),
        ("search.time_limit_s", "x"),
        ("seconds", {"solve": {}}),
        ("seconds", {"solve": 10**399}),
        ("command", "solve"),
        ("command", [["solve"]]),
        ("versions", []),
        ("platform", {"system": {}}),
        ("warnings", "x"),
        ("warnings", [None]),
        ("started_utc", {}),
    ],
)
def test_provenance_of_another_shape_is_refused_by_key(path: str, value: Any, run: Path) -> None:
    with_value(run / "provenance.json", path, value)
    with pytest.raises(InputError) as refused:
        read_record(run)
    assert all(found.file == "provenance.json" and found.path.startswith(path) for found in refused.value.diagnostics)


@pytest.mark.parametrize("command", ["verify", "report"])
def test_a_command_says_which_key(command: str, run: Path) -> None:
    with_value(run / "provenance.json", "command", {"a": 1})
    code, said = told(run, command)
    assert code == 3
    assert "E0310" in said
    assert "provenance.json" in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('stack = "mature"', 'stack = "x"'),
        ('tariff = "flat"', 'tariff = "x"'),
        ("[coolings.warm_water]", "[coolings.warmer]"),
    ],
)
def test_an_id_that_names_no_row_is_refused_by_key(old: str, new: str, run: Path) -> None:
    file = run / "instance.resolved.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as refused:
        load_instance(run)
    assert {(found.code, found.severity) for found in refused.value.diagnostics} == {("E0320", "error")}
    assert all(found.file and found.line for found in refused.value.diagnostics)


@pytest.mark.parametrize("note", ["[]", '{"pid": 1e400, "host": "", "since": ""}', "[" * 50_000, "null"])
def test_a_holder_that_cannot_be_read_is_nobody(note: str, tmp_path: Path) -> None:
    (tmp_path / HOLDER_NAME).write_text(note)
    assert read_holder(tmp_path) is None


@pytest.mark.parametrize("definition", ["[]", "5", '"x"', "[" * 50_000])
def test_a_study_whose_definition_is_none_is_taken_over(definition: str, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / MARKER_NAME).write_text("")
    (folder / DEFINITION_NAME).write_text(definition)
    made = open_study(folder, {"command": "sweep"})
    made.close()
    assert json.loads((folder / DEFINITION_NAME).read_text()) == {"command": "sweep"}

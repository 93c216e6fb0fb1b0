"""What is released: the files a repository has, and the wheel and the sdist at work away from the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from pydantic import create_model

from optimizer import __version__
from optimizer.app.examples import example_files, example_names
from optimizer.cli.schema import SCHEMA_ID, instance_schema
from optimizer.inputs.quantity import Spec
from tests.tiny import ROOT

NAMES = sorted(path.stem for path in (ROOT / "instances").glob("*.toml"))


def test_the_version_is_the_same_everywhere() -> None:
    changes = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert (changes[0], cited[1]) == (__version__, __version__)


def test_the_examples_are_the_instances() -> None:
    assert list(example_names()) == NAMES
    for name in NAMES:
        files = example_files(name)
        assert next(iter(files)) == f"{name}.toml"
        assert all(text == (ROOT / "instances" / file).read_text(encoding="utf-8") for file, text in files.items())
    assert list(example_files("singapore")) == ["singapore.toml", "hong_kong_cyberport.toml"]


def test_the_schema_has_a_name_and_describes_every_key() -> None:
    schema = instance_schema()
    assert schema["$id"] == SCHEMA_ID
    tables = {"": schema, **schema["$defs"]}
    silent = [
        f"{table}.{key}"
        for table, part in tables.items()
        for key, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert not silent


def test_tables_of_a_caller_are_no_part_of_the_schema() -> None:
    """Nor of its texts: one without a source, and one of the name of ours."""
    before = instance_schema()
    theirs = [create_model(name, __base__=Spec, title=(str, "")) for name in ("Theirs", "Phase")]
    assert instance_schema() == before
    assert all(table.__module__ == __name__ for table in theirs)


def test_the_workflow_runs_our_script_on_every_python_we_name() -> None:
    flow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {text.rsplit(" ", 1)[1] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)}
    assert set(re.findall(r'"(3\.\d+)"', flow)) == named
    assert re.findall(r"run: \.ci/run ?(\w*)", flow) == ["", "versions", "portable"]
    assert all(f"{system}-latest" in flow for system in ("ubuntu", "macos", "windows"))


def test_the_container_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last = [line for line in lines if line.startswith(("FROM", "USER", "ENTRYPOINT"))][-3:]
    assert last == ["FROM python:3.12-slim", "USER 10001", 'ENTRYPOINT ["optimizer"]']
    copied = [line.split()[-2] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize(("tool", "file"), [("hadolint", "Dockerfile"), ("actionlint", ".github/workflows/ci.yml")])
def test_what_we_cannot_run_here_is_checked_by_its_linter(tool: str, file: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    done = subprocess.run([tool, str(ROOT / file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def built(folder: Path, source: Path) -> Path:
    """The wheel made of a source tree."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run([*command, "--disable-pip-version-check"], capture_output=True, text=True)
    if done.returncode and re.search(r"setuptools>=|No matching distribution|Temporary failure", done.stderr):
        pytest.skip("what builds the package cannot be had without a network")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.mark.long
def test_the_wheel_works_away_from_the_checkout(tmp_path: Path) -> None:
    wheel = built(tmp_path / "wheel", ROOT)
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        archive.extractall(site)
    assert {f"optimizer/examples/{name}.toml" for name in NAMES} <= inside
    assert {"optimizer/py.typed", "optimizer/__init__.pyi", "optimizer/reading/templates/template.toml"} <= inside
    assert not [name for name in inside if name.startswith(("tests/", "docs/", "results/"))]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "optimizer", *arguments],
            cwd=work, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    code = "import optimizer; print(optimizer.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code], cwd=work, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(site))
    run("init", "--example", "singapore")
    assert {path.name for path in work.iterdir()} == {"singapore.toml", "hong_kong_cyberport.toml"}
    run("validate", "singapore.toml")
    run("init", "--example", "minimal")
    told = json.loads(run("solve", "minimal.toml", "--out", "run", "--json"))
    assert told["result"]["status"] == "optimal"
    run("report", "run", "--out", "page.html")
    assert (work / "page.html").stat().st_size > 100_000


@pytest.mark.long
def test_the_sdist_holds_what_a_wheel_is_made_of(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(tools)]
    if subprocess.run([*pip, "setuptools>=77"], capture_output=True).returncode:
        pytest.skip("what builds the package cannot be had without a network")
    code = f"import setuptools.build_meta as b; print(b.build_sdist({str(tmp_path)!r}))"
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    wheel = built(tmp_path / "wheel", next((tmp_path / "source").iterdir()))
    with zipfile.ZipFile(wheel) as archive:
        assert f"optimizer/examples/{NAMES[0]}.toml" in archive.namelist()

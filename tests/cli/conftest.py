"""One solved instance, shared by the tests that only vary what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from optimizer import pipeline
from optimizer.cli.main import root
from optimizer.instance.reading import read_instance

MINIMAL = Path(__file__).resolve().parents[2] / "instances" / "minimal.toml"


@pytest.fixture(scope="session")
def solved() -> pipeline.Result:
    reading = read_instance(MINIMAL)
    return pipeline.run(reading.instance, reading.folder, pipeline.Options(isolated=False), sha256=reading.sha256)


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(root, [str(argument) for argument in arguments], prog_name="optimizer")

    return run

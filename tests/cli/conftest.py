"""One solved instance, shared by the tests that only vary what is made of it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from click.testing import CliRunner, Result

from optimizer import pipeline, study
from optimizer.cli.main import root
from optimizer.reading.read import read_instance

# Commands import studies when they need them. One imported while a test has replaced `pipeline.run` would keep the
# replacement for all tests after it, so all are imported before.
for module in iter_modules(study.__path__):
    if module.name not in ("cluster", "second_opinion"):
        import_module(f"{study.__name__}.{module.name}")

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

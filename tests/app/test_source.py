"""The words of a source, given to the command line again, read the same instance."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from optimizer.app.source import Source
from optimizer.cli.options import instance_options, read
from tests.tiny import ROOT

PATH = ROOT / "instances" / "minimal.toml"


@pytest.mark.parametrize("sets", [(), ("sites.paper.grid_mw=0.08",), ("solve.gap=0.01", "finance.discount_rate=0.07")])
def test_its_arguments_read_the_same_instance(sets: tuple[str, ...]) -> None:
    given = Source(PATH, None, sets, False, ())
    seen: list[Source] = []

    @click.command()
    @instance_options
    def command(source: Source) -> None:
        seen.append(source)

    command.main(given.arguments.split(" "), standalone_mode=False)
    assert [(one.path, one.scenario, one.sets) for one in seen] == [(Path(PATH), None, sets)]
    assert read(seen[0]).sha256 == read(given).sha256
    assert (read(given).sha256 == read(Source(PATH, None, (), False, ())).sha256) == (not sets)

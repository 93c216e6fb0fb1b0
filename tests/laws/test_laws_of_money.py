"""The same tariff in another currency is the same tariff: digits of yen and rupiah, a locale with a decimal comma."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date

import pytest
from click.testing import CliRunner

from optimizer.cli.main import root
from tests.hand.on_paper import best, solve
from tests.tiny import ROOT

USD = {
    "tariffs.flat.demand_per_kva_month": 10.0,
    "tariffs.flat.demand_block_kva": 60.0,
    "tariffs.flat.demand_above_block_per_kva_month": 30.0,
    "tariffs.flat.fuel_clause_per_kwh": 0.02,
}


def in_currency(code: str, per_usd: float):
    """The changes of `USD`, and the energy price of 0.10 USD, as money of another currency."""
    money = {key: usd if key.endswith("kva") else usd * per_usd for key, usd in USD.items()}
    rates = {} if code == "USD" else {"exchange_rates": {code: {"per_usd": per_usd, "quoted": date(2026, 1, 1)}}}
    energy = [{"label": "all hours", "price_per_kwh": 0.10 * per_usd}]
    return {**money, **rates, "tariffs.flat.currency": code, "tariffs.flat.energy": energy}


@pytest.mark.parametrize(("code", "per_usd"), [("JPY", 150.0), ("IDR", 16_384.0), ("KWD", 0.3125)])
def test_a_tariff_in_another_currency_gives_the_same_design(code, per_usd):
    dollars, others = solve(in_currency("USD", 1.0)), solve(in_currency(code, per_usd))
    assert best(others) == pytest.approx(best(dollars), rel=1e-9)
    assert others.design.decisions.deliveries == dollars.design.decisions.deliveries


IN_GERMAN = """
import locale
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ","
from optimizer.cli.main import main
main()
"""


@pytest.fixture
def german(tmp_path):
    """Environment of a program that writes a decimal comma, whether the machine has such a locale or not."""
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"], capture_output=True
    )
    if not made or not (tmp_path / "de_DE.UTF-8" / "LC_NUMERIC").is_file():
        pytest.skip("no locale with a decimal comma can be made here")
    return {**os.environ, "PYTHONPATH": str(ROOT), "LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8"}


def test_a_locale_with_a_decimal_comma_changes_no_digit(german, tmp_path):
    """The same design, and the same digits in every table, as in the plain locale."""
    comma, other = tmp_path / "comma", tmp_path / "plain"
    question = ["solve", str(ROOT / "instances" / "minimal.toml"), "--quiet", "--out"]
    command = [sys.executable, "-c", IN_GERMAN, *question, str(comma)]
    done = subprocess.run(command, cwd=tmp_path, env=german, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert CliRunner().invoke(root, [*question, str(other)], prog_name="optimizer").exit_code == 0
    for table in (*sorted(path.name for path in other.glob("*.csv")), "instance.resolved.toml"):
        assert (comma / table).read_bytes() == (other / table).read_bytes(), table
    designs = [json.loads((folder / "design.json").read_text(encoding="utf-8")) for folder in (comma, other)]
    assert designs[0]["decisions"] == designs[1]["decisions"]
    assert designs[0]["reported"] == designs[1]["reported"]

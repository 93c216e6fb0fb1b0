"""Text that reaches the terminal."""

from __future__ import annotations

import io
import json

import click
import pytest

from optimizer.cli import console
from optimizer.cli.console import Session, ascii_only, is_rich, printable
from optimizer.cli.options import note_warnings
from optimizer.diagnostics import Diagnostic
from optimizer.number_format import finite


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("a\x00b\x07c\u202ed", "abcd"),
        ("two\nlines", "two\nlines"),
        ("[red]x[/red] {x.__class__} {{7*7}} %s", "[red]x[/red] {x.__class__} {{7*7}} %s"),
    ],
)
def test_printable(given, shown):
    assert printable(given) == shown


def test_a_warning_is_said_once_per_command_and_another_one_too(capsys):
    """Two scenarios of an instance with the same doubtful rate, the second with one doubt more."""
    rate, other = (
        Diagnostic(code="W0601", severity="warning", message=text, path="exchange_rates.HKD.per_usd")
        for text in ("unusual rate", "another doubt")
    )
    with click.Context(click.Command("x"), obj=Session()):
        note_warnings((rate,))
        note_warnings((rate, other))
        note_warnings((rate, other))
    said = capsys.readouterr().err
    assert (said.count("unusual rate"), said.count("another doubt")) == (1, 1)


def test_ascii_only():
    assert ascii_only("Zürich – 3 × 4 中") == "Zurich - 3 x 4 \\u4e2d"


def test_dumb_terminals_are_plain(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert is_rich(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_rich(Terminal())
    assert not is_rich(io.StringIO())


def test_output_without_a_terminal_is_plain_ascii(capsys):
    Session().say("Zürich \x1b[1m", "green")
    assert capsys.readouterr().out == "Zurich \n"


def test_envelope(capsys):
    session = Session(command="plan", json=True)
    session.say("not shown")
    session.answer({"bound": float("-inf"), "row": (1, 2)}, 4)
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "format_version": 1,
        "command": "plan",
        "ok": False,
        "exit_code": 4,
        "result": {"bound": None, "row": [1, 2]},
    }


def test_finite_keeps_numbers():
    assert finite({"a": [1.5, float("nan")]}) == {"a": [1.5, None]}


def test_a_long_note_is_folded_between_words_on_a_terminal_alone(monkeypatch, capsys):
    told = "after 1 s: levelised cost 1.6660 USD/EFLOP. " + "Buy 80 accelerators, well-kept. " * 5
    quoted = "  33 | price_year = 2026"
    for terminal in (False, True):
        monkeypatch.setattr(console, "_isatty", lambda _, answer=terminal: answer)
        monkeypatch.setattr(console, "width", lambda: 60)
        Session(no_color=True).note(f"{told.strip()}\n{quoted}")
        lines = capsys.readouterr().err.splitlines()
        assert lines[-1] == quoted
        assert " ".join(lines[:-1]) == told.strip()
        assert (max(map(len, lines)) <= 60) == terminal

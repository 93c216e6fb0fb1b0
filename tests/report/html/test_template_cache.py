"""Templates that were compiled once are compiled no more, and what is kept is never believed without need."""

import sys

import pytest
from jinja2 import DictLoader, Environment

from optimizer.report.html.template_cache import TemplateCache

SETTINGS = "one"


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """Fills a template with a fresh environment; says what it came to, and whether it was compiled."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    settings = tmp_path / "settings.py"

    def fill(source, code=SETTINGS):
        settings.write_text(code)
        environment = Environment(
            loader=DictLoader({"page": source}), autoescape=True, bytecode_cache=TemplateCache(tmp_path, settings)
        )
        compiled = []
        compile_ = environment.compile
        environment.compile = lambda *given, **named: compiled.append(1) or compile_(*given, **named)
        return environment.get_template("page").render(name="x"), bool(compiled)

    fill.kept = lambda: list((tmp_path / "__pycache__").glob("*.jinja"))
    return fill


def test_a_template_is_compiled_once(filled):
    assert filled("<{{ name }}>") == ("<x>", True)
    assert filled("<{{ name }}>") == ("<x>", False)
    assert len(filled.kept()) == 1


def test_another_text_or_another_setting_is_compiled_anew(filled):
    filled("<{{ name }}>")
    assert filled("[{{ name }}]") == ("[x]", True)
    assert filled("[{{ name }}]", code="two") == ("[x]", True)


@pytest.mark.parametrize("content", [b"", b"j2", b"\0" * 200])
def test_what_cannot_be_read_is_made_again(filled, content):
    filled("<{{ name }}>")
    filled.kept()[0].write_bytes(content)
    assert filled("<{{ name }}>") == ("<x>", True)
    assert filled("<{{ name }}>") == ("<x>", False)


def test_nothing_is_kept_where_no_bytecode_is(filled, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert filled("<{{ name }}>") == ("<x>", True)
    assert filled.kept() == []

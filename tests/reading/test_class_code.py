"""Kept code of data classes is the code of the same text, and never believed without need."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.reading.class_code import ClassCode

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "def added(a: kind, b: kind=default):\n return a + b"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "__pycache__" / "made.classes"


def run(code, source=SOURCE, **names):
    made = {}
    code.run(source, {"kind": int, "default": 2, **names}, made)
    return made["added"]


def test_what_is_kept_does_the_same(file, monkeypatch):
    first = ClassCode(file)
    assert run(first)(1) == 3
    first.save()
    monkeypatch.setattr("builtins.compile", None)
    added = run(ClassCode(file), default=5)
    assert added(1) == 6
    assert added.__annotations__ == {"a": int, "b": int}


def test_another_text_is_compiled_and_kept_beside(file):
    first = ClassCode(file)
    run(first)
    first.save()
    second = ClassCode(file)
    assert run(second, SOURCE.replace("+", "-"))(1) == -1
    second.save()
    size = file.stat().st_size
    third = ClassCode(file)
    assert run(third)(1) == 3
    assert run(third, SOURCE.replace("+", "-"))(1) == -1
    third.save()
    assert file.stat().st_size == size


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:40], lambda b: b[:-1] + bytes([b[-1] ^ 1])])
def test_a_damaged_file_is_made_again(file, damage):
    first = ClassCode(file)
    run(first)
    first.save()
    file.write_bytes(damage(file.read_bytes()))
    second = ClassCode(file)
    assert run(second)(1) == 3
    second.save()
    assert ClassCode(file)._kept


def test_nothing_is_written_where_no_bytecode_is(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    code = ClassCode(file)
    assert run(code)(1) == 3
    code.save()
    assert not file.exists()


def test_code_objects_pass_as_they_are(file):
    made = {}
    ClassCode(file).run(compile("x = 1", "<string>", "exec"), made)
    assert made["x"] == 1


def test_data_classes_are_the_same_with_it(file, monkeypatch):
    """Twice, so that the second is made of kept code."""
    made = []
    for _ in range(2):
        code = ClassCode(file)
        monkeypatch.setitem(vars(dataclasses), "exec", code.run)

        @dataclasses.dataclass(frozen=True, order=True)
        class Point:
            x: int
            y: float = 2.0
            tags: tuple[str, ...] = dataclasses.field(default=(), compare=False)

        code.save()
        made.append(Point)
    for point in made:
        assert repr(point(1)).endswith("Point(x=1, y=2.0, tags=())")
        assert point(1) == point(1, tags=("a",)) != point(2)
        assert hash(point(1)) == hash(point(1, tags=("a",)))
        assert point(1) < point(1, 3.0)
        with pytest.raises(dataclasses.FrozenInstanceError):
            point(1).x = 2


def test_only_the_program_itself_uses_it():
    """Whoever imports the package keeps the standard library as it is."""
    code = "import dataclasses, optimizer.api.solving, optimizer.cli.main; print('exec' in vars(dataclasses))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"

"""Places of keys in TOML text."""

from __future__ import annotations

import tomllib

import pytest

from optimizer.reading.toml_positions import locate

TEXT = '''\
# a comment with [brackets] and = signs
top = 1
"quoted key" = 2  # tail
a.b.c = 3
inline = { x = 1, y = { z = [1, { deep = true }] } }
text = """
[not.a.table]
no = "key"
"""
array = [
  1, # one
  "two", ]

[table] # header
key = 'its'
when = 2026-01-01 10:00:00
[table.sub]
k = 1
[[rows]]
n = 1
[[rows]]
n = 2
[rows.child]
m = 3
[[rows.more]]
q = 4
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top",), (2, 1)),
        (("quoted key",), (3, 1)),
        (("a", "b", "c"), (4, 1)),
        (("a", "b"), (4, 1)),
        (("inline", "x"), (5, 12)),
        (("inline", "y", "z", 1, "deep"), (5, 35)),
        (("array", 1), (12, 3)),
        (("table",), (14, 1)),
        (("table", "when"), (16, 1)),
        (("table", "sub", "k"), (18, 1)),
        (("rows", 0, "n"), (20, 1)),
        (("rows", 1, "n"), (22, 1)),
        (("rows", 1, "child", "m"), (24, 1)),
        (("rows", 1, "more", 0, "q"), (26, 1)),
    ],
)
def test_places(path, place):
    assert locate(TEXT).positions[path] == place


def test_every_key_of_the_tree_has_a_place_and_no_other():
    def paths(node, path=()):
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            yield (*path, key)
            yield from paths(value, (*path, key))

    assert set(paths(tomllib.loads(TEXT))) == set(locate(TEXT).positions)


@pytest.mark.parametrize(
    ("text", "path", "lines"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), (1, 3)),
        ("[t]\nx = 1\n[u]\n[t]\n", ("t",), (1, 4)),
        ("t.x = 1\n[t]\n", ("t",), (1, 2)),
        ("a = { x = 1, x = 2 }\n", ("a", "x"), (1, 1)),
        ("[t]\nx = 1\n[t.x]\n", ("t", "x"), (2, 3)),
        ("[[r]]\nn = 1\nn = 2\n", ("r", 0, "n"), (2, 3)),
    ],
)
def test_duplicates_have_both_lines(text, path, lines):
    (found,) = locate(text).duplicates
    assert (found.path, (found.first_line, found.line)) == (path, lines)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)


@pytest.mark.parametrize(
    "text", ["a = [1, 2\n", "= 3", "[a", 'x = "open\n', "a = {", "a.b.", "\x00", "a = 1 2", "[[x]\n"]
)
def test_broken_text_never_raises(text):
    assert locate(text).duplicates == []


def test_tables_may_be_opened_above_tables_that_exist():
    assert locate("[a.b]\nx = 1\n[a]\ny = 2\n").duplicates == []
    assert locate("[a.b]\nx = 1\n[a]\ny = 2\n").positions["a",] == (3, 1)

"""Installed fonts: the choice of a few that have the letters which another lacks."""

from types import SimpleNamespace

import pytest
from matplotlib import font_manager

from lib.text import fonts


@pytest.fixture
def four_fonts(monkeypatch):
    """Four fonts with some letters each, one of which is bold."""
    having = {"usual": "ab", "one": "cd", "two": "cdef", "three": "g", "bold": "h"}
    weights = dict.fromkeys(having, 400) | {"bold": 700}
    entries = [SimpleNamespace(fname=n, name=f"Font {n}", style="normal", weight=weights[n]) for n in having]
    entries.append(SimpleNamespace(fname="slanted", name="Slanted", style="italic", weight=400))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
    monkeypatch.setattr(fonts, "letters_of", lambda path: frozenset(having.get(path, "hi")))


@pytest.mark.parametrize(
    ("needed", "found", "missing"),
    [
        ("", [], ""), ("c", ["one"], ""), ("ce", ["two"], ""), ("ceg", ["two", "three"], ""),
        ("ch", ["one"], "h"), ("hi", [], "hi"), ("acg", ["one", "three"], "a"),
    ],
)  # fmt: skip
def test_letters_are_found_in_few_fonts(four_fonts, needed, found, missing):
    assert fonts.fallbacks(needed, ["usual"]) == (found, set(missing))

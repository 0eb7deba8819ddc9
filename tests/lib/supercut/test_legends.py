"""Titles of chapters, and captions, from the cells of a table."""

import pytest

from lib.audio.mix_plays import Play
from lib.errors import MissingColumnError
from lib.supercut.legends import captions, chapters_of, check_caption
from lib.tables.table import Table


def chapters(values):
    """Return the chapters of samples with these values, one every 100 ms."""
    found = chapters_of(Table.of({"hz": values}), "hz", [Play(100.0 * n) for n in range(len(values))])
    return [(chapter.ms, chapter.title) for chapter in found]


def test_chapters_begin_where_a_value_changes():
    assert chapters(["a", "a", "b", "b", "b", "a"]) == [(0, "hz a"), (200, "hz b"), (500, "hz a")]
    assert len(chapters([str(n) for n in range(20)])) == 20


def test_many_changes_give_ten_parts():
    """Of 21 samples each tenth has two, the last one three."""
    assert chapters([str(n) for n in range(21)]) == [(200 * n, f"hz {2 * n}") for n in range(10)]


def test_a_caption_has_cells_the_in_point_and_percent_signs():
    rows = Table.of({"note": ["C#", "-"], "start": ["3723456", "0"]})
    assert captions("%note at %time, 100%%", rows) == ["C# at 1:02:03.456, 100%", "- at 0:00:00.000, 100%"]
    assert captions("", rows) == ["", ""]


def test_a_caption_without_the_in_point_needs_no_start():
    assert captions("%note", Table.of({"note": ["C"]})) == ["C"]
    # A column of that name comes first.
    assert captions("%time", Table.of({"time": ["noon"], "start": ["0"]})) == ["noon"]


def test_a_caption_may_name_columns_that_are_there():
    table = Table.of({"note": ["C"]})
    check_caption("%note at %time, 100%%", table)
    with pytest.raises(MissingColumnError, match="no column 'notes'"):
        check_caption("%note %notes", table)

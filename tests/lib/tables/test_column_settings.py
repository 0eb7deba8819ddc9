"""Columns that were made with other settings are told, and their settings are kept only where they are not usual."""

import json
import os
from pathlib import Path

import pytest

import get_file_features
import samples_to_tsne
import samples_to_vsamples
from lib.errors import ColumnsError, PlaceError
from lib.tables.column_settings import are_made, keep_settings, other_settings
from lib.tables.table import Table, read_table, write_table
from tests.support.grids import grid_table
from tests.support.media_factory import encode, tone
from tests.support.scripts import status_of

USUAL = {"rate": 150, "how": "auto"}


def test_what_is_not_usual_is_kept_and_told(workplace):
    other = {"rate": 200, "how": "auto"}
    assert other_settings("t.csv", ["a", "b"], USUAL, USUAL) == ""
    assert other_settings("t.csv", ["a", "b"], other, USUAL) == "rate 150, not 200"
    keep_settings("t.csv", ["a", "b"], other, USUAL)
    assert other_settings("t.csv", ["a", "b"], other, USUAL) == ""
    assert (
        other_settings("t.csv", ["a", "b"], {"rate": 99, "how": "slow"}, USUAL)
        == "rate 200, not 99; how auto, not slow"
    )
    assert other_settings("t.csv", ["c"], USUAL, USUAL) == ""
    assert other_settings("other.csv", ["a", "b"], USUAL, USUAL) == ""
    keep_settings("t.csv", ["c"], other, USUAL)
    keep_settings("t.csv", ["a", "b"], USUAL, USUAL)
    assert other_settings("t.csv", ["a", "b"], USUAL, USUAL) == ""
    keep_settings("t.csv", ["c"], USUAL, USUAL)
    assert os.listdir() == []


def test_columns_stay_if_all_are_there_and_made_alike(workplace):
    table = Table.of({"a": ["1"], "b": ["2"]}, "t.csv")
    assert not are_made(table, "t.csv", ["c", "d"], USUAL, USUAL)
    assert are_made(table, "t.csv", ["a", "b"], USUAL, USUAL)
    with pytest.raises(ColumnsError, match=r"t\.csv: has a but not all of a, c"):
        are_made(table, "t.csv", ["a", "c"], USUAL, USUAL)
    keep_settings("t.csv", ["a", "b"], {"rate": 1, "how": "auto"}, USUAL)
    with pytest.raises(ColumnsError, match=r"t\.csv: its a, b were made with other settings \(rate 1, not "):
        are_made(table, "t.csv", ["a", "b"], USUAL, USUAL)
    # Beside a copy of the table nothing is noted.
    with pytest.raises(ColumnsError, match=r"other settings, as far as is known \(rate 150, not 1\)"):
        are_made(table, "copy.csv", ["a", "b"], {"rate": 1, "how": "auto"}, USUAL)


@pytest.mark.parametrize("content", ["mine", "[]", json.dumps({"rate": 1})])
def test_someones_file_in_its_place_stays(workplace, content):
    keep_settings("t.csv", ["a"], {"rate": 1, "how": "auto"}, USUAL)
    (place,) = Path().iterdir()
    place.write_text(content)
    for call in (other_settings, keep_settings):
        with pytest.raises(PlaceError, match="was not made by this tool"):
            call("t.csv", ["a"], USUAL, USUAL)
    assert place.read_text() == content


@pytest.mark.slow
@pytest.mark.parametrize(("script", "flag", "columns", "said"), [
    (samples_to_tsne, ("-rate", "99"), {"tsne": ["1"] * 4},
     "its tsne was made with other settings, as far as is known (rate 150, not 99)"),
    (samples_to_vsamples, ("-tdur", "900"), {"vstart": ["1"] * 4, "vdur": ["2"] * 4},
     "its vstart, vdur were made with other settings, as far as is known (tdur 1200, not 900)"),
    (get_file_features, ("-fast",), {"duration": ["1.000"] * 4},
     "its duration, hasAudio, hasVideo were made with other settings, as far as is known (fast False, not True)"),
])  # fmt: skip
def test_a_stage_says_so_and_names_the_flag(workplace, capsys, script, flag, columns, said):
    encode("a.wav", tone(440, 1.0))
    write_table(grid_table(2, 2, filename="a.wav").with_columns(columns), "t.csv")
    before = Path("t.csv").read_bytes()
    words = ["-in", "t.csv", "-dir", "."]
    assert status_of(script.main, words) == 0
    assert Path("t.csv").read_bytes() == before or script is get_file_features
    before = Path("t.csv").read_bytes()
    capsys.readouterr()
    assert status_of(script.main, [*words, *flag]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "give -overwrite to make them again" in error
    assert Path("t.csv").read_bytes() == before
    assert status_of(script.main, [*words, *flag, "-overwrite"]) == 0
    assert status_of(script.main, [*words, *flag]) == 0
    assert status_of(script.main, words) == 1
    assert "made with other settings (" in capsys.readouterr().err
    assert len(read_table("t.csv")) == 4

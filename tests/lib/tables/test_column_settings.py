"""Columns that were made with other settings are told, and their settings are kept only where they are not usual."""

import json
import os
from pathlib import Path

import pytest

import get_file_features
import samples_to_clusters
import samples_to_tsne
import samples_to_vsamples
from lib.errors import ColumnsError, PlaceError
from lib.tables.column_settings import are_made, keep_settings, other_settings, write_from
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


def test_settings_follow_their_columns_to_another_table(workplace):
    other, more = {"rate": 200, "how": "auto"}, {"rate": 150, "how": "slow"}
    keep_settings("t.csv", ["a"], other, USUAL)
    keep_settings("new.csv", ["c"], more, USUAL)  # of what was there before
    keep_settings("new.csv", ["b"], more, USUAL, "t.csv")
    assert other_settings("new.csv", ["a"], other, USUAL) == ""
    assert other_settings("new.csv", ["b"], more, USUAL) == ""
    assert other_settings("new.csv", ["c"], USUAL, USUAL) == ""
    table = Table.of({"a": ["1"]})
    write_from("t.csv", table, "copy.csv")
    assert read_table("copy.csv").columns == ["a"]
    assert other_settings("copy.csv", ["a"], other, USUAL) == ""
    write_from("t.csv", table, "t.csv")
    assert other_settings("t.csv", ["a"], other, USUAL) == ""
    write_from("without.csv", table, "copy.csv")
    assert other_settings("copy.csv", ["a"], USUAL, USUAL) == ""


@pytest.mark.parametrize("script", [samples_to_tsne, samples_to_clusters, samples_to_vsamples])
def test_the_settings_that_count_are_those_of_the_table_that_is_read(workplace, capsys, monkeypatch, script):
    settings = {samples_to_tsne: ("tsne",), samples_to_clusters: ("cluster", "clusterName"),
                samples_to_vsamples: ("vstart", "vdur")}  # fmt: skip
    flag, value = {samples_to_tsne: ("rate", 99), samples_to_clusters: ("count", 3),
                   samples_to_vsamples: ("tdur", 900)}[script]  # fmt: skip
    names = settings[script]
    encode("a.wav", tone(440, 0.2))
    write_table(
        grid_table(2, 2, filename="a.wav", start=lambda n: 0).with_columns(dict.fromkeys(names, ["1"] * 4)), "t.csv"
    )
    keep_settings("t.csv", names, {**script.USUAL, flag: value}, script.USUAL)
    Path("old.csv").write_text("name,phone\nAnna,1\n")
    words = ["-in", "t.csv", "-dir", ".", f"-{flag}"]
    for out in ("old.csv", "new.csv"):
        assert status_of(script.main, [*words, str(value), "-out", out]) == 0
        assert out in capsys.readouterr().out
        assert read_table(out).columns == read_table("t.csv").columns
        assert status_of(script.main, ["-in", out, *words[2:], str(value)]) == 0
    capsys.readouterr()
    assert status_of(script.main, [*words, "2", "-out", "old.csv"]) == 1
    assert f"made with other settings ({flag} {value}, not 2)" in capsys.readouterr().err

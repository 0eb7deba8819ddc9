"""The settings noted beside a table: which differences are errors, and what is noted."""

import json

import pytest

from lib.audio.made_with import check_place, check_settings, keep_settings
from lib.audio.samples import SampleJob
from lib.errors import MediaError, OccupiedError
from lib.tables.query_language import parse_filter, parse_sort
from tests.support.each import each

USUAL = SampleJob("dir", "a.wav", 80, 1000, True, threads=3, keep="here")


def other(**how):
    words = {"shortest": 80, "longest": 1000, "features": False} | how
    return SampleJob("", "b.wav", **words)


def noted(folder):
    return [path for path in folder.iterdir() if path.name.endswith(".settings")]


def test_the_usual_settings_are_not_noted(tmp_path):
    out = str(tmp_path / "t_%s.csv")
    keep_settings(USUAL, out)
    assert noted(tmp_path) == []
    check_settings(USUAL, out)
    keep_settings(other(most=9), out)
    assert len(noted(tmp_path)) == 1
    keep_settings(USUAL, out)  # the tables are made again
    assert noted(tmp_path) == []


@each(
    ("how", "said"),
    [
        ({"shortest": 81}, "min 80, not 81"),
        ({"longest": -1}, "max 1000, not none"),
        ({"most": 9}, "samples none, not 9"),
        ({"filter": parse_filter("dur>100")}, "filter none, not dur>100"),
        ({"sort": parse_sort("dur")}, "sort none, not dur"),
        ({"onsets": "energy"}, "onsets flux, not energy"),
        ({"sensitivity": 0.5}, "sensitivity none, not 0.5"),
        ({"trim": 0.0}, "trim 50.0, not 0.0"),
        ({"pitched": 0.5}, "pitched none, not 0.5"),
    ],
)
def test_tables_of_other_settings_are_not_added_to(tmp_path, how, said):
    out = str(tmp_path / "t.csv")
    with pytest.raises(OccupiedError) as refused:
        check_settings(other(**how), out)
    assert said.split(" ")[0] + " " in str(refused.value)
    assert said.rpartition("not ")[2] in str(refused.value)
    keep_settings(other(**how), out)
    check_settings(other(**how), out)
    with pytest.raises(OccupiedError) as refused:
        check_settings(USUAL, out)
    assert str(refused.value).count(", not ") == 1
    # A table of another name has settings of its own.
    check_settings(USUAL, str(tmp_path / "u.csv"))


def test_the_number_of_files_is_a_setting(tmp_path):
    out = str(tmp_path / "t.csv")
    with pytest.raises(OccupiedError, match="count none, not 5"):
        check_settings(USUAL, out, 5)
    keep_settings(USUAL, out, 5)
    check_settings(USUAL, out, 5)
    with pytest.raises(OccupiedError, match="count 5, not none"):
        check_settings(USUAL, out)
    with pytest.raises(OccupiedError, match=r"min 80, not 90; count 5, not 6"):
        check_settings(other(shortest=90), out, 6)


def test_settings_are_json_and_what_an_older_version_did_not_know_is_not_compared(tmp_path):
    out = str(tmp_path / "t.csv")
    keep_settings(other(shortest=90, filter=parse_filter("dur>100")), out)
    (path,) = noted(tmp_path)
    found = json.loads(path.read_text("utf-8"))
    assert (found["shortest"], found["longest"], found["filter"], found["count"]) == (90, 1000, "dur>100", -1)
    assert not {"folder", "filename", "features", "threads", "keep"} & set(found)
    path.write_text(json.dumps({"shortest": 90, "longest": 1000, "filter": "dur>100", "sort": ""}))
    check_settings(other(shortest=90, filter=parse_filter("dur>100"), most=5), out)


def test_another_s_file_in_its_place_is_left(tmp_path):
    out = str(tmp_path / "t.csv")
    keep_settings(other(most=5), out)
    (path,) = noted(tmp_path)
    path.write_text("mine")
    for call in (
        lambda: check_place(out),
        lambda: keep_settings(USUAL, out),
        lambda: keep_settings(other(most=6), out),
    ):
        with pytest.raises(MediaError):
            call()
    assert path.read_text() == "mine"


def test_those_of_a_pipe_are_not_noted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep_settings(other(most=5), "/dev/stdout")
    assert list(tmp_path.iterdir()) == []

"""Samples of known class, from tables and folders, and which files may be models."""

from pathlib import Path

import pytest

from lib.audio.training import check_model, given, training_table
from lib.errors import MediaError
from lib.io.stamps import put_stamp
from lib.tables.table import Table


def test_a_class_is_given_if_there_is_no_probability_beside_it():
    table = Table.of({"class": ["a", "b", " ", "", "c"], "prob": ["", "0.5", "", "0.2", " "]})
    assert given(table, "class", "prob") == [True, False, False, False, True]
    assert given(table, "class", "none") == [True, True, False, False, True]
    assert given(table, "kind", "prob") == [False] * 5


def test_a_table_is_its_rows_of_given_class(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("filename,start,dur,class,p\na.wav,0,90,x,\nb.wav,5,80,y,\nc.wav,7,70,x,0.9\nd.wav,7,70,,\n")
    table, folder = training_table(str(path), "media", "class", "p")
    assert folder == "media"
    assert [table.text(name) for name in ("filename", "start", "dur", "class")] == [
        ["a.wav", "b.wav"], ["0", "5"], ["90", "80"], ["x", "y"],
    ]  # fmt: skip
    path.write_text("filename,start,dur,class\na.wav,0,90,x\nb.wav,5,80,x\n")
    with pytest.raises(MediaError, match="two classes at least: rows with 'class' filled"):
        training_table(str(path), "media", "class", "p")
    with pytest.raises(MediaError, match="kind"):
        training_table(str(path), "media", "kind", "p")


def test_a_folder_has_a_class_in_each_of_its_own_subfolders(tmp_path):
    for name in ("kick/a.wav", "kick/more/b.wav", "snare/c.wav", "loose.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"RIFF")
    table, folder = training_table(str(tmp_path), "media", "class", "p")
    assert folder == str(tmp_path)
    found = sorted(zip(*(table.text(name) for name in ("filename", "start", "dur", "class"))))
    # Each is one sample: its first second.
    assert [(name.replace("\\", "/"), *rest) for name, *rest in found] == [
        ("kick/a.wav", "0", "1000", "kick"), ("kick/more/b.wav", "0", "1000", "kick"),
        ("snare/c.wav", "0", "1000", "snare"),
    ]  # fmt: skip
    (tmp_path / "snare/c.wav").unlink()
    with pytest.raises(MediaError, match="two classes at least: subfolders with sound"):
        training_table(str(tmp_path), "media", "class", "p")


def test_a_model_is_not_written_over_what_is_not_ours(tmp_path):
    path = str(tmp_path / "m.npz")
    check_model("", False)
    check_model(path, False)
    Path(path).write_bytes(b"another's")
    for overwrite in (False, True):
        with pytest.raises(MediaError, match="not made by this tool"):
            check_model(path, overwrite)
    put_stamp(path, "")
    check_model(path, True)
    with pytest.raises(MediaError, match="model already exists"):
        check_model(path, False)

"""A table that is kept with a note of its input: whose it is, and when it is made again."""

import json
import os
from pathlib import Path

import pytest

from lib.errors import MediaError, OccupiedError, PlaceError
from lib.io.files import atomic_path
from lib.io.holds import release_holds
from lib.io.kept_table import KeptTable, TakenError, candidates, find_place
from lib.io.stamps import check_free, is_stamped, put_stamp
from tests.support.each import each


@pytest.fixture
def media(tmp_path):
    (tmp_path / "a.mp3").write_text("sound")
    (tmp_path / "b.mp3").write_text("other")
    yield tmp_path
    release_holds()


def kept(folder, source="a.mp3", version=1):
    path = str(folder / source)
    return KeptTable(str(folder / "t" / "x.csv"), path, [(source, path)], version)


def made(folder, **how):
    """Make the table."""
    table = kept(folder, **how)
    table.check(False, False)
    table.begin(False)
    write(table.path, "filename\n")
    release_holds()
    return table


def write(path, text):
    """Write a file as a stage does."""
    with atomic_path(path) as part:
        Path(part).write_text(text)


def begin(table, overwrite=False):
    """Whether the table is still there after its beginning."""
    table.begin(overwrite)
    release_holds()
    return os.path.exists(table.path)


def test_a_table_of_the_same_input_stays(media):
    made(media)
    table = kept(media)
    table.check(False, False)
    assert begin(table)
    assert json.loads((media / "t" / "x.json").read_text())["in"] == str(media / "a.mp3")
    assert not begin(table, overwrite=True)


@pytest.mark.parametrize("what", ["input", "version"])
def test_a_table_of_a_changed_input_is_made_again(media, what):
    made(media)
    if what == "input":
        (media / "a.mp3").write_text("another sound")
    table = kept(media, version=2 if what == "version" else 1)
    table.check(False, False)
    assert not begin(table)


def test_a_changed_table_is_kept_until_its_input_changes(media):
    table = made(media)
    with open(table.path, "a") as file:
        file.write("mine\n")
    kept(media).check(False, False)
    assert begin(kept(media))
    (media / "a.mp3").write_text("another sound")
    with pytest.raises(OccupiedError, match="was changed since it was made, and its input too"):
        kept(media).check(False, False)
    kept(media).check(True, False)
    kept(media).check(False, True)


@each("writes", [[], ["columns"], ["end"], ["columns", "end"]])
def test_an_edited_table_stays_someones_however_often_it_is_used(tmp_path, writes):
    """Also where a run adds its columns to it; `end`: edited once more, while the run goes on."""
    (tmp_path / "a.mp3").write_text("sound")
    path = made(tmp_path).path
    Path(path).write_text("filename,mine\n")
    for _ in range(2):
        table = kept(tmp_path)
        table.check(False, False)
        table.begin(False)
        assert os.path.exists(path)
        assert table.is_edited
        if "columns" in writes:
            write(path, f"{Path(path).read_text().strip()},more\n")
        if "end" in writes:
            Path(path).write_text(f"{Path(path).read_text().strip()},again\n")
        release_holds()
    (tmp_path / "a.mp3").touch()
    os.utime(tmp_path / "a.mp3", ns=(0, 0))
    with pytest.raises(OccupiedError, match="was changed since it was made, and its input too"):
        kept(tmp_path).check(False, False)


def test_an_edit_while_the_run_goes_on_is_an_edit(media):
    """It is the state that was written that counts, not the one that is there in the end."""
    table = kept(media)
    table.check(False, False)
    sound, film = str(media / "x.mp3"), str(media / "x.mp4")
    table.begin(False, (sound, film, ""))
    for path in (table.path, sound, film):
        write(path, "made")
    assert is_stamped(sound, table.owner)
    assert is_stamped(film, table.owner)
    Path(table.path).write_text("edited")
    Path(sound).write_text("edited")
    release_holds()
    write(film, "by another stage of this process, later")
    again = kept(media)
    again.check(False, False)
    again.begin(False)
    assert again.is_edited
    for path in (sound, film):
        with pytest.raises(OccupiedError, match="was changed since it was made"):
            check_free(path, table.owner)


def test_a_table_of_an_unfinished_run_that_nobody_noted_may_be_someones(media):
    table = kept(media)
    table.check(False, False)
    table.begin(False)
    release_holds()
    Path(table.path).write_text("by whom?\n")
    (media / "a.mp3").write_text("another sound")
    with pytest.raises(OccupiedError, match="was changed since it was made"):
        kept(media).check(False, False)


def test_a_table_of_another_input_is_taken_only_if_told(media):
    made(media)
    other = kept(media, "b.mp3")
    for overwrite in (False, True):
        with pytest.raises(OccupiedError, match=r"holds the samples of another input, .*a.mp3"):
            other.check(overwrite, False)
    other.check(False, True)
    assert not begin(other)


@pytest.mark.parametrize("foreign", ["file", "link", "folder"])
def test_what_is_someones_is_never_replaced(media, foreign):
    table = made(media)
    os.unlink(table.path)
    if foreign == "file":
        os.unlink(table.note)
        (media / "t" / "x.csv").write_text("mine")
    elif foreign == "link":
        os.symlink(media / "a.mp3", table.path)
    else:
        os.mkdir(table.path)
    for overwrite in (False, True):
        with pytest.raises(PlaceError, match="not made by"):
            kept(media).check(overwrite, overwrite)


def test_the_names_of_an_input():
    name, other = candidates("song", "/x/song.mp3")
    assert name == "song"
    assert other.startswith("song-")
    assert len(other) == len("song-") + 8
    assert candidates("song", "/y/song.mp3")[1] != other


def place(folder, results, source="a.mp3", overwrite=False):
    path = str(folder / source)
    return find_place(str(folder / "t"), results, path, [(source, path)], 1, overwrite)


def test_the_first_name_that_is_free(media):
    (media / "t").mkdir()
    assert place(media, {"x": "", "y": ""})[0] == "x"
    (media / "t" / "x.csv").write_text("mine")
    name, table = place(media, {"x": "", "y": ""})
    assert (name, table.path) == ("y", str(media / "t" / "y.csv"))
    (media / "t" / "y.csv").write_text("mine")
    with pytest.raises(TakenError) as taken:
        place(media, {"x": "", "y": ""}, overwrite=True)
    assert not taken.value.ours
    assert taken.value.file == str(media / "t" / "x.csv")


def test_another_inputs_table_is_taken_if_there_is_only_one_name(media):
    made(media)
    with pytest.raises(TakenError) as taken:
        place(media, {"x": ""}, "b.mp3")
    assert taken.value.ours
    assert place(media, {"x": ""}, "b.mp3", overwrite=True)[0] == "x"
    assert place(media, {"x": "", "y": ""}, "b.mp3", overwrite=True)[0] == "y"


def test_another_file_of_the_name_counts_too(media):
    (media / "t").mkdir()
    (media / "x.mp3").write_text("mine")
    name, table = place(media, {"x": str(media / "x.mp3"), "y": str(media / "y.mp3")})
    assert name == "y"
    with pytest.raises(PlaceError):
        place(media, {"x": str(media / "x.mp3")})
    (media / "y.mp3").write_text("made")
    with pytest.raises(PlaceError):
        place(media, {"y": str(media / "y.mp3")})
    put_stamp(media / "y.mp3", "of anything", table.owner)
    assert place(media, {"x": str(media / "x.mp3"), "y": str(media / "y.mp3")})[0] == "y"
    with pytest.raises(OccupiedError, match="made for another result"):
        place(media, {"y": str(media / "y.mp3")}, "b.mp3")


def test_a_folder_that_cannot_be_written_to(media):
    with pytest.raises(MediaError, match="change to a folder that can be written to") as raised:
        find_place(str(media / "a.mp3" / "t"), {"x": ""}, "s", [], 1, False)
    assert not isinstance(raised.value, TakenError)

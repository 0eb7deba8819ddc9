"""What -in and -dir mean: a manifest, or the media themselves."""

import numpy as np
import pytest

from lib.errors import MediaError
from lib.tables.inputs import audible, find_input, says_silent
from lib.tables.table import Table
from tests.support.each import each


@pytest.fixture
def media(workplace):
    for name in ("media/a.mp3", "media/disc 1/b.wav", "media/notes.txt"):
        path = workplace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return workplace


def write(text, path="m.csv"):
    with open(path, "wb") as out:
        out.write(text)
    return path


def test_media_are_their_own_table(media):
    source = find_input("media")
    assert (source.folder, source.filenames, source.manifest) == ("media", ("a.mp3", "disc 1/b.wav"), None)
    assert audible(source) == ["a.mp3", "disc 1/b.wav"]
    assert find_input("media/disc 1/*", "media").filenames == ("disc 1/b.wav",)


def test_a_manifest_gives_its_names_each_once_and_in_order(media):
    write(b"id,filename\n1,z.mp3\n2, a.mp3\n3,z.mp3\n4,sub/x.wav\n")
    source = find_input("m.csv", "media")
    assert (source.folder, source.filenames) == ("media", ("z.mp3", " a.mp3", "sub/x.wav"))
    assert source.manifest.text("id") == ["1", "2", "3", "4"]
    assert find_input("m.csv").folder == ""


@each(
    ("text", "said"),
    [
        (b"filename,id\n", "m.csv: the table has no rows"),
        (b"id,name\n1,x\n", "m.csv: has no column 'filename'; its columns are: id, name"),
        (b"filename,id\nx.wav,1\n,2\n", "m.csv: line 3 has no filename"),
        (b'filename,id\n"  ",1\n', "m.csv: line 2 has no filename"),
        (b"", "m.csv: the table is empty: not even a header line"),
    ],
)
def test_a_manifest_that_names_nothing_is_reported(workplace, text, said):
    write(text)
    with pytest.raises(MediaError) as failure:
        find_input("m.csv")
    assert str(failure.value) == said


def test_a_folder_whose_name_ends_like_a_table_is_a_folder(media):
    (media / "odd.csv").mkdir()
    (media / "odd.csv/x.wav").touch()
    assert find_input("odd.csv").filenames == ("x.wav",)


@each(
    ("columns", "silent"),
    [
        ({}, [False] * 6),
        ({"duration": ["0", "0.0", "00", "12.5", "", "x"]}, [True, True, True, False, False, False]),
        ({"hasAudio": ["0", "1", "0", "1", "", "no"]}, [True, False, True, False, False, False]),
        ({"duration": ["0", "1", "1", "0", "1", ""], "hasAudio": ["1", "0", "1", "0", "", "0"]},
         [True, True, False, True, False, True]),
    ],
)  # fmt: skip
def test_rows_that_say_so_are_silent_and_those_that_say_nothing_are_not(columns, silent):
    table = Table.of({"filename": list("abcdef"), **columns})
    assert says_silent(table).dtype == bool
    np.testing.assert_array_equal(says_silent(table), silent)


def test_a_file_is_audible_if_one_of_its_rows_says_so(workplace):
    write(b"filename,hasAudio\na,0\nb,1\na,1\nc,0\nb,1\n")
    assert audible(find_input("m.csv")) == ["b", "a"]

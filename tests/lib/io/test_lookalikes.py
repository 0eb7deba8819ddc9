"""Names of missing files that mean another one, and what is said of them."""

import os
import unicodedata
from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.io.ffmpeg import open_media
from lib.io.files import find_media, media_path
from lib.io.lookalikes import lookalike, missing
from lib.io.names import each_once
from lib.io.presence import check_there
from lib.tables.table import read_table
from tests.support.each import each

THERE = ("Song.WAV", "Disc 1/e\u0301 a.wav", "x y.wav", "caf\u00e9.mp4", "it's “live”.mp3")


@pytest.fixture
def folder(workplace):
    for name in THERE:
        (workplace / "m" / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace / "m" / name).touch()
    return workplace


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("song.wav", THERE[0]),
        ("Song.WAV ", THERE[0]),
        ('"Song.WAV"', THERE[0]),
        ("disc 1/\u00c9 a.wav", THERE[1]),
        ("Disc%201/e\u0301%20a.wav", THERE[1]),
        ("x\u00a0y.wav", THERE[2]),
        ("xy.wav", THERE[2]),
        ("x&nbsp;y.wav", THERE[2]),
        ("cafÃ©.mp4", THERE[3]),  # UTF-8 read as Latin-1
        ("its live.mp3", THERE[4]),
        ("Song.mp3", ""),
        ("Disc 2/e\u0301 a.wav", ""),
        ("cafe.mp4", ""),
        ("", ""),
    ],
)
def test_a_name_that_differs_in_what_is_not_seen_is_found(folder, asked, meant):
    assert lookalike(os.path.join("m", asked)) == (meant and os.path.join("m", meant))
    assert lookalike(str(folder / "m" / asked)) == (meant and str(folder / "m" / meant))


def test_a_folder_that_changes_is_read_again(folder):
    assert lookalike("m/new.wav") == ""
    os.utime("m", (1, 1))
    Path("m/New.wav").touch()
    assert lookalike("m/new.wav") == os.path.join("m", "New.wav")


def test_what_is_missing_says_what_there_is(folder):
    os.symlink("nowhere", "m/link.wav")
    differs = "no such file (there is one whose name differs in capitals, spaces or other details)"
    for name, said in (
        ("song.wav", differs),
        ("link.wav", "no such file (a link that leads nowhere)"),
        ("z", "no such file"),
    ):
        assert missing(f"m/{name}") == said
        with pytest.raises(MediaError) as raised:
            open_media(f"m/{name}")
        assert raised.value.reason == said
    with pytest.raises(MediaError, match=r"^m: there is no file song\.wav \(there is m/Song\.WAV\)$"):
        check_there("m", ["song.wav"])
    with pytest.raises(MediaError, match=r"^M: there is no such folder \(there is m\)$"):
        check_there("M", ["song.wav"])
    Path("Table.csv").write_text("a,b\n")
    with pytest.raises(MediaError, match=r"^table\.csv: there is no such table \(there is Table\.csv\)$"):
        read_table("table.csv")


@pytest.mark.parametrize(("on_disk", "in_table"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_letters_with_accents_are_found_however_they_are_written(workplace, on_disk, in_table):
    name = "Disc é/Ünïcödé 한.wav"
    path = Path("m", unicodedata.normalize(on_disk, name))
    path.parent.mkdir(parents=True)
    path.touch()
    assert media_path("m", unicodedata.normalize(in_table, name)) == str(path)
    # Where both exist, each is its own.
    other = Path("m", unicodedata.normalize(in_table, name))
    other.parent.mkdir()
    other.touch()
    assert media_path("m", str(other.relative_to("m"))) == str(other)


@each(("on_disk", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
@each("spec", ["é/ü.wav", "é", "é/*.wav", "é/ü*"])
def test_an_input_is_found_however_its_accents_are_written(workplace, on_disk, asked, spec):
    path = Path(unicodedata.normalize(on_disk, "é/ü.wav"))
    path.parent.mkdir()
    path.touch()
    found = find_media(unicodedata.normalize(asked, spec))
    assert (found.folder, found.filenames) == (str(path.parent), (path.name,))


def test_a_file_that_is_spelt_in_two_ways_is_one():
    names = ["a.wav", "./a.wav", "d//b.wav", "d/b.wav", "d/../a.wav", "A.wav", "", "."]
    assert each_once(names) == ["a.wav", "d//b.wav", "A.wav", "", "."]

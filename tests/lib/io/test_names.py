"""Names in tables and on disk: by the rules of this system and, through ntpath, by those of Windows."""

import ntpath
import os
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import MediaError
from lib.io import names
from lib.io.files import find_media, media_path
from lib.io.names import fitting_name, in_table, local_path, other_spellings, windows_name
from tests.support.each import each

# What https://learn.microsoft.com/windows/win32/fileio/naming-a-file says that no file may be called.
IMPOSSIBLE = set('<>:"/\\|?*') | set(map(chr, range(32)))
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789\xb9\xb2\xb3")}
OUTSIDE = "refused: outside"


def windows_can_have(name):
    return not IMPOSSIBLE & set(name) and name[-1] not in ". " and name.split(".")[0].rstrip(" ").upper() not in DEVICES


@each(
    ("name", "there"),
    [
        ("film.mp4", "film.mp4"),
        ("A: What? Now!.mp4", "A%3A What%3F Now!.mp4"),
        ('"x" <y> | z*.mp4', "%22x%22 %3Cy%3E %7C z%2A.mp4"),
        ("end.", "end%2E"),
        ("end ", "end%20"),
        ("line\nbreak", "line%0Abreak"),
        ("CON", "CO%4E"),
        ("con.mp4", "co%6E.mp4"),
        ("nul .tar.gz", "nu%6C .tar.gz"),
        ("COM1.csv", "COM%31.csv"),
        ("lpt\xb9", "lpt%B9"),
        ("console.mp4", "console.mp4"),
        ("COM10", "COM10"),
        (".hidden", ".hidden"),
        ("Grüße \N{BIRD}.mp4", "Grüße \N{BIRD}.mp4"),
        ("100%.mp4", "100%.mp4"),
    ],
)
def test_names_that_windows_cannot_have(name, there):
    assert windows_name(name) == there
    assert windows_can_have(there)
    assert windows_name(there) == there
    assert (name == there) == windows_can_have(name)


@given(st.text(st.characters(exclude_characters="/\\\0"), min_size=1, max_size=12))
def test_every_name_becomes_one_that_windows_can_have(name):
    assert windows_can_have(windows_name(name))


@given(st.lists(st.text(st.sampled_from('ab:?."\\ '), min_size=1, max_size=4), min_size=2, max_size=2, unique=True))
def test_two_names_stay_two(pair):
    assert windows_name(pair[0]) != windows_name(pair[1])


@each(
    ("name", "there"),
    [
        ("disc 1/track.wav", r"disc 1\track.wav"),
        (r"disc 1\track.wav", r"disc 1\track.wav"),
        ("a/./b/../c.wav", r"a\.\b\..\c.wav"),
        ("what?/now:.wav", r"what%3F\now%3A.wav"),
        ("film: part 2.mp4", "film%3A part 2.mp4"),
        (".../x.wav", r"..%2E\x.wav"),
        (".. /x.wav", r"..%20\x.wav"),
        ("aux/x.wav", r"au%78\x.wav"),
    ],
)
def test_a_name_as_a_path_of_windows(name, there):
    assert local_path(name, ntpath) == there


@each(
    "name",
    [
        "C:evil.mp4", "c:/evil.mp4", r"C:\evil.mp4", r"D:..\x", "D:../x", r"\evil.mp4", "/evil.mp4",
        r"\\server\share\x", "//server/share/x", r"\\?\C:\x", r"..\x", "../x", r"a\..\..\x", r"a/..\../x", "..",
    ],
)  # fmt: skip
def test_what_leads_out_of_the_folder_on_windows_is_refused(name):
    with pytest.raises(MediaError, match=OUTSIDE):
        local_path(name, ntpath)


@given(st.text(st.sampled_from("aC:.\\/ ?"), min_size=1, max_size=9))
def test_no_name_leads_out_of_the_folder_on_windows(name):
    try:
        path = ntpath.normpath(ntpath.join(r"D:\media", local_path(name, ntpath)))
    except MediaError:
        return
    assert path == r"D:\media" or path.startswith("D:\\media\\")
    assert all(windows_can_have(part) for part in path.split("\\")[1:])


@given(st.text(st.sampled_from("aC:.\\/ ?"), min_size=1, max_size=9))
def test_no_name_leads_out_of_the_folder_elsewhere(name):
    try:
        path = posixpath.normpath(posixpath.join("/media", local_path(name, posixpath)))
    except MediaError:
        return
    assert path == "/media" or path.startswith("/media/")


@each("name", ["", "  ", "a\0b"])
@each("flavour", [posixpath, ntpath])
def test_no_name_at_all(name, flavour):
    with pytest.raises(MediaError, match="a row has no filename"):
        local_path(name, flavour)


def test_tables_have_slashes():
    assert in_table(r"disc 1\track.wav", ntpath) == "disc 1/track.wav"
    assert in_table(r"AC\DC.wav", posixpath) == r"AC\DC.wav"


def test_what_is_found_is_written_with_slashes(monkeypatch):
    monkeypatch.setattr(names.os, "path", ntpath)
    assert names.relative_name(r"D:\media\disc 1\track.wav", r"D:\media") == "disc 1/track.wav"
    for path in (r"D:\other\x.wav", r"E:\media\x.wav"):
        with pytest.raises(MediaError, match="is not inside"):
            names.relative_name(path, r"D:\media")


@pytest.mark.skipif(os.sep != "/", reason="what a table of Windows means elsewhere")
def test_a_table_and_a_folder_that_come_from_windows_are_read_here(workplace):
    for name in ("disc 1/a.wav", "what%3F.wav", "disc 2/co%6E/b%3A.wav", r"back\slash.wav", "back/slash.wav"):
        path = workplace / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)

    def read(name):
        with open(media_path("in", name)) as file:
            return file.read()

    assert read(r"disc 1\a.wav") == "disc 1/a.wav"
    assert read("what?.wav") == "what%3F.wav"
    assert read(r"disc 2\con\b:.wav") == read("disc 2/con/b:.wav") == "disc 2/co%6E/b%3A.wav"
    assert read(r"back\slash.wav") == r"back\slash.wav"  # which is a name here
    assert media_path("in", r"gone\x.wav") == os.path.join("in", r"gone\x.wav")
    with pytest.raises(MediaError, match=OUTSIDE):
        media_path("in", r"..\x.wav")
    assert r"back\slash.wav" in find_media("in").filenames


def test_usual_names_have_one_spelling():
    assert other_spellings("disc 1/100% %s 'x' & y.tar.gz") == []


@each("ending", [".csv", ".cues.csv", "", "." + "x" * 40])
@each("letter", ["a", "é", "日", "🎬", "\udcff"])
def test_a_name_that_is_too_long_for_a_file_is_cut(tmp_path, letter, ending):
    size = len(os.fsencode(letter))
    whole = letter * ((255 - len(ending)) // size) + ending
    folder = str(tmp_path / ("sub " * 20))
    os.mkdir(folder)
    for name in ("a", whole):  # as long as it may be
        assert fitting_name(os.path.join(folder, name)) == os.path.join(folder, name)
    names = {fitting_name(os.path.join(folder, letter * count + ending)) for count in (256, 257, 1000)}
    assert len(names) == 3  # other names stay other names
    assert len(os.fsencode(os.path.basename(fitting_name(letter * 256 + ending, spare=5)))) <= 250
    for path in names:
        assert os.path.dirname(path) == folder
        assert path.endswith(os.path.splitext(ending)[1] if len(ending) < 16 else "")
        open(path, "x").close()
    assert all(len(os.fsencode(name)) <= 255 for name in os.listdir(folder))

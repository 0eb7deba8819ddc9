"""A folder of one's own becomes a table: one row per media file, with its tags; existing rows stay."""

from __future__ import annotations

import csv
import errno
import os
import shutil
from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.io.files import find_media
from lib.tables.table import read_table, write_table
from lib.video.folder_manifest import FolderReport
from lib.video.tags import merged
from scrapers.local import folder_to_metadata
from tests.support.each import each
from tests.support.media_factory import ffmpeg

HEADER = ["filename", "title", "creator", "date", "description", "licenseurl", "size", "format"]
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TONE = ("-f", "lavfi", "-i", "sine=440:duration=0.2")
PICTURE = ("-f", "lavfi", "-i", "color=red:16x16:rate=5:duration=0.4")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with media of several kinds, tags, and what is not media."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "disc 1" / "deep").mkdir(parents=True)

    def make(name: str, *words: str, **tags: str) -> None:
        told = [word for key, value in tags.items() for word in ("-metadata", f"{key}={value}")]
        ffmpeg(*words, *told, f"file:{folder / name}")

    make("tagged.mp3", *TONE, title='A "song", ü日本', artist="Ada", date="1999", comment=f"see {LICENCE}.")
    one = {"TITLE": "One", "ARTIST": "Ben", "DATE": "2001-02-03", "LICENSE": LICENCE, "DESCRIPTION": "two\nlines"}
    make("disc 1/01.flac", *TONE, **one)
    make("disc 1/deep/x.ogg", *TONE, "-c:a", "libvorbis", title="Deep", author="Cy", license="All rights reserved")
    film = {"title": "Film", "artist": "Dee", "description": "seen", "copyright": LICENCE}
    make("film.MP4", *PICTURE, *TONE, "-c:v", "mpeg4", **film)
    make("plain.wav", *TONE)
    (folder / "broken.mp4").write_bytes(b"no film at all")
    (folder / "notes.txt").write_text("no media")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.wav").write_bytes(b"")
    (folder / "link.wav").symlink_to(folder / "plain.wav")
    (folder / "round").symlink_to(folder)
    return folder


def run(*words: object) -> int:
    return folder_to_metadata.main([*map(str, words)])


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_per_media_file_with_its_tags(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "own.csv"
    assert run("-in", media, "-out", out) == 0

    def size(name: str) -> str:
        return str((media / name).stat().st_size)

    assert rows(out) == [
        HEADER,
        ["disc 1/01.flac", "One", "Ben", "2001-02-03", "two\nlines", LICENCE, size("disc 1/01.flac"), "flac"],
        ["disc 1/deep/x.ogg", "Deep", "Cy", "", "", "", size("disc 1/deep/x.ogg"), "ogg"],
        ["film.MP4", "Film", "Dee", "", "seen", LICENCE, size("film.MP4"), "mp4"],
        ["plain.wav", "", "", "", "", "", size("plain.wav"), "wav"],
        ["tagged.mp3", 'A "song", ü日本', "Ada", "1999", f"see {LICENCE}.", LICENCE, size("tagged.mp3"), "mp3"],
    ]
    said = capsys.readouterr()
    assert said.out.startswith(f"{out}: 5 files, 5 of them new (")
    left = "; left out: 2 files that are not media, 1 hidden media file, 2 links (not followed)\n"
    assert said.out.endswith(left)
    assert "could not be used: broken.mp4: is not media that can be read" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.fixture
def own(media: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to change."""
    shutil.copytree(media, tmp_path / "own", symlinks=True)
    return tmp_path / "own"


def test_run_again_it_keeps_what_is_there_and_adds_what_is_new(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "own.csv"
    assert run("-in", own, "-out", out) == 0
    table = read_table(out)
    write_table(table.with_columns({"title": ["mine"] * 5, "duration": list("12345")}), out)  # as later stages do
    before = rows(out)
    assert run("-in", f"{own}/", "-out", out) == 0
    assert rows(out) == before
    shutil.copy(own / "plain.wav", own / "disc 1" / "a new one.wav")
    (own / "film.MP4").unlink()
    with (own / "plain.wav").open("ab") as file:
        file.write(b"more")
    capsys.readouterr()
    assert run("-in", own, "-out", out) == 0
    assert "6 files, 1 of them new" in (said := capsys.readouterr().out)
    assert said.endswith("; gone: 1, the first film.MP4; of another size than in the table: 1, the first plain.wav\n")
    assert [row for row in rows(out) if row[0] != "disc 1/a new one.wav"] == before
    assert [row[0] for row in rows(out)[1:]] == sorted(row[0] for row in rows(out)[1:])
    new = rows(out)[2]
    assert (new[0], new[HEADER.index("format")], new[-1]) == ("disc 1/a new one.wav", "wav", "")
    assert run("-in", own, "-out", out, "-overwrite") == 0
    assert rows(out)[0] == HEADER
    assert len(rows(out)) == 6


def test_an_order_of_ones_own_stays(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.csv"
    run("-in", own, "-out", out)
    table = read_table(out)
    write_table(table.take([3, 1, 0, 2, 4]), out)
    before = rows(out)
    shutil.copy(own / "plain.wav", own / "a.wav")
    assert run("-in", own, "-out", out) == 0
    assert rows(out)[:-1] == before
    assert rows(out)[-1][0] == "a.wav"


@pytest.mark.parametrize("theirs", [b"filename,title\nx.wav,X\n", b"", b"\0\1\2"])
def test_a_table_of_someone_else_is_not_touched(
    media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], theirs: bytes
) -> None:
    out = tmp_path / "own.csv"
    out.write_bytes(theirs)
    assert run("-in", media, "-out", out) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "already exists, and is not known to be made from this folder" in line
    assert "-overwrite to replace it" in line
    assert out.read_bytes() == theirs
    assert run("-in", media, "-out", out, "-overwrite") == 0
    assert len(rows(out)) == 6


def test_a_table_of_another_folder_is_not_mixed_with_this_one(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.csv"
    assert run("-in", own, "-out", out) == 0
    before = out.read_bytes()
    assert run("-in", own / "disc 1", "-out", out) == 1
    assert out.read_bytes() == before


@pytest.mark.parametrize("ending", [".wav", "WAV", "wav"])
def test_one_ending(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    out = tmp_path / "own.csv"
    assert run("-in", media, "-out", out, "-format", ending) == 0
    said = capsys.readouterr().out
    assert " files with other extensions" in said
    assert "not media" not in said  # films and songs are
    assert [row[0] for row in rows(out)[1:]] == ["plain.wav"]


def test_what_is_not_a_folder_of_media(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "own.csv"
    cases = {
        tmp_path / "none": "there is no such folder: check -in",
        media / "plain.wav": "is not a folder",
        tmp_path / "empty": "no media files in this folder",
    }
    for folder, message in cases.items():
        assert run("-in", folder, "-out", out) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    assert run("-in", media, "-format", ".xyz", "-out", out) == 1
    assert "no .xyz files in this folder" in capsys.readouterr().err
    (tmp_path / "empty" / "x.wav").write_bytes(b"")
    assert run("-in", tmp_path / "empty", "-out", out) == 1
    assert "none of 1 file in this folder can be read as media" in capsys.readouterr().err
    assert run("-in", media, "-out", tmp_path) == 1
    assert "is a folder, and a file is needed" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["empty"]


def test_names_of_all_kinds(tmp_path: Path, media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "in [1]", tmp_path / "own.csv"
    names = ["-in.wav", "a,b.wav", 'quote".wav', "new\nline.wav", "%s.wav", "ü日本🎬.wav", " x .wav", "#1.WAV"]
    for name in names:
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        shutil.copy(media / "plain.wav", folder / "sub" / name)
    shutil.copy(media / "plain.wav", os.path.join(os.fsencode(folder), b"\xff.wav"))
    assert run("-in", folder, "-out", out) == 0
    assert [row[0] for row in rows(out)[1:]] == sorted(f"sub/{name}" for name in names)
    assert "its name is not UTF-8 text: rename it" in capsys.readouterr().err


def without_rights(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    """Let a folder be one that may not be read, whoever runs the tests."""
    scandir = os.scandir

    def refused(path: str = ".") -> object:
        if os.path.abspath(path) == str(closed):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)


def test_a_folder_that_cannot_be_read_is_reported(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_rights(monkeypatch, own / "disc 1")
    assert run("-in", own, "-out", tmp_path / "own.csv") == 0
    assert "could not be used:" in (said := capsys.readouterr().err)
    assert "disc 1: the folder cannot be read (Permission denied)" in said
    assert not any("disc 1" in row[0] for row in rows(tmp_path / "own.csv"))
    without_rights(monkeypatch, own)
    assert run("-in", own, "-out", tmp_path / "other.csv") == 1
    assert capsys.readouterr().err.endswith(f"{own}: the folder cannot be read (Permission denied)\n")
    with pytest.raises(MediaError, match="the folder cannot be read"):
        find_media(str(own))


def test_media_in_icloud_only_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (".a film.mp4.icloud", ".notes.txt.icloud", "b.mp4.icloud", ".icloud"):
        (tmp_path / name).write_bytes(b"bplist00")
    assert run("-in", tmp_path, "-out", tmp_path / "t.csv") == 1
    said = capsys.readouterr().err
    assert said.endswith(": no media files in this folder; iCloud has not downloaded 1 file\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on Windows")
def test_pipes_and_hidden_files_are_not_media(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.wav", ".b.wav", ".notes"):
        shutil.copy(media / "plain.wav", folder / name)
    os.mkfifo(folder / "pipe.wav")
    assert run("-in", folder, "-out", tmp_path / "own.csv") == 0
    assert "1 of them new" in (said := capsys.readouterr().out)
    assert "left out: 1 file" in said
    assert "1 hidden media file" in said


@each(
    ("report", "notes"),
    [
        (FolderReport(others=1), ["left out: 1 file that is not media"]),
        (FolderReport(hidden=1, links=1), ["left out: 1 hidden media file, 1 link (not followed)"]),
        (
            FolderReport(others=1, clouded=2),
            ["left out: 1 file that is not media, 2 files that iCloud has not downloaded"],
        ),
        (FolderReport(others=2, hidden=3), ["left out: 2 files that are not media, 3 hidden media files"]),
        (FolderReport(others=1000), ["left out: 1,000 files that are not media"]),
        (FolderReport(others=1, unlike=2), ["left out: 1 file that is not media, 2 files with other extensions"]),
        (FolderReport(gone=["a", "b"]), ["gone: 2, the first a"]),
        (FolderReport(), []),
    ],
)
def test_what_is_left_out_is_counted_in_good_english(report: FolderReport, notes: list[str]) -> None:
    assert report.notes() == notes


def test_tags_of_container_and_streams() -> None:
    tags = [{"TITLE": " ", "Album Artist": "x\0"}, {"title": "of the stream", "album_artist": "y"}]
    assert merged(tags) == {"title": "of the stream", "album_artist": "x"}

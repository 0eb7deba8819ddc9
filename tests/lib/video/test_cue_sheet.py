"""Cue sheets, subtitles and chapters of films."""

import errno
import os
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lib.errors import OccupiedError, PlaceError
from lib.io.ffmpeg import ffmpeg_exe
from lib.tables.table import read_table
from lib.video import cue_sheet
from lib.video.chapters import Chapter, metadata, within
from lib.video.cue_sheet import Cue, check_cue_files, clock, cue_table, subtitles_of, write_cues
from lib.video.planes import RGB
from lib.video.writer import VideoWriter
from tests.support.each import each


@each(
    ("ms", "shown"), [(0, "0:00:00.000"), (59_999.6, "0:01:00.000"), (3_723_456.2, "1:02:03.456"), (0.4, "0:00:00.000")]
)
def test_a_time_code(ms, shown):
    assert clock(ms) == shown


def test_a_cue_sheet_has_cells_only_where_there_are_any():
    cue = Cue(1500.4, 250.6, "a.mp4", 12_345.0, 0.33333333, (3, 5))
    table = cue_table([cue])
    assert table.columns == ["time", "timecode", "length", "gridX", "gridY", "filename", "start", "volume"]
    assert [table.text(name)[0] for name in table.columns] == [
        "1500", "0:00:01.500", "251", "3", "5", "a.mp4", "12345", "0.3333"
    ]  # fmt: skip
    assert "gridX" not in cue_table([Cue(0, 1, "a", 0)]).columns


def test_a_subtitle_stays_until_the_next_and_two_seconds_at_least():
    cues = [Cue(1000, 200, "a.mp4", 500), Cue(5000, 4000, "b.mp4", 0), Cue(8000, 100, "c.mp4", 61_000)]
    assert subtitles_of(cues, 9000) == (
        "1\n00:00:01,000 --> 00:00:03,000\na.mp4 0:00:00.500\n\n"
        "2\n00:00:05,000 --> 00:00:08,000\nb.mp4 0:00:00.000\n\n"
        "3\n00:00:08,000 --> 00:00:09,000\nc.mp4 0:01:01.000\n"
    )


def test_what_begins_together_shares_a_subtitle_and_the_most_played_come_first():
    names = ["e", "d", "c", "c", "b", "b", "b", "a"]
    cues = [Cue(100.0 * n, 50, name, 0) for n, name in enumerate(names)] + [Cue(300, 50, "silent", 0, volume=0.0)]
    assert subtitles_of(cues, 60_000) == "1\n00:00:00,000 --> 00:00:02,000\nb\nc\na\n+ 2\n"


def test_subtitles_of_one_text_that_touch_are_one():
    cues = [Cue(1000.0 * n, 3000, "a\n-->\x07b", 0) for n in range(8)]
    assert subtitles_of(cues, 20_000) == "1\n00:00:00,000 --> 00:00:10,000\na --> b\n"


def test_no_play_is_not_a_subtitle():
    assert subtitles_of([], 1000) == ""
    assert len(cue_table([])) == 0


@each("seed", range(5))
def test_subtitles_are_in_order_and_within_the_film(seed):
    random = np.random.default_rng(seed)
    times = np.sort(random.uniform(0, 30_000, 200))
    cues = [Cue(ms, random.uniform(1, 9000), f"{n % 7}.mp4", 0) for n, ms in enumerate(times)]
    stamps = re.findall(r"(\d+):(\d+):(\d+),(\d+)", subtitles_of(cues, 25_000))
    numbers = [3_600_000 * int(h) + 60_000 * int(m) + 1000 * int(s) + int(ms) for h, m, s, ms in stamps]
    assert numbers == sorted(numbers)
    assert numbers[-1] <= 25_000
    assert min(np.diff(numbers[: len(numbers) - 2])[::2]) >= 1999  # but for the last, which the film ends


def test_cues_are_written_again_and_what_is_someones_stays(workplace):
    cues = [Cue(0, 100, "a", 0)]
    for _ in range(2):
        check_cue_files("o/f.mp4", [], overwrite=False)
        write_cues("o/f.mp4", cues, 1000)
    assert sorted(name for name in os.listdir("o") if not name.startswith(".")) == ["f.cues.csv", "f.srt"]
    assert read_table("o/f.cues.csv").text("filename") == ["a"]
    with pytest.raises(OccupiedError, match="another result"):
        check_cue_files("o/f.mov", [], overwrite=False)
    check_cue_files("o/f.mov", [], overwrite=True)
    Path("o/f.srt").write_text("corrected by hand")
    with pytest.raises(OccupiedError, match=r"f\.srt: was changed since it was made"):
        check_cue_files("o/f.mp4", [], overwrite=False)
    check_cue_files("o/f.mp4", [], overwrite=True)
    Path("o/g.srt").write_text("mine")
    for again in (False, True):
        with pytest.raises(PlaceError, match=r"g\.srt: already exists, and was not made by this tool"):
            check_cue_files("o/g.mp4", [], overwrite=again)
    with pytest.raises(PlaceError, match="input"):
        check_cue_files("o/f.mp4", ["o/f.cues.csv"], overwrite=True)


ALL = [Chapter(1000, "a"), Chapter(4000, "b"), Chapter(4300, "short"), Chapter(9900, "late")]


@pytest.mark.parametrize("which", [0, 1])
def test_what_cannot_get_a_stamp_is_not_left_as_someones(workplace, monkeypatch, which):
    """On a disk that is full between a file and its stamp."""
    stamps = []

    def put_stamp(*words):
        stamps.append(words)
        if len(stamps) == which + 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    cues = [Cue(0, 1000, "a.mp4", 0)]
    with monkeypatch.context() as full:
        full.setattr(cue_sheet, "put_stamp", put_stamp)
        with pytest.raises(OSError, match="No space"):
            write_cues("f.mp4", cues, 5000)
    assert sorted(os.listdir()) == ["f.cues.csv"][:which]
    if not which:
        check_cue_files("f.mp4", [], False)
        write_cues("f.mp4", cues, 5000)
        check_cue_files("f.mp4", [], False)


@each(
    ("begin", "length", "wanted"),
    [
        (0, 10_000, [(0, "a"), (4000, "b")]),
        (0, 20_000, [(0, "a"), (4000, "b"), (9900, "late")]),
        (2000, 10_000, [(0, "a"), (2000, "b"), (7900, "late")]),
        (4000, 3000, [(0, "b")]),
        (5000, 3000, [(0, "short")]),
        (0, 3000, [(0, "a")]),
    ],
)
def test_chapters_of_an_excerpt(begin, length, wanted):
    assert within(ALL, begin, length) == wanted


def test_chapters_that_are_too_short_for_the_film_are_none():
    assert within([Chapter(0, "a")], 0, 100) == [(0, "a")]
    assert within([], 0, 100) == []


def test_titles_of_chapters_are_escaped():
    text = metadata([Chapter(0, "a=b;c#d\\e\nf"), Chapter(500, "g")], 900)
    assert "title=a\\=b\\;c\\#d\\\\e f\n" in text
    assert "START=0\nEND=500" in text
    assert text.endswith("START=500\nEND=900\ntitle=g\n")


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_chapters_are_in_the_film(workplace, ending):
    import subprocess

    chapters = [Chapter(0, "One = 1"), Chapter(600, "Zwei – ü")]
    with VideoWriter(f"f.{ending}", (16, 16), Fraction(10), 12, "low", RGB, chapters=chapters) as film:
        film.write(bytes(16 * 16 * 3 * 12))
    read = subprocess.run([ffmpeg_exe(), "-i", f"f.{ending}", "-f", "ffmetadata", "-"], capture_output=True, check=True)
    said = read.stdout.decode()
    assert re.findall(r"title=(.*)", said) == ["One \\= 1", "Zwei – ü"]
    times = re.findall(r"TIMEBASE=1/(\d+)\nSTART=(\d+)\nEND=(\d+)", said)
    assert [(int(a) / int(base), int(b) / int(base)) for base, a, b in times] == [(0, 0.6), (0.6, 1.2)]


@pytest.mark.parametrize(("names", "lines"), [("cab", "a\nb\nc"), ("dcab", "a\nb\nc\n+ 1"), ("ba", "a\nb")])
def test_three_sources_are_named_and_the_others_counted(names, lines):
    cues = [Cue(100.0, 50, name, 0) for name in names]
    assert subtitles_of(cues, 60_000) == f"1\n00:00:00,100 --> 00:00:02,100\n{lines}\n"

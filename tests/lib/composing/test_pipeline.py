"""The pipeline: lengths, excerpts, what is made, what is said, and what is made again."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lib.audio.reader import AudioReader
from lib.composing.composition import Composition
from lib.composing.layout import still
from lib.composing.pipeline import make_film, make_picture
from lib.composing.plan import composed, plan_of
from lib.composing.score import score_of
from lib.errors import MediaError, OccupiedError, PlaceError
from lib.tables.table import read_table, write_table
from tests.support.grids import grid_table, settings_of
from tests.support.media_factory import encode, tone


class Two(Composition):
    """Two clips: the first plays after `-pad0`, the second `wait` ms later."""

    def compose(self, *, wait=500.0, volr=(1.0, 1.0)):
        ms = self.settings.before_ms + np.array([0.0, wait])
        self.score = score_of(self.clips, [0, 1], ms, 300.0, volume=volr[1])
        self.end_ms = float(ms[1] + 300.0)

    def layout(self, ms):
        return replace(still(self.cells), brightness=self.timeline.glow(ms, self.low, self.high))


@pytest.fixture
def run(workplace):
    """A run of 2 s at 5 pictures a second: 500 + 500 + 300 ms, and 500 more, up to a whole second."""
    encode("a.wav", tone(440, 1.0))
    write_table(grid_table(2, 1, filename="a.wav"), "grid.csv")
    return settings_of("grid.csv", "2x1", width=32, height=16, fps=5, pad0=500, pad1=500, debug=True, dir=".",
                       out="o/a.mp4", quality="low", rvb=0)  # fmt: skip


def output(run, **changes):
    return replace(run, output=replace(run.output, **changes))


def plan(run, **flags):
    return plan_of(run, composed(run, Two, flags), flags, lambda line: None)


def made(run, **flags):
    said = []
    assert make_film(Two, flags, run, said.append) == ([], [])
    return said


@pytest.mark.parametrize(
    ("wait", "after", "total"), [(500, 500, 10), (500, 700, 10), (500, 701, 15), (0, 0, 5), (9700, 500, 55)]
)
def test_a_film_lasts_whole_seconds(run, wait, after, total):
    run = replace(run, composition=replace(run.composition, after_ms=float(after)))
    found = plan(run, wait=float(wait))
    assert (found.total, found.first, found.last) == (total, 1, total)
    assert found.digits == len(str(total))


def test_sound_that_lasts_longer_than_what_is_seen_counts(run, workplace):
    write_table(grid_table(2, 1, filename="a.wav", dur=lambda n: 2000), "grid.csv")
    assert plan(run).total == 5 * 4  # 1000 + 2000 + 500 ms


@pytest.mark.parametrize(
    ("begin", "length", "first", "last", "begin_ms", "length_ms"),
    [
        (-1.0, -1.0, 1, 10, 0, 2000),
        (0.0, 0.0, 1, 10, 0, 2000),
        (0.4, 1.0, 3, 7, 400, 1000),
        (1.8, 99.0, 10, 10, 1800, 200),
    ],
)
def test_an_excerpt(run, begin, length, first, last, begin_ms, length_ms):
    found = plan(output(run, begin_s=begin, length_s=length))
    assert (found.first, found.last, found.total) == (first, last, 10)
    assert (found.begin_ms, found.length_ms) == (pytest.approx(begin_ms), pytest.approx(length_ms))


def test_an_excerpt_of_nothing_is_refused(run):
    with pytest.raises(MediaError, match=r"begins at 2 s, but the composition is only 2 s long"):
        plan(output(run, begin_s=2.0))
    with pytest.raises(MediaError, match=r"0\.05 s is less than one picture"):
        plan(output(run, length_s=0.05))


@pytest.mark.parametrize(
    ("wanted", "frames"), [(None, None), ((3, 5), [3, 4, 5]), ((9, 0), [9, 10]), ((0, 0), [10]), ((1, 1), [1])]
)
def test_the_pictures_that_are_wanted(run, wanted, frames):
    assert plan(output(run, wanted=wanted)).wanted_frames() == frames


@pytest.mark.parametrize("wanted", [(11, 11), (1, 11), (5, 4)])
def test_pictures_that_are_missing(run, wanted):
    with pytest.raises(MediaError, match="asked for, but the pictures are 1 to 10"):
        plan(output(run, wanted=wanted)).wanted_frames()
    with pytest.raises(MediaError, match="picture 3 is asked for, but the pictures are 5 to 9"):
        plan(output(run, wanted=(3, 3), begin_s=0.8, length_s=1.0)).wanted_frames()


def test_what_is_only_heard_and_what_is_only_seen(run):
    first = plan(run)

    def stamps(run=run, **flags):
        """Whether sound and pictures are others than those of the first run."""
        other = plan(run, **flags)
        return other.sound_stamp() != first.sound_stamp(), other.picture_stamp() != first.picture_stamp()

    composition = run.composition
    assert stamps() == (False, False)
    assert stamps(volr=(0.5, 0.5)) == (True, False)
    assert stamps(wait=400.0) == (True, True)
    assert stamps(replace(run, composition=replace(composition, brightness=(0.0, 1.0)))) == (False, True)
    assert stamps(replace(run, composition=replace(composition, margin=0.1))) == (False, True)
    assert stamps(replace(run, composition=replace(composition, reverb=5))) == (True, False)
    assert stamps(replace(run, composition=replace(composition, level_db=None))) == (True, False)
    assert stamps(replace(run, composition=replace(composition, least_ms=50.0))) == (True, True)
    assert stamps(replace(run, composition=replace(composition, seed=2))) == (True, True)
    assert stamps(replace(run, sound=replace(run.sound, gain_db=1.0))) == (True, False)
    assert stamps(replace(run, render=replace(run.render, noise=1.0))) == (False, True)
    assert stamps(replace(run, store=replace(run.store, fit="warp"))) == (False, True)
    assert stamps(replace(run, store=replace(run.store, folder="elsewhere/"))) == (False, False)
    assert stamps(replace(run, threads=2)) == (False, False)
    assert stamps(output(run, film="other.mp4", quality="high")) == (False, False)
    assert stamps(output(run, length_s=1.0)) == (True, False)
    os.utime("a.wav", (1, 1))
    assert stamps() == (True, True)


@pytest.mark.slow
def test_sound_and_film_are_made_and_sound_that_is_there_is_not_made_again(run):
    said = made(run)
    assert said[0] == "o/a.mp3: 0:00:02, plays: 2"
    assert said[1] == "o/a.mp4: 2.000 s (0:00:02), pictures: 10, clips: 2, plays: 2, heard: 2"
    before = os.stat("o/a.mp3").st_mtime_ns
    assert made(run)[0] == "o/a.mp3: already exists"
    assert os.stat("o/a.mp3").st_mtime_ns == before
    said = made(replace(run, sound=replace(run.sound, gain_db=-3.0)))
    assert said[0] == "o/a.mp3: was made with other settings, or from other files, and is made again"
    assert said[1].startswith("o/a.mp3: 0:00:02")
    assert made(replace(run, overwrite=True))[0].startswith("o/a.mp3: 0:00:02")


def test_sound_alone_and_pictures_alone(run):
    made(output(run, pictures=False))
    assert [path.name for path in Path("o").iterdir() if not path.name.startswith(".")] == ["a.mp3"]
    os.remove("o/a.mp3")
    made(output(run, sound=False))
    left = sorted(path.name for path in Path("o").iterdir() if not path.name.startswith("."))
    assert left == ["a.cues.csv", "a.mp4", "a.srt"]


def test_pictures_of_other_settings_are_never_removed(run):
    run = output(run, frames="f/%s.png", sound=False, wanted=(2, 3))
    assert made(run) == ["f/%s.png: pictures 2 to 3"]
    assert made(output(run, wanted=(3, 3))) == ["f/%s.png: 2 pictures from an earlier run", "f/03.png"]
    before = {path: path.read_bytes() for path in Path("f").iterdir()}
    for wanted in ((5, 5), (2, 5), None):
        with pytest.raises(OccupiedError, match=r"^f: holds 2 pictures \(%s\.png\) that were made with other settings"):
            made(output(run, wanted=wanted), wait=400.0)
    # A few of them alone cannot stand beside those, but all can be made again.
    with pytest.raises(PlaceError, match=r"holds 1 picture .* a few alone replace none of them"):
        made(replace(output(run, wanted=(2, 2)), overwrite=True), wait=400.0)
    assert {path: path.read_bytes() for path in Path("f").iterdir()} == before
    assert made(replace(output(run, wanted=(2, 3)), overwrite=True), wait=400.0) == ["f/%s.png: pictures 2 to 3"]
    assert made(replace(output(run, wanted=(2, 2)), overwrite=True), wait=400.0)[-1] == "f/02.png"
    assert sorted(path.name for path in Path("f").glob("[0-9]*.png")) == ["02.png", "03.png"]


def test_a_film_of_another_length_has_other_numbers_and_removes_none(run):
    run = output(run, frames="f/%s.png", sound=False)
    longer = replace(run, composition=replace(run.composition, after_ms=30_000.0))
    made(run)
    with pytest.raises(OccupiedError, match="holds 10 pictures"):
        made(longer)
    assert len(list(Path("f").glob("[0-9]*.png"))) == 10


def test_a_column_that_is_not_used_changes_nothing(run):
    """Nor a table that is rewritten; one that is used does, and so does a row's place."""
    run = output(run, frames="f/%s.png", sound=False)
    assert len(made(run)) == 1
    table = read_table("grid.csv")
    write_table(table.with_columns({"stsne": ["1", "2"], "class": ["bell", "drum"]}), "grid.csv")
    os.utime("grid.csv", (1, 1))
    assert made(run)[0] == "f/%s.png: 10 pictures from an earlier run"
    write_table(read_table("grid.csv").with_columns({"vdur": ["150", "100"]}), "grid.csv")
    with pytest.raises(OccupiedError, match="other settings, or from other files"):
        made(run)


def test_sound_that_is_not_of_this_film_stays(run):
    Path("o").mkdir()
    Path("o/a.mp3").write_bytes(b"a song")
    for again in (False, True):
        with pytest.raises(PlaceError, match=r"a\.mp3: already exists, and was not made by this tool"):
            made(replace(run, overwrite=again))
    assert Path("o/a.mp3").read_bytes() == b"a song"
    made(output(run, sound=False))
    made(output(run, film="o/b.mp4"))
    with pytest.raises(OccupiedError, match=r"b\.cues\.csv: already exists, and was made for another result"):
        made(output(run, film="o/b.mov"))


def test_pictures_of_a_stranger_stay(run):
    Path("f").mkdir()
    Path("f/02.png").write_bytes(b"mine")
    for again in (False, True):
        with pytest.raises(PlaceError, match=r"holds 1 picture .*that this tool did not make"):
            made(replace(output(run, frames="f/%s.png", sound=False), overwrite=again))
    assert Path("f/02.png").read_bytes() == b"mine"


def test_a_probe_makes_nothing(run):
    assert made(replace(run, probe=True)) == ["2.000 s (0:00:02), pictures: 10, clips: 2, plays: 2, heard: 2"]
    said = []
    assert make_picture(Two, {}, replace(run, probe=True), said.append) == ([], [])
    assert said == ["32 x 16, clips: 2"]
    assert sorted(os.listdir()) == ["a.wav", "grid.csv"]


def test_bad_files_are_returned_and_none_at_all_is_an_error(run, workplace):
    names = ["a.wav", "gone.wav"]
    write_table(grid_table(2, 1).with_columns({"filename": names}), "grid.csv")
    bad, _ = make_film(Two, {}, output(run, pictures=False), lambda line: None)
    assert [name for name, _ in bad] == ["gone.wav"]
    write_table(grid_table(2, 1, filename="gone.wav"), "grid.csv")
    with pytest.raises(MediaError, match=r"^\.: there is no file gone\.wav$"):
        make_film(Two, {}, output(run, pictures=False), lambda line: None)


def test_samples_after_the_end_of_their_file_are_reported(run):
    write_table(grid_table(2, 1, filename="a.wav", start=lambda n: 1001 * n), "grid.csv")
    said = made(output(run, pictures=False))
    assert said[0] == "samples without sound: 1 that begin after the end of their file (the first: a.wav at 1001 ms)"


def test_a_film_does_not_replace_what_it_is_made_from(run, workplace):
    with pytest.raises(MediaError):
        make_film(Two, {}, output(run, film="grid.csv"), lambda line: None)
    assert Path("grid.csv").read_text().startswith("filename")


@pytest.mark.slow
def test_cues_lie_beside_the_film(run):
    """Times by hand: the plays begin at 500 and 1000 ms; an excerpt from 0.6 s has what is left of the first."""
    made(replace(output(run, film="o/b.mp4"), probe=True))
    assert not Path("o").exists()
    made(run)
    table = read_table("o/a.cues.csv")
    rows = list(zip(*(table.text(name) for name in table.columns)))
    assert rows == [
        ("500", "0:00:00.500", "200", "0", "0", "a.wav", "0", "1"),
        ("1000", "0:00:01.000", "200", "1", "0", "a.wav", "100", "1"),
    ]
    assert Path("o/a.srt").read_text() == (
        "1\n00:00:00,500 --> 00:00:02,000\na.wav\n"  # both begin within two seconds
    )
    made(output(run, begin_s=0.6))
    table = read_table("o/a.cues.csv")
    assert [table.text(name) for name in ("time", "length", "start")] == [["0", "400"], ["100", "200"], ["100", "100"]]


def test_cues_of_someone_stop_the_film_before_the_work(run):
    Path("o").mkdir()
    Path("o/a.srt").write_text("mine")
    for again in (False, True):
        with pytest.raises(PlaceError, match=r"a\.srt: already exists"):
            made(replace(run, overwrite=again))
    assert os.listdir("o") == ["a.srt"]
    made(output(run, pictures=False))


class Flash(Two):
    """The same, but a clip is white from the beginning of its play on."""

    def layout(self, ms):
        return replace(still(self.cells), brightness=np.where(self.timeline.latest(ms)[0], 1.0, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "fps", "codec"),
    [(".mp4", Fraction(10), "h264"), (".mkv", Fraction(30000, 1001), "h264"), (".mov", Fraction(12), "prores")],
)
def test_picture_and_sound_are_half_a_frame_apart_at_most(run, ending, fps, codec):
    """A clip becomes bright, and is heard, 1030 ms into the film; it is a tone, so that its beginning is sharp."""
    table = grid_table(2, 1, filename="a.wav", dur=lambda n: 300)
    write_table(table, "grid.csv")
    run = replace(output(run, film=f"o/a{ending}", codec=codec), render=replace(run.render, fps=fps))
    said = []
    make_film(Flash, {"wait": 530.0, "volr": (0.0, 0.5)}, run, said.append)
    with av.open(f"o/a{ending}") as container:
        shown = [
            (frame.time, frame.to_ndarray(format="rgb24", threads=1)[:, 20:28].mean())
            for frame in container.decode(video=0)
        ]
    lit = next(time for time, light in shown if light > 30)
    assert abs(lit - 1.03) <= 0.5 / fps + 0.001
    with AudioReader(f"o/a{ending}", 48_000, 2) as reader:
        heard = np.abs(np.concatenate(list(reader.blocks()))).max(axis=1)
    quiet, loud = heard[int(0.90 * 48_000) : int(1.02 * 48_000)], heard[int(1.036 * 48_000) : int(1.1 * 48_000)]
    assert quiet.max() < 0.02 < loud.max() / 2
    assert len(heard) == pytest.approx(2 * 48_000, abs=48_000 / float(fps))


def test_the_sound_of_a_film_is_not_that_of_the_mp3(run):
    """A sine of -13 dBFS: FLAC has what the mix has, but for its 24 bits, and mp3 loses something."""
    made(output(run, film="o/a.mkv", codec="ffv1"))
    sounds = []
    for path in ("o/a.mkv", "o/a.mp3"):
        with AudioReader(path, 48_000, 2) as reader:
            sounds.append(np.concatenate(list(reader.blocks())))
    silent = slice(0, int(0.48 * 48_000))
    assert np.abs(sounds[0][silent]).max() == 0.0
    length = min(map(len, sounds))
    assert 1e-6 < np.abs(sounds[0][:length] - sounds[1][:length]).max() < 0.02

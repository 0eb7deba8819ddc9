"""The stage from its command line: which picture is seen with which sound, in every container, and what is kept."""

import csv
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import features_to_audio
import features_to_video
from lib.audio.programme import measure
from lib.audio.ranges import read_audio
from lib.errors import MediaError
from lib.parallel.jobs import Outcome
from lib.supercut import film as making
from lib.supercut import pictures
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.media_factory import tone, write_wav
from tests.support.scripts import status_of

RATE = 48_000
# Samples of 200 ms that begin two pictures before a whole second of the film, which is where it flashes and beeps.
STARTS = (2920, 920, 1920)
DRY = ("-order", "at", "-left", 400, "-right", 200, "-rvb", 0, "-mdb", -9999, "-volume", 1, "-fps", 25)
SMALL = ("-width", lab.WIDTH, "-height", lab.HEIGHT)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """A film of the lab, four seconds long, and a recording."""
    folder = tmp_path_factory.mktemp("media")
    shown = [lab.picture(n) for n in range(100)]
    lab.make(folder / "lab.mkv", shown, ["-c:v", "libx264", "-qp", "4", "-pix_fmt", "yuv444p", "-g", "30",
             "-c:a", "pcm_s16le"], heard=lab.sound(4))  # fmt: skip
    write_wav(folder / "tone.wav", tone(440, 1.0))
    return folder


@pytest.fixture
def place(media, workplace):
    """A working directory with a table of three samples, to be played at times of their own."""
    rows = [f"lab.mkv,{start},200,{200 * n},{n}" for n, start in enumerate(STARTS)]
    Path("t.csv").write_text("\n".join(["filename,start,dur,at,hz", *rows]) + "\n")
    return media


def run(media, *words, table="t.csv", out="o.mp4"):
    return status_of(
        features_to_video.main, [str(w) for w in ("-in", table, "-dir", media, *SMALL, "-out", out, *words)]
    )


def table(*rows, columns="filename,start,dur,at"):
    Path("t.csv").write_text("\n".join([columns, *rows]) + "\n")


def shown(path):
    return [picture for _, picture in lab.reference(path)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "ending"),
    [("h264", ".mp4"), ("h264", ".m4v"), ("h264_444", ".mov"), ("h264_10", ".mkv"), ("prores", ".mov"),
     ("ffv1", ".mkv")],
)  # fmt: skip
def test_each_picture_is_that_of_the_moment_that_is_heard(place, codec, ending):
    out = f"o{ending}"
    assert run(place, *DRY, "-codec", codec, out=out) == 0
    found = lab.reference(out)
    # 0.4 s of black, 5 pictures of each sample, and the last one stays for 0.2 s.
    wanted = [start // 40 + n for start in STARTS for n in range(5)] + [STARTS[-1] // 40 + 4] * 5
    assert len(found) == 10 + 15 + 5
    assert [ms for ms, _ in found] == pytest.approx([40 * n for n in range(30)], abs=1)
    assert all(picture.max() < 20 for _, picture in found[:10])
    assert [lab.number_of(picture) for _, picture in found[10:]] == wanted
    flashes = [ms for ms, picture in found if lab.flashes(picture)]
    beeps = lab.beeps(read_audio(out, RATE))
    assert flashes == pytest.approx([480, 680, 880], abs=1)
    assert beeps == pytest.approx(flashes, abs=2)
    errors = lab.corner_errors(found[12][1])
    assert max(errors.values()) < 12


@pytest.mark.slow
def test_the_sound_is_that_of_features_to_audio(place):
    words = ("-left", 100, "-right", 500, "-overlap", 90, "-sort", "hz=desc")
    assert run(place, *words, "-codec", "ffv1", out="o.mkv") == 0
    names = [str(w) for w in ("-in", "t.csv", "-dir", place, "-out", "o.flac", *words)]
    assert features_to_audio.main(names) == 0
    film, sound = read_audio("o.mkv", RATE, 2), read_audio("o.flac", RATE, 2)
    assert len(film) >= len(sound) > 0.8 * RATE
    assert np.array_equal(film[: len(sound)], sound)
    assert not film[len(sound) :].any()


@pytest.mark.slow
def test_a_film_is_as_loud_as_asked_though_it_has_peaks(media, workplace):
    """A soft tone with clicks: by a gain alone it could be 5 dB louder, no more."""
    sound = tone(440, 2.0) * np.float32(0.05 / np.abs(tone(440, 2.0)).max())
    sound[RATE // 4 :: RATE // 2] = 0.5
    write_wav("clicks.wav", sound)
    table("clicks.wav,0,2000,0")
    assert run(".", *DRY[:-2], "-fps", 2, "-width", 32, "-height", 18, "-lufs", -16) == 0
    loudness, peak = measure([read_audio("o.mp4", RATE, 2)], RATE)
    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak <= 10 ** (-1 / 20)


@pytest.mark.slow
@pytest.mark.parametrize("fps", ["24", "30000/1001"])
def test_at_any_rate_picture_and_sound_are_half_a_picture_apart(place, fps):
    assert run(place, *DRY[:-2], "-fps", fps) == 0
    length = 1000 / float(Fraction(fps))
    with av.open("o.mp4") as film:
        assert film.streams.video[0].average_rate == Fraction(fps)
    for ms, picture in lab.reference("o.mp4"):
        middle = ms + length / 2
        sample = int((middle - 400) // 200)
        if 0 <= sample < 3:
            source = STARTS[sample] + middle - 400 - 200 * sample
            assert abs(lab.number_of(picture) * 40 + 20 - source) <= 20 + 2


def test_samples_shorter_than_two_pictures_are_seen(place):
    # One every 50 ms, 40 ms long; pictures of 40 ms. Each is seen, at most a picture late.
    starts = [1000 + 200 * n for n in range(8)]
    table(*(f"lab.mkv,{start},40,{50 * n}" for n, start in enumerate(starts)))
    assert run(place, *DRY) == 0
    seen = [lab.number_of(picture) for picture in shown("o.mp4")[10:]]
    assert sorted(set(seen)) == [start // 40 for start in starts]


def test_what_sounds_together_shares_the_frame(place):
    table("lab.mkv,0,800,0", "lab.mkv,1000,800,200", "lab.mkv,2000,800,400")
    assert run(place, *DRY, "-layout", "split", "-codec", "ffv1", out="o.mkv") == 0
    pictures = shown("o.mkv")
    half = lab.WIDTH // 2, lab.HEIGHT // 2

    def cells(picture):
        rows, columns = (slice(0, half[1]), slice(half[1], None)), (slice(0, half[0]), slice(half[0], None))
        return [picture[r, c] for r in rows for c in columns]

    first, second, third, fourth = cells(pictures[22])  # 480 ms after the beginning of the first
    assert [lab.number_of(cell) for cell in (first, second, third)] == [12, 25 + 7, 50 + 2]
    assert fourth.max() == 0
    # The first has ended, the others go on.
    first, second, third, _ = cells(pictures[30])
    assert first.max() == 0
    assert [lab.number_of(cell) for cell in (second, third)] == [25 + 15, 50 + 10]


def test_a_frame_that_is_too_small_for_its_cells(place, capsys):
    table("lab.mkv,0,800,0", "lab.mkv,1000,800,200")
    # Cells have even sides: two of them need four pixels.
    assert run(place, *DRY, "-layout", "split", "-probe", "-width", 4, "-height", 4) == 0
    assert "cells: 2x2" in capsys.readouterr().out
    assert run(place, *DRY, "-layout", "split", "-probe", "-width", 2, "-height", 4) == 1
    assert "a picture of 2 x 4 is too small for 2 x 2 cells" in capsys.readouterr().err


@pytest.mark.slow
def test_films_fill_the_frame_or_are_contained_in_it(place):
    wide = ("-width", 2 * lab.WIDTH, "-height", lab.HEIGHT, "-codec", "ffv1")
    assert run(place, *DRY, *wide, "-fit", "contain", out="o.mkv") == 0
    picture = shown("o.mkv")[12]
    beside = lab.WIDTH // 2
    assert picture[:, : beside - 1].max() < 8
    assert picture[:, -beside + 1 :].max() < 8
    inner = picture[:, beside:-beside]
    assert lab.number_of(inner) == STARTS[0] // 40 + 2
    assert max(lab.corner_errors(inner).values()) < 8
    # The middle half of the film's height, twice as large: without its corners.
    assert run(place, *DRY, *wide, "-fit", "crop", out="o.mkv") == 0
    picture = shown("o.mkv")[12]
    whole = np.zeros((2 * lab.HEIGHT, 2 * lab.WIDTH, 3), np.uint8)
    whole[lab.HEIGHT // 2 : -lab.HEIGHT // 2] = picture
    assert lab.number_of(whole) == STARTS[0] // 40 + 2
    assert picture[2, 2].tolist() != list(lab.CORNERS["top left"])


def test_odd_sizes_are_padded_and_the_sound_lasts_as_long_as_the_pictures(place):
    # 1210 ms: 31 pictures, 1240 ms.
    assert run(place, *DRY, "-width", 191, "-height", 143, "-right", 210) == 0
    found = shown("o.mp4")
    assert len(found) == 31
    assert len(read_audio("o.mp4", RATE)) == pytest.approx(1.24 * RATE, abs=900)
    assert found[12].shape == (144, 192, 3)
    assert lab.number_of(found[12][:143, :191]) == STARTS[0] // 40 + 2


def test_a_fade_begins_in_black_and_ends_there(place):
    assert run(place, *DRY, "-fade", 80, "-codec", "ffv1", out="o.mkv") == 0
    found = [picture.astype(float).mean() for picture in shown("o.mkv")]
    bright = found[13]
    assert found[9] == 0
    # A quarter, three quarters; and at the end of the film.
    assert found[10] / bright == pytest.approx(0.25, abs=0.06)
    assert found[11] / bright == pytest.approx(0.75, abs=0.06)
    assert found[-1] / found[-5] == pytest.approx(0.25, abs=0.06)
    # Between two samples both are seen: the block of a bit that only one of their numbers has is grey.
    # (73 = 1001001, 23 = 0010111; their first pictures after the change are 5 of the one and 0 of the other.)
    picture = shown("o.mkv")[15]
    left = (lab.WIDTH - lab.BITS * lab.BLOCK) // 2
    blocks = [picture[50, left + bit * lab.BLOCK + 8].mean() for bit in range(7)]
    ends, begins = STARTS[0] // 40 + 4, STARTS[1] // 40
    shares = [0.75 * (ends >> bit & 1) + 0.25 * (begins >> bit & 1) for bit in range(7)]
    assert blocks == pytest.approx([255 * share for share in shares], abs=12)


@pytest.mark.slow
def test_captions_tell_what_is_seen(place, capsys):
    words = (*DRY, "-codec", "ffv1")
    assert run(place, *words, out="plain.mkv") == 0
    assert run(place, *words, "-caption", "%hz %filename %time 100%%", out="o.mkv") == 0
    for before, after in zip(shown("plain.mkv")[10:], shown("o.mkv")[10:], strict=True):
        changed = np.nonzero((before != after).any(axis=2))
        assert changed[0].min() > lab.HEIGHT * 0.7
        assert len(changed[0]) > 100
    capsys.readouterr()
    assert run(place, *DRY, "-caption", "%note of %filename") == 1
    said = capsys.readouterr().err
    assert "note" in said
    assert "filename, start, dur, at, hz" in said


@pytest.mark.slow
def test_a_sound_shows_its_spectrogram(place):
    table("tone.wav,100,400,0", "lab.mkv,1000,200,400")
    assert run(place, *DRY) == 0
    found = shown("o.mp4")
    # 440 Hz: three octaves above the lowest of seven, and A is red.
    row = round(lab.HEIGHT * (1 - 3 / 7))
    line = found[15][row - 2 : row + 3, 40:150].reshape(-1, 3).mean(axis=0)
    assert line[0] > 120
    assert line[0] > 2 * line[1:].max()
    assert found[15][: row - 20].mean() < 20
    assert lab.number_of(found[21]) == 26


def test_a_shifted_sample_runs_as_fast_as_it_sounds(place):
    table("lab.mkv,1000,400,0,12", columns="filename,start,dur,at,shift")
    assert run(place, *DRY) == 0
    # 200 ms in all; picture n is 20 + 40 n ms after the beginning, and twice as far in the film.
    assert [lab.number_of(p) for p in shown("o.mp4")[10:15]] == [26, 28, 30, 32, 34]


def test_a_film_may_run_on_to_its_next_cut(place):
    table("lab.mkv,1000,200,0,1000,320", columns="filename,start,dur,at,vstart,vdur")
    assert run(place, *DRY) == 0
    assert [lab.number_of(p) for p in shown("o.mp4")[10:]] == [25, 26, 27, 28, 29, 30, 31, 32, 32, 32]


def test_each_film_is_read_once_from_front_to_back(place, monkeypatch):
    opened, asked = [], []

    class Counted(VideoReader):
        def _open(self):
            opened.append(self.path)
            super()._open()

        def frames(self, first_ms=0.0, last_ms=float("inf")):
            asked.append(first_ms)
            return super().frames(first_ms, last_ms)

    monkeypatch.setattr(pictures, "VideoReader", Counted)
    assert run(place, *DRY, "-layout", "split") == 0
    assert len(opened) == 1
    assert asked == sorted(asked)
    assert len(asked) == len(set(asked)) == 15


@pytest.mark.slow
def test_what_was_interrupted_continues(place, monkeypatch, capsys):
    def interrupt(*words):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "VideoWriter", interrupt)
        assert run(place, *DRY) == 130
    assert "interrupted; finished files are kept: the same command continues" in capsys.readouterr().err
    folder = Path(making.scratch_of("o.mp4"))
    assert [path.suffix for path in sorted(folder.glob("[0-9a-f]*"))] == [".pictures"]
    read = []
    real = making.extract
    monkeypatch.setattr(making, "extract", lambda job: read.append(job.source) or real(job))
    assert run(place, *DRY) == 0
    assert read == []
    assert "from an interrupted run: 1 of 1" in capsys.readouterr().out
    assert [lab.number_of(p) for p in shown("o.mp4")[10:12]] == [73, 74]
    # All is done: nothing is left, and the next film starts from the beginning.
    assert not folder.exists()
    assert run(place, *DRY) == 0
    assert len(read) == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [("-fit", "contain"), ("-width", 96), ("-caption", "%at"), ("-overwrite",)])
def test_pictures_of_other_settings_are_made_again(place, monkeypatch, words):
    def interrupt(*words):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "VideoWriter", interrupt)
        assert run(place, *DRY) == 130
    read = []
    real = making.extract
    monkeypatch.setattr(making, "extract", lambda job: read.append(job.source) or real(job))
    assert run(place, *DRY, *words) == 0
    assert len(read) == 1


@pytest.mark.slow
def test_the_film_does_not_depend_on_the_number_of_workers(place):
    table("lab.mkv,1000,200,0", "tone.wav,0,300,100", "lab.mkv,200,500,350")
    for threads in ("1", "2"):
        assert run(place, *DRY, "-threads", threads, out=f"{threads}.mp4") == 0
    assert Path("1.mp4").read_bytes() == Path("2.mp4").read_bytes()


@pytest.mark.slow
def test_a_failed_sound_ends_the_reading_of_sources(place, monkeypatch, capsys):
    table("lab.mkv,1000,200,0", "tone.wav,0,300,100", "lab.mkv,200,500,350")
    failed, done = threading.Event(), []

    def overflows(*about, **more):
        failed.set()
        raise MediaError("the mix overflows")

    def slowly(function, jobs, *about, **more):
        for index, job in enumerate(jobs):
            assert failed.wait(10)
            time.sleep(0.01)  # until it has been noted
            done.append(job.source)
            yield Outcome(index, job, function(job))

    monkeypatch.setattr(making, "mix", overflows)
    monkeypatch.setattr(making, "run_many", slowly)
    assert run(place, *DRY, "-threads", 2) == 1
    assert "the mix overflows" in capsys.readouterr().err
    assert len(done) == 1


@pytest.mark.slow
def test_ctrl_c_while_sources_are_read_ends_the_mix(place, monkeypatch):
    begun, ended = threading.Event(), []

    def endless(*about, stop, **more):
        begun.set()
        assert stop.wait(10)
        ended.append(True)
        raise MediaError("was ended")

    def interrupt(*about, **more):
        assert begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "mix", endless)
    monkeypatch.setattr(making, "run_many", interrupt)
    assert run(place, *DRY, "-threads", 2) == 130
    assert ended == [True]


@pytest.mark.slow
def test_what_cannot_be_read_is_listed_and_black(place, capsys):
    table("gone.mp4,0,200,0", "lab.mkv,1000,200,200")
    assert run(place, *DRY) == 0
    out, err = capsys.readouterr()
    assert "could not be used" in err
    assert out.endswith(", 1 of files that could not be used\n")
    found = shown("o.mp4")
    assert found[12].max() < 20
    assert lab.number_of(found[15]) == 25
    assert run(place, *DRY, "-strict") == 1
    (place / "text.mp4").write_text("no film")
    try:
        table("text.mp4,0,200,0")
        Path("o.mp4").unlink()
        capsys.readouterr()
        assert run(place, *DRY) == 1
        assert "none of its samples can be read" in capsys.readouterr().err
        assert not Path("o.mp4").exists()
    finally:
        (place / "text.mp4").unlink()


def test_a_silent_film_is_seen(place):
    lab.make(place / "silent.mp4", [lab.picture(n) for n in range(10)], ["-c:v", "libx264", "-pix_fmt", "yuv420p"])
    table("silent.mp4,120,200,0")
    assert run(place, *DRY, "-strict") == 0
    assert lab.number_of(shown("o.mp4")[10]) == 3
    assert not np.abs(read_audio("o.mp4", RATE)).max() > 1e-3


@pytest.mark.slow
def test_bars_that_stay_through_a_film_are_cropped(place):
    padded = [np.pad(lab.picture(n), ((24, 24), (0, 0), (0, 0))) for n in range(40)]
    lab.make(place / "bars.mp4", padded, ["-c:v", "libx264", "-qp", "4", "-pix_fmt", "yuv444p"])
    table("bars.mp4,200,200,0")
    assert run(place, *DRY, "-fit", "contain") == 0
    picture = shown("o.mp4")[10]
    assert lab.number_of(picture) == 5
    assert max(lab.corner_errors(picture).values()) < 12


def test_cues_and_chapters_lie_in_and_beside_the_film(place):
    assert run(place, *DRY[2:], "-sort", "hz=desc", "-overlap", 700, "-overlapp", 9, "-chapters") == 0
    with open("o.cues.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["time"], row["start"], row["filename"]) for row in rows] == [
        ("400", "1920", "lab.mkv"), ("1100", "920", "lab.mkv"), ("1800", "2920", "lab.mkv"),
    ]  # fmt: skip
    assert Path("o.srt").exists()
    with av.open("o.mp4") as film:
        chapters = film.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["hz 2", "hz 1", "hz 0"]


def test_a_preview_is_small(place, capsys):
    assert run(place, *DRY, "-preview") == 0
    with av.open("o.mp4") as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (48, 36, 12)
    Path("o.mp4").unlink()
    assert run(place, *DRY, "-probe") == 0
    assert "1.200 s (0:00:01), samples: 3, pictures: 30" in capsys.readouterr().out
    assert not Path("o.mp4").exists()


def test_no_room_on_the_disk_is_reported_before_the_work(place, monkeypatch, capsys):
    usage = making.shutil.disk_usage(".")
    monkeypatch.setattr(making.shutil, "disk_usage", lambda folder: usage._replace(free=making.SPARE_BYTES + 5))
    monkeypatch.setattr(making, "extract", lambda job: pytest.fail("read all the same"))
    assert run(place, *DRY) == 1
    assert "free some space, or make a smaller film" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [(("-layout", "three"), "layout"), (("-fit", "fill"), "fit"), (("-codec", "ffv1"), "ffv1 goes into .mkv"),
     (("-fps", "0"), "pictures per second"), (("-fade", "-1"), "fade"), (("-sort", "hz"), "no effect with -order"),
     (("-out", "o.avi"), "films end in")],
)  # fmt: skip
def test_wrong_usage(place, capsys, words, said):
    assert run(place, *DRY, *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"MTseen01", None])
def test_damaged_pictures_are_made_again(place, monkeypatch, damage):
    with monkeypatch.context() as patch:
        patch.setattr(making, "VideoWriter", lambda *words: (_ for _ in ()).throw(MediaError("stop")))
        assert run(place, *DRY) == 1
    (kept,) = Path(making.scratch_of("o.mp4")).glob("*.pictures")
    kept.write_bytes(kept.read_bytes()[:-9] if damage is None else damage)
    assert run(place, *DRY) == 0
    assert lab.number_of(shown("o.mp4")[10]) == 73

"""The frame store: the right frames in the right size, and files that are right, or noticed."""

import json
import os
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.composing import frame_file, frame_store
from lib.composing.clip_frames import ClipFrames
from lib.composing.clip_ranges import ClipRange, moments
from lib.composing.frame_file import LATE_MS, FilmFrames, open_frames
from lib.composing.frame_store import FilmJob, extract, fill_store, store_name
from lib.composing.mipmaps import pyramid
from lib.composing.rasterizer import Rasterizer
from lib.errors import MediaError, WriteError
from tests.support.each import each
from tests.support.light import mean_level
from tests.support.media_factory import film, write_wav

# Frame n of the film is this grey: 25 frames a second, so it is shown from 40 n ms.
GREYS = [8 * n for n in range(30)]
# Tolerance of a grey after coding, in levels.
NEAR = 4


@pytest.fixture(scope="module")
def grey_film(tmp_path_factory):
    return film(tmp_path_factory.mktemp("film") / "greys.mp4", [(g, g, g) for g in GREYS])


def job_of(path, folder, *clips, fit="fill", **more):
    return FilmJob(path, store_name(folder, "greys.mp4"), clips, fit, **more)


def frames_of(stored, clip):
    """Return [(ms, mean grey)] of a clip."""
    first = int(stored.counts[:clip].sum())
    width, height = stored.sizes[clip]
    found = []
    for n in range(first, first + int(stored.counts[clip])):
        begin = int(stored.offsets[n])
        found.append((float(stored.ms[n]), float(stored.data[begin : begin + width * height * 3].mean())))
    return found


def test_a_quick_look_keeps_the_frames_of_its_steps_and_those_that_clips_begin_with(grey_film, tmp_path):
    clips = ClipRange(400, 200, 16, 12), ClipRange(410, 200, 16, 12), ClipRange(330, 60, 16, 12)
    job = job_of(grey_film, tmp_path, *clips, step_ms=100)
    extract(job)
    stored = open_frames(job.target, job.made_from())
    # Of 40 ms each: 400 and 500 ms are in frames 10 and 12, 600 ms is where 15 begins; 330 ms is in frame 8.
    assert [frames_of(stored, n) for n in range(3)] == [
        [(0, pytest.approx(GREYS[10], abs=NEAR)), (pytest.approx(80), pytest.approx(GREYS[12], abs=NEAR))],
        [
            (0, pytest.approx(GREYS[10], abs=NEAR)),
            (pytest.approx(70), pytest.approx(GREYS[12], abs=NEAR)),
            (pytest.approx(190), pytest.approx(GREYS[15], abs=NEAR)),
        ],
        [(0, pytest.approx(GREYS[8], abs=NEAR))],
    ]
    assert open_frames(job.target, replace(job, step_ms=0).made_from()) is None


def test_threads_that_are_reported_to_stop_do(grey_film, tmp_path):
    stop = Event()
    stop.set()
    (outcome,) = fill_store([job_of(grey_film, tmp_path, ClipRange(0, 900, 16, 12))], 2, stop=stop)
    assert "no longer needed" in outcome.error
    assert not list(tmp_path.iterdir())
    stop.clear()
    (outcome,) = fill_store([outcome.job], 2, stop=stop)
    assert outcome.result == ""
    assert open_frames(outcome.job.target, outcome.job.made_from()) is not None


@pytest.mark.slow
def test_parts_of_one_film_are_read_at_the_same_time_and_end_with_the_run(grey_film, tmp_path, monkeypatch):
    jobs = [job_of(grey_film, tmp_path / str(n), ClipRange(100 * n, 90, 8, 6)) for n in range(3)]
    together = Barrier(2)
    ended = []

    def extracted(job, stop):
        if job is not jobs[2]:
            together.wait(10)  # both are under way
        if job is jobs[0]:
            return ""
        ended.append(stop.wait(10))
        raise MediaError("was not wanted")

    monkeypatch.setattr(frame_store, "extract", extracted)
    done = fill_store(jobs, 2)
    assert next(done).job is jobs[0]
    done.close()
    assert ended
    assert all(ended)


@each(
    ("parts", "films", "threads", "stops", "how"),
    [
        (5, 1, 2, False, "threads"),
        (6, 1, 2, False, "processes"),
        (2, 1, 2, False, "threads"),
        (1, 1, 2, False, "processes"),  # a single job: run_many does it here
        (5, 1, 1, False, "processes"),
        (5, 2, 2, False, "processes"),
        (6, 2, 1, True, "threads"),
    ],
)
def test_few_parts_of_one_film_are_read_in_threads(
    grey_film, tmp_path, monkeypatch, sample_media, parts, films, threads, stops, how
):
    paths = [grey_film, str(sample_media / "film_music_box.mp4")][:films]
    jobs = [job_of(paths[n % films], tmp_path / str(n), ClipRange(100 * n, 90, 8, 6)) for n in range(parts)]
    asked = []
    monkeypatch.setattr(frame_store, "_in_threads", lambda *given: asked.append(("threads", given[:2])) or iter(()))
    monkeypatch.setattr(frame_store, "run_many", lambda *given: asked.append(("processes", given[1:3])) or iter(()))
    assert list(fill_store(jobs, threads, stop=Event() if stops else None)) == []
    assert asked == [(how, (jobs, threads))]


def test_a_clip_has_the_frames_that_are_shown_while_it_lasts(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(400, 200, 16, 12), ClipRange(410, 200, 16, 12))
    extract(job)
    stored = open_frames(job.target, job.made_from())
    # 400 to 600 ms: frames 10 to 14; 410 to 610 ms: also the one that begins at 600.
    assert [ms for ms, _ in frames_of(stored, 0)] == pytest.approx([0, 40, 80, 120, 160])
    assert [grey for _, grey in frames_of(stored, 0)] == pytest.approx(GREYS[10:15], abs=NEAR)
    assert [ms for ms, _ in frames_of(stored, 1)] == pytest.approx([0, 30, 70, 110, 150, 190])
    assert [grey for _, grey in frames_of(stored, 1)] == pytest.approx(GREYS[10:16], abs=NEAR)


def test_clips_in_any_order_and_far_apart(grey_film, tmp_path):
    starts = [880, 40, 520, 40]
    job = job_of(grey_film, tmp_path, *(ClipRange(start, 40, 8, 6) for start in starts))
    extract(job)
    stored = open_frames(job.target, job.made_from())
    for clip, start in enumerate(starts):
        (_, grey), *more = frames_of(stored, clip)
        assert grey == pytest.approx(GREYS[start // 40], abs=NEAR)
        assert not more


def test_clips_that_show_the_same_share_pictures(grey_film, tmp_path):
    one = job_of(grey_film, tmp_path / "one", ClipRange(0, 400, 16, 12))
    four = job_of(grey_film, tmp_path / "four", *[ClipRange(n * 10, 400 - n * 10, 16, 12) for n in range(4)])
    extract(one)
    extract(four)
    assert open_frames(four.target, None).data.size == open_frames(one.target, None).data.size


def test_a_clip_beyond_the_end_shows_the_last_frame(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(60_000, 500, 8, 6))
    extract(job)
    ((ms, grey),) = frames_of(open_frames(job.target, None), 0)
    assert (ms, grey) == (0, pytest.approx(GREYS[-1], abs=NEAR))


@each(
    ("fit", "cell", "stored_size"),
    [
        ("fill", (16, 4), (16, 4)),
        ("contain", (16, 4), (6, 4)),  # 64 x 48 inside of 16 x 4: 5.33 x 4
        ("warp", (16, 4), (16, 4)),
        ("fill", (640, 160), (64, 16)),  # no more pixels than the film has
        ("warp", (128, 96), (64, 48)),
    ],
)
def test_sizes(grey_film, tmp_path, fit, cell, stored_size):
    job = job_of(grey_film, tmp_path, ClipRange(0, 40, *cell), fit=fit)
    extract(job)
    assert tuple(open_frames(job.target, None).sizes[0]) == stored_size


def test_fill_shows_the_middle_and_warp_the_whole(tmp_path):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:12], picture[12:36], picture[36:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    path = film(tmp_path / "bars.mp4", [picture] * 3)
    # Of 24 rows at that scale 6 are red, and 4 are cut off above; warped, a quarter of 16 is.
    for fit, reds in (("fill", 2), ("warp", 4)):
        job = FilmJob(path, str(tmp_path / f"{fit}.frames"), (ClipRange(0, 40, 32, 16),), fit)
        extract(job)
        stored = open_frames(job.target, None)
        shown = stored.data[: 32 * 16 * 3].reshape(16, 32, 3)
        assert (shown[:, 16, 0] > 128).sum() == reds


def test_a_cell_that_is_stretched_shows_what_it_shows_at_rest(tmp_path):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:12], picture[12:36], picture[36:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    path = film(tmp_path / "bars.mp4", [picture] * 3)
    # At rest twice as wide as high: of the film's 64 x 32 in the middle, of whose rows 4 are red, as many as are shown.
    for height, rows, reds in ((32, 32, 4), (16, 16, 2), (500, 32, 4)):
        job = FilmJob(path, str(tmp_path / f"{height}.frames"), (ClipRange(0, 40, 8, height, 2.0),), "fill")
        extract(job)
        stored = open_frames(job.target, None)
        assert stored.sizes.tolist() == [[8, rows]]
        shown = stored.data[: 8 * rows * 3].reshape(rows, 8, 3)
        assert (shown[:, 4, 0] > 128).sum() == reds


def test_a_damaged_file_is_noticed(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(0, 200, 16, 12))
    extract(job)
    whole = Path(job.target).read_bytes()
    assert open_frames(job.target, job.made_from(), verify=True) is not None
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", b"nonsense", whole[:-40] + b"x" + whole[-39:]):
        with open(job.target, "wb") as file:
            file.write(damaged)
        assert open_frames(job.target, job.made_from()) is None
    with open(job.target, "wb") as file:
        file.write(bytes([whole[0] ^ 1]) + whole[1:])
    assert open_frames(job.target, job.made_from(), verify=True) is None


def test_what_is_there_is_kept_and_what_is_stale_is_made_again(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(0, 200, 16, 12))
    assert [outcome.error for outcome in fill_store([job], 1)] == [""]
    made = os.stat(job.target).st_mtime_ns
    list(fill_store([job], 1))
    assert os.stat(job.target).st_mtime_ns == made
    for changed in (replace(job, fit="warp"), replace(job, clips=(ClipRange(0, 240, 16, 12),))):
        assert open_frames(job.target, changed.made_from()) is None
    os.utime(grey_film, ns=(1, 1))
    assert open_frames(job.target, job.made_from()) is None
    list(fill_store([job], 1))
    assert open_frames(job.target, job.made_from()) is not None


def test_stopped_in_the_middle_nothing_is_there(grey_film, tmp_path, monkeypatch):
    job = job_of(grey_film, tmp_path / "store", ClipRange(0, 800, 16, 12))
    real, calls = frame_store.pyramid, []

    def stopped(picture):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(picture)

    monkeypatch.setattr(frame_store, "pyramid", stopped)
    with pytest.raises(KeyboardInterrupt):
        extract(job)
    assert os.listdir(tmp_path / "store") == []


def test_films_that_cannot_be_read_are_reported(grey_film, tmp_path):
    (tmp_path / "empty.mp4").touch()
    names = {"empty.mp4": "0 bytes", "gone.mp4": "no such file"}
    clips = (ClipRange(0, 100, 8, 6),)
    jobs = [FilmJob(str(tmp_path / name), store_name(tmp_path, name), clips, "fill") for name in names]
    jobs.append(job_of(grey_film, tmp_path, *clips))
    outcomes = {outcome.index: outcome for outcome in fill_store(jobs, 1)}
    for index, reason in enumerate(names.values()):
        assert reason in outcomes[index].error
        assert outcomes[index].kind is None or issubclass(outcomes[index].kind, MediaError)
    assert not outcomes[2].error


def test_a_clip_in_a_damaged_part_has_no_picture_and_the_others_are_drawn(tmp_path):
    """The first second cannot be decoded; the first key frame after it is at 1.44 s (each 12th of 25 a second)."""
    path = Path(film(tmp_path / "a.mp4", [(grey, grey, grey) for grey in range(40, 240, 4)], options={"bf": "0"}))
    with av.open(str(path)) as container:
        places = [(one.pos, one.size) for one in container.demux(video=0) if one.size and one.pts * one.time_base < 1]
    data = bytearray(path.read_bytes())
    for place, size in places:
        data[place : place + size] = bytes(size)
    path.write_bytes(data)
    job = job_of(str(path), tmp_path, *(ClipRange(start, 400, 16, 12) for start in (0, 400, 1200)))
    assert extract(job) == "no picture can be decoded at 0 s and in 1 more clip"
    stored = open_frames(job.target, job.made_from(), verify=True)
    assert stored.counts.tolist() == [0, 0, 4]
    assert ClipFrames([stored], [(0, 0), None, (0, 2)], "fill").counts.tolist() == [0, 0, 4]


def test_a_sound_shows_its_spectrogram(tmp_path):
    # 440 Hz, then 220 Hz, one octave of seven lower; each clip shows its own part.
    parts = [np.sin(2 * np.pi * hz * np.arange(22_050) / 44_100) for hz in (440, 220)]
    write_wav(tmp_path / "sound.wav", np.concatenate(parts))
    clips = (ClipRange(0, 500, 16, 70), ClipRange(500, 500, 16, 70))
    extract(FilmJob(str(tmp_path / "sound.wav"), str(tmp_path / "a.frames"), clips, "fill"))
    frames = open_frames(str(tmp_path / "a.frames"), None, verify=True)
    assert frames.counts.tolist() == [1, 1]
    for offset, octaves in zip(frames.offsets, (3, 2), strict=True):
        picture = frames.data[offset : offset + 16 * 70 * 3].reshape(70, 16, 3).astype(int)
        assert abs(picture[:, 8].sum(axis=1).argmax() - (7 - octaves) * 10) <= 2


def test_the_frame_of_a_time_is_drawn_from_the_level_that_fits(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(400, 400, 32, 24), ClipRange(0, 200, 16, 12))
    extract(job)
    frames = ClipFrames([open_frames(job.target, None)], [(0, 1), None, (0, 0)], "fill")
    assert frames.counts.tolist() == [5, 0, 10]
    which = np.array([0, 2, 2, 2])
    ms = np.array([85.0, 0.0, 39.9, 390.0])
    one = np.ones(4)
    width = np.array([16.0, 32.0, 16.0, 7.0])
    box = (one * 0, one * 0, width, width * 0.75)
    got = frames.draws(which, ms, box, (one, one, one * 0, one * 0))
    assert got.columns.tolist() == [16, 32, 16, 8]
    assert got.rows.tolist() == [12, 24, 12, 6]
    # 85 ms into clip 0: frame 2. 39.9 ms into clip 2: within half a millisecond of frame 11's beginning.
    for n, frame in enumerate([2, 10, 11, 19]):
        begin = got.offset[n]
        shown = frames.pixels[begin : begin + got.columns[n] * got.rows[n] * 3]
        assert shown.mean() == pytest.approx(GREYS[frame], abs=NEAR)


@pytest.mark.slow
def test_fine_patterns_do_not_shimmer_as_they_shrink():
    picture = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (96, 128, 1)).repeat(3, axis=2)
    stored = FilmFrames(pyramid(picture), *(np.array(n) for n in ([[128, 96]], [1], [0.0], [0])), 4 / 3)
    frames = ClipFrames([stored], [(0, 0)], "fill")
    one = np.ones(1)
    shown = []
    for width in np.arange(100.0, 10.0, -0.37):
        box = (one * (64 - width / 2), one * (48 - width * 3 / 8), one * width, one * width * 0.75)
        draws = frames.draws(np.array([0]), one * 0, box, (one, one, one * 0, one * 0))
        drawn = Rasterizer(128, 96).draw(frames.pixels, draws).astype(float)
        inner = drawn[48 - int(width / 3) : 48 + int(width / 3), 64 - int(width * 0.45) : 64 + int(width * 0.45), 0]
        shown.append((mean_level(inner), inner.std() / width))
    mean, contrast = np.array(shown).T
    # Black and white in equal parts: as bright at every size, and from one size to the next.
    assert np.abs(mean - mean_level(picture)).max() < 8
    assert np.abs(np.diff(mean)).max() < 4
    # What is averaged over more pixels has less contrast: by the square root of their number, without leaps.
    assert contrast.max() / contrast.min() < 2.2


def test_contained_pictures_keep_their_aspect(grey_film, tmp_path):
    job = job_of(grey_film, tmp_path, ClipRange(0, 100, 40, 12), fit="contain")
    extract(job)
    frames = ClipFrames([open_frames(job.target, None)], [(0, 0)], "contain")
    one = np.ones(1)
    got = frames.draws(np.array([0]), one * 0, (one * 10, one * 20, one * 40, one * 12), (one, one, one * 0, one * 0))
    assert (got.width[0], got.height[0]) == (16, 12)  # 4 : 3
    assert (got.x[0], got.y[0]) == (22, 20)  # in the middle of the cell


def test_a_film_that_vanishes_is_reported(tmp_path):
    with pytest.raises(MediaError, match=r"^cannot be read \(No such file or directory\)$"):
        extract(job_of(str(tmp_path / "gone.mp4"), tmp_path, ClipRange(0, 40, 8, 6)))
    assert list(tmp_path.iterdir()) == []


def rewritten(target, change):
    """Rewrite a file of the store, its index changed by `change(about, sizes, counts, ms, offsets)`, checksums and
    all: what a stranger who knows the format can do."""
    raw = Path(target).read_bytes()
    _, begin, length, _ = frame_file.TRAILER.unpack(raw[-frame_file.TRAILER.size :])
    index = raw[begin : begin + length]
    head_length, clips, frames = struct.unpack_from("<QQQ", index)
    place = 24 + head_length
    about, arrays = json.loads(index[24:place]), []
    for kind, count in (("<i8", 2 * clips), ("<i8", clips), ("<f8", frames), ("<i8", frames)):
        arrays.append(np.frombuffer(index, kind, count, place).copy())
        place += 8 * count
    change(about, *arrays)
    head = json.dumps(about).encode()
    index = struct.pack("<QQQ", len(head), clips, frames) + head + b"".join(a.tobytes() for a in arrays)
    trailer = frame_file.TRAILER.pack(frame_file.MARK, begin, len(index), zlib.crc32(index))
    Path(target).write_bytes(raw[:begin] + index + trailer)


@each(
    ("change", "good"),
    [
        (lambda about, sizes, counts, ms, offsets: None, True),
        (lambda about, sizes, counts, ms, offsets: offsets.__setitem__(0, -1), False),
        (lambda about, sizes, counts, ms, offsets: offsets.__setitem__(-1, about["bytes"]), False),
        (lambda about, sizes, counts, ms, offsets: offsets.__setitem__(-1, about["bytes"] - 3), False),
        (lambda about, sizes, counts, ms, offsets: offsets.__setitem__(-1, 2**62), False),
        (lambda about, sizes, counts, ms, offsets: sizes.__setitem__(0, 4000), False),
        (lambda about, sizes, counts, ms, offsets: sizes.__setitem__(0, 2**40), False),
        (lambda about, sizes, counts, ms, offsets: sizes.__setitem__(1, 0), False),
        (lambda about, sizes, counts, ms, offsets: sizes.__setitem__(1, -5), False),
        (lambda about, sizes, counts, ms, offsets: counts.__setitem__(0, counts[0] + 1), False),
        (lambda about, sizes, counts, ms, offsets: counts.__setitem__(slice(None), [0, counts.sum()]), True),
        (lambda about, sizes, counts, ms, offsets: counts.__setitem__(slice(None), [counts.sum(), 0]), False),
        (lambda about, sizes, counts, ms, offsets: counts.__setitem__(slice(None), [-3, counts.sum() + 3]), False),
        (lambda about, sizes, counts, ms, offsets: counts.__setitem__(slice(None), 2**62), False),
        (lambda about, sizes, counts, ms, offsets: ms.__setitem__(0, np.nan), False),
        (lambda about, sizes, counts, ms, offsets: about.update(aspect=0), False),
        (lambda about, sizes, counts, ms, offsets: about.update(aspect=float("inf")), False),
        (lambda about, sizes, counts, ms, offsets: about.update(aspect="wide"), False),
        (lambda about, sizes, counts, ms, offsets: about.pop("aspect"), False),
        (lambda about, sizes, counts, ms, offsets: about.pop("bytes"), False),
        (lambda about, sizes, counts, ms, offsets: about.pop("checksum"), False),
    ],
)
def test_an_index_that_leads_out_of_its_file_is_not_believed(grey_film, tmp_path, change, good):
    job = job_of(grey_film, tmp_path, ClipRange(0, 200, 16, 12), ClipRange(400, 80, 8, 6))
    extract(job)
    rewritten(job.target, change)
    assert (open_frames(job.target, job.made_from(), verify=True) is not None) == good


def test_clips_are_looked_at_from_their_beginning_in_steps():
    """At their beginnings, and at all multiples of a step that they contain; less than one step beyond their end."""
    looked = moments([ClipRange(130, 250, 8, 6), ClipRange(900, 0, 8, 6)], 100) - LATE_MS
    assert sorted(looked) == pytest.approx([130, 200, 300, 400, 900])


@pytest.fixture(scope="module")
def stored(grey_film, tmp_path_factory):
    """The bytes of a good file of the store."""
    job = job_of(grey_film, tmp_path_factory.mktemp("stored"), ClipRange(0, 120, 8, 6), ClipRange(400, 80, 4, 3))
    extract(job)
    return Path(job.target).read_bytes()


@given(st.data())
def test_no_damage_to_a_file_does_more_than_make_it_again(stored, tmp_path_factory, data):
    """Bytes changed, cut off, put in: none at all is opened, or one whose every frame lies in it."""
    raw = bytearray(stored)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.one_of(st.just(place), st.just(len(raw)), st.integers(place, min(place + 40, len(raw)))))
        raw[place:end] = data.draw(
            st.one_of(st.binary(max_size=9), st.sampled_from([bytes(8), b"\xff" * 8, b"[" * 5000]))
        )
    target = tmp_path_factory.getbasetemp() / "damaged.frames"
    target.write_bytes(raw)
    found = open_frames(str(target), None, verify=True)
    if bytes(raw) == stored:
        assert found is not None
    if found is not None:
        assert (found.offsets + 3 * np.repeat(found.sizes.prod(axis=1), found.counts) <= len(found.data)).all()


def test_a_full_disk_is_distinguished_from_a_bad_film(grey_film, tmp_path, monkeypatch):
    """Else a film would be made without its clips, and kept."""

    def full(*words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(frame_store, "write_index", full)
    job = job_of(grey_film, tmp_path, ClipRange(0, 40, 8, 6))
    outcomes = list(fill_store([job], 1))
    assert [outcome.kind for outcome in outcomes] == [WriteError]
    assert outcomes[0].error.endswith("cannot be written (No space left on device)")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("shapes", "aspect"), [((0.0,), 4 / 3), ((2.0,), 2.0), ((1.5, 2.0), 1.5)])
def test_pictures_of_a_sound_have_the_shape_of_the_first_cell(tmp_path, shapes, aspect):
    path = str(write_wav(tmp_path / "a.wav", 0.5 * np.sin(np.arange(9000) / 9), 22050))
    clips = [ClipRange(50.0 * n, 100, 16, 12, shape) for n, shape in enumerate(shapes)]
    job = job_of(path, tmp_path, *clips)
    assert extract(job) == ""
    stored = open_frames(job.target, job.made_from())
    assert stored.aspect == pytest.approx(aspect)
    assert [len(frames_of(stored, n)) for n in range(len(clips))] == [1] * len(clips)
    assert [frames_of(stored, n)[0][0] for n in range(len(clips))] == [0.0] * len(clips)

"""Films: every frame once and in order, at its time, in its colours, the way up that it is shown."""

import itertools
import math
import random
import subprocess
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import MediaError, NoVideoError
from lib.io.ffmpeg import ffmpeg_exe
from lib.video.reader import VideoReader
from lib.video.timing import Ticks
from tests.support.each import each
from tests.support.media_factory import FORMATS, encode, ffmpeg, film, silent_film, tone

RED, GREEN, BLUE, WHITE, GREY = (250, 10, 10), (20, 240, 30), (10, 20, 230), (255, 255, 255), (90, 90, 90)
CONTAINERS = {
    "mp4": {},
    "mkv": {},
    "mov": {"options": {"x264-params": "open-gop=1"}},
    "mpeg2.mkv": {"codec": "mpeg2video", "options": {"crf": None, "q": "1", "sc_threshold": "1000000000"}},
    "ts": {},
    "avi": {"codec": "mpeg4", "options": {"crf": None, "q": "2", "bf": "0"}},
    "webm": {"codec": "libvpx", "options": {"bf": "0", "b": "500000"}},
}


def grey_steps(count):
    """Colours that tell which frame of `count` it is."""
    return [(n * 255 // (count - 1),) * 3 for n in range(count)]


def seen(frames):
    """The (time, level) of each frame."""
    return [(frame.ms, float(frame.picture(16, 12).mean())) for frame in frames]


@pytest.mark.slow
@pytest.mark.parametrize("ending", CONTAINERS)
def test_every_frame_is_there_at_its_time(tmp_path, ending):
    levels = grey_steps(40)
    path = film(tmp_path / f"it's 100%s.{ending}", levels, rate=25, **CONTAINERS[ending])
    with VideoReader(path) as it:
        assert (it.width, it.height) == (64, 48)
        assert it.rate == pytest.approx(25, abs=0.7)
        assert it.end_ms == math.inf
        found = seen(it.frames())
        assert it.end_ms == pytest.approx(1600, abs=1)
    assert [ms for ms, _ in found] == pytest.approx([40 * n for n in range(40)], abs=1)
    assert [level for _, level in found] == pytest.approx([level[0] for level in levels], abs=6)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frames_of_uneven_length_keep_their_times(tmp_path, ending):
    times = [0, 33, 100, 101, 500, 1700]
    with VideoReader(film(tmp_path / f"v.{ending}", grey_steps(6), times=times)) as it:
        found = seen(it.frames())
    assert [ms for ms, _ in found] == pytest.approx(times, abs=0.6)
    assert [level for _, level in found] == pytest.approx([0, 51, 102, 153, 204, 255], abs=4)


@pytest.mark.slow
@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le"])
def test_colours_are_those_that_were_meant(tmp_path, matrix, full_range, pixels):
    colours = [RED, GREEN, BLUE, GREY]
    how = {"matrix": matrix, "full_range": full_range, "pixels": pixels}
    with VideoReader(film(tmp_path / "c.mp4", colours, **how)) as it:
        for size in ((64, 48), (20, 10), (7, 90), (128, 96), (1, 1)):
            for frame, colour in zip(it.frames(), colours, strict=True):
                picture = frame.picture(*size)
                assert picture.shape == (size[1], size[0], 3)
                assert picture.dtype == np.uint8
                assert picture.flags.c_contiguous
                assert np.abs(picture - np.array(colour, float)).max() <= 3, size


def test_a_large_film_that_does_not_name_its_matrix_has_that_of_hdtv(tmp_path):
    for size, matrix in (((1280, 720), "ITU709"), ((720, 480), "ITU601")):
        path = film(tmp_path / "c.mp4", [GREEN], size=size, matrix=matrix, tagged=False)
        with VideoReader(path) as it:
            assert np.abs(next(it.frames()).picture(9, 9) - np.array(GREEN, float)).max() <= 3


def quarters(width=64, height=48):
    picture = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    picture[:h, :w], picture[:h, w:], picture[h:, :w], picture[h:, w:] = RED, GREEN, BLUE, WHITE
    return picture


def test_pictures_are_averaged_not_picked(tmp_path):
    # Columns of black and white become the grey that gives half the light (IEC 61966-2-1: 188).
    stripes = np.zeros((48, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    with VideoReader(film(tmp_path / "s.mp4", [stripes], pixels="yuv444p")) as it:
        frame = next(it.frames())
        assert np.abs(frame.picture(32, 24) - 187.5).max() < 8
        assert np.abs(frame.picture(8, 6) - 187.5).max() < 8
        assert frame.picture(64, 48).std() > 110


TURNS = [
    {"degrees": degrees, "hflip": across, "vflip": down}
    for degrees in (0, 90, 180, -90)
    for across, down in ((False, False), (True, False), (False, True))
]


@pytest.mark.slow
@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_pictures_are_turned_as_ffmpeg_turns_them(tmp_path, turn):
    path = film(tmp_path / "r.mp4", [quarters()] * 3, turn=turn)
    with VideoReader(path) as it:
        assert (it.width, it.height) == ((48, 64) if turn["degrees"] % 180 else (64, 48))
        ours = next(it.frames()).picture(it.width, it.height)
    command = [ffmpeg_exe(), "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    theirs = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
    assert np.abs(ours - theirs.reshape(ours.shape).astype(float)).mean() < 4
    assert ours[3, 3].std() + ours[-3, -3].std() > 50  # not all grey: there is something to compare


def test_a_quarter_turn_puts_the_right_side_on_top(tmp_path):
    with VideoReader(film(tmp_path / "r.mp4", [quarters()] * 2, turn={"degrees": 90})) as it:
        picture = next(it.frames()).picture(24, 32).astype(int)
    places = [picture[5, 5], picture[5, -5], picture[-5, 5], picture[-5, -5]]
    assert np.abs(np.array(places) - [GREEN, WHITE, RED, BLUE]).max() <= 6


@each(
    ("shape", "turn", "size"),
    [
        ((4, 3), None, (85, 48)),
        ((1, 2), None, (32, 48)),
        ((4, 3), {"degrees": 90}, (48, 85)),
        ((900, 1), None, (64, 48)),
    ],
)
def test_pixels_that_are_not_square_make_it_wider(tmp_path, shape, turn, size):
    with VideoReader(film(tmp_path / "a.mp4", [quarters()] * 2, pixel_shape=shape, turn=turn)) as it:
        assert (it.width, it.height) == size


def test_odd_sizes_and_a_single_frame(tmp_path):
    with VideoReader(film(tmp_path / "o.mp4", [RED], size=(63, 47), pixels="yuv444p")) as it:
        assert (it.width, it.height) == (63, 47)
        (frame,) = it.frames()
        assert frame.picture(63, 47).shape == (47, 63, 3)
        assert frame.ms == 0
        assert it.end_ms == pytest.approx(frame.length_ms)
        assert [f.ms for f in it.frames(5000, 6000)] == [0]


def window(whole, first, last):
    """The frames of a window, worked out from all of them."""
    begin = max((n for n, (ms, _) in enumerate(whole) if ms <= first), default=0)
    end = max([n for n, (ms, _) in enumerate(whole) if ms < last] + [begin])
    return whole[begin : end + 1]


@pytest.mark.slow
@pytest.mark.parametrize("ending", CONTAINERS)
@pytest.mark.parametrize("keyframes", [10, 300])
def test_windows_hold_the_same_frames_as_the_whole(tmp_path, ending, keyframes):
    random.seed(f"{ending}{keyframes}")
    # Each frame is known by its level, and by its neighbours'.
    colours = [(random.randrange(256),) * 3 for _ in range(900)]
    path = film(tmp_path / f"w.{ending}", colours, rate=25, size=(32, 16), keyframes=keyframes, **CONTAINERS[ending])
    with VideoReader(path) as it:
        whole = seen(it.frames())
        assert len(whole) == 900
    with VideoReader(path) as it:
        places = sorted(random.uniform(-100, 37_000) for _ in range(12))
        for first in [*places, 30_000.0, 200.0, 35_950.0, 0.0, 0.0]:
            assert seen(it.frames(first, first + 400)) == window(whole, first, first + 400), first
        assert seen(it.frames()) == whole


@each(("ending", "leaves"), [("mp4", True), ("mov", True), ("avi", False), ("mkv", False)])
def test_frames_that_nobody_expects_may_be_left_out_and_no_others(tmp_path, ending, leaves):
    random.seed(ending)
    path = film(tmp_path / f"e.{ending}", grey_steps(300), rate=25, size=(32, 16), keyframes=100, **CONTAINERS[ending])
    times = np.sort([random.uniform(0, 11_000) for _ in range(8)] + [11_990.0, 14_000.0])
    with VideoReader(path, fields=False) as it:
        whole = [seen(itertools.islice(it.frames(ms), 1)) for ms in times]
    with VideoReader(path, fields=False) as it:
        it.expect(times)
        assert [seen(itertools.islice(it.frames(ms), 1)) for ms in times] == whole
        assert (len(list(it.frames())) < 280) == leaves


def test_where_frames_stay_for_long_none_is_left_out(tmp_path):
    path = film(tmp_path / "v.mp4", grey_steps(60), times=[40 * n + 4000 * (n >= 30) for n in range(60)])
    with VideoReader(path, fields=False) as it:
        it.expect(np.array([100.0]))
        assert len(list(it.frames())) == 60


def test_windows_within_one_frame_and_at_the_edges(tmp_path):
    with VideoReader(film(tmp_path / "w.mp4", grey_steps(10), rate=10)) as it:
        times = lambda *span: [round(frame.ms) for frame in it.frames(*span)]  # noqa: E731
        assert times(110, 120) == [100]
        assert times(110, 120) == [100]
        assert times(100, 200) == [100]
        assert times(99.9, 200.1) == [0, 100, 200]
        assert times(950, 9000) == [900]
        assert times(5000, 9000) == [900]


def test_a_window_may_be_left_early_and_frames_kept(tmp_path):
    with VideoReader(film(tmp_path / "w.mp4", grey_steps(50))) as it:
        kept = list(itertools.islice(it.frames(200), 3))
        assert [round(frame.ms) for frame in it.frames(300, 390)] == [280, 320, 360]
    assert [round(frame.picture(4, 4).mean()) for frame in kept] == pytest.approx([26, 31, 36], abs=4)


@pytest.mark.slow
def test_far_places_are_jumped_to_and_near_ones_read(tmp_path, monkeypatch):
    packets = []
    decode = VideoReader._decode
    monkeypatch.setattr(VideoReader, "_decode", lambda self, packet: packets.append(packet) or decode(self, packet))
    path = film(tmp_path / "w.mp4", grey_steps(1000), rate=20, size=(16, 16), keyframes=20)
    with VideoReader(path) as it:
        list(it.frames(49_000, 49_100))
        assert len(packets) < 60
        del packets[:]
        list(it.frames(49_300, 49_400))
        assert len(packets) < 20
    # Where there is nothing to jump to, the film is read through, once; without an index that has to be found out.
    for ending, most in (("mp4", 1010), ("mkv", 1700)):
        path = film(tmp_path / f"g.{ending}", grey_steps(1000), rate=20, size=(16, 16), keyframes=2000)
        del packets[:]
        with VideoReader(path) as it:
            for first in range(0, 50_000, 12_000):
                list(it.frames(first, first + 100))
        assert len(packets) <= most


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["late", "none"])
def test_where_a_container_leads_elsewhere_the_film_is_read_from_its_beginning(tmp_path, monkeypatch, fault):
    path = film(tmp_path / "w.mkv", grey_steps(250), rate=10, size=(16, 16), keyframes=10)
    with VideoReader(path) as it:
        whole = seen(it.frames())
    stamp = Ticks.stamp
    if fault == "late":
        monkeypatch.setattr(Ticks, "stamp", lambda self, ms: stamp(self, ms) + 3000)
    else:
        monkeypatch.setattr(Ticks, "stamp", lambda self, ms: stamp(self, ms) if ms < 15_000 else 1 << 70)
    with VideoReader(path) as it:
        for first in (12_000.0, 23_000.0):
            assert seen(it.frames(first, first + 400)) == window(whole, first, first + 400)


def test_stamps_and_times_are_each_others_inverse():
    ticks = Ticks(Fraction(40), Fraction(100))  # the film begins two and a half ticks in
    assert [ticks.ms(stamp) for stamp in (0, 2, 3, 5)] == [-100, -20, 20, 100]
    assert [ticks.stamp(ms) for ms in (-100, -20.5, -20, 0, 19.9, 20, 100)] == [0, 1, 2, 2, 2, 3, 5]
    uneven = Ticks(Fraction(1000, 90_000), Fraction(1000, 7))
    assert [uneven.ms(stamp) for stamp in (0, 90_000)] == [-1000 / 7, 6000 / 7]
    assert [uneven.stamp(uneven.ms(stamp) + 0.005) for stamp in range(5)] == [0, 1, 2, 3, 4]


def test_a_picture_that_begins_after_the_sound(tmp_path):
    pictures = film(tmp_path / "p.mp4", grey_steps(10))
    sound = encode(tmp_path / "s.wav", tone(440, 1.5), 44100)
    late = tmp_path / "late.mkv"
    ffmpeg("-i", sound, "-itsoffset", "0.7", "-i", pictures, "-map", "0", "-map", "1:v", "-c:v", "copy", f"file:{late}")
    with VideoReader(str(late)) as it:
        assert [frame.ms for frame in it.frames()] == pytest.approx([700 + 40 * n for n in range(10)], abs=1)
        assert [frame.ms for frame in it.frames(0, 100)] == pytest.approx([700], abs=1)


def test_a_clock_that_restarts_continues(tmp_path):
    times = [0, 30, 100, 140, 300, 310, 1000]
    one = film(tmp_path / "one.ts", grey_steps(7), times=times)
    joined = tmp_path / "two.ts"
    with open(one, "rb") as part:
        joined.write_bytes(part.read() * 2)
    with VideoReader(str(joined)) as it:
        found = seen(it.frames())
    second = found[7][0]
    assert 1000 < second < 1700  # when the last frame of the first part ends, which has no length of its own there
    assert [ms for ms, _ in found] == pytest.approx([*times, *(second + ms for ms in times)], abs=1)
    assert [level for _, level in found][7:] == pytest.approx([level for _, level in found][:7], abs=1)


def test_frames_that_come_too_late_to_be_shown_are_left_out(tmp_path):
    one = film(tmp_path / "one.ts", grey_steps(25), times=[1000 + 40 * n for n in range(25)])
    two = film(tmp_path / "two.ts", grey_steps(25), times=[1600 + 40 * n for n in range(25)])
    joined = tmp_path / "both.ts"
    with open(one, "rb") as first, open(two, "rb") as second:
        joined.write_bytes(first.read() + second.read())
    with VideoReader(str(joined)) as it:
        found = seen(it.frames())
    # 25 frames to 1000 ms, then of the second part, which begins at 600 ms, those from 1000 ms on (a decoder may lose
    # frames where the parts meet).
    assert [ms for ms, _ in found[:24]] == pytest.approx([40 * n for n in range(24)], abs=1)
    assert [ms for ms, _ in found[-12:]] == pytest.approx([40 * n for n in range(28, 40)], abs=1)
    assert [level for _, level in found[-12:]] == pytest.approx([grey[0] for grey in grey_steps(25)[-12:]], abs=4)
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(found))


def test_times_are_not_rounded(tmp_path):
    # The first frame begins one tick of 1/90 ms after a whole ms, which is not an integer in microseconds.
    times = [40 * n + 1 / 90 for n in range(10)]
    with VideoReader(film(tmp_path / "t.ts", grey_steps(10), times=times, options={"bf": "0"})) as it:
        assert [frame.ms for frame in it.frames()] == [40 * n for n in range(10)]


@pytest.mark.slow
def test_a_film_that_breaks_off_ends_there(tmp_path):
    path = film(tmp_path / "w.mkv", grey_steps(200), size=(320, 240), options={"tune": "grain", "crf": "1"})
    with open(path, "r+b") as file:
        file.truncate(file.seek(0, 2) * 6 // 10)
    with VideoReader(path) as it:
        found = seen(it.frames())
        assert 80 < len(found) < 160
        assert it.end_ms == pytest.approx(found[-1][0] + 40, abs=1)
    assert [level for _, level in found] == pytest.approx([level[0] for level in grey_steps(200)][: len(found)], abs=12)


@pytest.mark.slow
def test_damage_in_the_middle_costs_what_is_there(tmp_path):
    path = film(tmp_path / "w.mkv", grey_steps(200), size=(320, 240), keyframes=10)
    with open(path, "r+b") as file:
        middle = file.seek(0, 2) // 2
        file.seek(middle)
        file.write(bytes(300))
    with VideoReader(path) as it:
        found = seen(it.frames())
    assert len(found) > 150
    assert found[-1] == (pytest.approx(199 * 40, abs=1), pytest.approx(255, abs=4))
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(found))


def cover_art(folder):
    path = folder / "cover.mp3"
    picture = folder / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x48:duration=0.04", "-frames:v", "1", f"file:{picture}")
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-i", str(picture), "-map", "0", "-map", "1", "-c:v", "copy",
           "-disposition:v", "attached_pic", f"file:{path}")  # fmt: skip
    return str(path)


def test_what_has_no_moving_picture(tmp_path):
    sound = encode(tmp_path / "s.m4a", tone(440), 44100, FORMATS["m4a"])
    for path in (sound, cover_art(tmp_path)):
        with pytest.raises(NoVideoError, match="no video"):
            VideoReader(path)


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a film")
    whole = silent_film(tmp_path / "film.mp4")
    with open(whole, "rb") as file:
        (tmp_path / "cut.mp4").write_bytes(file.read(600))
    for name in ("missing.mp4", "empty.mp4", "text.mp4", "cut.mp4", "."):
        with pytest.raises(MediaError) as told:
            VideoReader(str(tmp_path / name))
        assert not isinstance(told.value, NoVideoError)
        assert "\n" not in str(told.value)


def test_a_picture_that_nothing_can_decode_is_reported(tmp_path):
    """A track whose header says that it is a film, of a kind that there is no decoder for."""
    whole = tmp_path / "film.mp4"
    encode(whole, tone(440, 0.5), 44100, FORMATS["mp4"])
    data = whole.read_bytes()
    swapped = data.replace(b"vide", b"hide").replace(b"soun", b"vide").replace(b"hide", b"soun")
    assert swapped != data
    (tmp_path / "swapped.mp4").write_bytes(swapped)
    with pytest.raises(MediaError, match="its picture cannot be decoded"):
        VideoReader(str(tmp_path / "swapped.mp4"))


def test_a_film_that_goes_on_in_a_way_that_ffmpeg_cannot_read_is_reported(tmp_path):
    """Ogg files one after the other: of the picture, ffmpeg reads the first."""
    links = []
    for n, size in enumerate(("64x48", "64x32")):
        source = f"testsrc=s={size}:r=25:d=0.4"
        ffmpeg(
            "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=d=0.4", "-c:v", "libtheora", tmp_path / f"{n}.ogv"
        )
        links.append((tmp_path / f"{n}.ogv").read_bytes())
    (tmp_path / "chain.ogv").write_bytes(b"".join(links))
    for name, count, problem in (
        ("0.ogv", 10, ""),
        ("chain.ogv", 10, "read up to 0.4 s: the rest is of a kind that ffmpeg cannot read"),
    ):
        with VideoReader(str(tmp_path / name)) as read:
            assert len(list(read.frames())) == count
            assert read.problem == problem


def test_a_frame_of_another_size_is_shown_whole():
    reader = VideoReader.__new__(VideoReader)
    reader._size, reader._film_part = (64, 48), (4, 2, 56, 44)
    for size, part in {(64, 48): (4, 2, 56, 44), (64, 50): (0, 0, 64, 50), (66, 48): (0, 0, 66, 48)}.items():
        assert reader.part_of(SimpleNamespace(width=size[0], height=size[1])) == part

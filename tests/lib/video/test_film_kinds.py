"""Films of rarer kinds: parts of edit lists, crops of codecs, late beginnings, deep pixels, several joined ones."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.audio.ranges import read_audio
from lib.errors import MediaError
from lib.video import combing
from lib.video.probe import probe
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.each import each

X264 = "-c:v libx264 -preset ultrafast -crf 12 -bf 2 -pix_fmt yuv420p -x264-params scenecut=0:keyint=25:b-adapt=0"
MPEG4 = "-c:v mpeg4 -q:v 2 -bf 2 -g 25"
# Parts of a film of 2.4 s: (seconds, where in it; -1: nothing).
EDITS = {
    "two parts": [(0.8, 0), (0.6, 1.6)],
    "a part of which another begins before a keyframe": [(0.4, 1.2), (0.6, 0.2)],
    "one part twice": [(0.8, 0.4), (0.8, 0.4)],
    "a pause between": [(0.8, 0), (0.6, -1), (0.8, 0.8)],
    "after a pause": [(0.6, -1), (1.0, 0.4)],
}


def shown(path):
    """Return (number, ms) of a film's pictures."""
    with VideoReader(str(path)) as film:
        return [(lab.number_of(frame.picture(film.width, film.height)), frame.ms) for frame in film.frames()]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return a mov of 60 numbered frames, as bytes."""
    path = tmp_path_factory.mktemp("plain") / "x.mov"
    return Path(lab.make(path, [lab.picture(n) for n in range(60)], X264.split())).read_bytes()


@pytest.mark.parametrize("kind", EDITS)
def test_the_parts_of_an_edit_list_follow_each_other(tmp_path, plain, kind):
    path = tmp_path / "x.mov"
    path.write_bytes(plain)
    lab.with_edits(path, EDITS[kind])
    ours, theirs = shown(path), [(lab.number_of(picture), ms) for ms, picture in lab.reference(path)]
    assert [n for n, _ in ours] == [n for n, _ in theirs]
    assert [ms for _, ms in ours] == pytest.approx([ms for _, ms in theirs], abs=1)
    assert len(ours) >= sum(25 * length for length, place in EDITS[kind] if place >= 0) - 3
    with VideoReader(str(path)) as film:  # also where it is jumped to
        for place in (ours[-1][1], 700.0, 100.0):
            found = next(film.frames(place))
            assert found.ms == max((ms for _, ms in ours if ms <= place), default=ours[0][1])


@pytest.mark.parametrize(("ending", "bits"), [("mp4", "h264"), ("mkv", "h264"), ("mkv", "hevc")])
def test_what_a_codec_crops_is_not_shown(tmp_path, ending, bits):
    pictures = [np.pad(lab.picture(n), ((16, 0), (8, 24), (0, 0)), constant_values=255) for n in range(8)]
    codec = {"h264": X264, "hevc": "-c:v libx265 -preset ultrafast -crf 10 -pix_fmt yuv420p -x265-params log-level=0"}
    crop = f"{bits}_metadata=crop_left=8:crop_right=24:crop_top=16:crop_bottom=0"
    path = lab.make(tmp_path / f"x.{ending}", pictures, [*codec[bits].split(), "-bsf:v", crop])
    with VideoReader(path) as film:
        assert (film.width, film.height) == (lab.WIDTH, lab.HEIGHT)
        frames = [frame.picture(film.width, film.height) for frame in film.frames()]
    assert [lab.number_of(frame) for frame in frames] == list(range(8))
    assert max(lab.corner_errors(frames[4]).values()) <= 12


@pytest.mark.parametrize("wanted", ["picture", "sound"])
def test_pictures_before_the_start_that_the_libraries_name_are_shown(tmp_path, wanted):
    # In nut the first of reordered pictures has no stamp of decoding: the start is taken to be that of the sound.
    heard = np.concatenate([np.zeros(lab.RATE // 5, np.float32), lab.sound(1.2)])
    path = lab.make(tmp_path / "x.nut", [lab.picture(n) for n in range(30)], [*MPEG4.split(), "-c:a", "pcm_s16le",
                    "-af", "atrim=start=0.2"], heard=heard)  # fmt: skip
    if wanted == "picture":
        ours = shown(path)
        assert [n for n, _ in ours] == list(range(30))
        assert [ms for _, ms in ours] == pytest.approx([40.0 * n for n in range(30)], abs=1)
    else:
        assert lab.beeps(read_audio(path, lab.RATE)) == pytest.approx([200, 1200], abs=2)
        assert probe(path).duration == pytest.approx(1.4, abs=0.002)


DEEP = ["yuv444p12le", "yuva444p10le", "yuv422p16le", "yuv420p9le", "gray10le", "gbrp12le", "yuva420p", "rgba"]


@each("pixels", DEEP)
def test_fields_are_seen_in_all_kinds_of_pixels(pixels):
    one, two, whole = (
        VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixels)
        for picture in (lab.fields(3), lab.fields(4), lab.picture(5))
    )
    seen = combing.look(one, two).shares
    assert seen is not None
    assert seen[combing.TOP_FIRST] > 0.05 > seen[combing.BOTTOM_FIRST]
    assert combing.look(whole, whole) == combing.NOTHING


@pytest.mark.parametrize("top", [True, False])
def test_a_flash_in_one_field_does_not_hide_where_the_other_half_is(top):
    def woven(even, odd):
        whole = lab.picture(even)
        whole[1::2] = lab.picture(odd)[1::2]
        return VideoFrame.from_ndarray(whole, "rgb24").reformat(format="yuv420p")

    # Frame 25 flashes: one of its fields is in each of two pictures, beside those of frames 24 and 26.
    before, now = (woven(24, 25), woven(25, 26)) if top else (woven(25, 24), woven(26, 25))
    seen = combing.look(before, now)
    assert (seen.match, seen.plain) == (combing.TOP_MATCHES if top else combing.BOTTOM_MATCHES, True)


# Sound whose packets do not tell how long it is: what ffmpeg makes of it, and (by its place) the same in other stages.
VAGUE = {
    "x.nut": [*MPEG4.split(), "-c:a", "libvorbis"],
    "x.mkv": ["-c:v", "mjpeg", "-c:a", "wmav2"],
    "x.gxf": ["-target", "pal-dvd", "-c:a", "pcm_s16le", "-f", "gxf"],
    "x.rm": ["-c:v", "rv10", "-c:a", "real_144", "-ar", "8000", "-ac", "1"],
    "x.avi": ["-c:v", "mjpeg", "-c:a", "libvorbis"],
    "x.flv": ["-c:v", "flv1", "-c:a", "nellymoser", "-ar", "11025", "-ac", "1"],
}


@pytest.mark.parametrize("name", VAGUE)
def test_all_stages_see_one_end(tmp_path, name):
    seconds = 4.0 if name == "x.flv" else 1.0  # its stamps are off by a little more with each packet
    path = lab.make(tmp_path / name, [lab.picture(n) for n in range(25)], VAGUE[name], heard=lab.sound(seconds))
    with VideoReader(path) as film:
        for _ in film.frames():
            pass
        seen = film.end_ms / 1000
    heard = read_audio(path, lab.RATE)
    assert probe(path).duration == pytest.approx(max(seen, len(heard) / lab.RATE), abs=0.002)
    assert len(heard) / lab.RATE == pytest.approx(seconds, abs=0.4 if name == "x.gxf" else 0.05)


def test_joined_webm_is_as_long_in_all_stages(tmp_path):
    one = lab.make(tmp_path / "one.webm", [lab.picture(n) for n in range(20)], ["-c:v", "libvpx", "-deadline",
                   "realtime", "-c:a", "libvorbis"], heard=lab.sound(0.8))  # fmt: skip
    both = tmp_path / "both.webm"
    both.write_bytes(Path(one).read_bytes() * 2)
    ours = shown(both)
    assert [n for n, _ in ours] == [*range(20), *range(20)]
    assert all(b > a for (_, a), (_, b) in itertools.pairwise(ours))
    heard = len(read_audio(str(both), lab.RATE)) / lab.RATE
    assert probe(str(both)).duration == pytest.approx(max(heard, ours[-1][1] / 1000 + 0.04), abs=0.005)


def test_a_film_whose_sound_cannot_be_decoded_has_none(tmp_path):
    path = Path(lab.make(tmp_path / "x.mkv", [lab.picture(n) for n in range(25)], ["-c:v", "mjpeg", "-c:a", "flac"],
                         heard=lab.sound(1.0)))  # fmt: skip
    assert probe(str(path)).has_audio
    only = tmp_path / "only.flac"
    lab.run("-i", str(path), "-vn", str(only))
    assert probe(str(only)).duration == pytest.approx(1.0, abs=1e-3)
    whole = only.read_bytes()
    only.write_bytes(whole[: len(whole) // 30])  # within the first frame
    with pytest.raises(MediaError):
        probe(str(only))
    only.write_bytes(whole[:-40])  # within the last frame
    assert probe(str(only)).duration == pytest.approx(len(read_audio(str(only), lab.RATE)) / lab.RATE, abs=1e-3)
    assert probe(str(only)).problem.startswith("read up to ")

"""Films whose stamps are those of decoding, and clocks that leap between two frames that need each other."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from lib.video.probe import probe
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.each import each

FRAME = 1000 / lab.FPS
XVID = "-c:v libxvid -q:v 4 -bf 2 -g 30"
X264 = "-c:v libx264 -preset ultrafast -crf 14 -bf 3 -g 40 -pix_fmt yuv420p -x264-params b-adapt=0"


def film(path, options, count):
    return lab.make(path, [lab.picture(n) for n in range(count)], options.split())


def shown(film, *window):
    """Return (number, ms) of its pictures."""
    return [(lab.number_of(frame.picture(film.width, film.height)), frame.ms) for frame in film.frames(*window)]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Return an avi of XviD, two frames in a packet where the codec reorders."""
    path = tmp_path_factory.mktemp("packed") / "x.avi"
    film(path, XVID, 70)
    assert b"DivX503b1393p" in path.read_bytes()
    return path


@pytest.mark.parametrize("ending", ["avi", "mkv", "mp4"])
def test_packed_frames_are_the_same_wherever_reading_begins(tmp_path, packed, ending):
    path = tmp_path / f"x.{ending}"
    lab.run("-fflags", "+genpts", "-i", str(packed), "-c", "copy", str(path))
    with VideoReader(str(path)) as it:
        whole = shown(it)
        end = it.end_ms
    assert [n for n, _ in whole] == [lab.number_of(picture) for _, picture in lab.reference(path)]
    assert [ms - whole[0][1] for _, ms in whole] == pytest.approx([FRAME * n for n in range(len(whole))], abs=2)
    for place in (whole[5][1] + 3, whole[37][1] + 3, whole[52][1] + 3):
        with VideoReader(str(path)) as it:  # (that has not learnt anything yet)
            assert shown(it, place, place + 3 * FRAME) == [one for one in whole if place - FRAME < one[1] < place + 120]
    assert probe(str(path)).duration == pytest.approx(end / 1000, abs=0.002)


def test_a_film_that_begins_late_is_not_opened_twice(packed, monkeypatch):
    monkeypatch.setattr(VideoReader, "_reopen", lambda self: pytest.fail("it was opened again"))
    with VideoReader(str(packed)) as it:
        assert it._now.ms > 0
        assert shown(it, 0.0, 1.0)[0][0] == 0


def test_mxf_counts_frames_as_they_are_shown(tmp_path):
    path = film(tmp_path / "x.mxf", X264, 50)
    with VideoReader(path) as it:
        assert shown(it) == [(n, pytest.approx(FRAME * n, abs=0.1)) for n in range(50)]
        assert it.end_ms == pytest.approx(2000, abs=0.1)
    assert probe(path).duration == pytest.approx(2.0, abs=0.001)


def in_order(_, packet):
    packet.pts = packet.dts


@pytest.mark.parametrize(("ending", "count"), [("avi", 31), ("avi", 50), ("mp4", 50)])
def test_the_length_of_a_film_with_stamps_of_decoding_is_that_of_its_frames(tmp_path, ending, count):
    path = film(tmp_path / f"x.{ending}", X264, count)
    if ending == "mp4":  # with an edit list that leaves the first frames out
        path = lab.remux(path, tmp_path / "vlc.mp4", in_order)
        with VideoReader(path) as it:
            assert [n for n, _ in shown(it)] == [lab.number_of(picture) for _, picture in lab.reference(path)]
            assert probe(path).duration * 1000 == pytest.approx(it.end_ms, abs=1)
        return
    theirs = [ms for ms, _ in lab.reference(path)]
    with VideoReader(path) as it:
        assert [ms for _, ms in shown(it)] == pytest.approx(theirs, abs=1)
        assert probe(path).duration * 1000 == pytest.approx(it.end_ms, abs=1)
    assert theirs[-1] + FRAME == pytest.approx(it.end_ms, abs=1)


def leaps(source, target, number, seconds):
    """Copy a film in two pieces, the second from packet `number` on, its stamps moved; join them."""
    pieces = b""
    for second in (False, True):
        piece = Path(f"{target}.ts")
        with av.open(source) as old, av.open(str(piece), "w", options={"avoid_negative_ts": "disabled"}) as new:
            stream = new.add_stream_from_template(old.streams.video[0])
            for n, packet in enumerate(old.demux(video=0)):
                if packet.dts is None or (n >= number) is not second:
                    continue
                by = round(seconds * second / Fraction(packet.time_base))
                packet.pts, packet.dts, packet.stream = packet.pts + by, packet.dts + by, stream
                new.mux_one(packet)
        pieces += piece.read_bytes()
    Path(target).write_bytes(pieces)
    return str(target)


@each("number", [21, 22, 23, 24])
@each("seconds", [30, -60])
def test_a_clock_that_leaps_between_frames_that_need_each_other(tmp_path, late_film, number, seconds):
    path = leaps(late_film, tmp_path / "leaps.ts", number, seconds)
    with VideoReader(path) as it:
        found = shown(it)
        assert found == [(n, pytest.approx(FRAME * n, abs=1)) for n in range(60)]
    assert probe(path).duration == pytest.approx(60 * FRAME / 1000, abs=0.001)


@pytest.fixture(scope="module")
def late_film(tmp_path_factory):
    """Return a transport stream whose stamps begin at 100 s."""
    return film(tmp_path_factory.mktemp("late") / "x.ts", f"{X264} -output_ts_offset 100", 60)

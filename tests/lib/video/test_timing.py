"""The packets of a file on one time line, to the place where the file breaks off."""

import itertools
from contextlib import nullcontext

import av
import pytest

from lib.video import timing
from tests.support.media_factory import FORMATS, ffmpeg

SOURCES = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = str(tmp_path_factory.mktemp("timing") / "a.ts")
    ffmpeg(*SOURCES, *FORMATS["mp4"], "-muxdelay", "0", f"file:{made}")
    return made


@pytest.mark.parametrize("taken", ["video", "audio"])
@pytest.mark.parametrize("leap", [0, 100])
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("until", [1, 7, 40, 1000])
def test_all_packets_of_a_stream_come_also_where_the_file_breaks_off(path, monkeypatch, taken, leap, broken, until):
    """leap: seconds by which the last packet's stamp is too late, so that the clock waits for what follows it."""

    def breaking(container, streams):
        coming = [packet for packet in itertools.islice(container.demux(streams), until) if packet.size]
        for stamp in ("pts", "dts"):
            setattr(coming[-1], stamp, getattr(coming[-1], stamp) + 90_000 * leap)
        yield from coming
        if broken:
            raise OSError("gone")

    with av.open(path) as film:
        packets = itertools.islice(film.demux(film.streams.video + film.streams.audio), until)
        wanted = [p.size for p in packets if p.stream.type == taken and p.size]
    monkeypatch.setattr(timing, "packets", breaking)
    found = []

    with av.open(path) as film:
        stream = getattr(film.streams, taken)[0]
        coming = timing.timed_packets(film, [stream], timing.shared_clock(film))
        with pytest.raises(OSError, match="gone") if broken else nullcontext():
            found.extend(packet.size for packet in coming)
    assert found == wanted
    assert wanted or until < 40

"""The packets of a file on one time line, to the place where the file breaks off."""

import itertools

import av
import pytest

from lib.video import timing
from tests.support.media_factory import FORMATS, ffmpeg

SOURCES = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2")


@pytest.mark.parametrize("taken", ["video", "audio"])
@pytest.mark.parametrize("until", [1, 7, 40, 1000])
def test_all_packets_of_a_stream_come_and_then_what_broke_it_off(tmp_path, monkeypatch, taken, until):
    path = str(tmp_path / "a.ts")
    ffmpeg(*SOURCES, *FORMATS["mp4"], "-muxdelay", "0", f"file:{path}")

    def breaking(container, streams):
        yield from itertools.islice(container.demux(streams), until)
        raise OSError("gone")

    with av.open(path) as film:
        packets = list(itertools.islice(film.demux(film.streams.video + film.streams.audio), until))
        wanted = [(p.dts, p.size) for p in packets if p.stream.type == taken and p.size]
    monkeypatch.setattr(timing, "packets", breaking)
    found = []
    with av.open(path) as film:
        stream = getattr(film.streams, taken)[0]
        with pytest.raises(OSError, match="gone"):
            for packet in timing.timed_packets(film, [stream], timing.shared_clock(film)):
                found.append((packet.dts, packet.size))
    assert found == wanted
    assert wanted or until < 40

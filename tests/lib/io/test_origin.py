"""Where the clock of a file begins, of containers that are made of numbers."""

from contextlib import contextmanager
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest

from lib.io import origin
from lib.io.origin import origin_us

TICK = Fraction(1, 1000)


def packet(stream, pts, size=5, base=TICK):
    return SimpleNamespace(stream_index=stream, pts=pts, size=size, stream=SimpleNamespace(time_base=base))


@pytest.fixture
def file(monkeypatch):
    """A file of these streams and packets; the number of packets that were taken."""
    taken = []

    def make(kinds, packets, start, name="mpeg"):
        streams = [SimpleNamespace(type=kind) for kind in kinds]

        @contextmanager
        def opened(path):
            yield SimpleNamespace(streams=streams)

        def demux(container, wanted):
            assert wanted == [s for s in streams if s.type in ("audio", "video")]
            for number, made in enumerate(packets):
                if isinstance(made, Exception):
                    raise made
                taken.append(number)
                yield made

        monkeypatch.setattr(origin, "open_media", opened)
        monkeypatch.setattr(origin, "packets", demux)
        container = SimpleNamespace(start_time=start, format=SimpleNamespace(name=name))
        return origin_us("x", container)

    make.taken = taken
    return make


def test_most_containers_say_it(file):
    assert file([], [], 500, "mov") == 500
    assert file([], [], None, "mov") is None
    assert file([], [], None, "mpeg") is None
    assert file.taken == []


@pytest.mark.parametrize("name", ["mpeg", "nut"])
def test_of_late_ones_it_is_the_earliest_first_packet(file, name):
    packets = [packet(0, 40), packet(0, 0), packet(1, 30), packet(2, 5)]
    assert file(["video", "audio"], packets, 80_000, name) == 30_000
    assert file.taken == [0, 1, 2]  # of each stream the first


@pytest.mark.parametrize(("start", "found"), [(30_001, 30_001), (30_002, 30_000), (20_000, 20_000), (30_000, 30_000)])
def test_a_microsecond_is_rounding(file, start, found):
    assert file(["audio"], [packet(0, 30)], start) == found


def test_packets_without_a_time_or_data_do_not_count(file):
    packets = [packet(0, None), packet(0, 10, size=0), packet(0, 30), packet(0, 5)]
    assert file(["subtitle", "video"], packets, 90_000) == 30_000
    assert file(["video"], [], 90_000) == 90_000


def test_a_file_that_breaks_off_tells_what_it_had(file):
    for error in (OSError(), av.error.InvalidDataError(1, "x")):
        assert file(["video", "audio"], [packet(0, 30), error], 90_000) == 30_000


def test_a_hundred_packets_are_looked_at(file):
    packets = [packet(0, 50)] * 99 + [packet(1, 30)]
    assert file(["video", "audio"], packets, 90_000) == 30_000
    assert file(["video", "audio"], [packet(0, 50), *packets], 90_000) == 50_000


def test_without_a_time_base_stamps_are_microseconds(file):
    assert file(["audio"], [packet(0, 7, base=None)], 500) == 7
    assert file(["audio"], [packet(0, 7, base=Fraction(3, 1_000_000))], 500) == 21

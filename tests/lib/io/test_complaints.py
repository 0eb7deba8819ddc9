"""The errors that a codec logs: whose they are, and how many say that a file was made like that."""

import av.logging
import pytest

from lib.io.complaints import Complaints


@pytest.fixture
def log(monkeypatch):
    """What PyAV would say of its log: [count of errors, the last one]."""
    state = [0, None]
    monkeypatch.setattr(av.logging, "set_level", lambda level: None)
    monkeypatch.setattr(av.logging, "get_last_error", lambda: tuple(state))
    return state


def test_only_new_errors_of_its_codec_count(log):
    log[:] = [5, (16, "h264", "old")]
    complaints = Complaints("h264")
    assert not complaints.is_new()
    log[:] = [6, (16, "h264", "no frame")]
    assert complaints.is_new()
    assert not complaints.is_new()
    log[:] = [7, (16, "mp3", "of another file")]
    assert not complaints.is_new()
    log[:] = [8, None]
    assert not complaints.is_new()
    log[:] = [10, (16, "h264", "two more")]
    assert complaints.is_new()


@pytest.mark.parametrize(
    ("packets", "errors", "told"), [(9, 3, 3), (9, 4, 0), (8, 3, 0), (3, 1, 1), (0, 0, 0), (2, 1, 0)]
)
def test_errors_of_more_than_a_third_of_the_packets_are_the_manner_of_the_file(log, packets, errors, told):
    complaints = Complaints("h264")
    for _ in range(packets):
        complaints.is_new()
    times = [0.5 * n for n in range(errors)]
    for seconds in times:
        complaints.note(seconds)
    assert complaints.places == times[:told]

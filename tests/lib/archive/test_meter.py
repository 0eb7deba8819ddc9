"""What downloads need of the disk, together."""

import shutil
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from lib.archive.answers import StopRunError
from lib.archive.meter import Meter


@dataclass(frozen=True)
class Job:
    name: str


ONE, TWO = Job("one.mp4"), Job("two.mp4")


@pytest.fixture
def meter(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=100))
    return Meter(str(tmp_path), SimpleNamespace(total=0, update=lambda gained: None))


def fits(meter, job, needed):
    try:
        meter.claim(job, needed)
    except StopRunError as error:
        return job.name not in str(error)  # (it is told for which download)
    return True


def test_claims_count_together_until_they_are_met_or_given_back(meter):
    assert fits(meter, ONE, 60)
    assert not fits(meter, TWO, 41)
    assert fits(meter, TWO, 40)
    meter.count(ONE, 10)  # (the disk holds them: the 100 bytes that are free here are still free)
    assert fits(meter, TWO, 50)
    meter.count(ONE, 80)
    assert fits(meter, TWO, 100)
    meter.release(TWO)
    assert fits(meter, ONE, 100)


def test_bytes_that_are_dropped_are_needed_again(meter):
    meter.count(ONE, -5)
    assert not fits(meter, TWO, 96)
    assert fits(meter, TWO, 95)

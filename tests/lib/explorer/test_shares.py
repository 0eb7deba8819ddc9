import pytest

from lib.explorer.loops import LoopSize
from lib.explorer.shares import TIGHT_BYTES, Settings, Shares, may_move, room_for_loops, share_out
from lib.explorer.tracks import KBPS
from tests.support.each import each

LARGEST, SMALLEST = LoopSize(288, 216, 24_000), LoopSize(96, 72, 1000)


def settings(kbps=0, megabytes=80.0, quality=60, cell=96):
    return Settings(cell, quality, kbps, 2000, megabytes)


def test_what_pictures_and_sound_leave_is_for_loops():
    # Of 80 MB: the page 0.25; 16,384 times 48 x 36 pixels of 0.34 bytes, and 250 bytes for a row, 13.72; 1000 s of
    # sound and 26.25 ms for each sample (a gap of 20 ms, and a sixteenth of a track's lead of 100), 8.96 kB a second at
    # 64 kbit/s: 12.81.
    room = room_for_loops(settings(cell=48), 16_384, 1000.0, 64, 0.34)
    assert room == pytest.approx(80e6 - 0.25e6 - 13.72e6 - 12.81e6, rel=0.001)
    assert room_for_loops(settings(cell=48), 16_384, 2000.0, 64, 0.34) == pytest.approx(room - 8.96e6)
    assert room_for_loops(settings(cell=48), 16_384, 1000.0, 64, 0.18) == pytest.approx(room + 0.16 * 16_384 * 48 * 36)


def test_a_small_page_has_the_best_of_all():
    assert share_out(settings(), 600, 600, 240.0) == Shares(64, LARGEST, None)
    assert share_out(settings(), 600, 1, 240.0) == Shares(64, LARGEST, None)
    assert share_out(settings(), 600, 0, 240.0) == Shares(64, None, None)  # without a film
    assert share_out(settings(quality=100), 600, 600, 240.0) == Shares(64, LARGEST, None)


def test_a_large_page_has_loops_too():
    """The rate is the highest beside which there is room for them; what that leaves is known within 3 %."""
    # Pictures take 20.4 MB of the 80, rows and page 4.3, loops of 1000 bytes 18.0: 37.1 are for the sound, of 4915 s
    # and 430 s between: 49.6 kbit/s are what fits.
    assert share_out(settings(), 16_384, 16_384, 4915.0) == Shares(48, SMALLEST, TIGHT_BYTES)
    assert share_out(settings(), 16_384, 0, 4915.0) == Shares(64, None, TIGHT_BYTES)
    assert share_out(settings(), 16_384, 16_384, 8028.0) == Shares(24, SMALLEST, TIGHT_BYTES)  # 31.4 fit
    # No loops below 24 kbit/s: where those do not fit, the rate is what fits without.
    assert share_out(settings(), 16_384, 16_384, 12_000.0) == Shares(24, None, TIGHT_BYTES)
    assert share_out(settings(), 16_384, 16_384, 60_000.0) == Shares(min(KBPS), None, TIGHT_BYTES)


def test_a_bit_rate_that_is_set_is_kept():
    assert share_out(settings(kbps=96), 600, 600, 240.0) == Shares(96, LARGEST, None)
    assert share_out(settings(kbps=16), 16_384, 16_384, 4915.0).kbps == 16
    # 12,430 s at 16 kbit/s are 27.8 MB: of the 80, less pictures, rows and page, 27.4 are left, 1520 bytes for each.
    assert share_out(settings(kbps=16), 16_384, 16_384, 12_000.0) == Shares(16, LoopSize(96, 72, 1500), TIGHT_BYTES)
    assert share_out(settings(kbps=96, megabytes=1.0), 16_384, 16_384, 4915.0) == Shares(96, None, TIGHT_BYTES)


def test_pictures_of_full_quality_are_reckoned_by_it():
    """Of a page that just has room for them at 60, those of quality 90 are limited."""
    tight = settings(megabytes=0.25 + 600 * (6912 * 0.34 + 250 + 1100) / 1e6 + 2.3)
    assert share_out(tight, 600, 600, 240.0).pixel_bytes is None
    assert share_out(Settings(96, 90, 0, 2000, tight.megabytes), 600, 600, 240.0).pixel_bytes == TIGHT_BYTES


@each("name", ["a/b.mp4", "b.MOV", "c", "d.webm", "e.mp3.mkv"])
def test_what_may_be_a_film(name):
    assert may_move(name)
    assert not any(may_move(name + ending) for ending in (".mp3", ".WAV", ".flac", ".opus"))

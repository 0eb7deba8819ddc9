"""What a list of pieces says of them."""

import pytest

from lib.errors import NoVideoError
from lib.video.sequence_list import picture_seconds
from tests.support.media_factory import H264, ffmpeg, tone, write_wav


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_the_length_of_a_picture_is_from_its_first_frame_to_the_end_of_its_last(tmp_path, name):
    path = tmp_path / name
    # 24 pictures of a tenth of a second; a ts begins at 1.4 s.
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2.4", *H264, f"file:{path}")
    assert picture_seconds(str(path)) == pytest.approx(2.4, abs=0.002)


def test_a_sound_has_no_picture(tmp_path):
    write_wav(tmp_path / "a.wav", tone(440, 0.1))
    with pytest.raises(NoVideoError):
        picture_seconds(str(tmp_path / "a.wav"))

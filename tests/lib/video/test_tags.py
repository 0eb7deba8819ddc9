"""Tags of a file: which container it is."""

import shutil

import pytest

from lib.video.tags import read_tags
from tests.support.media_factory import encode, tone


@pytest.mark.parametrize(
    ("made", "name", "kind"),
    [
        ("a.mka", "a.bin", "matroska"),  # of "matroska,webm", the first
        ("a.mka", "a.WebM", "webm"),  # the one that its name says
        ("a.m4a", "a", "mov"),
        ("a.m4a", "a.3gp", "3gp"),
        ("a.wav", "a.mp3", "wav"),
    ],
)
def test_the_container_is_that_of_the_data_by_the_name_of_the_file(tmp_path, made, name, kind):
    encode(tmp_path / made, tone(440, 0.1), options=["-c:a", "pcm_s16le"] if made.endswith("mka") else None)
    shutil.move(tmp_path / made, tmp_path / name)
    assert read_tags(str(tmp_path / name)).format == kind

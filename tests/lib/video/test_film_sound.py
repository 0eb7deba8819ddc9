"""The sound of a film, from the mix to the film: without loss where the container is for keeping."""

from fractions import Fraction

import av
import numpy as np
import pytest

from lib.audio.reader import AudioReader
from lib.video.film_sound import write_film_sound
from lib.video.writer import VideoWriter, is_lossless
from tests.support.each import each

RATE, FPS, PICTURES = 48_000, Fraction(24), 6


@pytest.mark.parametrize(("ending", "codec"), [("mkv", "flac"), ("mp4", "aac")])
def test_the_sound_of_a_film(tmp_path, ending, codec):
    film = str(tmp_path / f"a.{ending}")
    mixed = np.random.default_rng(3).uniform(-0.5, 0.5, (PICTURES * RATE // 24, 2)).astype(np.float32)
    sound = write_film_sound(str(tmp_path), film, "h264", lambda: [mixed], RATE, len(mixed))
    with VideoWriter(film, (16, 16), FPS, PICTURES, "low", "rgb24", sound) as encoder:
        for _ in range(PICTURES):
            encoder.write(bytes(16 * 16 * 3))
    with av.open(film) as container:
        assert container.streams.audio[0].codec_context.name == codec
    with AudioReader(film, RATE, 2) as reader:
        heard = np.concatenate(list(reader.blocks()))[: len(mixed)]
    assert heard.shape == mixed.shape
    # 24 bits are exact to half of 2 ** -23; AAC changes noise by far more.
    off = np.abs(heard - mixed).max()
    assert off <= 2**-23 if is_lossless("h264", film) else off > 1e-3
    assert is_lossless("h264", film) == (codec == "flac")


@each("more", [-5, 0, 1, 7])
def test_a_short_sound_is_continued_with_silence_to_the_end_of_its_film(tmp_path, more):
    mixed = np.full((100, 2), 0.5, np.float32)
    sound = write_film_sound(str(tmp_path), "a.mkv", "ffv1", lambda: [mixed], RATE, 100, whole=100 + more)
    with AudioReader(sound, RATE, 2) as reader:
        heard = np.concatenate(list(reader.blocks()))
    assert len(heard) == 100 + max(more, 0)
    assert (heard[:100] > 0.49).all()
    assert not heard[100:].any()

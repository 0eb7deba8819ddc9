"""ffmpeg as an encoder: whole files, or an error with its reason."""

import sys

import pytest

from lib.errors import MediaError
from lib.io import encoder
from lib.io.encoder import WHO_SPEAKS, Encoder
from tests.support.each import each

WAV = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "wav", "-y"]


def test_what_is_written_becomes_a_file(tmp_path):
    with Encoder("x.wav", [*WAV, str(tmp_path / "x.wav")]) as out:
        out.write(bytes(100))
        out.write(memoryview(bytes(60)))
    data = (tmp_path / "x.wav").read_bytes()
    assert data[:4] == b"RIFF"
    assert data[data.index(b"data") + 4 :][:4] == (160).to_bytes(4, "little")


def test_the_reason_of_a_failure(tmp_path):
    arguments = [*WAV, str(tmp_path / "none" / "x.wav")]
    said = r"^my.wav: cannot be written \(.*[Nn]o such file"
    with pytest.raises(MediaError, match=said) as raised, Encoder("my.wav", arguments) as out:
        out.write(bytes(100))
    assert "[" not in str(raised.value)


def fake(tmp_path, monkeypatch, program):
    """A program in the place of ffmpeg."""
    script, code = tmp_path / "ffmpeg", tmp_path / "code.py"
    code.write_text(program)
    script.write_text(f"#!/bin/sh\nexec '{sys.executable}' -S '{code}' \"$@\"\n")  # (its path may have spaces)
    script.chmod(0o755)
    monkeypatch.setattr(encoder, "ffmpeg_exe", lambda: str(script))


def test_a_program_that_stops_reading(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import sys; sys.stderr.write('[mp3 @ 0x1] [b] first\\nsecond'); sys.exit(0)")
    with pytest.raises(MediaError, match=r"x: cannot be written \(first\)"), Encoder("x", []) as out:
        out.write(bytes(1 << 24))  # more than a pipe holds


def test_a_program_without_a_word(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import sys; sys.stdin.read(); sys.exit(3)")
    with pytest.raises(MediaError, match="ffmpeg ended with 3"), Encoder("x", []):
        pass


def test_an_exception_ends_it_at_once(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(KeyError), Encoder("x", []) as out:
        raise KeyError
    assert out._ffmpeg.returncode not in (None, 0)
    assert out._messages.closed
    assert out._ffmpeg.stdin.closed


@each(
    ("line", "said"),
    [("[mp3 @ 0x5631] [x] bad [y]", "bad [y]"), ("bad", "bad"), ("[a]bad", "bad"), (" [a] bad", " [a] bad")],
)
def test_who_speaks_is_left_out(line, said):
    assert WHO_SPEAKS.sub("", line, count=1) == said

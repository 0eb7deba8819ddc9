"""ffmpeg as an encoder: bytes written to its pipe become a file, or an error with the reason."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from lib.errors import MediaError
from lib.io.ffmpeg import ffmpeg_exe
from lib.io.system import UNDISTURBED

# Prefix of ffmpeg's messages: `[mp3 @ 0x5631c0ffee00] `.
WHO_SPEAKS = re.compile(r"(\[[^]]*\] *)*")


class Encoder:
    """One run of ffmpeg that reads from a pipe; use it in a `with`.

    target: the name that errors are about; arguments: all of ffmpeg's, `-i pipe:0` among them. Leaving the block
    normally waits until the file is complete, and raises MediaError with ffmpeg's reason if it could not be written;
    leaving it with an exception ends ffmpeg at once. The caller removes what was written.
    """

    def __init__(self, target: str | Path, arguments: Sequence[str]) -> None:
        self._target = target
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed on leaving)
        command = [ffmpeg_exe(), "-hide_banner", "-loglevel", "error", *arguments]
        # In a separate group: Ctrl-C must not reach ffmpeg, which would end the file as if it were complete.
        self._ffmpeg = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._messages, **UNDISTURBED
        )

    def __enter__(self) -> Encoder:
        return self

    def write(self, data: bytes | memoryview) -> None:
        """Write bytes; MediaError if ffmpeg has stopped reading."""
        assert self._ffmpeg.stdin is not None
        try:
            self._ffmpeg.stdin.write(data)
        except BrokenPipeError:
            self._ffmpeg.wait()
            raise self._failure() from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                reads = self._close()
                if self._ffmpeg.wait() or not reads:
                    raise self._failure()
        finally:
            self._ffmpeg.kill()
            self._ffmpeg.wait()
            self._close()
            self._messages.close()

    def _close(self) -> bool:
        assert self._ffmpeg.stdin is not None
        try:
            self._ffmpeg.stdin.close()
        except BrokenPipeError:
            return False
        return True

    def _failure(self) -> MediaError:
        self._messages.seek(0)
        lines = self._messages.read().decode("utf-8", "replace").strip().splitlines()
        reason = WHO_SPEAKS.sub("", lines[0], count=1) if lines else f"ffmpeg ended with {self._ffmpeg.returncode}"
        return MediaError(f"cannot be written ({reason})", self._target)

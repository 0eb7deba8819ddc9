"""Writing sound files: mp3, wav, flac, ogg and m4a, by the extension of the name."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from lib.audio.effects import Audio, gain_of_db
from lib.audio.reader import AudioReader
from lib.errors import MediaError, PlaceError
from lib.io.encoder import Encoder
from lib.io.files import atomic_path, make_folder
from lib.io.progress import bar

# ffmpeg's muxer and encoder per extension. The muxer is named because the temporary file's name must not decide. Bit
# rates are those at which a listener cannot tell the codec from its source (ffmpeg's AAC needs 256 kbit/s: a plain
# tone's error is -67 dB there, -36 dB at 192). 16-bit wav is what every program reads (rounded, without dither: silence
# stays silence); flac keeps 24 bits.
FORMATS: Final = MappingProxyType(
    {
        ".mp3": ("mp3", "-c:a libmp3lame -b:a 256k"),
        ".wav": ("wav", "-c:a pcm_s16le -rf64 auto"),
        ".flac": ("flac", "-c:a flac -sample_fmt s32"),
        ".ogg": ("ogg", "-c:a libvorbis -q:a 6"),
        ".m4a": ("ipod", "-c:a aac -b:a 256k"),
    }
)
# For a quick look: half of the encoder's time, or less.
PLAIN_AAC = " -b:a 128k -aac_coder fast -aac_tns 0 -aac_pns 0 -aac_is 0 -aac_ms 0"
QUICK: Final = MappingProxyType({".mp3": " -compression_level 9", ".m4a": PLAIN_AAC})
LOSSLESS: Final = (".wav", ".flac")

# A sound that peaks below this stays below full scale after encoding: AAC raised clipped white noise, the worst of 16
# signals, by 8.9 dB, mp3 by 6.7, Vorbis by 2.7 (recorded drums, piano and speech by 0.3 at most).
NEVER_OVERSHOOTS: Final = gain_of_db(-10.0)
# Target of a peak that was beyond full scale: quantisation differs a little at another gain.
BELOW_FULL_SCALE: Final = gain_of_db(-0.3)

# The same for a true peak.
AIM_DB: Final = 0.05


def check_target(target: str | Path) -> None:
    """Raise MediaError at once if `write_audio` could not write `target`: extension, folder. The folder is made."""
    _format(target)
    if os.path.isdir(target):
        raise PlaceError("is a folder, and a file is needed", target)
    folder = os.path.dirname(os.path.realpath(target))
    make_folder(folder)
    if not os.access(folder, os.W_OK):
        raise PlaceError("cannot write to this folder", folder)


def write_audio(
    target: str | Path, blocks: Callable[[], Iterable[Audio]], rate: int, frames: int, most_db: float | None = None,
    quick: bool = False,
) -> float:  # fmt: skip
    """Encode sound to `target` by its extension (see `FORMATS`) and return the gain that was needed, usually 1.0.

    `blocks()` gives the sound from its beginning, `frames` in all, as float32 of shape (n, 2), full scale = 1.0. A
    lossy codec overshoots: if the decoded file would be beyond full scale, or its true peak beyond `most_db` (dBTP) if
    that is given, it is encoded again, softer (never, if that is infinite). quick: the encoder takes less time, the
    file is worse, and it is not decoded to see whether it is too loud.
    The same sound gives the same bytes: no dates, no encoder versions. The file is written beside `target` and renamed
    when it is whole. Raises MediaError for an unknown extension, for no frames, or when the file cannot be written.
    """
    _format(target)
    if frames == 0:
        raise MediaError("there is nothing to write: the sound is 0 s long", target)
    with atomic_path(target) as part:
        gain = 1.0
        while True:
            peak = _encode(target, part, blocks(), rate, frames, gain, quick)
            is_kept = Path(target).suffix.lower() in LOSSLESS or most_db == math.inf or (quick and most_db is None)
            if is_kept or peak <= NEVER_OVERSHOOTS:
                return gain
            if most_db is None:
                heard, aim = _peak(part, rate), BELOW_FULL_SCALE
            else:
                heard, aim = true_peak(part, rate) / gain_of_db(most_db), gain_of_db(-AIM_DB)
            if heard <= 1.0:
                return gain
            gain *= aim / heard


def _encode(
    target: str | Path, part: str, blocks: Iterable[Audio], rate: int, frames: int, gain: float, quick: bool
) -> float:
    """Encode the blocks times `gain` to `part` in the format of `target`; return the peak before encoding."""
    muxer, codec = _format(target)
    codec += QUICK.get(Path(target).suffix.lower(), "") if quick else ""
    source = ["-f", "f32le", "-ar", str(rate), "-ac", "2", "-i", "pipe:0"]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    place = ["-f", muxer, "-y", f"file:{os.path.abspath(part)}"]
    arguments = [*source, *exact, *codec.split(), *place]
    with bar(frames // rate, "encoding", "s") as progress, Encoder(target, arguments) as ffmpeg:
        peak = 0.0
        for block in blocks:
            sound = np.ascontiguousarray(block * np.float32(gain), "<f4")
            peak = max(peak, float(np.abs(sound).max(initial=0.0)))
            ffmpeg.write(sound.data)
            progress.update(len(sound) / rate)
    return peak


def _peak(path: str, rate: int) -> float:
    """Return the largest sample of a decoded file."""
    with AudioReader(path, rate, 2) as reader:
        return max(float(np.abs(block).max()) for block in reader.blocks())


def true_peak(path: str, rate: int) -> float:
    """Return the true peak of a decoded file at `rate` (Hz). Raises MediaError if it is unreadable."""
    from lib.audio.programme import TruePeak

    peak = TruePeak()
    with AudioReader(path, rate, 2) as reader:
        for block in reader.blocks():
            peak.add(block)
    return peak.value


def _format(target: str | Path) -> tuple[str, str]:
    """Return muxer and encoder for the extension of `target`."""
    ending = Path(target).suffix.lower()
    if ending not in FORMATS:
        shown = f"the extension {ending}" if ending else "a name without an extension"
        raise MediaError(f"{shown} is not a supported audio format: use one of {', '.join(FORMATS)}", target)
    return FORMATS[ending]

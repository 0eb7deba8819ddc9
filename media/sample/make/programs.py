"""The programs that the sample media are made with: FluidSynth, eSpeak NG and ffmpeg.

FluidSynth, its sound font and eSpeak NG come from Debian and are needed to rebuild the files only.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from make.errors import SampleMediaError
from make.midi import write_midi
from make.score import PlayedNote

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
APT_GET = "apt-get install fluidsynth fluid-soundfont-gm espeak-ng"
RATE = 44100
FULL_SCALE = 32768.0

Samples = npt.NDArray[np.float64]
# The noise of the room that every recording of an instrument has, dBFS (RMS).
ROOM_TONE_DB = -60.0
ROOM_TONE_SEED = 545


def check_programs() -> None:
    """Raises SampleMediaError if something that rebuilding needs is not installed."""
    missing = [name for name in ("fluidsynth", "espeak-ng") if not shutil.which(name)]
    if not SOUND_FONT.is_file():
        missing.append(str(SOUND_FONT))
    if missing:
        raise SampleMediaError(f"not installed: {', '.join(missing)}; on Debian or Ubuntu: sudo {APT_GET}")


def run(command: list[str]) -> None:
    """Runs a program; raises SampleMediaError with its last lines if it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
        raise SampleMediaError(f"{Path(command[0]).name} failed: {' | '.join(lines)}")


def ffmpeg_exe() -> str:
    """The ffmpeg that the imageio-ffmpeg wheel ships: the same one for everybody who rebuilds the files."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def read_wav(path: Path) -> tuple[Samples, int]:
    """A 16-bit wav file as samples of shape (n, channels) in -1..1, and its rate."""
    with wave.open(str(path), "rb") as file:
        channels, rate = file.getnchannels(), file.getframerate()
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return data.reshape(-1, channels) / FULL_SCALE, rate


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Samples of shape (n, channels) in -1..1 as a 16-bit wav file."""
    data = np.round(np.clip(samples, -1, 1) * (FULL_SCALE - 1)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())


def at_peak(samples: Samples, peak_db: float) -> Samples:
    """The samples scaled so that the largest is at `peak_db` dBFS."""
    return samples * (10 ** (peak_db / 20) / max(float(np.max(np.abs(samples))), 1e-9))


def with_room_tone(samples: Samples) -> Samples:
    """The sound, of shape (n, 2), with the soft noise of a room under it, darker than white."""
    noise = np.random.default_rng(ROOM_TONE_SEED).standard_normal((len(samples) + 1, 2))
    noise = noise[1:] + noise[:-1]
    return samples + noise * (10 ** (ROOM_TONE_DB / 20) / np.sqrt(np.mean(noise**2)))


def render_notes(
    notes: list[PlayedNote], tail_ms: int, room: float = 0.35, level: float = 0.3, font: Path = SOUND_FONT
) -> Samples:
    """Notes played by FluidSynth with a sound font: shape (n, 2) at RATE, `tail_ms` after the last note.

    `room` and `level` (0-1) set FluidSynth's reverb.
    """
    with tempfile.TemporaryDirectory() as folder:
        midi, sound = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        end = max(note.start + note.dur for note in notes) + tail_ms
        write_midi(midi, notes, end)
        settings = {
            "synth.reverb.room-size": room,
            "synth.reverb.level": level,
            "synth.reverb.damp": 0.3,
            "synth.reverb.width": 0.8,
            "synth.chorus.active": 0,
            "player.reset-synth": 0,
        }
        options = [item for key, value in settings.items() for item in ("-o", f"{key}={value}")]
        output = ["-T", "wav", "-O", "s16", "-r", str(RATE), "-F", str(sound)]
        run(["fluidsynth", "-ni", "-q", "-g", "0.4", *options, *output, str(font), str(midi)])
        samples, _ = read_wav(sound)
    wanted = end * RATE // 1000
    return np.pad(samples, ((0, max(0, wanted - len(samples))), (0, 0)))[:wanted]


def speak(text: str, voice: str, words_per_minute: int, pitch: int) -> tuple[Samples, int]:
    """Text spoken by eSpeak NG, without silence at either end: shape (n, 1), and its rate. `pitch` 0-99."""
    silence = 0.01
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "speech.wav"
        run(["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "-w", str(sound), text])
        samples, rate = read_wav(sound)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > silence)
    return samples[loud[0] : loud[-1] + 1], rate


def encode_mp3(path: Path, samples: Samples, rate: int, kbit: int, title: str) -> None:
    """Samples of shape (n, channels) as an mp3 file of constant bit rate."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_wav(sound, samples, rate)
        tags = ["-metadata", f"title={title}", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
        coding = ["-c:a", "libmp3lame", "-b:a", f"{kbit}k"]
        run([ffmpeg_exe(), "-v", "error", "-y", "-i", str(sound), *coding, *tags, str(path)])

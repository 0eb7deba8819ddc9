"""Small media files for tests: known sounds, in every container, and scripts run as a user runs them."""

import os
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from lib.io.ffmpeg import ffmpeg_exe

ROOT = Path(__file__).parents[2]
CLICK_SECONDS = 0.002
# (format tag, bits) of each kind of WAV sample: 1 is integers, 3 is floats.
WAV_KINDS = {"u8": (1, 8), "s16": (1, 16), "s24": (1, 24), "s32": (1, 32), "f32": (3, 32), "f64": (3, 64)}
# Order of channels in a WAV file of 5.1: left, right, centre, low, back left, back right.
MASKS = {1: 0x4, 2: 0x3, 6: 0x3F}
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
# The quickest H.264 that has what files of it usually have: frames out of order, blocks smoothed, arithmetic coding.
# Keyframes are where they are asked for, and nowhere else.
QUICK_H264 = {"preset": "ultrafast", "deblock": "0:0", "coder": "ac", "sc_threshold": "0"}
# Every ending that the tools name, with the ffmpeg options of a usual file of that kind; with -c:v it has a picture.
FORMATS = {
    "wav": (),
    "flac": (),
    "mp3": ("-c:a", "libmp3lame"),
    "ogg": ("-c:a", "libvorbis"),
    "m4a": ("-c:a", "aac"),
    "mp4": (*H264, "-c:a", "aac"),
    "avi": ("-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    "mkv": (*H264, "-c:a", "aac"),
    "mov": (*H264, "-c:a", "aac"),
    "webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "opus": ("-c:a", "libopus"),
}


def tone(hz, seconds=1.0, rate=44100, amplitude=0.5):
    """Return a sine as float32, shape (samples,)."""
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def clicks(times, seconds, rate=44100, amplitude=0.8):
    """Return silence with a bump of CLICK_SECONDS centred at each time (s)."""
    sound = np.zeros(round(seconds * rate), np.float32)
    bump = _bump(rate) * amplitude
    for time in times:
        first = round(time * rate) - len(bump) // 2
        sound[first : first + len(bump)] += bump.astype(np.float32)
    return sound


def click_offsets(sound, times, rate, within=0.06):
    """Return for each time (s) how many seconds after it the click really is, looking so far around it."""
    match = np.abs(np.correlate(sound, _bump(rate), "same"))
    offsets = []
    for time in times:
        first = max(round((time - within) * rate), 0)
        piece = match[first : round((time + within) * rate)]
        assert piece.max(initial=0) > 0.2 * match.max(), f"there is no click near {time} s"
        offsets.append((first + int(np.argmax(piece))) / rate - time)
    return np.array(offsets)


def _bump(rate):
    return np.hanning(round(CLICK_SECONDS * rate) | 1)


def struck(hz, seconds=0.3, rate=22050, amplitude=0.5):
    """Return a note that begins at once and dies away (a sudden end would be heard as an onset), as float32."""
    time = np.arange(round(seconds * rate)) / rate
    waves = sum(np.sin(2 * np.pi * k * hz * time) / k for k in (1, 2, 3))
    return (amplitude * waves * np.exp(-6 * time) * np.cos(np.pi * time / seconds / 2) ** 2).astype(np.float32)


def notes(times, hertz, seconds, rate=22050, **how):
    """Return silence with a struck note of each pitch at each time (s)."""
    sound = np.zeros(round(seconds * rate), np.float32)
    for time, hz in zip(times, hertz):
        first = round(time * rate)
        note = struck(hz, rate=rate, **how)[: len(sound) - first]
        sound[first : first + len(note)] += note
    return sound


def write_wav(path, sound, rate=44100, kind="s16"):
    """Write float samples (full scale 1), shape (samples,) or (samples, channels), as a WAV file; return its path."""
    sound = np.asarray(sound, np.float64)
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    tag, bits = WAV_KINDS[kind]
    if tag == 3:
        data = sound.astype(f"<f{bits // 8}").tobytes()
    elif kind == "u8":
        data = np.clip(np.round(sound * 128) + 128, 0, 255).astype(np.uint8).tobytes()
    else:
        top = 2 ** (bits - 1)
        whole = np.clip(np.round(sound * top), -top, top - 1).astype("<i8")
        data = whole.reshape(-1, 1).view(np.uint8)[:, : bits // 8].tobytes()
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if channels > 2:  # more than two channels say which is which
        guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
        head = struct.pack("<H", 0xFFFE) + head[2:] + struct.pack("<HHI", 22, bits, MASKS[channels]) + guid
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return str(path)


def encode(path, sound, rate=44100, options=None):
    """Write samples with ffmpeg as the ending says (or with these options); return the path.

    Where the options name a video codec there is a moving picture of the same length.
    """
    path = Path(path)
    options = FORMATS[path.suffix[1:].lower()] if options is None else options
    sound = np.ascontiguousarray(sound, "<f4")
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    source = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0"]
    if "-c:v" in options:
        source += ["-f", "lavfi", "-i", f"testsrc=size=64x48:rate=10:duration={len(sound) / rate}"]
    ffmpeg(*source, "-map_metadata", "-1", "-fflags", "+bitexact", *options, f"file:{path}", data=sound.tobytes())
    return str(path)


def late_film(path, sound, late, rate=44100):
    """Write a film whose sound begins `seconds` after its picture; return its path."""
    path = Path(path)
    options = FORMATS[path.suffix[1:]]
    heard = encode(path.with_suffix(".heard.mka"), sound, rate, options[options.index("-c:a") :])
    picture = options[: options.index("-c:a")]
    ffmpeg("-f", "lavfi", "-i", f"testsrc=size=64x48:rate=10:duration={len(sound) / rate + late}",
           "-itsoffset", str(late), "-i", heard, *picture, "-c:a", "copy", f"file:{path}")  # fmt: skip
    return str(path)


def silent_film(path, seconds=1.0):
    """Write a film without any audio track; return its path."""
    ffmpeg("-f", "lavfi", "-i", f"testsrc=size=64x48:rate=10:duration={seconds}", *H264, f"file:{path}")
    return str(path)


def film(
    path,
    pictures,
    rate=25,
    times=None,
    size=(64, 48),
    codec="libx264",
    pixels="yuv420p",
    matrix="ITU601",
    full_range=False,
    tagged=True,
    turn=None,
    pixel_shape=None,
    keyframes=12,
    options=None,
):
    """Write a film without sound; return its path.

    pictures: an RGB colour each, or an array of shape (height, width, 3); times: when each is shown, in ms (else by the
    rate), the last for as long as the one before; turn: the words of PyAV's set_display_rotation.
    """
    times = [1000 * n / rate for n in range(len(pictures))] if times is None else times
    # MPEG-2 and MPEG-4 part 2 want a coarse clock.
    tick = 1 / Fraction(rate).limit_denominator(1001) if codec.startswith("mpeg") else Fraction(1, 90000)
    # Threads cost more than they save on pictures as small as these.
    usual = {"crf": "5", "bf": "2", "threads": "1"} | (QUICK_H264 if codec == "libx264" else {})
    chosen = {key: value for key, value in (usual | (options or {})).items() if value is not None}
    reformatter = VideoReformatter()
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, options=chosen)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        stream.codec_context.gop_size = keyframes
        stream.codec_context.framerate = Fraction(rate).limit_denominator(1001)
        stream.codec_context.time_base = stream.time_base = tick
        if pixel_shape:
            stream.codec_context.sample_aspect_ratio = Fraction(*pixel_shape)
        if tagged:
            stream.codec_context.colorspace = {"ITU601": 6, "ITU709": 1}[matrix]
            stream.codec_context.color_range = 2 if full_range else 1
        if turn:
            stream.set_display_rotation(**turn)
        for n, (picture, ms) in enumerate(zip(pictures, times)):
            rgb = np.broadcast_to(np.asarray(picture, np.uint8), (size[1], size[0], 3))
            frame = reformatter.reformat(
                av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24"),
                format=pixels,
                dst_colorspace=Colorspace[matrix],
                dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
                interpolation=0x2000 | 0x40000 | 0x20,  # exact colours
                threads=1,
            )
            length = times[n + 1] - ms if n + 1 < len(times) else ms - times[n - 1] if n else 40
            frame.pts, frame.duration = round(ms / 1000 / tick), round(length / 1000 / tick)
            frame.time_base = tick
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return str(path)


def ffmpeg(*words, data=b""):
    """Run ffmpeg with these arguments."""
    subprocess.run([ffmpeg_exe(), "-v", "error", "-y", *words], input=data, check=True, timeout=60)


def run_script(name, *words, folder, **how):
    """Run a script of the repository's root from `folder` as a user does; return what became of it."""
    command = [sys.executable, str(ROOT / name), *map(os.fspath, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=120, **({"text": True} | how))


def start_script(name, *words, folder):
    """Start a script in a session of its own, so that a signal can be sent to it and to its workers."""
    command = [sys.executable, str(ROOT / name), *map(os.fspath, words)]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )

"""How long frames of sound are by their headers, and what a stream of them says of damage."""

import av
import numpy as np
import pytest

from lib.audio.frame_headers import MOST_WITHOUT, Fit, frame_bytes, misfit

# Lengths worked out by hand: 144 * 128,000 / 44,100 = 417.9 bytes, and so on.
HEADERS = {
    "mp3, 128 kbit/s, 44.1 kHz": ("fffb9064", 417),
    "the same with padding": ("fffb9264", 418),
    "mp3, 64 kbit/s, 22.05 kHz": ("fff38064", 208),
    "mp3 of MPEG 2.5, 32 kbit/s, 11.025 kHz": ("ffe34064", 208),
    "mp2, 192 kbit/s, 48 kHz": ("fffda400", 576),
    "mp1, 384 kbit/s, 48 kHz": ("ffffc400", 384),
    "ADTS": ("fff15080057ffc", 43),
    "AC-3, 192 kbit/s, 48 kHz": ("0b77000014400000", 768),
    "AC-3, 192 kbit/s, 44.1 kHz, the longer": ("0b77000055400000", 836),
    "E-AC-3": ("0b77017f3f800000", 768),
    "DTS": ("7ffe8001fc3c7ff0", 2048),
    "nothing": ("0001020304050607", None),
    "a rate that there is not": ("fffb9c64", None),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_tell_the_length_of_their_frames(kind):
    head, length = HEADERS[kind]
    assert frame_bytes(bytes.fromhex(head).ljust(8, b"\0")) == length


# Of ETSI TS 102 366, table 4.13, and ISO/IEC 11172-3: four rates in each octave, and some more.
EIGHTS = (4, 5, 6, 7)
AC3_KBITS = sorted({8 * n << octave for n in EIGHTS for octave in range(4)} | {512, 576, 640})
LAYER_2_KBITS = sorted({8 * n << octave for n in EIGHTS for octave in range(4)} - {40, 448})


@pytest.mark.parametrize(
    ("codec", "rate", "kbits", "millibits"),
    [
        ("ac3", 48_000, AC3_KBITS, 32),
        ("mp2", 48_000, LAYER_2_KBITS, 24),
        ("mp2", 24_000, [8, *range(16, 64, 8), *range(64, 161, 16)], 48),
        ("libmp3lame", 48_000, sorted({8 * n << octave for n in EIGHTS for octave in range(4)} - {448, 384}), 24),
        ("libmp3lame", 24_000, [8, *range(16, 64, 8), *range(64, 161, 16)], 24),
    ],
)
def test_frames_of_every_bit_rate_are_as_long_as_ffmpegs(codec, rate, kbits, millibits):
    """millibits: the duration of a frame in ms; times the rate, its length in bits."""
    for rate_of_bits in kbits:
        lengths = frames_by_ffmpeg(codec, rate, rate_of_bits)
        assert lengths, rate_of_bits
        assert set(lengths) == {rate_of_bits * millibits // 8}, rate_of_bits


@pytest.mark.parametrize(
    ("head", "lengths"),
    [
        # Of 32 kbit/s times n, in words of four bytes: 12 * 32,000 n / 48,000 words.
        ("ffff{:x}400", [32 * n for n in range(1, 15)]),
        # MPEG-2, 24 kHz: a word for every 2 kbit/s.
        ("fff7{:x}400", [2 * n for n in (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)]),
    ],
)
def test_frames_of_layer_1_have_words_of_four_bytes(head, lengths):
    assert [frame_bytes(bytes.fromhex(head.format(n) + "0" * 8)) for n in range(1, 15)] == lengths


def frames_by_ffmpeg(codec, rate, kbits):
    """Encode some noise; return the length that each frame's header states, after checking it."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.sample_rate, encoder.layout, encoder.bit_rate = rate, "stereo", 1000 * kbits
    encoder.format = {"mp2": "s16"}.get(codec, "fltp")
    size = 1536 if codec == "ac3" else 1152 if codec == "mp2" or rate > 24_000 else 576
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, size))
    # mp2: 16 bits, the channels in turn.
    samples = (20_000 * noise).T.reshape(1, -1).astype(np.int16) if codec == "mp2" else noise.astype(np.float32)
    sound = av.AudioFrame.from_ndarray(samples, encoder.format.name, "stereo")
    sound.sample_rate = rate
    packets = [bytes(packet) for _ in range(2) for packet in encoder.encode(sound)] + [
        bytes(p) for p in encoder.encode()
    ]
    lengths = [frame_bytes(packet[:8]) for packet in packets if packet]
    assert lengths == [len(packet) for packet in packets if packet]
    return lengths


def frame(length=417):
    return bytes.fromhex("fffb9064").ljust(length, b"\xaa")


def test_what_does_not_fit_is_measured():
    assert misfit(frame()) == 0
    assert misfit(frame(400)) == 17
    assert misfit(frame(500)) == -83
    assert misfit(frame() + b"TAG" + bytes(125)) == 0
    assert misfit(frame() + bytes(300)) == 0
    assert misfit(b"what is this") is None


@pytest.mark.parametrize(
    ("packets", "said", "is_cut", "is_odd"),
    [
        ([frame()] * 3, "", False, False),
        ([frame(), b"other" * 9, frame()], "there is something else between its frames", False, True),
        ([frame(), frame(900), frame()], "there is something else between its frames", False, True),
        ([frame(), frame(300), frame()], "a frame of it is cut off", False, True),
        ([frame(), frame(300)], "", True, True),
        ([frame(), b"\xff\xfb"], "", True, True),
        ([frame(), frame() + b"\xff\xfb"], "", True, True),
        ([b"other" * 9, frame(), frame()], "", False, True),
        ([frame(), frame() + b"ID3 and a picture", b"\xff\xd8 of it" * 9, frame(), frame()], "", False, True),
    ],
)
def test_a_stream_is_distinguished_from_a_damaged_one(packets, said, is_cut, is_odd):
    fit = Fit("mp3float")
    assert "".join(map(fit.add, packets)) == said
    assert (fit.is_cut, fit.is_odd) == (is_cut, is_odd)


def test_frames_without_headers_are_examined_no_longer():
    fit = Fit("aac")
    for _ in range(MOST_WITHOUT):
        assert fit.looks
        assert fit.add(b"raw data of a frame") == ""
    assert not fit.looks
    assert not Fit("vorbis").looks


@pytest.mark.parametrize(
    ("packet", "missing"),
    [
        (bytes([0xFF, 0xFB, 0x00, 0]) + bytes(90), 0),  # MPEG audio of no stated bit rate: any length fits
        (bytes([0xFF, 0xE3, 0x0C, 0]) + bytes(90), 0),
        (bytes([0xFF, 0xFB, 0xF0, 0]) + bytes(90), None),  # a bit rate that does not exist
        (bytes([0xFF, 0x1B, 0x00, 0]) + bytes(90), None),  # no frame
        (bytes([0xFE, 0xFB, 0x00, 0]) + bytes(90), None),
        (bytes([0x00, 0xE0, 0x00, 0]) + bytes(90), None),
    ],
)
def test_frames_whose_length_is_not_stated_fit(packet, missing):
    assert misfit(packet) == missing

"""How long frames of sound are by their headers, and what a stream of them says of damage."""

import av
import numpy as np
import pytest

from lib.audio import frame_headers
from lib.audio.frame_headers import MOST_WITHOUT, Fit, codec_of, frame_bytes, has_more, misfit
from tests.support.each import each

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


@each("kind", HEADERS)
def test_headers_tell_the_length_of_their_frames(kind):
    head, length = HEADERS[kind]
    assert frame_bytes(bytes.fromhex(head).ljust(8, b"\0")) == length


# Of ETSI TS 102 366, table 4.13, and ISO/IEC 11172-3: four rates in each octave, and some more.
EIGHTS = (4, 5, 6, 7)
AC3_KBITS = sorted({8 * n << octave for n in EIGHTS for octave in range(4)} | {512, 576, 640})
LAYER_2_KBITS = sorted({8 * n << octave for n in EIGHTS for octave in range(4)} - {40, 448})


@each(
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


@each(
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


@each(
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


# By the number in the header, of ISO/IEC 11172-3 and 13818-3; MPEG-2.5 as MPEG-2.
KBITS = {
    (1, 1): [32 * n for n in range(1, 15)],
    (1, 2): LAYER_2_KBITS,
    (1, 3): sorted({40, *LAYER_2_KBITS} - {384}),
    (2, 1): [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    (2, 2): [8, *range(16, 64, 8), *range(64, 161, 16)],
    (2, 3): [8, *range(16, 64, 8), *range(64, 161, 16)],
}


def test_rates_are_those_of_the_standards():
    """Also where the length of a frame, in whole bytes or words, would be the same with another one."""
    for layer in (1, 2, 3):
        assert list(frame_headers.MPEG_1[layer - 1]) == KBITS[1, layer]
    assert [list(table) for table in frame_headers.MPEG_2] == [KBITS[2, 1], KBITS[2, 2]]
    # 48 kHz, two thirds of it, and the compact disc's: 588 samples of 1/75 s.
    assert set(frame_headers.MPEG_RATES) == set(frame_headers.AC3_RATES) == {48_000, 48_000 * 2 // 3, 588 * 75}


def bits_of(head):
    """A function of (first, count): the number in these bits of a header."""
    bits = "".join(f"{byte:08b}" for byte in head)
    return lambda first, count: int(bits[first : first + count], 2)


def ac3_worked_out(number):
    if number(40, 5) > 10:
        return "eac3", 2 * (number(21, 11) + 1)
    rate, code = number(32, 2), number(34, 6)
    if rate == 3 or code > 37:
        return None
    hertz, padded = (48_000, 44_100, 32_000)[rate], rate == 1 and code % 2
    return "ac3", 2 * (1536 * 1000 * AC3_KBITS[code // 2] // (16 * hertz) + padded)


def mpeg_worked_out(number):
    if number(11, 1) and number(13, 2) == 0:
        return "aac", number(30, 13)
    version, layer = {0: 2.5, 2: 2, 3: 1}.get(number(11, 2)), 4 - number(13, 2)
    rate, kbits, padding = number(20, 2), number(16, 4), number(22, 1)
    if version is None or layer == 4 or rate == 3 or kbits in (0, 15):
        return None
    bits_per_second = 1000 * KBITS[1 if version == 1 else 2, layer][kbits - 1]
    hertz = (44_100, 48_000, 32_000)[rate] // {1: 1, 2: 2, 2.5: 4}[version]
    samples = 384 if layer == 1 else 576 if layer == 3 and version > 1 else 1152
    unit = 32 if layer == 1 else 8
    return "mp3", (samples * bits_per_second // hertz // unit + padding) * unit // 8


def worked_out(head):
    """The codec and the length of the frame with this header, read as a string of bits; None: none that states one."""
    number = bits_of(head)
    if head[:4] == b"\x7f\xfe\x80\x01":
        return "dca", number(46, 14) + 1
    if head[:2] == b"\x0b\x77":
        return ac3_worked_out(number)
    return mpeg_worked_out(number) if number(0, 11) == 0x7FF else None


@each(
    ("begin", "kinds"),
    [
        ("ff", {"aac", "mp3", ""}),
        ("ffe0", {""}),
        ("fff", {"aac", "mp3", ""}),
        ("ffe", {"mp3", ""}),
        ("fffb", {"mp3", ""}),
        ("0b77", {"ac3", "eac3", ""}),
        ("0b76", {""}),
        ("0c77", {""}),
        ("7ffe8001", {"dca"}),
        ("7ffe8002", {""}),
    ],
)
def test_headers_of_random_bits_are_read_as_the_standards_say(begin, kinds):
    random, found = np.random.default_rng(len(begin)), set()
    for _ in range(400):
        head = bytes.fromhex((begin + random.bytes(8).hex())[:16])
        expected = worked_out(head)
        assert (codec_of(head), frame_bytes(head)) == (expected or ("", None)), head.hex()
        assert frame_bytes(head[:7]) is None
        found.add(codec_of(head))
    assert found == kinds


def test_what_follows_a_frame_is_seen():
    assert [has_more(data) for data in (frame(), frame(416), frame() + b"x", b"x" * 500)] == [False, False, True, False]


@each(
    ("packet", "missing"),
    [
        (frame()[:5], 3),  # of its header
        (b"\x0b\x77\x01", 5),
        (b"\x7f\xfe", 6),
        (b"\x01\x02", None),
        (frame() + b"\x0b\x77" + bytes(50), 0),  # a frame of AC-3, another sync word, and tags
        (frame() + b"\x64\x58\x20\x25" + bytes(50), 0),
        (frame() + bytes(3) + b"APETAGEX", 0),
        (frame() + b"LYRICSBEGIN", 0),
        (frame() + b"3DI and more", 0),
        (frame() + b"ID3", 0),
        (frame() + b"XYZ", -3),
        (frame() + frame()[:3], 5),
        (frame() + b"\xff" * 8, -8),
        (b"TAG of nothing", 0),
        (b"\x64\x58\x20\x25 of nothing", None),
        (b"ID3", 0),
    ],
)
def test_what_is_left_of_a_frame_or_follows_it(packet, missing):
    assert misfit(packet) == missing


def test_a_change_of_rate_or_version_is_odd():
    other_rate, other_version = bytes.fromhex("fffb9464").ljust(384, b"\0"), bytes.fromhex("fff38064").ljust(208, b"\0")
    for packets, odd in [
        ([frame(), frame()], False),
        ([frame(), other_rate], True),
        ([frame(), other_version], True),
        ([other_rate, other_rate], False),
        ([bytes.fromhex("0b77000014400000").ljust(768, b"\0")] * 2, False),
    ]:
        fit = Fit("mp3float")
        assert [fit.add(packet) for packet in packets] == ["", ""]
        assert fit.is_odd is odd

"""Headers of WAV files, chunk by chunk, as the documents of the format lay them out."""

import struct

import pytest

from lib.audio.riff import read_header, repaired
from lib.errors import MediaError
from tests.support.each import each


def chunk(name, data, order="<", length=None):
    """A chunk: its name, its length, and its data, padded to an even number of bytes."""
    return name + struct.pack(f"{order}I", len(data) if length is None else length) + data + b"\0" * (len(data) % 2)


def fmt(tag=1, channels=2, rate=44_100, bits=16, order="<", block=None, more=b""):
    block = channels * bits // 8 if block is None else block
    return chunk(b"fmt ", struct.pack(f"{order}HHIIHH", tag, channels, rate, rate * block, block, bits) + more, order)


def extensible(valid, mask, tag, order="<"):
    """The end of an extensible format: the length of the rest, and the codec as the first bytes of a GUID."""
    return struct.pack(f"{order}HHIH", 22, valid, mask, tag) + bytes(14)


def write(path, *chunks, kind=b"RIFF"):
    order = ">" if kind == b"RIFX" else "<"
    body = b"WAVE" + b"".join(chunks)
    path.write_bytes(kind + struct.pack(f"{order}I", len(body)) + body)
    return read_header(str(path))


def sound(count=400, **how):
    return chunk(b"data", bytes(range(200)) * (count // 200), **how)


def test_chunks_before_the_sound_are_passed_over(tmp_path):
    # 12 bytes of RIFF, then each chunk's 8 and its data; an odd one has a byte more.
    wave = write(tmp_path / "a.wav", chunk(b"LIST", b"odd"), chunk(b"cue ", b"even"), fmt(), chunk(b"x", b"") + sound())
    assert wave is None  # a name of one byte: all that follows is shifted
    wave = write(tmp_path / "b.wav", chunk(b"LIST", b"odd"), chunk(b"cue ", b"even"), fmt(), sound())
    assert (wave.first, wave.end) == (12 + 12 + 12 + 24 + 8, 68 + 400)
    assert (wave.tag, wave.channels, wave.rate, wave.byte_rate, wave.block, wave.bits) == (1, 2, 44_100, 176_400, 4, 16)
    assert (wave.valid, wave.mask, wave.is_stated, wave.wrapped, wave.layout) == (16, 0, True, False, "stereo")
    assert wave.seconds == 400 / 176_400
    assert repaired(wave) is None


@each("chunks", [(), (fmt(),), (sound(),), (chunk(b"fmt ", bytes(14)), sound())])
def test_without_sound_or_its_format_there_is_no_header(tmp_path, chunks):
    assert write(tmp_path / "a.wav", *chunks) is None
    assert read_header(str(tmp_path / "gone.wav")) is None


def test_another_kind_of_file_has_no_header(tmp_path):
    assert write(tmp_path / "a.wav", fmt(), sound(), kind=b"FORM") is None
    (tmp_path / "b.avi").write_bytes(b"RIFF\0\0\0\0AVI " + fmt() + sound())
    assert read_header(str(tmp_path / "b.avi")) is None
    (tmp_path / "c.wav").write_bytes(b"RIFF")
    assert read_header(str(tmp_path / "c.wav")) is None


@each(
    ("channels", "mask", "layout"), [(1, 0, "mono"), (2, 3, "0x3"), (2, 7, "stereo"), (4, 0x33, "0x33"), (6, 0, "6C")]
)
def test_channels_are_those_of_the_mask_if_it_has_as_many(tmp_path, channels, mask, layout):
    wave = write(tmp_path / "a.wav", fmt(0xFFFE, channels, bits=24, more=extensible(24, mask, 1)), sound())
    assert (wave.tag, wave.mask, wave.layout) == (1, mask, layout)
    assert repaired(wave) is None


@each(
    ("tag", "bits", "block", "valid", "name"),
    [
        (1, 20, 6, 20, "s24le"),  # 20 bits in three bytes
        (1, 32, 8, 24, "s32le"),
        (1, 16, 4, 12, "s16le"),
        (3, 32, 8, 24, "f32le"),
        (3, 64, 16, 32, "f64le"),
    ],
)
def test_samples_that_fill_their_bytes_in_part_are_read_as_stored(tmp_path, tag, bits, block, valid, name):
    wave = write(tmp_path / "a.wav", fmt(0xFFFE, bits=bits, block=block, more=extensible(valid, 3, tag)), sound())
    assert (wave.bits, wave.valid) == (block // 2 * 8, valid)
    part = repaired(wave)
    assert (part.first, part.end, part.format) == (wave.first, wave.end, name)
    assert part.options == {"sample_rate": "44100", "ch_layout": "0x3"}


@each(("tag", "bits", "name"), [(1, 8, "u8"), (1, 16, "s16be"), (3, 32, "f32be"), (6, 8, "alaw"), (7, 8, "mulaw")])
def test_big_endian_samples_are_read_as_such(tmp_path, tag, bits, name):
    wave = write(tmp_path / "a.wav", fmt(tag, 1, 8000, bits, ">"), sound(order=">"), kind=b"RIFX")
    assert (wave.rate, wave.channels, wave.end - wave.first) == (8000, 1, 400)
    assert repaired(wave).format == name
    assert repaired(wave).options == {"sample_rate": "8000", "ch_layout": "mono"}


def test_a_big_endian_codec_gets_a_header_that_ffmpeg_reads(tmp_path):
    more = struct.pack(">HH", 2, 505)
    wave = write(tmp_path / "a.wav", fmt(0x11, 1, 22_050, 4, ">", 256, more), sound(order=">"), kind=b"RIFX")
    part = repaired(wave)
    little = struct.pack("<HHIIHHHH", 0x11, 1, 22_050, 22_050 * 256, 256, 4, 2, 505)
    assert part.format == "wav"
    assert part.header == b"RIFF" + b"\xff" * 4 + b"WAVE" + chunk(b"fmt ", little) + b"data" + b"\xff" * 4


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_an_unknown_length_is_what_the_file_has(tmp_path, length):
    wave = write(tmp_path / "a.wav", fmt(), sound(length=length))
    assert (wave.first, wave.end, wave.is_stated, wave.seconds) == (44, 444, False, None)


def test_sizes_of_64_bits(tmp_path):
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 1 << 40, 5 << 32, 0, 0))
    wave = write(tmp_path / "a.wav", ds64, fmt(), sound(length=0xFFFFFFFF), kind=b"RF64")
    assert (wave.end - wave.first, wave.is_stated, wave.wrapped) == (5 << 32, True, False)
    small = write(tmp_path / "b.wav", ds64, fmt(), sound(), kind=b"BW64")  # the chunk's own size counts if it has one
    assert small.end - small.first == 400


@pytest.mark.parametrize(("there", "stated", "meant"), [((1 << 32) + 900, 900, (1 << 32) + 900), (400, 900, 900),
                                                        ((2 << 32) + 99, 100, (1 << 32) + 100)])  # fmt: skip
def test_a_size_that_wrapped_is_the_file_s(tmp_path, there, stated, meant):
    write(tmp_path / "a.wav", fmt(), chunk(b"data", b"", length=stated))
    with open(tmp_path / "a.wav", "r+b") as file:
        file.truncate(44 + there)  # sparse
    wave = read_header(str(tmp_path / "a.wav"))
    assert (wave.end - wave.first, wave.wrapped) == (meant, meant > 1 << 32)
    assert (repaired(wave) is not None) == wave.wrapped


def test_codecs_that_are_known_by_another_name_or_not_at_all(tmp_path):
    part = repaired(write(tmp_path / "a.wav", fmt(0x40, 1, 8000, 4, block=1), sound()))
    assert (part.format, part.options) == ("g726le", {"sample_rate": "8000", "code_size": "4"})
    with pytest.raises(MediaError, match="NMS ADPCM"):
        repaired(write(tmp_path / "b.wav", fmt(0x38, 1, 8000, 4, block=1), sound()))
    # One whose block has not all of its bits, in a codec whose samples are not bytes.
    assert repaired(write(tmp_path / "c.wav", fmt(2, 1, 8000, 4, block=256), sound())) is None


@each(("tag", "plain"), [(1, True), (3, True), (6, True), (7, True), (2, False), (0x11, False)])
def test_bytes_tell_the_length_of_what_is_stored_as_it_is(tmp_path, tag, plain):
    assert write(tmp_path / "a.wav", fmt(tag, 1, bits=8), sound()).is_plain is plain


@pytest.mark.parametrize(("others", "found"), [(998, True), (999, False), (1000, False)])
def test_more_than_a_thousand_chunks_are_damage(tmp_path, others, found):
    wave = write(tmp_path / "a.wav", fmt(), chunk(b"LIST", b"") * others, sound())
    assert (wave is not None) == found


@each(
    ("tag", "more", "valid", "mask", "read_as"),
    [
        (0xFFFE, struct.pack("<HHIH", 22, 20, 5, 3), 20, 5, 3),  # ten bytes are enough
        (0xFFFE, struct.pack("<HHIB", 22, 20, 5, 3), 24, 0, 0xFFFE),
        (0xFFFE, b"", 24, 0, 0xFFFE),
        (0x11, extensible(20, 5, 3), 24, 0, 0x11),  # of another codec it says something else
        (0xFFFE, extensible(0, 5, 1), 24, 5, 1),  # not said: all are valid
    ],
)
def test_only_an_extensible_format_says_more(tmp_path, tag, more, valid, mask, read_as):
    wave = write(tmp_path / "a.wav", fmt(tag, bits=24, more=more), sound())
    assert (wave.valid, wave.mask, wave.tag) == (valid, mask, read_as)
    assert len(wave.fmt) == 16 + len(more)


def test_impossible_formats_are_read_as_they_are(tmp_path):
    for channels, block, bits in ((0, 4, 16), (2, 0, 16), (0, 0, 16), (2, 6, 24), (2, 7, 24)):
        wave = write(tmp_path / "a.wav", fmt(1, channels, bits=16, block=block), sound())
        assert (wave.channels, wave.block, wave.bits) == (channels, block, bits)
    assert len(write(tmp_path / "b.wav", fmt(more=bytes(5000)), sound()).fmt) == 4096
    assert write(tmp_path / "c.wav", fmt(rate=0), sound()).seconds is None


def test_without_its_size_a_sound_that_is_not_there_has_none(tmp_path):
    unknown = 0xFFFFFFFF
    wave = write(tmp_path / "a.wav", fmt(), chunk(b"data", b"", length=unknown))
    assert (wave.first, wave.end, wave.is_stated) == (44, 44, False)
    # Of 64 bits, which nobody stated.
    wave = write(tmp_path / "b.wav", fmt(), sound(length=unknown), kind=b"BW64")
    assert (wave.end - wave.first, wave.is_stated) == (0, True)

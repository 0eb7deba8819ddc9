"""PixelCrop of Matroska, in files put together by RFC 8794 and RFC 9559."""

import pytest

from lib.video.container_crop import container_crop

CROPS = {"bottom": 0x54AA, "top": 0x54BB, "left": 0x54CC, "right": 0x54DD}


def number(value, length=1):
    """A length as EBML writes it: as many bytes as there are zeros before its first bit, and one."""
    return (value | 1 << 7 * length).to_bytes(length, "big")


def element(ident, *content, length=1, unknown=False):
    data = b"".join(content)
    size = number((1 << 7 * length) - 1, length) if unknown else number(len(data), length)
    return ident.to_bytes((ident.bit_length() + 7) // 8, "big") + size + data


def entry(kind, *video, size=1, **crops):
    numbers = [element(CROPS[name], value.to_bytes(size, "big")) for name, value in crops.items()]
    return element(0xAE, element(0xD7, b"\1"), element(0x83, bytes([kind])), element(0xE0, *numbers, *video), length=2)


def crop_of(path, *elements, size=(64, 48), **how):
    path.write_bytes(element(0x1A45DFA3, bytes(20)) + element(0x18538067, *elements, length=8, **how))
    return container_crop(str(path), *size)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.mkv"


def tracks(*entries, length=2):
    return element(0x1654AE6B, *entries, length=length)


INFO, CLUSTER = element(0x1549A966, bytes(9)), element(0x1F43B675, bytes(30))


@pytest.mark.parametrize(
    ("crops", "part"),
    [
        ({}, (0, 0, 64, 48)),
        ({"left": 4}, (4, 0, 60, 48)),
        ({"right": 6}, (0, 0, 58, 48)),
        ({"top": 2, "bottom": 3}, (0, 2, 64, 43)),
        ({"left": 1, "right": 2, "top": 3, "bottom": 4}, (1, 3, 61, 41)),
        ({"left": 32, "right": 31}, (32, 0, 1, 48)),
        ({"left": 32, "right": 32}, (0, 0, 64, 48)),  # nothing would be shown
        ({"top": 40, "bottom": 7}, (0, 40, 64, 1)),
        ({"top": 40, "bottom": 8, "left": 2}, (0, 0, 64, 48)),
    ],
)
def test_hidden_rows_and_columns(path, crops, part):
    assert crop_of(path, INFO, tracks(entry(1, **crops)), CLUSTER) == part
    assert crop_of(path, tracks(entry(1, size=2, **crops), length=4), unknown=True) == part


def test_the_first_track_of_pictures_counts(path):
    sound, hidden, plain = entry(2, left=9), entry(1, left=4), entry(1)
    assert crop_of(path, tracks(sound, hidden, plain)) == (4, 0, 60, 48)
    assert crop_of(path, tracks(plain, hidden)) == (0, 0, 64, 48)
    assert crop_of(path, tracks(sound)) == (0, 0, 64, 48)
    assert crop_of(path, tracks(element(0xEC, bytes(5)), hidden)) == (4, 0, 60, 48)
    # Other numbers of the pictures: their size, and a list.
    assert crop_of(path, tracks(entry(1, element(0xB0, b"\x40"), element(0x55B0, bytes(3)), top=5))) == (0, 5, 64, 43)


def test_tracks_come_before_the_first_cluster(path):
    assert crop_of(path, CLUSTER, tracks(entry(1, left=4))) == (0, 0, 64, 48)
    assert crop_of(path, *[element(0xEC, b"x")] * 198, tracks(entry(1, left=4))) == (4, 0, 60, 48)
    assert crop_of(path, *[element(0xEC, b"x")] * 220, tracks(entry(1, left=4))) == (0, 0, 64, 48)


def test_damage_hides_nothing(path):
    whole = element(0x1A45DFA3, bytes(20)) + element(0x18538067, INFO, tracks(entry(1, left=4)), length=8)
    for cut in range(0, len(whole) - 8, 3):
        path.write_bytes(whole[:cut])
        assert container_crop(str(path), 64, 48) == (0, 0, 64, 48)
    path.write_bytes(whole.replace(b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa4"))
    assert container_crop(str(path), 64, 48) == (0, 0, 64, 48)
    assert container_crop(str(path) + "gone", 64, 48) == (0, 0, 64, 48)

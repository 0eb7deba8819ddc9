from hypothesis import given
from hypothesis import strategies as st

from lib.explorer.packing import pack, script, track_id, unpack


def test_letters_hold_fifteen_bits_each_from_the_highest():
    # 16 ones: a letter of 15 ones, then one whose first bit is 1 and whose 14 others fill it up.
    assert pack(b"\xff\xff") == chr(0x4000 + 0x7FFF) + chr(0x4000 + 0x4000)
    # 00000001 00000010 00000011 -> 000000010000001 | 000000011(000000)
    assert pack(b"\x01\x02\x03") == chr(0x4000 + 0b000000010000001) + chr(0x4000 + 0b000000011000000)
    assert pack(b"") == ""


@given(st.binary(max_size=200))
def test_what_was_packed_comes_back(data):
    text = pack(data)
    assert unpack(text, len(data)) == data
    assert len(text) == -(-8 * len(data) // 15)
    assert all(0x4000 <= ord(letter) <= 0xBFFF for letter in text)


def test_a_script_is_one_call_in_utf_16_with_its_mark():
    data = bytes(range(256))
    written = script("explorerSound", [7], data)
    assert written[:2] == b"\xff\xfe"
    assert written.decode("utf-16") == f'explorerSound(7,256,"{pack(data)}");\n'
    assert script("f", [1, [[2], []]], b"").decode("utf-16") == 'f(1,[[2],[]],0,"");\n'


def test_tracks_are_numbered_group_by_group():
    assert [track_id(group, number, 5) for group in (0, 1, 7) for number in (0, 4)] == [0, 4, 5, 9, 35, 39]

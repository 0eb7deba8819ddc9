"""Bytes as text in a script file: the way for a page on the disk to read sound.

A page from the disk may not read other files, but for pictures, sound that it plays as a whole, and scripts. A script
that holds the bytes as text reaches them, on the disk and on any web host. Each letter carries 15 bits: the letters
from `FIRST` on are all plain ones (no quotes, line ends, surrogates), and the file is UTF-16, whose byte order mark
browsers trust above all else. Text is 16/15 of the bytes; base64 is 4/3.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence

import numpy as np

# The letter of value 0; the letter of the largest value, 0xBFFF, is still below the surrogates (0xD800).
FIRST = 0x4000
BITS = 15


def pack(data: bytes) -> str:
    """Return bytes as text of 15 bits a letter, the first bit highest, the last letter filled up with zeros."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    filled = np.zeros((-(-len(bits) // BITS), BITS), np.int64)
    filled.reshape(-1)[: len(bits)] = bits
    letters = filled @ (1 << np.arange(BITS - 1, -1, -1)) + FIRST
    return letters.astype("<u2").tobytes().decode("utf-16-le")


def unpack(text: str, length: int) -> bytes:
    """Return the `length` bytes from which `pack` made this text."""
    letters = np.frombuffer(text.encode("utf-16-le"), "<u2").astype(np.int64) - FIRST
    bits = (letters[:, None] >> np.arange(BITS - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(-1)[: 8 * length].astype(np.uint8)).tobytes()


def track_id(group: int, number: int, most: int) -> int:
    """Return the number by which the page knows a track; most: samples in a group, and so tracks at most."""
    return group * most + number


def script(function: str, values: Sequence[object], data: bytes) -> bytes:
    """Return the script file that passes values and bytes to the page: `function(*values, bytes, text)`.

    values: what JSON can hold; text: the bytes, packed.
    """
    words = ",".join(json.dumps(value, separators=(",", ":")) for value in values)
    call = f'{function}({words},{len(data):d},"{pack(data)}");\n'
    return codecs.BOM_UTF16_LE + call.encode("utf-16-le")

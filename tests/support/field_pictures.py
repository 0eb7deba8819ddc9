"""Films that are coded field by field, as broadcasters do, which no encoder here can make.

H.264 (PAFF) is written here: its macroblocks are uncompressed (I_PCM). For MPEG-2, fields are encoded as whole pictures
of half the height, and the headers are changed. Sources: ITU-T H.264 (7.3), ISO/IEC 13818-2 (6.2).
"""

import re
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from tests.support import film_lab as lab

# Both codecs need a height that is a multiple of 32.
WIDTH, HEIGHT = 192, 160
# A macroblock of type I_PCM (mb_type 25), at the beginning of a byte.
PCM = b"\x0d\x00"


def pictures(count, bottom_first=False):
    """Return `count` frames, each of two moments."""
    shown = []
    for n in range(count):
        whole, second = (lab.picture(n, n + later, width=WIDTH, height=HEIGHT) for later in (0, 0.5))
        whole[int(not bottom_first) :: 2] = second[int(not bottom_first) :: 2]
        shown.append(whole)
    return shown


def _bits(*values):
    """Return bits as text: (bits, value) of a plain number, or a value for Exp-Golomb coding."""
    text = ""
    for value in values:
        if isinstance(value, tuple):
            text += format(value[1], f"0{value[0]}b")
        else:
            code = format(value + 1, "b")
            text += "0" * (len(code) - 1) + code
    return text


def _bytes(bits):
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _unit(kind, payload):
    return b"\0\0\0\1" + bytes([0x60 | kind]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def paff(path, frames, bottom_first=False, fps=25):
    """Write frames of WIDTH x HEIGHT as H.264, each as two field pictures; return the path."""
    size = WIDTH // 16 - 1, HEIGHT // 32 - 1
    # Main profile; frame_mbs_only 0, mb_adaptive_frame_field 0; VUI: fields a second.
    sps = _bits((8, 77), (8, 0), (8, 30), 0, 0, 0, 0, 1, (1, 0), *size, (2, 0), (1, 1), (1, 0), (1, 1), (4, 0), (1, 1),
                (32, 1), (32, 2 * fps), (1, 1), (4, 0), (1, 1))  # fmt: skip
    pps = _bits(0, 0, (2, 0), 0, 0, 0, (3, 0), 0, 0, 0, (3, 4), (1, 1))
    data = b""
    for n, shown in enumerate(frames):
        yuv = VideoFrame.from_ndarray(shown, "rgb24").reformat(format="yuv420p")
        planes = [np.frombuffer(p, np.uint8).reshape(p.height, p.line_size)[:, : p.width] for p in yuv.planes]
        data += _unit(7, _bytes(sps)) + _unit(8, _bytes(pps))
        for second, bottom in enumerate((1, 0) if bottom_first else (0, 1)):
            head = _bits(0, 7, 0, (4, 0), (1, 1), (1, bottom), *([] if second else [n % 2]), (4, second),
                         (1 if second else 2, 0), 0, 1, 25)  # fmt: skip
            y, u, v = (plane[bottom::2] for plane in planes)
            blocks = [
                b"".join(p[k * i : k * (i + 1), k * j : k * (j + 1)].tobytes() for p, k in ((y, 16), (u, 8), (v, 8)))
                for i in range(HEIGHT // 32)
                for j in range(WIDTH // 16)
            ]
            data += _unit(1 if second else 5, _bytes(head) + PCM.join(blocks) + b"\x80")
    Path(path).write_bytes(data)
    return str(path)


def mpeg2_fields(path, frames, bottom_first=False):
    """Write frames of WIDTH x HEIGHT as MPEG-2, 25 a second, each as two field pictures; return the path."""
    fields = [shown[k::2] for shown in frames for k in ((1, 0) if bottom_first else (0, 1))]
    words = ["-c:v", "mpeg2video", "-q:v", "2", "-g", "1", "-bf", "0", "-pix_fmt", "yuv420p", "-f", "mpeg2video"]
    data = Path(lab.make(Path(path).with_suffix(".half"), fields, words, fps=50)).read_bytes()
    made, number = b"", -1
    for unit in map(bytearray, data.split(b"\0\0\1")[1:]):
        extension = unit[1] >> 4 if unit[0] == 0xB5 else 0
        if unit[0] in (0xB3, 0xB8) or extension == 1:  # sequence and group: once a frame
            if number % 2 == 0:
                continue
            if unit[0] == 0xB3:
                unit[1:5] = (WIDTH << 20 | HEIGHT << 8 | unit[4] & 0xF0 | 3).to_bytes(4, "big")
            elif extension == 1:
                unit[2] &= ~0x08  # progressive_sequence
        elif unit[0] == 0x00:
            number += 1
            unit[1], unit[2] = 0, unit[2] & 0x3F  # temporal_reference
        elif extension == 8:
            unit[3] = unit[3] & 0xFC | (2 if (number % 2 == 0) == bottom_first else 1)  # picture_structure
            unit[4] &= 0x3F  # top_field_first, frame_pred_frame_dct
            unit[5] &= 0x7F  # progressive_frame
        made += b"\0\0\1" + unit
    Path(path).write_bytes(made)
    return str(path)

"""Frames for display: cropped, with the aspect ratio and orientation that the file gives, in sRGB, at any size.

Shrinking averages in linear light (`lib.video.linear`), directly from the decoder's planes if their format is a common
one; enlarging is bilinear.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from lib.errors import MediaError
from lib.io.ffmpeg import reason_of
from lib.video.hdr import HLG, PQ
from lib.video.one_field import BOTTOM, TOP, OneField

Picture = npt.NDArray[np.uint8]
# The planes of a frame, and what `lib.video.linear.shrink_yuv` has to know of them.
_Yuv = tuple[tuple[Picture, Picture, Picture], bool, bool, npt.NDArray[np.float32]]
# Left, top, columns, rows, in pixels of a frame as it is decoded.
Part = tuple[int, int, int, int]

# Averages areas; the second flag makes colours right to half a step of 255 (to three if the size does not change, which
# takes a faster path).
SCALING = Interpolation.AREA | Interpolation.FULL_CHR_H_INT
SAMPLING = Interpolation.FAST_BILINEAR
# Films that do not state the matrix of their colours: players take that of HDTV from this size on.
HD_WIDTH, HD_HEIGHT = 1280, 577
# AVCOL_SPC_UNSPECIFIED
UNSPECIFIED_MATRIX = 2
MATRICES = {1: "709", 4: "fcc", 5: "601", 6: "601", 7: "240", 9: "2020", 10: "2020"}
# AVCOL_RANGE_JPEG
FULL_RANGE = 2
# Planar 8-bit YUV: whether U and V have half the columns, and half the rows. Other YUV is converted to one of them.
PLANAR = {"yuv420p": (True, True), "yuvj420p": (True, True), "yuv422p": (True, False), "yuvj422p": (True, False),
          "yuv444p": (False, False), "yuvj444p": (False, False)}  # fmt: skip
NEAREST = {"nv12": "yuv420p", "nv21": "yuv420p", "yuv420p10le": "yuv420p", "yuv422p10le": "yuv422p",
           "yuv444p10le": "yuv444p", "yuv420p12le": "yuv420p", "yuv422p12le": "yuv422p", "yuv444p12le": "yuv444p",
           "p010le": "yuv420p", "yuv411p": "yuv422p", "yuyv422": "yuv422p", "uyvy422": "yuv422p"}  # fmt: skip
# More extreme aspect ratios of pixels are a mistake in the header.
WIDEST_PIXEL = 8


@dataclass(frozen=True)
class Turn:
    """The orientation that the file gives its pictures: transposed first, then mirrored in x, in y."""

    transposed: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @classmethod
    def by(cls, frame: VideoFrame) -> Turn:
        """Return the orientation in a frame's display matrix."""
        try:
            data: Any = frame.side_data.get("DISPLAYMATRIX")
        except ValueError:  # PyAV does not know some kinds of data beside frames (that of cameras), and then shows none
            return BY_DEGREES[frame.rotation % 360 // 90 * 90]
        # A point (x, y) is shown at (a x + c y, b x + d y).
        a, b, _, c, d = (1, 0, 0, 0, 1) if data is None else np.frombuffer(data, np.int32)[:5].tolist()
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    def of(self, picture: Picture) -> Picture:
        """Return a picture turned."""
        if self.transposed:
            picture = picture.transpose(1, 0, 2)
        return picture[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


# By the degrees that PyAV tells, counterclockwise.
BY_DEGREES = {0: Turn(), 90: Turn(True, False, True), 180: Turn(False, True, True), 270: Turn(True, True, False)}


@cache
def shown_size(part: Part, pixel: Fraction, turn: Turn) -> tuple[int, int]:
    """Return the display width and height of a part of a frame, with square pixels."""
    _, _, columns, rows = part
    wide = columns * (pixel if Fraction(1, WIDEST_PIXEL) <= pixel <= WIDEST_PIXEL else 1)
    size = max(round(wide), 1), rows
    return size[::-1] if turn.transposed else size


class Scaler:
    """Makes pictures of one film's frames; caches what takes time to set up."""

    def __init__(self) -> None:
        self._reformatters: dict[tuple[object, ...], VideoReformatter] = {}
        self._fields = {side: (OneField(side), VideoReformatter()) for side in (TOP, BOTTOM)}
        self._latest: tuple[VideoFrame, _Yuv | None] | None = None

    def picture(self, frame: VideoFrame, part: Part, turn: Turn, width: int, height: int) -> Picture:
        """Return a part of a frame, turned, uint8 RGB, shape (height, width, 3).

        Raises MediaError for an unsupported pixel format.
        """
        columns, rows = (height, width) if turn.transposed else (width, height)
        try:
            return np.ascontiguousarray(turn.of(self._unturned(frame, part, columns, rows)))
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(f"unsupported pixel format ({reason_of(error)})") from error

    def thumbnail(self, frame: VideoFrame, width: int, height: int) -> tuple[Picture, Picture, Picture]:
        """Return the top field of a whole frame at this size: luma, and U and V at a fourth of it (multiples of 4).

        Each pixel is made from the nearest few, not from all that it covers: a tenth of the time. Raises
        MediaError for an unsupported pixel format.
        """
        small = self._sampled(frame, TOP, width, height)
        y, u, v = (_rows(plane) for plane in small.planes)
        return y[:height, :width], u[: height // 4, : width // 4], v[: height // 4, : width // 4]

    def bottom_field(self, frame: VideoFrame, width: int, height: int) -> Picture:
        """Return the luma of the bottom field of a whole frame at this size (multiples of 4), as `thumbnail`."""
        return _rows(self._sampled(frame, BOTTOM, width, height).planes[0])[:height, :width]

    def _sampled(self, frame: VideoFrame, side: str, width: int, height: int) -> VideoFrame:
        field, sampler = self._fields[side]
        try:
            # (To grey, films of some matrices would be converted to another one, which changes their luma.)
            return sampler.reformat(field.of(frame), width, height, "yuv410p", None, None, SAMPLING, threads=1)
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(f"unsupported pixel format ({reason_of(error)})") from error

    def planes(
        self, frame: VideoFrame, part: Part, turn: Turn, pixels: str, width: int, height: int
    ) -> tuple[Picture, Picture, Picture] | None:
        """Return a part of a frame as planes of `pixels` (yuv420p, ...), BT.709 in the limited range.

        None if that needs a conversion through RGB: the part shrinks (in linear light), is turned, has no planes of YUV
        or is HDR. Raises MediaError for an unsupported pixel format.
        """
        name = frame.format.name
        columns, rows = part[2:]
        is_plain = turn == Turn() and frame.color_trc not in (PQ, HLG) and (name in PLANAR or name in NEAREST)
        if not is_plain or width < columns or height < rows or any(n % 2 for n in part):
            return None
        try:
            whole = (
                frame if name in PLANAR else self._reformatted(frame, frame.width, frame.height, NEAREST[name], None)
            )
            if any(plane.line_size <= 0 for plane in whole.planes):
                return None
            if (columns, rows) != (frame.width, frame.height):
                whole = _cropped(whole, part)
            full_range = frame.color_range == FULL_RANGE or name.startswith("yuvj")
            scaled = self._in_range(whole, width, height, pixels, ColorRange.JPEG if full_range else ColorRange.MPEG)
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(f"unsupported pixel format ({reason_of(error)})") from error
        from lib.video.yuv_conversion import recoloured, to_hd

        across, down = (2 if is_less else 1 for is_less in PLANAR[pixels])
        chroma = -(-width // across), -(-height // down)
        y, u, v = (_rows(plane) for plane in scaled.planes)
        made = y[:height, :width], u[: chroma[1], : chroma[0]], v[: chroma[1], : chroma[0]]
        matrix = "709" if self._is_hd(frame) else MATRICES.get(frame.colorspace, "601")
        numbers = to_hd(matrix, full_range)
        return made if numbers is None else recoloured(made, across, down, numbers)

    def _in_range(self, frame: VideoFrame, width: int, height: int, pixels: str, color_range: ColorRange) -> VideoFrame:
        """Return a frame at this size in this pixel format, its matrix and range unchanged."""
        if (frame.width, frame.height, frame.format.name.replace("j", "")) == (width, height, pixels):
            return frame
        key = width, height, pixels, frame.width, frame.height, frame.format.name, color_range
        reformatter = self._reformatters.setdefault(key, VideoReformatter())
        return reformatter.reformat(
            frame, width, height, pixels, None, None, SCALING, src_color_range=color_range,
            dst_color_range=color_range, threads=1,
        )  # fmt: skip

    def _unturned(self, frame: VideoFrame, part: Part, width: int, height: int) -> Picture:
        if frame.color_trc in (PQ, HLG) and not frame.format.is_rgb:
            return self._from_hdr(frame, part, width, height)
        less_width, less_height = min(width, part[2]), min(height, part[3])
        if (less_width, less_height) == part[2:]:  # no side shrinks
            return self._stretched(frame, part, width, height)
        small = self._shrunk(frame, part, less_width, less_height)
        return small if (less_width, less_height) == (width, height) else self._enlarged(small, width, height)

    def _shrunk(self, frame: VideoFrame, part: Part, width: int, height: int) -> Picture:
        from lib.video.linear import shrink_rgb, shrink_yuv  # kernels: thumbnails start without them

        latest = self._latest
        if latest is None or latest[0] is not frame:  # many pictures may be made of one frame
            self._latest = latest = frame, self._yuv(frame)
        yuv = latest[1]
        if yuv is None:
            return shrink_rgb(self._rgb(frame, frame.width, frame.height), part, width, height)
        return shrink_yuv(*yuv, part, width, height)

    def _yuv(self, frame: VideoFrame) -> _Yuv | None:
        """Return the planes of a frame as `shrink_yuv` takes them; None if it has none, and is shrunk as RGB."""
        from lib.video.linear import yuv_numbers

        name = frame.format.name
        planar: VideoFrame | None
        if name in NEAREST:
            planar = self._reformatted(frame, frame.width, frame.height, NEAREST[name], None)
        else:
            planar = frame if name in PLANAR else None
        if planar is None or frame.format.is_rgb or any(plane.line_size <= 0 for plane in planar.planes):
            return None
        matrix = "709" if self._is_hd(frame) else MATRICES.get(frame.colorspace, "601")
        halved, lowered = PLANAR[planar.format.name]
        full_range = frame.color_range == FULL_RANGE or name.startswith("yuvj")
        y, u, v = (_rows(plane) for plane in planar.planes)
        return (y, u, v), halved, lowered, yuv_numbers(matrix, full_range)

    def _stretched(self, frame: VideoFrame, part: Part, width: int, height: int) -> Picture:
        """Return a part at its size or larger."""
        left, top, columns, rows = part
        if (columns, rows) == (frame.width, frame.height):
            return self._rgb(frame, width, height)
        rgb = self._rgb(frame, frame.width, frame.height)
        return self._enlarged(rgb[top : top + rows, left : left + columns], width, height)

    def _enlarged(self, picture: Picture, width: int, height: int) -> Picture:
        if picture.shape[:2] == (height, width):
            return picture
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        return self._rgb(frame, width, height)

    def _from_hdr(self, frame: VideoFrame, part: Part, width: int, height: int) -> Picture:
        from lib.video.hdr import light_of, to_sdr
        from lib.video.linear import mean_light, to_levels

        less_width, less_height = min(width, part[2]), min(height, part[3])
        deep = self._reformatted(frame, frame.width, frame.height, "rgb48le", ColorRange.JPEG).to_ndarray()
        light = mean_light(deep, part, light_of(frame.color_trc), less_width, less_height)
        return self._enlarged(to_levels(to_sdr(light, frame.color_trc)), width, height)

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> Picture:
        """Return a whole frame at this size as sRGB."""
        picture: Any = self._reformatted(frame, width, height, "rgb24", ColorRange.JPEG).to_ndarray()
        return picture

    def _is_hd(self, frame: VideoFrame) -> bool:
        return frame.colorspace == UNSPECIFIED_MATRIX and (frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT)

    def _reformatted(
        self, frame: VideoFrame, width: int, height: int, kind: str, color_range: ColorRange | None
    ) -> VideoFrame:
        """Return a frame at this size in this pixel format; one reformatter is cached for each."""
        key = width, height, kind, frame.width, frame.height, frame.format.name
        reformatter = self._reformatters.setdefault(key, VideoReformatter())
        matrix = Colorspace.ITU709 if self._is_hd(frame) and not frame.format.is_rgb and "rgb" in kind else None
        words: dict[str, Any] = {} if color_range is None else {"dst_color_range": color_range}
        return reformatter.reformat(frame, width, height, kind, matrix, None, SCALING, threads=1, **words)


def _cropped(frame: VideoFrame, part: Part) -> VideoFrame:
    """Return an even-numbered part of a frame of planar YUV."""
    left, top, columns, rows = part
    made = VideoFrame(columns, rows, frame.format.name)
    halved, lowered = PLANAR[frame.format.name]
    for n, (target, source) in enumerate(zip(made.planes, frame.planes)):
        across, down = (1 + halved, 1 + lowered) if n else (1, 1)
        x, y, wide, high = left // across, top // down, columns // across, rows // down
        _rows(target)[:high, :wide] = _rows(source)[y : y + high, x : x + wide]
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made


def _rows(plane: Any) -> Picture:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
